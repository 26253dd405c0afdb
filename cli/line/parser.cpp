// SPDX-License-Identifier: Apache-2.0
// Builds the CLI11 parser from the command table.
#include "cli/line/parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/line/command_table.hpp"
#include "cli/line/help.hpp"
#include "config/option_table.hpp"
#include "core/base/duration.hpp"

namespace vcs::cli {
namespace {

// CLI11 puts the values here. A map, because the parser keeps references to its elements.
using Values = std::map<std::string, std::vector<std::string>>;

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 19 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string check_number(const std::string& text) {
  if (!is_number(text)) return fmt::format("'{}' is not a whole number", text);
  return text.find_first_not_of('0') == std::string::npos ? "must be at least 1" : "";
}

std::string check_duration(const std::string& text) {
  const auto duration = base::parse_duration(text);
  return duration ? std::string() : duration.error().message;
}

void only(CLI::Option& value, const std::vector<std::string_view>& choices) {
  const auto check = [&choices](const std::string& text) -> std::string {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return {};
    return fmt::format("'{}' is not one of {}", text, fmt::join(choices, ", "));
  };
  value.check(CLI::Validator(check, "", "choice"));
}

void add_option(CLI::App& app, const Option& option, Values& values) {
  std::string names(option.name);
  if (!option.short_name.empty()) names += fmt::format(",{}", option.short_name);
  auto& slot = values[std::string(option.name)];
  if (option.value.empty()) {
    app.add_flag_function(names, [&slot](std::int64_t) { slot.emplace_back(); });
    return;
  }
  const auto keep = [&slot](const std::string& text) { slot.push_back(text); };
  auto* added = app.add_option_function<std::string>(names, keep)->take_last();
  added->type_name(std::string(option.value));  // for the message when the value is missing
  if (option.kind == ValueKind::number) added->check(CLI::Validator(check_number, "", "number"));
  if (option.kind == ValueKind::duration)
    added->check(CLI::Validator(check_duration, "", "duration"));
  if (!option.choices.empty()) only(*added, option.choices);
}

void add_argument(CLI::App& app, const Argument& argument, Values& values) {
  auto& slot = values[std::string(argument.name)];
  CLI::Option* added = app.add_option(std::string(argument.name), slot);
  if (argument.repeated) {
    added->expected(-1);
  } else {
    added->expected(1)->allow_extra_args(false);
  }
  added->required(argument.required);
  if (!argument.choices.empty()) only(*added, argument.choices);
}

// CLI11 splits "[a,b]" into two values if several may follow, and forgets "--" once an argument has
// a value. Such words, and words after "--", get a mark in front. The first byte of the mark is
// escaped in every word, so that any piece of a word can be decoded exactly.
constexpr char kEscape = '\x01';
constexpr std::string_view kMark = "\x01\x03", kEscapedEscape = "\x01\x02";

std::string escaped_word(const std::string& word) {
  std::string out;
  for (const char c : word) c == kEscape ? out += kEscapedEscape : out += c;
  return out;
}

std::string unescaped_word(std::string_view word) {
  std::string out;
  while (!word.empty()) {
    const bool escape = word.starts_with(kEscapedEscape);
    if (escape || !word.starts_with(kMark)) out += word.front();
    word.remove_prefix(escape || word.starts_with(kMark) ? 2 : 1);
  }
  return out;
}

std::vector<std::string> marked(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  bool plain = false;
  for (const std::string& word : words) {
    if (word == "--" && !plain) {
      plain = true;
    } else {
      const bool mark = plain || word.starts_with('[');
      out.push_back(std::string(mark ? kMark : "") + escaped_word(word));
    }
  }
  return out;
}

// "PATH must not be empty", or "". A script with an unset variable passes an empty word, which must
// not mean everything.
std::string empty_value(const Command& command, const Invocation& line) {
  const auto check = [&](std::string_view name) -> std::string {
    for (const std::string& value : line.list(name))
      if (value.empty()) return fmt::format("{} must not be empty", name);
    return {};
  };
  for (const Argument& argument : command.arguments)
    if (auto problem = check(argument.name); !argument.may_be_empty && !problem.empty())
      return problem;
  for (const auto options : {std::span<const Option>(command.options), common_options()})
    for (const Option& option : options)
      if (auto problem = check(option.name); !option.value.empty() && !problem.empty())
        return problem;
  return {};
}

std::string broken_rule(const Command& command, const Invocation& line) {
  for (const Rule& rule : command.rules) {
    const bool one = line.has(rule.option), other = line.has(rule.other);
    if (rule.kind == Rule::Kind::needs && one && !other)
      return fmt::format("{} goes with {}", rule.option, rule.other);
    if (rule.kind != Rule::Kind::needs && one && other)
      return fmt::format("give either {} or {}, not both", rule.option, rule.other);
    if (rule.kind == Rule::Kind::either && !one && !other)
      return fmt::format("say one of {} and {}", rule.option, rule.other);
  }
  return {};
}

class Builder {
 public:
  explicit Builder(std::size_t width) : app_("vcsctl", "vcsctl"), width_(width) {
    app_.require_subcommand(1);
    for (const Option& option : common_options()) add_option(app_, option, common_);
    for (const Group& group : groups()) {
      CLI::App* added = app_.add_subcommand(std::string(group.name));
      added->require_subcommand(1)->fallthrough();
      parents_[std::string(group.name)] = added;
    }
    for (const Command& command : commands()) add(command);
  }

  Parsed parse(std::vector<std::string> words) {
    words = marked(words);
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
    } catch (const CLI::CallForHelp&) {
      return {std::nullopt, help_text(deepest(), width_), {}};
    } catch (const CLI::ParseError& error) {
      return {std::nullopt, {}, explain(error)};
    }
    Invocation line = invocation();
    if (const std::string problem = empty_value(line.command(), line); !problem.empty())
      return {std::nullopt, {}, problem + see()};
    if (const std::string problem = broken_rule(line.command(), line); !problem.empty())
      return {std::nullopt, {}, problem + see()};
    return {std::move(line), {}, {}};
  }

 private:
  void add(const Command& command) {
    const auto group = parents_.find(std::string(command.group()));
    CLI::App& parent = group == parents_.end() ? app_ : *group->second;
    CLI::App* app = parent.add_subcommand(std::string(command.leaf()))->fallthrough();
    Values& values = own_[&command];
    for (const Argument& argument : command.arguments) add_argument(*app, argument, values);
    for (const Option& option : command.options) add_option(*app, option, values);
  }

  // The name of the last command or group that CLI11 recognized; "" for none.
  std::string deepest() const {
    std::string name;
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      name += name.empty() ? at->get_name() : " " + at->get_name();
    }
    return name;
  }

  Invocation invocation() {
    const Command* command = find_command(deepest());
    Values given = own_[command];
    given.merge(common_);
    std::erase_if(given, [](const auto& item) { return item.second.empty(); });
    for (auto& [name, values] : given)
      std::transform(values.begin(), values.end(), values.begin(), unescaped_word);
    return {command, std::move(given)};
  }

  std::string explain(const CLI::ParseError& error) const {
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
        find_command(deepest()) == nullptr)
      return "which command" + see();
    return unescaped_word(error.what()) + see();
  }

  std::string see() const {
    const std::string name = deepest();
    return name.empty() ? "; see vcsctl --help" : fmt::format("; see vcsctl {} --help", name);
  }

  CLI::App app_;
  const std::size_t width_;
  Values common_;
  std::map<const Command*, Values> own_;
  std::map<std::string, CLI::App*> parents_;
};

// The first word that is neither an option nor an option's value, if it names no command or group.
std::optional<std::string> unknown_command(const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const Group& group : groups()) known.emplace_back(group.name);
  for (const Command& command : commands())
    if (command.group().empty()) known.emplace_back(command.name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("-")) {
      for (const Option& option : common_options())
        if (!option.value.empty() && (words[i] == option.name || words[i] == option.short_name))
          ++i;
      continue;
    }
    if (std::find(known.begin(), known.end(), words[i]) != known.end()) return std::nullopt;
    const auto near = config::nearest(words[i], known);
    return fmt::format("there is no command '{}'{}; see vcsctl --help", words[i],
                       near ? fmt::format("; did you mean '{}'?", *near) : std::string());
  }
  return std::nullopt;
}

bool is_count(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && is_number(word.substr(1));
}

// Turns `log -5` into `log --number 5`, as git has it. Leaves words after "--", and after an option
// that takes a value, unchanged.
std::vector<std::string> with_counts(const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  const auto takes_value = [](const std::string& word) {
    const auto is_it = [&](const Option& option) {
      return !option.value.empty() && (option.name == word || option.short_name == word);
    };
    const auto& own = find_command("log")->options;
    return std::any_of(own.begin(), own.end(), is_it) ||
           std::any_of(common_options().begin(), common_options().end(), is_it);
  };
  bool in_log = false, literal = false, value = false;
  for (const std::string& word : words) {
    literal = literal || word == "--";
    if (in_log && !literal && !value && is_count(word)) {
      plain.insert(plain.end(), {"--number", word.substr(1)});
      continue;
    }
    in_log = in_log || (!value && word == "log");
    value = !value && takes_value(word);
    plain.push_back(word);
  }
  return plain;
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& words, std::size_t width) {
  if (words.empty()) return {std::nullopt, help_text("", width), {}};
  if (words.front() == "--version" || words.front() == "-V") {
    std::vector<std::string> version(words);
    version.front() = "version";
    return parse_command_line(version, width);
  }
  if (auto problem = unknown_command(words)) return {std::nullopt, {}, *problem};
  return Builder(width).parse(with_counts(words));
}

}  // namespace vcs::cli
