// SPDX-License-Identifier: Apache-2.0
// Writes the completion scripts: which words may follow "vcsctl COMMAND".
#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "cli/command_table.hpp"

namespace vcs::cli {
namespace {

std::vector<std::string_view> top_words() {
  std::vector<std::string_view> words;
  for (const Command& command : commands())
    if (command.group().empty()) words.push_back(command.name);
  for (const Group& group : groups()) words.push_back(group.name);
  return words;
}

std::vector<std::string_view> leaves_of(std::string_view group) {
  std::vector<std::string_view> words;
  for (const Command& command : commands())
    if (command.group() == group) words.push_back(command.leaf());
  return words;
}

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> all = command.options;
  all.insert(all.end(), common_options().begin(), common_options().end());
  all.push_back({"--help", "-h", "", "print help"});
  return all;
}

std::vector<std::string_view> option_words(const Command& command) {
  std::vector<std::string_view> words;
  for (const Option& option : options_of(command)) {
    words.push_back(option.name);
    if (!option.short_name.empty()) words.push_back(option.short_name);
  }
  return words;
}

std::vector<std::string_view> choices_of(const Command& command) {
  return command.arguments.empty() ? std::vector<std::string_view>()
                                   : command.arguments.front().choices;
}

// What a single-quoted shell string may hold.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string bash_script() {
  std::string out =
      "# bash completion of vcsctl\n"
      "_vcsctl() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" command=\"${COMP_WORDS[1]}\" options=\"\" "
      "words=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  out += fmt::format("    COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n    return\n  fi\n",
                     fmt::join(top_words(), " "));
  out += "  case \"$command\" in\n";
  for (const Group& group : groups())
    out += fmt::format(
        "    {0})\n      if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        COMPREPLY=($(compgen -W \"{1}\" -- \"$word\"))\n        return\n      fi\n"
        "      command=\"{0} ${{COMP_WORDS[2]}}\" ;;\n",
        group.name, fmt::join(leaves_of(group.name), " "));
  out += "  esac\n  case \"$command\" in\n";
  for (const Command& command : commands())
    out += fmt::format("    {}) options=\"{}\" words=\"{}\" ;;\n", quoted(command.name),
                       fmt::join(option_words(command), " "), fmt::join(choices_of(command), " "));
  return out +
         "  esac\n"
         "  if [[ \"$word\" == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         "  elif [ -n \"$words\" ]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _vcsctl vcsctl\n";
}

// Within the brackets of an _arguments specification.
std::string zsh_help(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string_view zsh_action(ValueKind kind) {
  if (kind == ValueKind::folder) return "_files -/";
  return kind == ValueKind::path || kind == ValueKind::commit ? "_files" : " ";
}

std::string zsh_arguments(const Command& command) {
  std::string out;
  for (const Option& option : options_of(command)) {
    const std::string tail = fmt::format(
        "[{}]{}", zsh_help(option.help),
        option.value.empty() ? std::string()
                             : fmt::format(":{}:{}", option.value, zsh_action(option.kind)));
    out += " " + quoted(fmt::format("{}{}", option.name, tail));
    if (!option.short_name.empty())
      out += " " + quoted(fmt::format("{}{}", option.short_name, tail));
  }
  for (const Argument& argument : command.arguments) {
    const std::string action = argument.choices.empty()
                                   ? std::string(zsh_action(argument.kind))
                                   : fmt::format("({})", fmt::join(argument.choices, " "));
    out += " " + quoted(fmt::format("{}:{}:{}", argument.repeated ? "*" : "",
                                    zsh_help(argument.name), action));
  }
  return out;
}

std::string zsh_descriptions(
    const std::vector<std::pair<std::string_view, std::string_view>>& all) {
  std::string out;
  for (const auto& [word, help] : all)
    out += " " + quoted(fmt::format("{}:{}", word, zsh_help(help)));
  return out;
}

std::string zsh_group(const Group& group) {
  std::vector<std::pair<std::string_view, std::string_view>> leaves;
  for (const Command& command : commands())
    if (command.group() == group.name) leaves.emplace_back(command.leaf(), command.summary);
  return fmt::format(
      "    {0})\n      if (( CURRENT == 3 )); then\n        local -a leaves=({1})\n"
      "        _describe command leaves\n        return\n      fi\n"
      "      name=\"{0} ${{words[3]}}\"\n      shift words\n      (( CURRENT-- )) ;;\n",
      group.name, zsh_descriptions(leaves));
}

std::string zsh_script() {
  std::vector<std::pair<std::string_view, std::string_view>> top;
  for (const Command& command : commands())
    if (command.group().empty()) top.emplace_back(command.name, command.summary);
  for (const Group& group : groups()) top.emplace_back(group.name, group.summary);
  std::string out = fmt::format(
      "#compdef vcsctl\n_vcsctl() {{\n  if (( CURRENT == 2 )); then\n"
      "    local -a names=({})\n    _describe command names\n    return\n  fi\n"
      "  local name=\"${{words[2]}}\"\n  case \"$name\" in\n",
      zsh_descriptions(top));
  for (const Group& group : groups()) out += zsh_group(group);
  out += "  esac\n  shift words\n  (( CURRENT-- ))\n  case \"$name\" in\n";
  for (const Command& command : commands())
    out += fmt::format("    {}) _arguments{} ;;\n", quoted(command.name), zsh_arguments(command));
  return out +
         "  esac\n}\n"
         "if [ \"$funcstack[1]\" = _vcsctl ]; then _vcsctl \"$@\"; else compdef _vcsctl vcsctl; "
         "fi\n";
}

// A single-quoted string of fish, which knows backslashes in it.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_condition(const Command& command) {
  if (command.group().empty()) return fmt::format("__fish_seen_subcommand_from {}", command.name);
  return fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
                     command.group(), command.leaf());
}

std::string fish_command(const Command& command) {
  std::string out;
  if (command.group().empty()) {
    out += fmt::format("complete -c vcsctl -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                       fish_quoted(command.summary));
  } else {
    const std::string condition =
        fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                    command.group(), fmt::join(leaves_of(command.group()), " "));
    out += fmt::format("complete -c vcsctl -f -n '{}' -a {} -d {}\n", condition, command.leaf(),
                       fish_quoted(command.summary));
  }
  for (const Option& option : command.options) {
    const std::string letter = option.short_name.empty()
                                   ? std::string()
                                   : fmt::format(" -s {}", option.short_name.substr(1));
    out += fmt::format("complete -c vcsctl -n '{}' -l {}{}{} -d {}\n", fish_condition(command),
                       option.name.substr(2), letter, option.value.empty() ? "" : " -r",
                       fish_quoted(option.help));
  }
  for (const std::string_view choice : choices_of(command))
    out += fmt::format("complete -c vcsctl -f -n '{}' -a {}\n", fish_condition(command), choice);
  return out;
}

std::string fish_script() {
  std::string out = "# fish completion of vcsctl\n";
  for (const Group& group : groups())
    out += fmt::format("complete -c vcsctl -f -n __fish_use_subcommand -a {} -d {}\n", group.name,
                       fish_quoted(group.summary));
  for (const Command& command : commands()) out += fish_command(command);
  for (const Option& option : common_options()) {
    const std::string letter = option.short_name.empty()
                                   ? std::string()
                                   : fmt::format(" -s {}", option.short_name.substr(1));
    out += fmt::format("complete -c vcsctl -l {}{}{} -d {}\n", option.name.substr(2), letter,
                       option.value.empty() ? "" : " -r", fish_quoted(option.help));
  }
  return out + "complete -c vcsctl -s h -l help -d 'print help'\n";
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "zsh") return zsh_script();
  return shell == "fish" ? fish_script() : bash_script();
}

}  // namespace vcs::cli
