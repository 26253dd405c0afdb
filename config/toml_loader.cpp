// SPDX-License-Identifier: Apache-2.0
// The only user of toml++: its tree and its exceptions do not leave this file.

// Version 3.3 asserts conditions that hostile text can break ("[!"). With NDEBUG it tells the
// compiler to assume them, which is undefined behaviour. Here a broken assertion throws.
#undef NDEBUG
#include <stdexcept>

namespace {
struct BrokenAssertion : std::logic_error {
  using std::logic_error::logic_error;
};
[[noreturn]] void broken_assertion() {
  throw BrokenAssertion("malformed");
}
}  // namespace
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : broken_assertion())

#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "config/toml_loader.hpp"

namespace vcs::config {

namespace {

// Refuses text that must not reach the parser. It reads just enough of TOML to distinguish strings
// and comments from the rest. It may err where the text is not TOML, but there the parser stops
// before it reaches what the gate missed.
//
// - Depth: the library builds and frees its tree by recursion, so a key of half a million dots
//   would end on a stack overflow. These bounds keep every tree below a few hundred levels.
// - Characters beyond ASCII outside one-line strings and comments: TOML has no use for them but in
//   multi-line strings, and the library's test for white space runs into undefined behaviour.
class Gate {
 public:
  explicit Gate(std::string_view text) : text_(text) {}

  // The reason why the text is refused, or null. line() returns the place.
  const char* refusal() {
    while (position_ < text_.size()) {
      step();
      if (dots_ > kMaximumDotsPerLine || brackets_ > kMaximumBrackets) return "nested too deeply";
      if (foreign_) return "a character beyond ASCII must stand in \"…\", '…' or a comment";
    }
    return nullptr;
  }
  std::uint32_t line() const { return line_; }

 private:
  static constexpr int kMaximumDotsPerLine = 32;
  static constexpr int kMaximumBrackets = 16;

  void step() {
    const char c = text_[position_];
    if ((c == '"' || c == '\'') && !bare_) return skip_string(c);
    if (c == '#') return skip_comment();
    ++position_;
    if (c == '\n') ++line_, dots_ = 0;
    if (c == '.') ++dots_;
    if (c == '[' || c == '{') ++brackets_;
    if (c == ']' || c == '}') brackets_ = std::max(0, brackets_ - 1);
    foreign_ = is_foreign(c);
    follow(c);
  }

  // Tracks whether the position is in a key or in a value. In a bare value (`1.5`) a quote begins
  // no string: the parser reads to the value's end before it reports an error.
  void follow(char c) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      bare_ = false;
      if (c == '\n' && nesting_.empty()) value_ = false;
    } else if (!value_) {
      if (c == '}') leave();
      value_ = c == '=' || c == '}';
    } else if (c == ',') {
      bare_ = false;
      value_ = nesting_.empty() || nesting_.back() == '[';
    } else if (c == ']' || c == '}') {
      bare_ = false;
      leave();
    } else if (!bare_ && (c == '[' || c == '{')) {
      nesting_.push_back(c);
      value_ = c == '[';
    } else {
      bare_ = true;
    }
  }

  void leave() {
    if (!nesting_.empty()) nesting_.pop_back();
  }

  static bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

  void skip_comment() { position_ = std::min(text_.find('\n', position_), text_.size()); }

  void skip_string(char quote) {
    if (text_.substr(position_, 3) == std::string(3, quote)) return skip_multi_line_string(quote);
    ++position_;
    while (position_ < text_.size() && text_[position_] != '\n') {
      const char c = text_[position_++];
      if (c == quote) return;
      if (c == '\\' && quote == '"' && position_ < text_.size()) ++position_;
    }
  }

  void skip_multi_line_string(char quote) {
    const std::string end(3, quote);
    position_ += 3;
    while (position_ < text_.size() && text_.substr(position_, 3) != end && !foreign_) {
      const bool escapes = text_[position_] == '\\' && quote == '"';
      for (int i = escapes ? 2 : 1; i > 0 && position_ < text_.size(); --i, ++position_) {
        if (text_[position_] == '\n') ++line_;
        foreign_ = foreign_ || is_foreign(text_[position_]);
      }
    }
    // Up to two more quotes may belong to the string itself.
    while (position_ < text_.size() && text_[position_] == quote) ++position_;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::uint32_t line_ = 1;
  int dots_ = 0;
  int brackets_ = 0;
  std::string nesting_;  // the brackets around a value
  bool value_ = false;   // false: within a key
  bool bare_ = false;    // within a value without quotes
  bool foreign_ = false;
};

class Flattener {
 public:
  void table(const toml::table& table) {
    for (const auto& [key, node] : table) {
      path_.emplace_back(key.str());
      this->node(node, key.source().begin);
      path_.pop_back();
    }
  }

  std::vector<TomlEntry> take() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(entries_);
  }

 private:
  void node(const toml::node& node, toml::source_position at) {
    if (const auto* table = node.as_table()) {
      return table->empty() ? add(TomlEmptyTable{}, at) : this->table(*table);
    }
    if (const auto* array = node.as_array()) return this->array(*array, at);
    if (const auto* text = node.as_string()) return add(text->get(), at);
    if (const auto* number = node.as_integer()) return add(number->get(), at);
    if (const auto* flag = node.as_boolean()) return add(flag->get(), at);
    add(TomlOther{}, at);
  }

  void array(const toml::array& array, toml::source_position at) {
    if (!array.empty() && array.is_homogeneous(toml::node_type::table)) return tables(array);
    std::vector<std::string> items;
    for (const toml::node& item : array) {
      const auto* text = item.as_string();
      if (text == nullptr) return add(TomlOther{}, at);
      items.push_back(text->get());
    }
    add(std::move(items), at);
  }

  void tables(const toml::array& array) {
    std::size_t number = 0;
    for (const toml::node& item : array) {
      path_.push_back(fmt::to_string(number++));
      node(item, item.source().begin);
      path_.pop_back();
    }
  }

  void add(TomlValue value, toml::source_position at) {
    entries_.push_back({path_, std::move(value), at.line, at.column});
  }

  std::vector<std::string> path_;
  std::vector<TomlEntry> entries_;
};

// Finds the first line whose text breaks an assertion of the parser, which does not report it.
// Bisection works, because text after the place does not matter.
std::uint32_t broken_line(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ends.push_back(i + 1);
  }
  const auto breaks = [&](std::size_t end) {
    try {
      static_cast<void>(toml::parse(text.substr(0, end)));
    } catch (const BrokenAssertion&) {
      return true;
    } catch (const std::exception&) {
    }
    return false;
  };
  const auto first =
      std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) { return !breaks(end); });
  return static_cast<std::uint32_t>(first - ends.begin()) + 1;
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& file_name) {
  if (text.size() > kMaximumTomlSize) {
    return fail(ErrorCode::invalid, "{}:1:1: the file is larger than 1 MiB", file_name);
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Gate gate(text);
  if (const char* refusal = gate.refusal()) {
    return fail(ErrorCode::invalid, "{}:{}:1: {}", file_name, gate.line(), refusal);
  }
  try {
    const toml::table root = toml::parse(text);
    Flattener flattener;
    flattener.table(root);
    return flattener.take();
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return fail(ErrorCode::invalid, "{}:{}:{}: {}", file_name, at.line, at.column,
                error.description());
  } catch (const BrokenAssertion&) {
    return fail(ErrorCode::invalid, "{}:{}:1: is not TOML", file_name, broken_line(text));
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid, "{}:1:1: cannot be read: {}", file_name, error.what());
  }
}

}  // namespace vcs::config
