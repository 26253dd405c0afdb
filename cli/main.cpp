// SPDX-License-Identifier: Apache-2.0
// vcsctl: parses the command line, makes the Context of the real system, runs the command, and
// turns its result into an exit status.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <thread>

#include "cli/agent/agent_starter.hpp"
#include "cli/exit_status.hpp"
#include "cli/line/command.hpp"
#include "cli/line/parser.hpp"
#include "cli/pager.hpp"
#include "cli/render/json.hpp"
#include "config/paths.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/client.hpp"
#include "ipc/envelope.hpp"

extern char** environ;

namespace {

using namespace vcs;
using cli::ExitStatus;

int cancel_pipe[2] = {-1, -1};

// The first Ctrl-C asks the command to stop; the second one ends the process.
void on_interrupt(int) {
  const char asked = 1;
  (void)!write(cancel_pipe[1], &asked, 1);
}

// Opens /dev/null for each closed standard descriptor: else our socket would get its number.
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", O_RDWR);
}

void prepare_signals() {
  // If the reader of our output has exited, SIGPIPE ends us silently, even if our parent ignored
  // or blocked it.
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t gone;
  sigemptyset(&gone);
  sigaddset(&gone, SIGPIPE);
  sigprocmask(SIG_UNBLOCK, &gone, nullptr);
  if (pipe(cancel_pipe) != 0) return;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

std::size_t width_of(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : cli::kUsualWidth;
}

cli::Terminal look_at_terminal(const config::Environment& environment, const std::string& colour) {
  cli::Terminal terminal;
  const bool dumb = config::variable(environment, "TERM") == "dumb";
  terminal.out = isatty(STDOUT_FILENO) != 0;
  terminal.err = isatty(STDERR_FILENO) != 0 && !dumb;
  terminal.colour = colour == "always" || (colour != "never" && terminal.out && !dumb &&
                                           config::variable(environment, "NO_COLOR").empty());
  if (terminal.out) terminal.width_of_out = [] { return width_of(STDOUT_FILENO); };
  terminal.width_of_err = [] { return width_of(STDERR_FILENO); };
  return terminal;
}

void complain(cli::Output& err, const Error& error, bool json) {
  err.write(json ? cli::error_json(error) + "\n"
                 : "vcsctl: " + cli::escaped_text(error.message) + "\n");
  (void)err.flush();
}

// The real path of the current folder, because the agent compares real paths. For a folder that was
// removed: its last path, because people then want to restore from it; "" if that is not known.
std::string working_directory(base::FileSystem& filesystem) {
  if (auto here = filesystem.canonical(".")) return *here;
#ifdef __linux__
  constexpr std::string_view kRemoved = " (deleted)";
  char path[4096];
  const ssize_t length = readlink("/proc/self/cwd", path, sizeof path);
  const std::string_view last(path, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  if (last.starts_with('/') && last.ends_with(kRemoved))
    return std::string(last.substr(0, last.size() - kRemoved.size()));
#endif
  return {};
}

Result<ExitStatus> print(const std::string& text) {
  cli::FileOutput out(STDOUT_FILENO, "standard output");
  out.write(text);
  VCS_TRY(out.flush());
  return ExitStatus::done;
}

// The pager is for text that may be long, at a terminal that can page.
bool is_paged(const cli::Invocation& line, const cli::Terminal& terminal,
              const config::Environment& environment) {
  const auto term = environment.find("TERM");
  const bool dumb = term == environment.end() || term->second == "dumb";
  return line.command().paged && terminal.out && !dumb && !line.has("--json") &&
         !line.has("--no-pager");
}

// Five seconds in all: an agent that is stopping exits within that time.
constexpr int kMostQuestions = 100;
constexpr auto kUntilAskedAgain = std::chrono::milliseconds(50);

bool is_cut_off(const Error& error) {
  return error.os_error == ECONNRESET ||
         (error.code == ErrorCode::unavailable && error.message == ipc::kIsStopping);
}

// If the agent stops while it answers a command that changes nothing, runs the command again: the
// next agent answers it, or it fails because no agent runs.
Result<ExitStatus> run_handler(cli::Context& context, const cli::FileOutput& out) {
  const cli::Command& command = context.line().command();
  auto ended = command.handler(context);
  for (int times = 0; times < kMostQuestions && command.asks && !out.has_begun(); ++times) {
    if (ended || !is_cut_off(ended.error())) break;
    std::this_thread::sleep_for(kUntilAskedAgain);
    ended = command.handler(context);
  }
  return ended;
}

Result<ExitStatus> run(cli::Invocation line, cli::Output& err) {
  const base::SystemClock clock;
  const auto filesystem = base::make_posix_filesystem();
  const config::Environment environment = config::environment_from(environ);
  const std::string here = working_directory(*filesystem);
  const auto home =
      line.has("--home") ? std::optional<std::string>(line.text("--home")) : std::nullopt;
  const auto connect = [&](cli::Start start) -> Result<ipc::Client> {
    VCS_ASSIGN(const config::Paths paths, config::resolve_paths(environment, home, here));
    // The agent may start in another folder, so its home must be absolute.
    const auto agent_home = home ? std::optional<std::string>(paths.data) : std::nullopt;
    return cli::connect_to_agent(clock, *filesystem, environment, paths, agent_home, start);
  };
  const cli::Terminal terminal = look_at_terminal(environment, line.text("--color"));
  const cli::Pager pager(
      is_paged(line, terminal, environment) ? cli::pager_command(environment) : std::string(),
      environment, terminal.colour);
  cli::FileOutput out(pager.runs() ? pager.input() : STDOUT_FILENO, "standard output");
  cli::Context context({std::move(line), environment, here, clock, *filesystem, out, err, terminal,
                        cancel_pipe[0], connect});
  auto ended = run_handler(context, out);
  const auto flushed = out.flush();
  if (!flushed && ended) return tl::unexpected(flushed.error());
  if (!ended && context.cancelled()) {
    complain(err, ended.error(), context.json());
    return ExitStatus::interrupted;
  }
  return ended;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_TIME, "");
  occupy_standard_descriptors();
  prepare_signals();
  cli::FileOutput err(STDERR_FILENO, "standard error");
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  const std::size_t width = isatty(STDOUT_FILENO) != 0 ? width_of(STDOUT_FILENO) : cli::kUsualWidth;
  cli::Parsed parsed = cli::parse_command_line(words, width);
  if (!parsed.problem.empty()) {
    complain(err, {ErrorCode::invalid, parsed.problem, 0}, json);
    return static_cast<int>(ExitStatus::usage);
  }
  const auto ended =
      parsed.invocation ? run(std::move(*parsed.invocation), err) : print(parsed.help);
  (void)err.flush();
  if (ended) return static_cast<int>(*ended);
  complain(err, ended.error(), json);
  return static_cast<int>(ExitStatus::failed);
}
