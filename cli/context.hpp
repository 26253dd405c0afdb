// SPDX-License-Identifier: Apache-2.0
// Everything that a command may use: its values, the environment and disk, its outputs, the agent.
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

// The terminals behind the outputs.
struct Terminal {
  bool out = false, err = false;  // whether each is a terminal
  bool colour = false;            // on standard output
  // Ask again for each use, because people resize the window while a command runs.
  std::function<std::size_t()> width_of_out = [] { return kUsualWidth; };
  std::function<std::size_t()> width_of_err = [] { return kUsualWidth; };  // for the bar
};

enum class Start { if_needed, never };  // whether to start an agent when none runs

class Context {
 public:
  using Connect = std::function<Result<ipc::Client>(Start)>;

  struct Parts {
    Invocation line;
    config::Environment environment;
    std::string working_directory;  // absolute, without symlinks; "": not known
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

  // Connects to the agent; starts one if none runs, unless `start` or --no-start forbid it. Calls
  // on the client end when the person asks to stop.
  Result<ipc::Client> connect(Start start = Start::if_needed) const;

  Result<config::Paths> paths() const;
  Result<config::Loaded> configuration() const;

  // `path`, taken from the current folder, as an absolute path. Keeps ".." and symlinks.
  Result<std::string> from_here(const std::string& path) const;
  // A folder from the command line as an absolute path without symlinks. It must exist.
  Result<std::string> folder(const std::string& text) const;
  // The same for a folder that need not exist; its parent must.
  Result<std::string> new_folder(const std::string& text) const;
  // `path` (absolute) normalised: each ".." leads where the system resolves it, as far as the
  // folders before it exist. Does not follow symlinks behind the last "..".
  std::string without_dots(const std::string& path) const;
  // The URL of a remote for the agent; `text` is a URL, or a folder taken from the current one.
  Result<std::string> remote_url(const std::string& text) const;

  // Writes one line of JSON; `value` is anything that append_json() takes.
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
