// SPDX-License-Identifier: Apache-2.0
// Reads an unfinished line with the command table, as far as it goes.
#include "cli/line/completion_point.hpp"

#include <algorithm>

namespace vcs::cli {
namespace {

const Option* option_named(const Command* command, std::string_view name) {
  const auto find = [&](std::span<const Option> options) -> const Option* {
    for (const Option& option : options)
      if (option.name == name || (!option.short_name.empty() && option.short_name == name))
        return &option;
    return nullptr;
  };
  const Option* own = command != nullptr ? find(command->options) : nullptr;
  return own != nullptr ? own : find(common_options());
}

bool is_group(std::string_view word) {
  const auto all = groups();
  return std::any_of(all.begin(), all.end(),
                     [&](const Group& group) { return group.name == word; });
}

class Reader {
 public:
  void take(const std::string& word) {
    if (waiting_ != nullptr) {
      point_.given[std::string(waiting_->name)] = word;
      waiting_ = nullptr;
    } else if (!plain_ && word == "--") {
      plain_ = true;
    } else if (!plain_ && word.size() > 1 && word.starts_with('-')) {
      take_option(word);
    } else if (point_.command != nullptr) {
      take_argument(word);
    } else {
      take_name(word);
    }
  }

  CompletionPoint finish(const std::string& last) {
    point_.prefix = last;
    if (waiting_ != nullptr) {
      point_.option = waiting_;
    } else if (!plain_ && last.starts_with('-')) {
      point_.option_name = true;
    } else if (const Argument* next = next_argument()) {
      point_.argument = next;
    }
    return std::move(point_);
  }

 private:
  void take_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const Option* option = option_named(point_.command, word.substr(0, equals));
    if (option == nullptr) return;
    if (option->value.empty() || equals != std::string::npos)
      point_.given[std::string(option->name)] =
          equals == std::string::npos ? std::string() : word.substr(equals + 1);
    else
      waiting_ = option;
  }

  void take_name(const std::string& word) {
    if (point_.group.empty() && is_group(word)) {
      point_.group = word;
      return;
    }
    const std::string name = point_.group.empty() ? word : point_.group + " " + word;
    point_.command = find_command(name);
    point_.unknown = point_.command == nullptr;
  }

  void take_argument(const std::string& word) {
    if (const Argument* next = next_argument()) point_.given[std::string(next->name)] = word;
    ++arguments_;
  }

  const Argument* next_argument() const {
    if (point_.command == nullptr || point_.unknown) return nullptr;
    const auto& all = point_.command->arguments;
    // With --at no COMMIT can follow.
    const std::size_t skipped = !all.empty() && all.front().name == "COMMIT" && all.size() > 1 &&
                                        point_.given.contains("--at")
                                    ? 1
                                    : 0;
    const std::size_t at = arguments_ + skipped;
    if (at < all.size()) return &all[at];
    return !all.empty() && all.back().repeated ? &all.back() : nullptr;
  }

  CompletionPoint point_;
  const Option* waiting_ = nullptr;  // the option whose value comes next
  std::size_t arguments_ = 0;
  bool plain_ = false;
};

}  // namespace

std::string unquoted(std::string_view word) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '\\' && quote != '\'' && i + 1 < word.size()) {
      out += word[++i];
    } else if (c == quote && quote != 0) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      out += c;
    }
  }
  return out;
}

CompletionPoint find_completion_point(const std::vector<std::string>& words) {
  Reader reader;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) reader.take(unquoted(words[i]));
  return reader.finish(words.empty() ? std::string() : unquoted(words.back()));
}

}  // namespace vcs::cli
