// SPDX-License-Identifier: Apache-2.0
// The socket belongs to the agent's user alone: others get nothing from it, and the agent neither
// uses nor removes what lies in its place.
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "core/base/file_descriptor.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534, kSomebodyElse = 65533;

bool is_root() {
  if (geteuid() == 0) return true;
  WARN("skipped: only root can act as a second user");
  return false;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

// The number of bytes that a connection of `user` receives; -1 if it was refused before.
int bytes_for(uid_t user, const std::string& socket_path) {
  const pid_t child = fork();
  if (child == 0) {
    const bool other = setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0;
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(socket_path);
    if (!other || fd < 0) _exit(100);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(101);
    const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}\n";
    (void)!send(fd, hello, sizeof hello - 1, MSG_NOSIGNAL);
    char buffer[64];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    _exit(got > 0 ? static_cast<int>(got) : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) != 100);
  return WEXITSTATUS(status) == 101 ? -1 : WEXITSTATUS(status);
}

// Starts an agent that must refuse to start; gives its message.
std::string refusal(const RealAgent& agent, uid_t user = geteuid()) {
  const CommandResult started = test::run_program(
      {test::program("vcsd"), "--home", agent.home(), "--foreground"}, "", {}, user);
  CAPTURE(started.out, started.err);
  CHECK(started.status == 1);
  return started.err;
}

}  // namespace

TEST_CASE("socket: another user gets nothing, not even when somebody opened the way") {
  if (!is_root()) return;
  RealAgent agent("", kNobody);
  agent.start();
  const std::string socket = agent.home() + "/vcsd.sock";
  struct stat home {
  }, place{};
  REQUIRE(stat(agent.home().c_str(), &home) == 0);
  REQUIRE(stat(socket.c_str(), &place) == 0);
  CHECK((home.st_mode & 0777) == 0700);
  CHECK((place.st_mode & 0777) == 0600);
  CHECK(bytes_for(kNobody, socket) > 0);
  CHECK(bytes_for(kSomebodyElse, socket) == -1);

  REQUIRE(chmod(agent.home().c_str(), 0777) == 0);
  REQUIRE(chmod(socket.c_str(), 0777) == 0);
  CHECK(bytes_for(kSomebodyElse, socket) == 0);
  CHECK(agent.log().find("another user (uid 65533)") != std::string::npos);
  const CommandResult other =
      test::run_program({test::program("vcsctl"), "status", "--no-start", "--home", agent.home()},
                        "", {}, kSomebodyElse);
  CAPTURE(other.err);
  CHECK(other.status == 1);
  CHECK(other.out.empty());
  CHECK(bytes_for(kNobody, socket) > 0);
}

TEST_CASE("socket: vcsctl does not speak to another user's socket") {
  if (!is_root()) return;
  RealAgent agent;
  const std::string path = agent.home() + "/vcsd.sock";
  const base::FileDescriptor impostor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  REQUIRE(bind(impostor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(impostor.get(), 5) == 0);
  REQUIRE(chown(path.c_str(), kSomebodyElse, kSomebodyElse) == 0);
  const CommandResult asked = agent.ctl({"status"});
  CHECK(asked.status == 1);
  CHECK(asked.err.find("another user") != std::string::npos);
  // An agent does not take the place of that socket, either.
  CHECK(refusal(agent).find("another user") != std::string::npos);
  CHECK(fs::is_socket(path));
}

TEST_CASE("socket: what is in its place and is no socket is left alone") {
  RealAgent agent;
  const std::string path = agent.home() + "/vcsd.sock";
  const std::string precious = agent.home() + "/precious";
  test::write_file(precious, "kept");

  fs::create_symlink(precious, path);
  CHECK(refusal(agent).find(path) != std::string::npos);
  CHECK(fs::is_symlink(path));
  fs::remove(path);
  fs::create_symlink(agent.home() + "/nowhere", path);
  CHECK(refusal(agent).find(path) != std::string::npos);
  CHECK(fs::is_symlink(path));
  fs::remove(path);

  test::write_file(path, "a file");
  CHECK(refusal(agent).find(path) != std::string::npos);
  CHECK(test::read_file(path) == "a file");
  CHECK(test::read_file(precious) == "kept");
  fs::remove(path);
  agent.start();
  CHECK(agent.stop(SIGTERM) == 0);
}

TEST_CASE("socket: a folder that others can reach into is refused") {
  RealAgent agent;
  // A home with only vcsd's own files would get mode 700 instead.
  test::write_file(agent.home() + "/letter.txt", "a person's own");
  for (const mode_t mode : {0755u, 0750u, 0710u, 0701u}) {
    CAPTURE(mode);
    REQUIRE(chmod(agent.home().c_str(), mode) == 0);
    CHECK(refusal(agent).find("chmod 700") != std::string::npos);
  }
  REQUIRE(chmod(agent.home().c_str(), 0700) == 0);
  agent.start();
  CHECK(agent.stop(SIGTERM) == 0);
}
