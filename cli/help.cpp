// SPDX-License-Identifier: Apache-2.0
// Lays the command table out as help.
#include "cli/help.hpp"

#include <fmt/format.h>

#include "cli/command_table.hpp"
#include "cli/render/text.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kNameColumn = 26;

constexpr std::string_view kExitStatus =
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 something needs attention.\n";

void add_row(std::string& out, const std::string& name, std::string_view help) {
  out += "  " + name;
  const std::size_t used = display_width(name) + 2;
  if (used + 2 > kNameColumn) {
    out += "\n" + std::string(kNameColumn, ' ');
  } else {
    out += std::string(kNameColumn - used, ' ');
  }
  out += wrapped(help, kNameColumn) + "\n";
}

std::string option_names(const Option& option) {
  std::string names =
      option.short_name.empty() ? std::string() : fmt::format("{}, ", option.short_name);
  names += option.name;
  if (!option.value.empty()) names += fmt::format(" {}", option.value);
  return names;
}

void add_options(std::string& out, std::span<const Option> options) {
  for (const Option& option : options) add_row(out, option_names(option), option.help);
}

std::string command_help(const Command& command) {
  const std::string usage = command.usage();
  std::string out = fmt::format("{}\n\nUsage: vcsctl {}{}{} [OPTIONS]\n", command.summary,
                                command.name, usage.empty() ? "" : " ", usage);
  if (!command.description.empty()) out += "\n" + wrapped(command.description, 0) + "\n";
  if (!command.arguments.empty()) {
    out += "\nArguments:\n";
    for (const Argument& argument : command.arguments)
      add_row(out, std::string(argument.name), argument.help);
  }
  out += "\nOptions:\n";
  add_options(out, command.options);
  add_options(out, common_options());
  add_row(out, "-h, --help", "print this");
  if (!command.examples.empty()) {
    out += "\nExamples:\n";
    for (const Example& example : command.examples)
      out += fmt::format("  {}\n      {}\n", example.line, example.meaning);
  }
  return fmt::format("{}\n{}", out, kExitStatus);
}

std::string group_help(const Group& group) {
  std::string out = fmt::format("{}\n\nUsage: vcsctl {} COMMAND [OPTIONS]\n\nCommands:\n",
                                group.summary, group.name);
  for (const Command& command : commands())
    if (command.group() == group.name)
      add_row(out, fmt::format("{} {}", command.name, command.usage()), command.summary);
  return out;
}

std::string program_help() {
  std::string out =
      "Turns every save in watched folders into a durable snapshot.\n\n"
      "Usage: vcsctl COMMAND [OPTIONS]\n\nCommands:\n";
  for (const Command& command : commands())
    add_row(out, std::string(command.name), command.summary);
  out += "\nOptions of every command:\n";
  add_options(out, common_options());
  add_row(out, "-h, --help", "print help, also of a command: vcsctl COMMAND --help");
  return fmt::format("{}\n{}", out, kExitStatus);
}

}  // namespace

std::string help_text(std::string_view name) {
  if (const Command* command = find_command(name)) return command_help(*command);
  for (const Group& group : groups())
    if (group.name == name) return group_help(group);
  return program_help();
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  bool line_begins = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t columns = display_width(word);
    if (!word.empty()) {
      if (!line_begins && column + 1 + columns > width) {
        out += "\n" + std::string(indent, ' ');
        column = indent;
        line_begins = true;
      }
      if (!line_begins) out += ' ', ++column;
      out += word;
      column += columns;
      line_begins = false;
    }
    if (end < text.size() && text[end] == '\n') {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      line_begins = true;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace vcs::cli
