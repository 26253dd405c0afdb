// SPDX-License-Identifier: Apache-2.0
// Renders docs/config.md, the manual page and the sample file from the option table.
#include "config/printer.hpp"

#include "config/option_table.hpp"

namespace vcs::config {

namespace {

constexpr std::size_t kSampleWidth = 96;

constexpr const char* kManualHead = R"(# Configuration

<!-- Written from config/option_table.cpp; the test "printer: docs/config.md is up to date" keeps it so. -->

`vcsd` needs no configuration. What follows can be changed in one file, in [TOML](https://toml.io):

- `$VCSD_HOME/config.toml` if `VCSD_HOME` is set or `--home` is given,
- else `$XDG_CONFIG_HOME/vcsd/config.toml`, which is `~/.config/vcsd/config.toml` on most machines.

A value is, from weak to strong: the default, the file's section (`[watch]`), the file's section for one
repository (`[repository.NAME.watch]`), the environment variable. `vcsctl config show --origin` prints every
value and where it comes from. A file with a mistake is refused as a whole, with line and column; a running
agent then keeps the values that it has.

The agent reads the file again at `SIGHUP` (`systemctl --user reload vcsd`). Options marked *at reload* take
effect then, the others at the next start.

```toml
[watch]
settle_quiet = "1s"
ignore = ["*.iso", "node_modules/"]

[repository.notes.watch]   # the repository named "notes"
settle_quiet = "200ms"
```

Durations are written `"500ms"`, `"5s"`, `"2m"`, `"1h30m"`, `"7d"`; sizes `"64KiB"`, `"1.5GiB"` (K, M and G alone
mean the same), or a number of bytes. In an environment variable there are no quotes, and a list is separated
by commas.
)";

constexpr const char* kPageHead = R"(.\" Written from config/option_table.cpp by the tests.
.TH VCSD.TOML 5 "" vcsd "File Formats"
.SH NAME
vcsd.toml \- configuration of vcsd
.SH DESCRIPTION
.B vcsd
needs no configuration. It reads
.I $VCSD_HOME/config.toml
if VCSD_HOME is set or
.B \-\-home
is given, else
.I $XDG_CONFIG_HOME/vcsd/config.toml
or
.IR ~/.config/vcsd/config.toml .
The file is in TOML. A key stands in the section before its dot, or in
.RI [repository. NAME . section ]
for one repository, where its entry says so. An environment variable wins over the file.
.B vcsctl config show \-\-origin
prints every value and where it comes from. The agent reads the file again at SIGHUP.
)";

constexpr const char* kPageTail = R"(.SH SEE ALSO
.BR vcsd (1),
.BR vcsctl (1)
)";

constexpr const char* kSampleHead =
    R"(# Configuration of vcsd, with the defaults. Remove the "# " before what you want to change.
# Put it where `vcsctl doctor` says, usually ~/.config/vcsd/config.toml. All options: docs/config.md
)";

constexpr const char* kSampleTail = R"(
# Options of [watch] and [core] for one repository only:
#
# [repository.notes.watch]
# settle_quiet = "200ms"
)";

std::string scope_text(const Option& option) {
  return option.scope == Scope::repository ? "can be set per repository" : "for all repositories";
}

std::string manual_entry(const Option& option) {
  std::string allowed = allowed_text(option);
  if (!allowed.empty()) allowed = ", " + allowed;
  std::string older;
  if (!option.older_key.empty()) older = fmt::format("; older name `{}`", option.older_key);
  return fmt::format("\n### `{}`\n\n{}\n\n- {}{}; default `{}`{}\n- `{}`; {}; {}\n", option.key,
                     option.help, base::name_of(option.type()), allowed,
                     value_toml(option.default_value()), older, option.environment_name(),
                     scope_text(option), option.reloads ? "at reload" : "at start");
}

// Escapes text for roff: only backslashes and hyphens, because no line of ours begins with a
// control character.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    if (c == '-') out += "\\-";
    if (c != '\\' && c != '-') out += c;
  }
  return out;
}

std::string page_entry(const Option& option) {
  std::string allowed = allowed_text(option);
  if (!allowed.empty()) allowed = ", " + allowed;
  return fmt::format(".TP\n.B {}\n{}\n.br\n{}{}; default {}\n.br\n{}; {}; {}\n", roff(option.key),
                     roff(option.help), base::name_of(option.type()), roff(allowed),
                     roff(value_toml(option.default_value())), option.environment_name(),
                     scope_text(option), option.reloads ? "at reload" : "at start");
}

// Breaks `text` into comment lines.
std::string wrapped_comment(std::string_view text) {
  std::string out, line = "#";
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (line.size() + 1 + space > kSampleWidth) out += line + "\n", line = "#";
    line += fmt::format(" {}", text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out + line + "\n";
}

std::string sample_entry(const Option& option) {
  std::string help(option.help);
  if (const std::string allowed = allowed_text(option); !allowed.empty()) {
    help += fmt::format(" Allowed: {}.", allowed);
  }
  return fmt::format("\n{}# {} = {}\n", wrapped_comment(help), option.name(),
                     value_toml(option.default_value()));
}

}  // namespace

std::string print_manual() {
  std::string out = kManualHead;
  for (const Section& section : sections()) {
    out += fmt::format("\n## `[{}]`\n\n{}\n", section.name, section.help);
    for (const Option& option : options()) {
      if (option.section() == section.name) out += manual_entry(option);
    }
  }
  return out;
}

std::string print_manual_page() {
  std::string out = kPageHead;
  for (const Section& section : sections()) {
    out += fmt::format(".SH [{}]\n{}\n", section.name, roff(section.help));
    for (const Option& option : options()) {
      if (option.section() == section.name) out += page_entry(option);
    }
  }
  return out + kPageTail;
}

std::string print_sample() {
  std::string out = kSampleHead;
  for (const Section& section : sections()) {
    out += fmt::format("\n[{}]\n", section.name);
    for (const Option& option : options()) {
      if (option.section() == section.name) out += sample_entry(option);
    }
  }
  return out + kSampleTail;
}

}  // namespace vcs::config
