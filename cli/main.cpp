// SPDX-License-Identifier: Apache-2.0
// vcsctl: reads the command line, makes the real world a context, runs the command, and turns its
// end into an exit status.
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>

#include "cli/agent_starter.hpp"
#include "cli/parser.hpp"
#include "cli/render/json.hpp"

extern char** environ;

namespace {

using namespace vcs;
using cli::ExitStatus;

int cancel_pipe[2] = {-1, -1};

// The first Ctrl-C asks politely, the second one ends the program.
void on_interrupt(int) {
  const char asked = 1;
  (void)!write(cancel_pipe[1], &asked, 1);
}

void prepare_signals() {
  std::signal(SIGPIPE, SIG_DFL);  // whoever reads us has gone: leave without a word
  if (pipe(cancel_pipe) != 0) return;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

cli::Terminal look_at_terminal(const config::Environment& environment) {
  cli::Terminal terminal;
  const auto is = [&](const char* name, const char* value) {
    const auto found = environment.find(name);
    return found != environment.end() && found->second == value;
  };
  const auto no_colour = environment.find("NO_COLOR");
  terminal.out = isatty(STDOUT_FILENO) != 0;
  terminal.err = isatty(STDERR_FILENO) != 0 && !is("TERM", "dumb");
  terminal.colour = terminal.out && !is("TERM", "dumb") &&
                    (no_colour == environment.end() || no_colour->second.empty());
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.width = size.ws_col;
  return terminal;
}

void complain(cli::Output& err, const base::Error& error, bool json) {
  err.write(json ? cli::error_json(error) + "\n"
                 : "vcsctl: " + cli::escaped_text(error.message) + "\n");
  (void)err.flush();
}

// The folder as its path is in reality: the agent compares real paths.
base::Result<std::string> working_directory(base::FileSystem& filesystem) {
  return filesystem.canonical(".");
}

base::Result<ExitStatus> run(cli::Invocation line, cli::Output& out, cli::Output& err) {
  const base::SystemClock clock;
  const auto filesystem = base::make_posix_filesystem();
  const config::Environment environment = config::environment_from(environ);
  VCS_ASSIGN(const std::string here, working_directory(*filesystem));
  const auto home =
      line.has("--home") ? std::optional<std::string>(line.text("--home")) : std::nullopt;
  const auto handler = line.command().handler;
  const auto connect = [&](cli::Start start) -> base::Result<ipc::Client> {
    VCS_ASSIGN(const config::Paths paths, config::resolve_paths(environment, home, here));
    // The agent may be started from another folder's point of view: its home must be absolute.
    const auto agent_home = home ? std::optional<std::string>(paths.data) : std::nullopt;
    return cli::connect_to_agent(clock, *filesystem, environment, paths, agent_home, start);
  };
  cli::Context context({std::move(line), environment, here, clock, *filesystem, out, err,
                        look_at_terminal(environment), cancel_pipe[0], connect});
  return handler(context);
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_TIME, "");
  prepare_signals();
  cli::FileOutput out(STDOUT_FILENO, "standard output"), err(STDERR_FILENO, "standard error");
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  cli::Parsed parsed = cli::parse_command_line(words);
  if (!parsed.problem.empty()) {
    complain(err, {base::ErrorCode::invalid, parsed.problem, 0}, json);
    return static_cast<int>(ExitStatus::usage);
  }
  base::Result<ExitStatus> ended = ExitStatus::done;
  if (parsed.invocation) {
    ended = run(std::move(*parsed.invocation), out, err);
  } else {
    out.write(parsed.help);
  }
  if (const auto flushed = out.flush(); !flushed && ended) ended = tl::unexpected(flushed.error());
  (void)err.flush();
  if (ended) return static_cast<int>(*ended);
  complain(err, ended.error(), json);
  return static_cast<int>(ExitStatus::failed);
}
