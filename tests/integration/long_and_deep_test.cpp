// SPDX-License-Identifier: Apache-2.0
// The longest files and the deepest folders, with the real agent.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/base/file_descriptor.hpp"
#include "tests/support/desk.hpp"

namespace {

using namespace vcs;
using base::FileDescriptor;
namespace fs = std::filesystem;

constexpr off_t kPebibyte = off_t{1} << 50;
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// A folder on a filesystem that takes a file of a petabyte. Nothing: there is none.
std::optional<std::string> place_for_long_files(const std::string& usual) {
  for (const std::string& place : {usual, std::string("/dev/shm")}) {
    const std::string probe = place + "/vcsd-probe-" + std::to_string(getpid());
    const FileDescriptor file(::open(probe.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const bool fits = file.valid() && ::ftruncate(file.get(), kPebibyte) == 0;
    ::unlink(probe.c_str());
    if (fits) return place;
  }
  return std::nullopt;
}

struct Gone {
  std::string path;
  ~Gone() { fs::remove_all(path); }
};

void write_deep(const std::string& root, int levels) {
  FileDescriptor at(::open(root.c_str(), kFolder));
  for (int level = 0; level < levels; ++level) {
    const std::string name = "level" + std::to_string(level);
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0700) == 0);
    FileDescriptor next(::openat(at.get(), name.c_str(), kFolder));
    const FileDescriptor file(::openat(next.get(), "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::write(file.get(), name.data(), name.size()) == static_cast<ssize_t>(name.size()));
    at = std::move(next);
  }
}

// Counts the levels that have their file with the right content.
int count_deep(const std::string& root) {
  FileDescriptor at(::open(root.c_str(), kFolder));
  for (int level = 0;; ++level) {
    const std::string name = "level" + std::to_string(level);
    FileDescriptor next(::openat(at.get(), name.c_str(), kFolder));
    if (!next.valid()) return level;
    const FileDescriptor file(::openat(next.get(), "f", O_RDONLY | O_CLOEXEC));
    char bytes[64];
    const ssize_t got = ::read(file.get(), bytes, sizeof bytes);
    if (got < 0 || std::string(bytes, static_cast<std::size_t>(got)) != name) return level;
    at = std::move(next);
  }
}

}  // namespace

TEST_CASE(
    "long and deep: a file of a petabyte is saved, found, restored, and costs what is in it") {
  test::TemporaryFolder usual;
  const auto place = place_for_long_files(usual.path());
  if (!place) {
    WARN("skipped: no filesystem here takes a file of a petabyte");
    return;
  }
  const Gone folder{*place + "/vcsd-long-" + std::to_string(getpid())};
  fs::create_directories(folder.path + "/w");
  const std::string path = folder.path + "/w/long";
  {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::ftruncate(file.get(), kPebibyte) == 0);
    REQUIRE(::pwrite(file.get(), "middle", 6, kPebibyte / 2 + 12'345) == 6);
    REQUIRE(::pwrite(file.get(), "end", 3, kPebibyte - 3) == 3);
  }
  test::RealAgent agent;
  agent.start();
  agent.json({"init", folder.path + "/w", "--name", "w", "--wait"});
  CHECK(agent.json({"commit", "-r", "w"})["created"] == false);
  CHECK(agent.repository("w")["store"]["bytes_stored"].get<std::uint64_t>() < 64u << 20);
  CHECK(agent.ctl({"restore", "-r", "w", "HEAD", "--to", folder.path + "/r"}).status == 0);
  const FileDescriptor back(::open((folder.path + "/r/long").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(back.valid());
  CHECK(::lseek(back.get(), 0, SEEK_END) == kPebibyte);
  char bytes[6];
  REQUIRE(::pread(back.get(), bytes, 6, kPebibyte / 2 + 12'345) == 6);
  CHECK(std::string(bytes, 6) == "middle");
  REQUIRE(::pread(back.get(), bytes, 3, kPebibyte - 3) == 3);
  CHECK(std::string(bytes, 3) == "end");
}

TEST_CASE("long and deep: folders two thousand deep are saved, copied, cloned and restored") {
  constexpr int kLevels = 2000;
  test::TemporaryFolder folder;
  test::RealAgent agent;
  agent.start();
  fs::create_directory(folder / "w");
  write_deep(folder / "w", kLevels);
  agent.json({"init", folder / "w", "--name", "w", "--wait"});
  CHECK(agent.ctl({"verify", "-r", "w"}).status == 0);
  agent.json({"remote", "add", "r", folder / "store", "-r", "w"});
  agent.json({"sync", "-r", "w", "--wait"});
  CHECK(agent.ctl({"restore", "-r", "w", "HEAD", "--to", folder / "r"}).status == 0);
  CHECK(count_deep(folder / "r") == kLevels);
  agent.json({"clone", folder / "store", folder / "c", "--name", "c", "--no-push"});
  CHECK(count_deep(folder / "c") == kLevels);
}
