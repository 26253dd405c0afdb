// SPDX-License-Identifier: Apache-2.0
// One row of the command table: name, arguments and options, help, and handler.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "core/base/result.hpp"

namespace vcs::cli {

class Context;

// The kind of a value, for completions and checks.
enum class ValueKind {
  text,
  number,
  folder,
  path,
  commit,
  repository,
  removed,  // a repository that is no longer watched
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

// How two options of a command relate. A line that breaks a rule gets the command's usage.
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
  bool paged = false;   // the output may be long: on a terminal it goes through a pager
  bool asks = false;    // changes nothing, so main repeats it if the agent stopped meanwhile
  bool hidden = false;  // for programs, or an older name: not in help

  // "remote" of "remote add"; "" for a command that stands alone.
  std::string_view group() const;
  // "add" of "remote add", "commit" of "commit".
  std::string_view leaf() const;
  // "FOLDER [PATH…]"
  std::string usage() const;
};

}  // namespace vcs::cli
