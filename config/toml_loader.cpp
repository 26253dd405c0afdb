// The border to toml++: its tree and its exceptions end here.

// Version 3.3 asserts what hostile text can break ("[!"), and with NDEBUG tells the compiler to
// assume it, which is undefined behaviour. Here a broken assertion is one more exception to catch.
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

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// The library builds and frees its tree by recursion, so a key of half a million dots would end on
// a stack overflow. These bounds keep every tree below a few hundred levels.
constexpr int kMaximumDotsPerLine = 32;
constexpr int kMaximumBrackets = 16;

// Reads just enough of TOML's lexical rules to count dots and brackets outside strings and
// comments. Where the text is not TOML it may err, but there the parser stops before the error.
class NestingCheck {
 public:
  explicit NestingCheck(std::string_view text) : text_(text) {}

  // The line that goes too deep, or 0.
  std::uint32_t run() {
    while (position_ < text_.size() && !too_deep()) step();
    return too_deep() ? line_ : 0;
  }

 private:
  bool too_deep() const { return dots_ > kMaximumDotsPerLine || brackets_ > kMaximumBrackets; }

  void step() {
    const char c = text_[position_];
    if (c == '"' || c == '\'') return skip_string(c);
    if (c == '#') return skip_comment();
    if (c == '\n') ++line_, dots_ = 0;
    if (c == '.') ++dots_;
    if (c == '[' || c == '{') ++brackets_;
    if (c == ']' || c == '}') brackets_ = std::max(0, brackets_ - 1);
    ++position_;
  }

  void skip_comment() { position_ = std::min(text_.find('\n', position_), text_.size()); }

  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool multi_line = text_.substr(position_, 3) == triple;
    position_ += multi_line ? 3 : 1;
    while (position_ < text_.size()) {
      if (multi_line && text_.substr(position_, 3) == triple) {
        position_ += 3;
        // Up to two more quotes may belong to the string's end.
        while (position_ < text_.size() && text_[position_] == quote) ++position_;
        return;
      }
      const char c = text_[position_];
      if (c == '\n' && !multi_line) return;
      if (c == '\n') ++line_;
      ++position_;
      if (c == quote && !multi_line) return;
      if (c == '\\' && quote == '"' && position_ < text_.size()) {
        if (text_[position_] == '\n') ++line_;
        ++position_;
      }
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::uint32_t line_ = 1;
  int dots_ = 0;
  int brackets_ = 0;
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

// The first line whose text breaks an assertion of the parser, which cannot tell it: by bisection,
// because text after the place does not matter.
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
  if (const std::uint32_t line = NestingCheck(text).run(); line != 0) {
    return fail(ErrorCode::invalid, "{}:{}:1: nested too deeply", file_name, line);
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
