// SPDX-License-Identifier: Apache-2.0
// One row of the table of commands: its name, what it takes, what it says of itself, and who
// handles it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "core/base/result.hpp"

namespace vcs::cli {

class Context;

// What a value is, for completions and checks.
enum class ValueKind {
  text,
  number,
  folder,
  path,
  commit,
  repository,
  removed,  // a repository that is watched no more
  remote,
  choice,
  duration
};

struct Argument {
  std::string_view name;  // "FOLDER", as shown and looked up
  std::string_view help;
  bool required = false;
  bool repeated = false;
  ValueKind kind = ValueKind::text;
  std::vector<std::string_view> choices{};
  bool may_be_empty = false;
};

struct Option {
  std::string_view name;          // "--message", as looked up
  std::string_view short_name{};  // "-m" or ""
  std::string_view value{};       // "TEXT"; "": a flag
  std::string_view help{};
  ValueKind kind = ValueKind::text;
  std::vector<std::string_view> choices{};
};

// What options of a command mean to each other; whoever breaks a rule is told how it is used.
struct Rule {
  enum class Kind {
    needs,     // `option` only with `other`
    excludes,  // not both
    either     // one of them, and not both
  };
  std::string_view option;
  Kind kind;
  std::string_view other;
};

struct Example {
  std::string_view line, meaning;
};

struct Command {
  using Handler = Result<ExitStatus> (*)(Context&);

  std::string_view name;  // "commit", "remote add"
  std::string_view summary;
  std::vector<Argument> arguments{};
  std::vector<Option> options{};
  std::vector<Rule> rules{};
  std::string_view description{};  // paragraphs, separated by empty lines
  std::vector<Example> examples{};
  Handler handler = nullptr;
  bool paged = false;  // what it says may be long: on a terminal, through a pager
  bool asks = false;  // changes nothing: it is said again where an agent stopped before it answered
  bool hidden = false;  // for programs, or an older name: not in help

  // "remote" of "remote add"; "" for a command that stands alone.
  std::string_view group() const;
  // "add" of "remote add", "commit" of "commit".
  std::string_view leaf() const;
  // "FOLDER [PATH…]"
  std::string usage() const;
};

}  // namespace vcs::cli
