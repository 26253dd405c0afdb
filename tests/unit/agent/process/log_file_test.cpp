// SPDX-License-Identifier: Apache-2.0
// Tests of agent/process/log_file.
#include "agent/process/log_file.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::process::LogFile;
using test::must;
using test::read_file;
namespace fs = std::filesystem;

TEST_CASE("log file: it has a bound while it is written, and its last part is kept") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "log";
  const auto log = must(LogFile::open(path, 1000));
  std::string last;
  for (int line = 0; line < 500; ++line) {
    last = "line " + std::to_string(line) + "\n";
    log->write(last);
    CHECK(fs::file_size(path) <= 1000);
  }
  CHECK(fs::file_size(path + ".1") <= 1010);
  CHECK((read_file(path + ".1") + read_file(path)).ends_with(last));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("log file: one that has grown too large is put aside when it is opened") {
  const test::TemporaryFolder folder;
  test::write_file(folder / "log", std::string(2000, 'x'));
  test::write_file(folder / "log.1", "older");
  must(LogFile::open(folder / "log", 1000))->write("new\n");
  CHECK(read_file(folder / "log") == "new\n");
  CHECK(read_file(folder / "log.1") == std::string(2000, 'x'));
}

TEST_CASE("log file: after it was moved away it goes on in a new one") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "log";
  const auto log = must(LogFile::open(path));
  log->write("first\n");
  fs::rename(path, folder / "moved");
  log->write("second\n");
  CHECK_FALSE(fs::exists(path));
  must(log->reopen());
  log->write("third\n");
  CHECK(read_file(folder / "moved") == "first\nsecond\n");
  CHECK(read_file(path) == "third\n");
}

TEST_CASE("log file: a folder that is gone stops nobody") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "logs");
  const auto log = must(LogFile::open(folder / "logs/log", 100));
  fs::remove_all(folder / "logs");
  for (int line = 0; line < 100; ++line) log->write("a line\n");
  CHECK_FALSE(log->reopen());
  log->write("a line\n");
}

TEST_CASE("log file: it may be behind a link of its owner's") {
  const test::TemporaryFolder folder;
  fs::create_symlink("elsewhere", folder / "log");
  must(LogFile::open(folder / "log"))->write("a line\n");
  CHECK(read_file(folder / "elsewhere") == "a line\n");
}
