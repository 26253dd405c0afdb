// SPDX-License-Identifier: Apache-2.0
// Lays the command table out as help.
#include "cli/line/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/line/command_table.hpp"
#include "cli/render/text.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kNameColumn = 26, kNarrowColumn = 6;
// Below kNarrow columns, names and their help get separate lines. Lines above kWidest are hard to
// read.
constexpr std::size_t kNarrow = 60, kWidest = 100, kNarrowest = 20;

constexpr std::string_view kExitStatus =
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 something needs attention, 130 stopped by "
    "Ctrl-C.";

class Page {
 public:
  explicit Page(std::size_t width)
      : width_(std::clamp(width, kNarrowest, kWidest)),
        column_(width_ < kNarrow ? kNarrowColumn : kNameColumn) {}

  void line(std::string_view text = {}, std::size_t indent = 0) {
    out_ += std::string(indent, ' ') + wrapped(text, indent, width_) + "\n";
  }

  void row(std::string_view name, std::string_view help) {
    out_ += "  ";
    out_ += name;
    const std::size_t used = display_width(name) + 2;
    out_ +=
        used + 2 > column_ ? "\n" + std::string(column_, ' ') : std::string(column_ - used, ' ');
    out_ += wrapped(help, column_, width_) + "\n";
  }

  void options(std::span<const Option> options) {
    for (const Option& option : options) {
      std::string names =
          option.short_name.empty() ? std::string() : fmt::format("{}, ", option.short_name);
      names += option.name;
      if (!option.value.empty()) names += fmt::format(" {}", option.value);
      row(names, option.help);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  const std::size_t width_, column_;
  std::string out_;
};

std::string command_help(const Command& command, Page page) {
  const std::string usage = command.usage();
  page.line(command.summary);
  page.line();
  page.line(
      fmt::format("Usage: vcsctl {}{}{} [OPTIONS]", command.name, usage.empty() ? "" : " ", usage));
  if (!command.description.empty()) page.line(), page.line(command.description);
  if (!command.arguments.empty()) {
    page.line();
    page.line("Arguments:");
    for (const Argument& argument : command.arguments) page.row(argument.name, argument.help);
  }
  page.line();
  page.line("Options:");
  page.options(command.options);
  page.options(common_options());
  page.row("-h, --help", "print this");
  if (!command.examples.empty()) {
    page.line();
    page.line("Examples:");
    for (const Example& example : command.examples) {
      page.line(example.line, 2);
      page.line(example.meaning, 6);
    }
  }
  page.line();
  page.line(kExitStatus);
  return page.take();
}

void add_commands(Page& page, std::string_view group) {
  for (const Command& command : commands())
    if (command.group() == group && !command.hidden)
      page.row(fmt::format("{} {}", command.name, command.usage()), command.summary);
}

std::string group_help(const Group& group, Page page) {
  page.line(group.summary);
  page.line();
  page.line(fmt::format("Usage: vcsctl {} COMMAND [OPTIONS]", group.name));
  page.line();
  page.line("Commands:");
  add_commands(page, group.name);
  return page.take();
}

std::string program_help(Page page) {
  page.line("Turns every save in watched folders into a durable snapshot.");
  page.line();
  page.line("Usage: vcsctl COMMAND [OPTIONS]");
  for (const Section& section : sections()) {
    page.line();
    page.line(fmt::format("{}:", section.title));
    for (const std::string_view name : section.names)
      for (const Command& command : commands())
        if ((command.name == name || command.group() == name) && !command.hidden)
          page.row(command.name, command.summary);
  }
  page.line();
  page.line("Options of every command:");
  page.options(common_options());
  page.row("-h, --help", "explain a command: vcsctl COMMAND --help, or vcsctl help COMMAND");
  page.row("-V, --version", "show the versions");
  page.line();
  page.line(kExitStatus);
  return page.take();
}

// True for a hidden command that is not an older name of a command in the help.
bool is_for_programs(const Command& command) {
  const auto does_the_same = [&](const Command& other) {
    return !other.hidden && other.handler == command.handler;
  };
  const auto all = commands();
  return command.hidden && std::none_of(all.begin(), all.end(), does_the_same);
}

}  // namespace

std::string help_text(std::string_view name, std::size_t width) {
  if (const Command* command = find_command(name)) return command_help(*command, Page(width));
  for (const Group& group : groups())
    if (group.name == name) return group_help(group, Page(width));
  return program_help(Page(width));
}

bool has_help(std::string_view name) {
  const auto all = groups();
  const Command* command = find_command(name);
  return name.empty() || (command != nullptr && !is_for_programs(*command)) ||
         std::any_of(all.begin(), all.end(),
                     [&](const Group& group) { return group.name == name; });
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
