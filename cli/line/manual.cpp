// SPDX-License-Identifier: Apache-2.0
// Lays the tables out as manual pages.
#include "cli/line/manual.hpp"

#include <fmt/format.h>

#include "cli/line/command_table.hpp"
#include "cli/line/row_makers.hpp"
#include "cli/version.hpp"
#include "config/option_table.hpp"

namespace vcs::cli {
namespace {

std::string title(std::string_view name, int section, std::string_view summary) {
  return fmt::format(".TH {} {} \"\" \"vcsd {}\" \"vcsd\"\n.SH NAME\n{} \\- {}\n", roff(name),
                     section, version(), roff(name), roff(summary));
}

// Paragraphs are separated by empty lines.
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    out += ".PP\n" + roff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string entry(std::string_view name, std::string_view help) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(help));
}

std::string option_entry(const Option& option) {
  std::string name;
  if (!option.short_name.empty()) name += fmt::format("\\fB{}\\fR, ", roff(option.short_name));
  name += fmt::format("\\fB{}\\fR", roff(option.name));
  if (!option.value.empty()) name += fmt::format(" \\fI{}\\fR", roff(option.value));
  return fmt::format(".TP\n{}\n{}\n", name, roff(option.help));
}

std::string command_section(const Command& command) {
  std::string out = fmt::format(".SS \"vcsctl {} {}\"\n{}.\n", roff(command.name),
                                roff(command.usage()), roff(command.summary));
  out += paragraphs(command.description);
  for (const Argument& argument : command.arguments) out += entry(argument.name, argument.help);
  for (const Option& option : command.options) out += option_entry(option);
  for (const Example& example : command.examples)
    out += fmt::format(".PP\n{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(example.meaning),
                       roff(example.line));
  return out;
}

std::string vcsctl_page() {
  std::string out = title("vcsctl", 1, "speak to vcsd, which turns every save into a snapshot");
  out += ".SH SYNOPSIS\n\\fBvcsctl\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  out += ".SH DESCRIPTION\n";
  out += paragraphs(
      "vcsd watches folders, turns every save into a durable, deduplicated, compressed snapshot, "
      "and copies what is missing to remote stores. vcsctl shows the history, brings files back, "
      "and says whether everything is safe. It starts the agent when none runs.");
  out += ".SH COMMANDS\n";
  for (const Command& command : commands())
    if (!command.hidden) out += command_section(command);
  out += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const Option& option : common_options()) out += option_entry(option);
  out += option_entry(rows::flag({"--help", "-h"}, "print help"));
  out += ".SH EXIT STATUS\n";
  out += entry("0", "done") + entry("1", "failed") + entry("2", "wrong usage") +
         entry("3", "done, and something needs attention") + entry("130", "stopped by Ctrl-C");
  out += ".SH ENVIRONMENT\n";
  out += entry("VCSD_HOME", "where everything of vcsd lives, instead of the XDG directories");
  out += entry("NO_COLOR", "if set, no colours");
  out += entry("VCSCTL_PAGER, PAGER",
               "what long output on a terminal goes through; default: less -FRX. Empty: nothing");
  out += entry("TZ", "the zone in which times are read and shown");
  return out + ".SH SEE ALSO\n\\fBvcsd\\fR(1), \\fBvcsd.toml\\fR(5), \\fBvcsd\\-times\\fR(7)\n";
}

std::string vcsd_page() {
  std::string out = title("vcsd", 1, "turns every save in watched folders into a durable snapshot");
  out += ".SH SYNOPSIS\n\\fBvcsd\\fR [\\fB\\-\\-home\\fR \\fIDIR\\fR] [\\fB\\-\\-foreground\\fR]\n";
  out += ".SH DESCRIPTION\n";
  out += paragraphs(
      "The agent behind vcsctl. It is started by vcsctl when needed, or with your session by "
      "'vcsctl service install'. It goes to the background; its parent leaves when it listens.");
  out += ".SH OPTIONS\n";
  out += option_entry(rows::value("--home", "DIR", "everything lives below DIR"));
  out += option_entry(rows::flag("--foreground", "stay in the foreground and log to the terminal"));
  out += option_entry(rows::flag("--version", "print the version and leave"));
  out += ".SH SIGNALS\n";
  out += entry("SIGTERM, SIGINT", "finish the snapshots under way and stop");
  out += entry("SIGHUP", "read the configuration again");
  out += ".SH EXIT STATUS\n";
  out += entry("0", "it was told to stop, or its home was deleted") + entry("1", "failed") +
         entry("2", "wrong usage") +
         entry("75", "an agent of the same home runs already, and is well");
  out += ".SH FILES\n";
  out += entry("~/.config/vcsd/config.toml", "the configuration, see vcsd.toml(5)");
  out += entry("~/.local/share/vcsd/repositories", "what was saved");
  out += entry("~/.local/share/vcsd/logs/vcsd.log", "what the agent has to say");
  out += paragraphs("With VCSD_HOME or --home everything is below that folder instead.");
  return out + ".SH SEE ALSO\n\\fBvcsctl\\fR(1), \\fBvcsd.toml\\fR(5)\n";
}

std::string setting_entry(const config::Option& option) {
  std::string text =
      fmt::format("{} Default: {}.", option.help, config::value_text(option.default_value()));
  if (const std::string allowed = config::allowed_text(option); !allowed.empty())
    text += fmt::format(" Allowed: {}.", allowed);
  text += fmt::format(" Environment: {}.", option.environment_name());
  if (option.scope == config::Scope::repository)
    text += fmt::format(" May stand in [repository.NAME.{}].", option.section());
  if (!option.reloads) text += " Needs a restart of the agent.";
  return fmt::format(".TP\n\\fB{}\\fR (\\fI{}\\fR)\n{}\n", roff(option.name()),
                     roff(base::name_of(option.type())), roff(text));
}

std::string toml_page() {
  std::string out = title("vcsd.toml", 5, "configuration of vcsd");
  out += ".SH SYNOPSIS\n~/.config/vcsd/config.toml, or config.toml in VCSD_HOME\n";
  out += ".SH DESCRIPTION\n";
  out += paragraphs(
      "vcsd needs no configuration. What follows can be changed in one file, in TOML. Environment "
      "variables win over the file. 'vcsctl config show --origin' shows what holds and why; "
      "'vcsctl reload' lets a running agent take the file over.");
  for (const config::Section& section : config::sections()) {
    out += fmt::format(".SH [{}]\n{}\n", roff(section.name), roff(section.help));
    for (const config::Option& option : config::options())
      if (option.section() == section.name) out += setting_entry(option);
  }
  return out + ".SH SEE ALSO\n\\fBvcsctl\\fR(1), \\fBvcsd\\fR(1)\n";
}

std::string times_page() {
  std::string out = title("vcsd-times", 7, "moments of the history, as people say them");
  out += ".SH DESCRIPTION\n";
  out += paragraphs(
      "Where vcsctl takes a COMMIT, it takes @{TIME}, or --at TIME: the last save that is not "
      "younger. Times are those of the clock where vcsctl runs (TZ, or the system's zone), "
      "wherever the agent lives. Capital letters make no difference.\n\n"
      "Before the first save there is none: vcsctl says which one is the first.");
  out += ".SH TIMES\n";
  out += entry("15:40, 15:40:30, 3pm, noon, midnight", "the last time that the clock showed this");
  out += entry("yesterday, today, monday, last friday", "the end of that day, if it has ended");
  out += entry("yesterday 9:05, monday noon", "that time of that day");
  out += entry("2026-01-31", "the end of that day");
  out += entry("2026-01-31 15:40, 2026-01-31T15:40:30.5", "as log shows it, or as a computer does");
  out += entry("5m, 1h30m, 2 hours ago, a week ago, last week",
               "so long before now: s, m, h, d, w, month (30 days), y (365 days)");
  out += entry("now", "this moment");
  out += ".SH ZONES\n";
  out += paragraphs(
      "A time of day may end with a zone: Z, UTC, +02:00, -0330. It means the same everywhere.\n\n"
      "When clocks are put back, an hour comes twice. 'vcsctl log' then shows the zone behind the "
      "time, and takes it. Without it, the last of the two that is not in the future is meant. A "
      "time that clocks leave out is taken as if they had gone on.");
  return out + ".SH SEE ALSO\n\\fBvcsctl\\fR(1)\n";
}

}  // namespace

std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '"') {
      out += "\\(dq";
    } else if (text.substr(i).starts_with("…")) {
      out += "\\&...";
      i += std::string_view("…").size() - 1;
    } else {
      out += c;
    }
  }
  return out;
}

std::string manual_page(std::string_view page) {
  if (page == "vcsd") return vcsd_page();
  if (page == "vcsd-times") return times_page();
  return page == "vcsd.toml" ? toml_page() : vcsctl_page();
}

}  // namespace vcs::cli
