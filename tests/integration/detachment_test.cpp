// SPDX-License-Identifier: Apache-2.0
// An agent that a command starts keeps nothing of the shell from which the command was typed.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/eventually.hpp"
#include "tests/support/own_mounts.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

// Runs `vcsctl status` from a shell that has done `before`.
CommandResult start_from(const RealAgent& agent, const std::string& before,
                         const std::string& wrapper = "") {
  return test::run_program({"bash", "-c", before + "\n" + wrapper + " \"$1\" status --home \"$2\"",
                            "bash", test::program("vcsctl"), agent.home()});
}

std::string process(const RealAgent& agent) {
  return agent.json({"status", "--no-start"})["agent"]["pid"].dump();
}

std::string proc(const RealAgent& agent, const std::string& file) {
  std::ifstream stream("/proc/" + process(agent) + "/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The line of that name.
std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

bool started(const CommandResult& result) {
  UNSCOPED_INFO(result.out + result.err);
  return result.status == 0;
}

}  // namespace

TEST_CASE("detachment: a lock that the shell holds is free when the shell is gone") {
  RealAgent agent;
  const TemporaryFolder folder;
  const std::string lock = folder / "lock";
  REQUIRE(started(start_from(agent, "exec 9>'" + lock + "'; flock 9; exec 200>&9")));
  CHECK(test::run_program({"flock", "--nonblock", lock, "true"}).status == 0);
  for (const auto& entry : fs::directory_iterator("/proc/" + process(agent) + "/fd")) {
    std::error_code gone;
    CHECK(fs::read_symlink(entry.path(), gone) != lock);
  }
}

TEST_CASE("detachment: the disk that the shell stands on can be unmounted") {
  if (!test::has_own_mounts()) return;
  RealAgent agent;
  const TemporaryFolder disk;
  test::Mount mount("none", disk.path(), "tmpfs", 0);
  REQUIRE(started(start_from(agent, "cd '" + disk.path() + "'")));
  CHECK(mount.unmount());
  CHECK(fs::read_symlink("/proc/" + process(agent) + "/cwd") == "/");
}

TEST_CASE("detachment: a folder that is gone is no reason not to start") {
  RealAgent agent;
  const TemporaryFolder folder;
  const CommandResult ran = test::run_program(
      {"bash", "-c", "mkdir \"$3\" && cd \"$3\" && rmdir \"$3\" && \"$1\" --home \"$2\"", "bash",
       test::program("vcsd"), agent.home(), folder / "gone"});
  CHECK(started(ran));
}

TEST_CASE("detachment: limits of the shell do not hold for the agent") {
  RealAgent agent;
  REQUIRE(started(start_from(agent, "ulimit -S -f 10; ulimit -S -t 5; ulimit -S -s 100; umask 0")));
  const std::string limits = proc(agent, "limits");
  CAPTURE(limits);
  CHECK(line_of(limits, "Max file size").find("unlimited") != std::string::npos);
  CHECK(line_of(limits, "Max cpu time").find("unlimited") != std::string::npos);
  CHECK(line_of(limits, "Max core file size").find(" 0 ") != std::string::npos);
  CHECK(line_of(proc(agent, "status"), "Umask") == "Umask:\t0077");
}

TEST_CASE("detachment: signals that the starter blocked or ignored are the agent's again") {
  RealAgent agent;
  REQUIRE(started(start_from(agent, "trap '' HUP TERM USR1 XFSZ",
                             "python3 -c 'import os, signal, sys; "
                             "signal.pthread_sigmask(signal.SIG_BLOCK, {1, 15, 17}); "
                             "os.execv(sys.argv[1], sys.argv[1:])'")));
  const std::string status = proc(agent, "status");
  CHECK(line_of(status, "SigBlk").ends_with("\t0000000000000000"));
  // Ignored are SIGPIPE and SIGXFSZ, and the two signals of the C library.
  const std::string ignored = line_of(status, "SigIgn");
  const std::uint64_t own = std::uint64_t{3} << 31;
  CHECK((std::stoull(ignored.substr(ignored.find('\t') + 1), nullptr, 16) & ~own) == 0x1001000);
}

TEST_CASE("detachment: a polite or doomed starter does not make the agent so") {
  if (geteuid() != 0) {
    WARN("skipped: only root may take a better priority again");
    return;
  }
  RealAgent agent;
  REQUIRE(started(start_from(agent, "echo 500 >/proc/self/oom_score_adj", "nice -n 15")));
  CHECK(proc(agent, "oom_score_adj") == "0\n");
  const std::string stat = proc(agent, "stat");
  std::istringstream fields(stat.substr(stat.rfind(") ") + 2));
  std::string nice;
  for (int field = 3; field <= 19; ++field) fields >> nice;
  CHECK(nice == "0");
}

TEST_CASE("detachment: a service manager's variables of another service are not the agent's") {
  RealAgent agent;
  const TemporaryFolder folder;
  REQUIRE(started(
      start_from(agent, "export NOTIFY_SOCKET='" + folder / "notify" +
                            "' JOURNAL_STREAM=8:1234567 WATCHDOG_USEC=1000 SYSTEMD_EXEC_PID=1")));
  CHECK(agent.ctl({"status", "--no-start"}).status == 0);
  // Lines begin with a time, because the log does not go to a journal.
  CHECK(test::read_file(agent.home() + "/logs/vcsd.log").starts_with("20"));
}

TEST_CASE("detachment: closed standard streams are no place for the agent's own files") {
  RealAgent agent;
  const TemporaryFolder folder;
  test::write_file(folder / "file", "first");
  (void)test::run_program({"bash", "-c", "\"$1\" --home \"$2\" <&- >&- 2>&-", "bash",
                           test::program("vcsd"), agent.home()});
  agent.json({"init", folder.path(), "--name", "desk", "--wait"});
  CHECK(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == "first");
  for (const char* stream : {"0", "1"})
    CHECK(fs::read_symlink("/proc/" + process(agent) + "/fd/" + stream) == "/dev/null");
}

TEST_CASE("detachment: limits that cannot be raised give errors, and no silent death") {
  RealAgent agent;
  const TemporaryFolder folder;
  // Runs as an ordinary user, because root may raise the limits.
  const std::string limit = GENERATE("-n 64", "-f 200", "-v 300000");
  CAPTURE(limit);
  fs::permissions(folder.path(), fs::perms::all);
  const TemporaryFolder home;
  fs::permissions(home.path(), fs::perms::owner_all);
  if (geteuid() == 0) {
    REQUIRE(chown(home.path().c_str(), 12345, 12345) == 0);
    REQUIRE(chown(folder.path().c_str(), 12345, 12345) == 0);
  }
  const uid_t user = geteuid() == 0 ? 12345 : geteuid();
  const auto shell = [&](const std::string& words) {
    return test::run_program(
        {"bash", "-c", words, "bash", test::program("vcsctl"), home.path(), folder.path()}, "", {},
        user);
  };
  const CommandResult began =
      shell("ulimit " + limit + "; \"$1\" init \"$3\" --name desk --home \"$2\"");
  CAPTURE(began.out, began.err, test::read_file(home / "logs/vcsd.log"));
  if (began.status == 0) {
    const std::string before = shell("\"$1\" version --no-start --home \"$2\"").out;
    test::write_file(folder / "small", "kept");
    test::write_file(folder / "large", std::string(1 << 20, 'x'));
    shell("\"$1\" commit -r desk --home \"$2\"");
    const CommandResult after = shell("\"$1\" version --no-start --home \"$2\"");
    CHECK(after.out == before);
    CHECK(after.out.find("process ") != std::string::npos);
  } else {
    CHECK(began.err.size() > std::string("vcsctl: ").size());
    CHECK(test::read_file(home / "logs/vcsd.log").size() + began.err.size() > 20);
  }
  shell("\"$1\" stop --no-start --home \"$2\"");
}
