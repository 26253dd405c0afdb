// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/endpoint.
#include "ipc/endpoint.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/support/temporary_folder.hpp"

using namespace vcs::ipc;
using vcs::base::ErrorCode;
using vcs::base::FileDescriptor;
using vcs::test::TemporaryFolder;

namespace {

const vcs::base::SystemClock kClock;

ErrorCode listen_error(const std::string& path) {
  const auto endpoint = Endpoint::listen(path);
  REQUIRE_FALSE(endpoint);
  INFO(endpoint.error().message);
  return endpoint.error().code;
}

// Connects without waiting: these errors come at once.
ErrorCode connect_error(const std::string& path) {
  const auto socket = connect_endpoint(kClock, path, std::chrono::nanoseconds(0));
  REQUIRE_FALSE(socket);
  return socket.error().code;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

// Leaves a socket file at which nobody listens, as a killed agent does.
void leave_stale_socket(const std::string& path) {
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("endpoint: a missing folder is made, and both are private") {
  const TemporaryFolder folder;
  const std::string path = folder / "run/agent.sock";
  const mode_t before = umask(0);
  const auto endpoint = Endpoint::listen(path);
  CHECK(umask(before) == 0);
  REQUIRE(endpoint);
  CHECK(mode_of(folder / "run") == 0700);
  CHECK(mode_of(path) == 0600);
  const auto client = connect_endpoint(kClock, path, std::chrono::seconds(1));
  REQUIRE(client);
  CHECK(peer_user(client->get()).value() == geteuid());
  CHECK(check_peer(client->get()));
}

TEST_CASE("endpoint: the name goes with the listener, but not a successor's name") {
  const TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  auto first = Endpoint::listen(path);
  REQUIRE(first);
  REQUIRE(unlink(path.c_str()) == 0);
  auto second = Endpoint::listen(path);
  REQUIRE(second);
  *first = std::move(*second);
  CHECK(exists(path));
  { const Endpoint last = std::move(*first); }
  CHECK_FALSE(exists(path));
  CHECK(connect_error(path) == ErrorCode::unavailable);
}

TEST_CASE("endpoint: a stale socket is replaced, a living one is not") {
  const TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  leave_stale_socket(path);
  CHECK(connect_error(path) == ErrorCode::unavailable);
  const auto endpoint = Endpoint::listen(path);
  REQUIRE(endpoint);
  CHECK(listen_error(path) == ErrorCode::busy);
  CHECK(connect_endpoint(kClock, path, std::chrono::seconds(1)));
}

TEST_CASE("endpoint: a living agent with a full queue is not mistaken for a dead one") {
  const TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  const auto endpoint = Endpoint::listen(path);
  REQUIRE(endpoint);
  REQUIRE(::listen(endpoint->fd(), 1) == 0);
  std::vector<FileDescriptor> waiting;
  while (auto client = connect_endpoint(kClock, path, std::chrono::nanoseconds(0)))
    waiting.push_back(std::move(*client));
  CHECK(connect_error(path) == ErrorCode::unavailable);
  CHECK(listen_error(path) == ErrorCode::busy);
}

TEST_CASE("endpoint: what is no socket of ours is left alone") {
  const TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  SECTION("a file") {
    vcs::test::write_file(path, "precious");
    CHECK(listen_error(path) == ErrorCode::already_exists);
    CHECK(vcs::test::read_file(path) == "precious");
    CHECK(connect_error(path) == ErrorCode::denied);
  }
  SECTION("a symlink, even to a stale socket") {
    leave_stale_socket(folder / "elsewhere");
    REQUIRE(symlink((folder / "elsewhere").c_str(), path.c_str()) == 0);
    CHECK(listen_error(path) == ErrorCode::already_exists);
    CHECK(exists(folder / "elsewhere"));
    CHECK(connect_error(path) == ErrorCode::denied);
  }
  SECTION("a folder") {
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
    CHECK(listen_error(path) == ErrorCode::already_exists);
  }
}

TEST_CASE("endpoint: a folder that others can reach into is refused") {
  const TemporaryFolder folder;
  const std::string run = folder / "run";
  REQUIRE(mkdir(run.c_str(), 0700) == 0);
  for (const mode_t mode : {0701, 0710, 0704, 0770, 0777}) {
    REQUIRE(chmod(run.c_str(), mode) == 0);
    CHECK(listen_error(run + "/agent.sock") == ErrorCode::denied);
    CHECK(mode_of(run) == mode);
  }
  REQUIRE(symlink(run.c_str(), (folder / "link").c_str()) == 0);
  CHECK(listen_error(folder / "link/agent.sock") == ErrorCode::denied);
  vcs::test::write_file(folder / "file", "");
  CHECK(listen_error(folder / "file/agent.sock") == ErrorCode::denied);
  CHECK(listen_error(folder / "missing/run/agent.sock") == ErrorCode::not_found);
}

TEST_CASE("endpoint: the folder may be behind a link of one's own, not behind another user's") {
  const TemporaryFolder folder;
  const std::string run = folder / "run", link = folder / "link";
  REQUIRE(mkdir(run.c_str(), 0700) == 0);
  REQUIRE(symlink(run.c_str(), link.c_str()) == 0);
  {
    const auto endpoint = Endpoint::listen(link + "/agent.sock");
    REQUIRE(endpoint);
    CHECK(connect_endpoint(kClock, link + "/agent.sock", std::chrono::seconds(1)));
  }
  if (geteuid() != 0) return;  // only root can make a link of another user
  REQUIRE(lchown(link.c_str(), 12345, 12345) == 0);
  CHECK(listen_error(link + "/agent.sock") == ErrorCode::denied);
}

TEST_CASE("endpoint: it is known whether the name still leads to the socket") {
  const TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  const auto endpoint = Endpoint::listen(path);
  REQUIRE(endpoint);
  CHECK(endpoint->has_its_name());
  REQUIRE(unlink(path.c_str()) == 0);
  CHECK_FALSE(endpoint->has_its_name());
  vcs::test::write_file(path, "another's");
  CHECK_FALSE(endpoint->has_its_name());
}

TEST_CASE("endpoint: paths that the system cannot take are refused with their length") {
  const TemporaryFolder folder;
  const std::string longest =
      folder.path() + "/" + std::string(107 - folder.path().size() - 1, 'x');
  CHECK(Endpoint::listen(longest));
  CHECK(listen_error(longest + "x") == ErrorCode::invalid);
  CHECK(connect_error(longest + "x") == ErrorCode::invalid);
  CHECK(listen_error("relative.sock") == ErrorCode::invalid);
  CHECK(listen_error("") == ErrorCode::invalid);
  CHECK(listen_error(std::string("/tmp/a\0b", 8)) == ErrorCode::invalid);
}

TEST_CASE("endpoint: a socket in nobody's folder is 'not running'") {
  const TemporaryFolder folder;
  CHECK(connect_error(folder / "agent.sock") == ErrorCode::unavailable);
  CHECK(connect_error(folder / "missing/agent.sock") == ErrorCode::unavailable);
}
