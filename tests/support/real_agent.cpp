// SPDX-License-Identifier: Apache-2.0
// Starts the programs with fork and exec, and reads their pipes in one poll loop.
#include "tests/support/real_agent.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

extern char** environ;

namespace vcs::test {
namespace {

constexpr int kStartSeconds = 30;

// Makes a child's argv or envp before fork: after it only async-signal-safe calls are allowed.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
  std::vector<std::string> all(added);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!text.starts_with("VCSD_") && !text.starts_with("NOTIFY_SOCKET=")) all.push_back(text);
  }
  return all;
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool become(uid_t user) {
  return user == geteuid() ||
         (setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0);
}

// Lets a child end with the thread that made it. The user comes first: changing it resets this.
bool become_dependent(uid_t user, pid_t parent) {
  return become(user) && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

// In a child: waits for a byte from `leash` or for the close of its last write end, then runs the
// program without output.
[[noreturn]] void run_when_let_go(int leash, uid_t user, char* const* argv, char* const* envp) {
  setsid();
  dup2(leash, STDIN_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0u, 0);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  if (!become(user)) _exit(126);
  execve(argv[0], argv, envp);
  _exit(127);
}

void wait_for(pid_t child, int* status) {
  while (waitpid(child, status, 0) < 0 && errno == EINTR) {
  }
}

// Reads both pipes until both are closed.
void drain(int out, int err, CommandResult& result) {
  pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.err};
  for (int open_count = 2; open_count > 0;) {
    if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t got = read(fds[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        close(fds[i].fd);
        fds[i].fd = -1;
        --open_count;
      }
    }
  }
}

}  // namespace

CommandResult run_program(const std::vector<std::string>& command, const std::string& folder,
                          const std::vector<std::string>& environment, uid_t user) {
  std::vector<std::string> arguments(command), variables = merged_environment(environment);
  const auto argv = pointers(arguments), envp = pointers(variables);
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe failed");
  const pid_t self = getpid(), child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    if (!become_dependent(user, self) || (!folder.empty() && chdir(folder.c_str()) != 0))
      _exit(126);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  CommandResult result;
  drain(out[0], err[0], result);
  int status = 0;
  wait_for(child, &status);
  result.status = exit_status(status);
  return result;
}

std::string program(const std::string& name) {
  const char* elsewhere = std::getenv("VCS_TEST_PROGRAMS");
  return std::string(elsewhere != nullptr ? elsewhere : VCS_BINARY_DIR) + "/" + name;
}

RealAgent::RealAgent(const std::string& config, uid_t user, const std::string& place)
    : place_(place.empty() ? home_.path() : place), user_(user) {
  if (!place.empty() && mkdir(place.c_str(), 0700) != 0)
    throw std::runtime_error("cannot make " + place);
  if (user != geteuid() && chown(place_.c_str(), user, user) != 0)
    throw std::runtime_error("chown failed");
  const std::string quick =
      "[watch]\nsettle_quiet = \"50ms\"\ndelete_delay = \"100ms\"\n[sync]\ninterval = \"50ms\"\n";
  write_file(place_ + "/config.toml", quick + config);
  guard();
}

void RealAgent::guard() {
  std::vector<std::string> arguments{program("vcsctl"), "stop", "--no-start", "--home", home()};
  std::vector<std::string> variables = merged_environment({});
  const auto argv = pointers(arguments), envp = pointers(variables);
  int leash[2];
  if (pipe2(leash, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  guard_ = fork();
  if (guard_ == 0) run_when_let_go(leash[0], user_, argv.data(), envp.data());
  close(leash[0]);
  guard_leash_.reset(leash[1]);
}

RealAgent::~RealAgent() {
  if (pid_ > 0) stop(SIGKILL);
  // Closing the leash is not enough: children forked since then may hold it too.
  (void)!write(guard_leash_.get(), "", 1);
  wait_for(guard_, nullptr);
  unlink((home_.path() + ".log").c_str());
}

void RealAgent::launch() {
  std::vector<std::string> arguments{program("vcsd"), "--home", home(), "--foreground"};
  std::vector<std::string> variables = merged_environment({});
  const auto argv = pointers(arguments), envp = pointers(variables);
  const std::string log_path = home_.path() + ".log";
  const pid_t self = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
    if (!become_dependent(user_, self)) _exit(126);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
}

void RealAgent::start() {
  launch();
  for (int tries = 0; tries < kStartSeconds * 50; ++tries) {
    if (ctl({"status", "--no-start", "--json"}).out.find("\"agent\"") != std::string::npos) return;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("vcsd ended at start with " + std::to_string(exit_status(status)) +
                               ":\n" + log());
    }
    usleep(20'000);
  }
  throw std::runtime_error("vcsd does not answer:\n" + log());
}

int RealAgent::stop(int signal) {
  kill(pid_, signal);
  return wait();
}

int RealAgent::wait() {
  int status = 0;
  wait_for(pid_, &status);
  pid_ = -1;
  return exit_status(status);
}

std::string RealAgent::log() const {
  return read_file(home_.path() + ".log");
}

CommandResult RealAgent::ctl(const std::vector<std::string>& arguments,
                             const std::string& folder) const {
  std::vector<std::string> command{program("vcsctl")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.push_back("--home");
  command.push_back(home());
  return run_program(command, folder, {}, user_);
}

nlohmann::json RealAgent::json(const std::vector<std::string>& arguments,
                               const std::string& folder) const {
  std::vector<std::string> command(arguments);
  command.push_back("--json");
  const CommandResult result = ctl(command, folder);
  if (result.status != 0 && result.status != 3)
    throw std::runtime_error("vcsctl " + arguments.front() + " exited with " +
                             std::to_string(result.status) + ": " + result.err + result.out);
  return nlohmann::json::parse(result.out);
}

nlohmann::json RealAgent::repository(const std::string& name) const {
  const nlohmann::json status = json({"status"});
  for (const auto& repository : status.at("repositories"))
    if (name.empty() || repository.at("name") == name) return repository;
  throw std::runtime_error("no repository " + name + " in " + status.dump());
}

}  // namespace vcs::test
