// SPDX-License-Identifier: Apache-2.0
// Everything a command may use: its values, the world outside, where to write, and the agent.
#pragma once

#include <functional>
#include <string>

#include "cli/line/invocation.hpp"
#include "cli/output.hpp"
#include "cli/render/json.hpp"
#include "cli/render/text.hpp"
#include "config/environment.hpp"

namespace vcs::base {
class Clock;
class FileSystem;
}  // namespace vcs::base
namespace vcs::config {
struct Loaded;
struct Paths;
}  // namespace vcs::config
namespace vcs::ipc {
class Client;
}

namespace vcs::cli {

inline constexpr std::size_t kUsualWidth = 80;

// What the outputs are connected to.
struct Terminal {
  bool out = false, err = false;  // is a terminal
  bool colour = false;            // on standard output
  // Asked anew each time: people change it while we write.
  std::function<std::size_t()> width_of_out = [] { return kUsualWidth; };
  std::function<std::size_t()> width_of_err = [] { return kUsualWidth; };  // for the bar
};

enum class Start { if_needed, never };  // of an agent, when none runs

class Context {
 public:
  using Connect = std::function<Result<ipc::Client>(Start)>;

  struct Parts {
    Invocation line;
    config::Environment environment;
    std::string working_directory;  // absolute, without symlinks; "": it cannot be found
    const base::Clock& clock;
    base::FileSystem& filesystem;
    Output& out;
    Output& err;
    Terminal terminal;
    int cancel_fd = -1;  // readable once the person has asked to stop
    Connect connect;     // to the agent
  };
  explicit Context(Parts parts) : parts_(std::move(parts)), style_(parts_.terminal.colour) {}

  const Invocation& line() const { return parts_.line; }
  bool json() const { return parts_.line.has("--json"); }
  const config::Environment& environment() const { return parts_.environment; }
  const std::string& working_directory() const { return parts_.working_directory; }
  const base::Clock& clock() const { return parts_.clock; }
  base::FileSystem& filesystem() const { return parts_.filesystem; }
  Output& out() const { return parts_.out; }
  Output& err() const { return parts_.err; }
  const Terminal& terminal() const { return parts_.terminal; }
  const Style& style() const { return style_; }
  bool cancelled() const;  // the person has asked to stop

  // Starts an agent if none runs, unless `start` or --no-start forbid it. Calls through it end
  // when the person asks to stop.
  Result<ipc::Client> connect(Start start = Start::if_needed) const;

  Result<config::Paths> paths() const;
  Result<config::Loaded> configuration() const;

  // `path` from the current folder, absolute; "..", symlinks and all are still in it.
  Result<std::string> from_here(const std::string& path) const;
  // A folder that is named on the command line: absolute, without symlinks. It must exist.
  Result<std::string> folder(const std::string& text) const;
  // The same for one that need not exist; its parent must.
  Result<std::string> new_folder(const std::string& text) const;
  // `path` (absolute) normalised: each ".." leads where the system says, as far as the folders
  // before it exist. Symlinks behind the last ".." are not followed.
  std::string without_dots(const std::string& path) const;
  // Where a remote is, as the agent is told: a URL, or a folder from here.
  Result<std::string> remote_url(const std::string& text) const;

  // One line of JSON, of whatever append_json() takes.
  template <typename T>
  void print_json(const T& value) const {
    cli::print_json(out(), value);
  }

 private:
  Result<std::string> existing_folder(const std::string& path) const;

  Parts parts_;
  Style style_;
};

}  // namespace vcs::cli
