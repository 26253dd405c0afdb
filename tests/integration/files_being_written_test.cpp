// SPDX-License-Identifier: Apache-2.0
// Files being written: the agent saves them when they rest; else now and then, and marks them. A
// file without the mark is whole. The writer never notices.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "core/base/file_descriptor.hpp"
#include "ipc/base64.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::must;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

// A second thread that works until it is told to stop.
class Worker {
 public:
  template <typename Work>
  explicit Worker(Work work)
      : thread_([this, work]() mutable {
          while (!stop_) work();
        }) {}
  ~Worker() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Desk : test::Desk {
  explicit Desk(const std::string& unstable_interval) {
    test::write_file(agent.home() + "/config.toml",
                     "[watch]\nsettle_quiet = \"30ms\"\nsettle_latest = \"100ms\"\n"
                     "delete_delay = \"50ms\"\nunstable_interval = \"" +
                         unstable_interval + "\"\n");
    watch();
  }
  std::map<std::string, ipc::EntryInfo> entries(const std::string& commit) {
    std::map<std::string, ipc::EntryInfo> entries;
    must(client().stream<ipc::Ls>({"desk", commit, "", true}, [&](const ipc::EntryInfo& entry) {
      entries[entry.path] = entry;
      return true;
    }));
    return entries;
  }
  std::string content(const std::string& commit, const std::string& path) {
    std::string bytes;
    for (ipc::ContentResponse piece;;) {
      piece = must(client().call<ipc::Content>({"desk", commit, path, bytes.size(), 0}));
      std::string part;
      REQUIRE(ipc::from_base64(piece.data_b64, part));
      bytes += part;
      if (bytes.size() >= piece.size) return bytes;
    }
  }
};

int open_to_write(const std::string& path, int how = 0) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);
}

}  // namespace

TEST_CASE("files being written: one is kept when its writer has closed it") {
  Desk desk("1d");
  const std::string path = desk.folder / "recording";
  base::FileDescriptor file(open_to_write(path, O_APPEND));
  REQUIRE(write(file.get(), "first ", 6) == 6);
  // Other saves become commits again and again, without the recording.
  for (int save = 0; save < 10; ++save) {
    REQUIRE(write(file.get(), "more ", 5) == 5);
    const std::string note = std::to_string(save);
    test::write_file(desk.folder / "note", note);
    REQUIRE(test::eventually([&] { return desk.cat("note", "HEAD") == note; }));
    REQUIRE_FALSE(desk.entries("HEAD").contains("recording"));
  }
  file.reset();
  const auto entries = desk.entries(desk.wait());
  REQUIRE(entries.contains("recording"));
  CHECK_FALSE(entries.at("recording").unstable);
  CHECK(desk.content("HEAD", "recording") == test::read_file(path));
}

TEST_CASE("files being written: a status that waits has what was written before, marked") {
  Desk desk("1d");
  const std::string path = desk.folder / "app.log";
  const base::FileDescriptor file(open_to_write(path, O_APPEND));
  std::string written;
  for (int line = 0; line < 5; ++line) {
    REQUIRE(write(file.get(), "a line\n", 7) == 7);
    written += "a line\n";
    const std::string commit = desk.wait();
    const auto entries = desk.entries(commit);
    REQUIRE(entries.contains("app.log"));
    CHECK(entries.at("app.log").unstable);
    CHECK(desk.content(commit, "app.log") == written);
  }
}

TEST_CASE("files being written: one that never rests is kept at intervals, and marked") {
  Desk desk("1s");
  const std::string path = desk.folder / "log";
  Worker logger([&, file = std::make_shared<base::FileDescriptor>(open_to_write(path, O_APPEND))] {
    (void)!write(file->get(), "a line\n", 7);
    usleep(1000);
  });
  std::set<std::uint64_t> sizes;
  for (int tries = 0; sizes.size() < 2 && tries < 3000; ++tries, usleep(10'000)) {
    const auto entries = desk.entries("HEAD");
    const auto found = entries.find("log");
    if (found == entries.end()) continue;
    REQUIRE(found->second.unstable);
    sizes.insert(found->second.size);
  }
  CHECK(sizes.size() == 2);
  // A person's commit does not wait for it.
  CHECK(desk.entries(desk.commit()).at("log").unstable);
  logger.stop();
}

TEST_CASE("files being written: what is not marked is whole") {
  constexpr std::size_t kBytes = 400'000;  // of several pieces
  Desk desk("1s");
  const std::string written = desk.folder / "written", mapped = desk.folder / "mapped";
  for (const std::string& path : {written, mapped})
    test::write_file(path, std::string(kBytes, 'a'));
  const auto write_all = [&](char version) {
    const std::string half(kBytes / 2, version);
    const base::FileDescriptor file(open_to_write(written));
    (void)!pwrite(file.get(), half.data(), half.size(), 0);
    (void)!pwrite(file.get(), half.data(), half.size(), kBytes / 2);
    const base::FileDescriptor map(open(mapped.c_str(), O_RDWR | O_CLOEXEC));
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
    std::fill_n(static_cast<volatile char*>(memory), kBytes, version);
    munmap(memory, kBytes);
  };
  Worker writer([&, version = 'a']() mutable {
    version = version == 'z' ? 'a' : static_cast<char>(version + 1);
    write_all(version);
    // The writer rests for longer and longer.
    usleep(static_cast<useconds_t>(version - 'a') * 200);
  });
  int whole = 0, marked = 0;
  for (std::uint64_t round = 0;
       round < test::test_rounds(60) || (round < 3000 && (whole == 0 || marked == 0)); ++round) {
    const std::string commit = round % 2 == 0 ? desk.commit() : desk.wait();
    for (const auto& [path, entry] : desk.entries(commit)) {
      if (entry.unstable) {
        ++marked;
        continue;
      }
      ++whole;
      const std::string bytes = desk.content(commit, path);
      CAPTURE(round, path, commit);
      REQUIRE(bytes.size() == kBytes);
      REQUIRE(bytes.find_first_not_of(bytes[0]) == std::string::npos);
    }
  }
  writer.stop();
  CHECK(whole > 0);
  CHECK(marked > 0);
  for (const auto& [path, entry] : desk.entries(desk.wait())) {
    CHECK_FALSE(entry.unstable);
    CHECK(desk.content("HEAD", path) == test::read_file(desk.folder / path));
  }
}

TEST_CASE(
    "files being written: whoever opens a file to write does not notice that it is looked at") {
  Desk desk("1s");
  const std::string path = desk.folder / "busy";
  std::atomic<int> errors{0}, waits{0}, opened{0};
  Worker writer([&, turn = 0]() mutable {
    const bool impatient = ++turn % 2 == 0;
    const base::FileDescriptor file(open_to_write(path, impatient ? O_NONBLOCK : 0));
    ++opened;
    if (file.valid())
      errors += pwrite(file.get(), "x", 1, turn % 100) != 1;
    else
      ++(impatient && errno == EWOULDBLOCK ? waits : errors);
  });
  for (std::uint64_t round = 0; round < test::test_rounds(60); ++round) desk.commit();
  writer.stop();
  CHECK(errors == 0);
  if (waits > 0 || test::rounds_are_given())
    WARN("of " << opened / 2 << " opens with O_NONBLOCK " << waits << " were asked to come again");
}

TEST_CASE("files being written: a live SQLite database is good or marked in every commit") {
  if (test::find_program({"sqlite3"}).empty()) return;
  constexpr int kTransactions = 1000;
  Desk desk("1s");
  TemporaryFolder scripts;
  std::string script =
      "PRAGMA journal_mode=WAL;\nPRAGMA wal_autocheckpoint=50;\n"
      "CREATE TABLE page(id INTEGER PRIMARY KEY, bytes BLOB);\nCREATE INDEX length ON "
      "page(bytes);\n";
  for (std::uint64_t i = 0; i < kTransactions * test::test_rounds(1); ++i)
    script +=
        "BEGIN; INSERT INTO page(bytes) VALUES(randomblob(300));"
        "UPDATE page SET bytes=randomblob(200) WHERE id=abs(random())%" +
        std::to_string(i + 1) + "; COMMIT;\n";
  test::write_file(scripts / "script", script);

  std::atomic<bool> ended{false};
  CommandResult written;
  std::thread writer([&] {
    written = test::run_program({"sh", "-c", "exec sqlite3 -bail \"$1\" < \"$2\"", "sh",
                                 desk.folder / "live.db", scripts / "script"});
    ended = true;
  });
  const auto integrity = [&](const std::string& commit) {
    TemporaryFolder target;
    REQUIRE(desk.agent.ctl({"restore", commit, "-r", "desk", "--to", target.path()}).status == 0);
    return test::run_program({"sqlite3", target / "live.db", "PRAGMA integrity_check"}).out;
  };
  int good = 0, marked = 0, marked_but_good = 0;
  for (bool last = false; !last;) {
    last = ended;
    const std::string commit = marked % 2 == 0 ? desk.commit() : desk.wait();
    bool unstable = false;
    const auto entries = desk.entries(commit);
    for (const auto& [path, entry] : entries) unstable |= entry.unstable;
    if (!entries.contains("live.db")) continue;
    const bool fine = integrity(commit) == "ok\n";
    CAPTURE(commit);
    if (!unstable) REQUIRE(fine);
    ++(unstable ? marked : good);
    marked_but_good += unstable && fine;
  }
  writer.join();
  CAPTURE(written.err);
  CHECK(written.status == 0);
  CHECK(written.err.empty());
  const std::string commit = desk.wait();
  for (const auto& [path, entry] : desk.entries(commit)) CHECK_FALSE(entry.unstable);
  CHECK(integrity(commit) == "ok\n");
  CHECK(marked > 0);
  if (test::rounds_are_given())
    WARN(good << " commits of a resting database, " << marked << " marked, of which "
              << marked_but_good << " were good all the same");
}
