// SPDX-License-Identifier: Apache-2.0
// Files that change while they are read, and unusual folders: very many entries, empty folders,
// holes larger than any disk.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/history/repository.hpp"
#include "core/restore/restorer.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/workshop.hpp"

namespace vcs::snapshot {
namespace {

using test::must;
using test::Workshop;

// Calls `meddle` just before each read of a file.
class Meddler final : public test::Interceptor {
 public:
  std::string name;  // how the path of the file ends
  std::function<void(const test::Call&)> meddle;
  std::atomic<std::uint64_t> reads{0};

  base::Result<void> before(test::Call& call) override {
    if (call.kind != test::CallKind::read || name.empty() || !call.path.ends_with(name)) return {};
    ++reads;
    if (meddle) meddle(call);
    return {};
  }
  void after(test::Call&, bool) override {}
};

struct Restless {
  explicit Restless(std::size_t lanes = 2)
      : real(base::make_posix_filesystem()),
        files(*real, meddler),
        workshop(nullptr, lanes, &files) {}

  Meddler meddler;
  std::unique_ptr<base::FileSystem> real;
  test::InterceptedFileSystem files;
  Workshop workshop;
};

std::string content_of(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint64_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 6364136223846793005u + 1) >> 56);
  return text;
}

bool is_retried(const SnapshotOutcome& outcome, const std::string& path) {
  return std::any_of(outcome.retry.begin(), outcome.retry.end(),
                     [&](const worktree::Mark& mark) { return mark.path == path; }) ||
         std::any_of(outcome.restless.begin(), outcome.restless.end(),
                     [&](const auto& file) { return file.path == path; });
}

}  // namespace

TEST_CASE(
    "restless files: one that shrinks, grows or vanishes while it is "
    "read waits") {
  const std::size_t size = GENERATE(100, 3'000'000);  // read at once, and piece by piece
  Restless restless;
  Workshop& workshop = restless.workshop;
  workshop.save("file", content_of(size));
  workshop.save("other", "holds still");
  restless.meddler.name = "file";
  const std::string path = workshop.at("file");
  bool vanishes = false;

  SECTION("shrinks") {
    restless.meddler.meddle = [&](const auto&) { std::filesystem::resize_file(path, size / 2); };
  }
  SECTION("shrinks to nothing") {
    restless.meddler.meddle = [&](const auto&) { std::filesystem::resize_file(path, 0); };
  }
  SECTION("grows") {
    restless.meddler.meddle = [&](const auto&) { std::ofstream(path, std::ios::app) << "more"; };
  }
  SECTION("vanishes") {
    vanishes = true;
    restless.meddler.meddle = [&](const auto&) { ::unlink(path.c_str()); };
  }

  const SnapshotOutcome outcome = workshop.snap();
  REQUIRE(restless.meddler.reads > 0);
  REQUIRE(outcome.created);
  REQUIRE(workshop.tree().at("other") == "holds still");
  // The commit has the first content or none, never a mixture.
  const auto tree = workshop.tree();
  if (const auto found = tree.find("file"); found != tree.end())
    REQUIRE(found->second == content_of(size));
  else
    REQUIRE(is_retried(outcome, "file"));

  // Once the file is at rest, the next snapshot saves it.
  restless.meddler.meddle = nullptr;
  (void)workshop.snap();
  REQUIRE(workshop.tree() == workshop.disk());
  REQUIRE(workshop.tree().contains("file") != vanishes);
}

TEST_CASE(
    "restless files: one that changes at every read holds up nobody and "
    "is told") {
  Restless restless;
  Workshop& workshop = restless.workshop;
  workshop.save("log", content_of(200'000));
  workshop.save("other", "1");
  restless.meddler.name = "log";
  restless.meddler.meddle = [&](const auto&) {
    std::ofstream(workshop.at("log"), std::ios::app) << "one more line\n";
  };
  for (const char* content : {"1", "2", "3"}) {
    workshop.save("other", content);
    const SnapshotOutcome outcome = workshop.snap();
    REQUIRE(outcome.created);
    REQUIRE(workshop.tree().at("other") == content);
    REQUIRE(is_retried(outcome, "log"));
  }
  // A manual commit takes the file as it is and marks it as unstable.
  const SnapshotOutcome manual = workshop.snap_manually();
  REQUIRE(manual.commit.unstable == 1);
  REQUIRE(workshop.tree().at("log").starts_with(content_of(200'000)));
}

// Such a file is a mailbox, a database, or the disk of a virtual machine.
TEST_CASE(
    "restless files: one that is held open is read once in each "
    "interval, not at each look") {
  Restless restless;
  Workshop& workshop = restless.workshop;
  workshop.save("image", content_of(3'000'000));
  workshop.snap();
  restless.meddler.name = "image";
  const int fd = ::open(workshop.at("image").c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  std::uint64_t captured = 0;
  constexpr int kMinutes = 5, kEvery = 10;
  for (int seconds = 0; seconds < kMinutes * 60; seconds += kEvery) {
    REQUIRE(::pwrite(fd, &seconds, sizeof seconds, seconds) == sizeof seconds);
    const auto outcome = workshop.snap({"image"});
    captured += outcome.created;
    if (!outcome.created) {
      REQUIRE(outcome.restless.size() == 1);
      REQUIRE(outcome.restless[0].after >= std::chrono::seconds(kEvery));
    }
    workshop.clock().advance(std::chrono::seconds(kEvery));
  }
  REQUIRE(captured >= kMinutes - 1);
  REQUIRE(captured <= kMinutes);
  // Each reading takes three pieces of a megabyte.
  REQUIRE(restless.meddler.reads <= 3 * captured);
  ::close(fd);
  REQUIRE(workshop.snap({"image"}).created);
  REQUIRE(workshop.tree() == workshop.disk());
}

TEST_CASE("restless files: one that was read in vain is looked at ever later") {
  Restless restless;
  Workshop& workshop = restless.workshop;
  workshop.save("log", content_of(200'000));
  restless.meddler.name = "log";
  restless.meddler.meddle = [&](const auto&) {
    std::ofstream(workshop.at("log"), std::ios::app) << "one more line\n";
  };
  std::vector<base::Nanos> waits;
  for (int i = 0; i < 4; ++i) {
    const auto outcome = workshop.snap();
    REQUIRE(outcome.restless.size() == 1);
    waits.push_back(outcome.restless[0].after);
    workshop.clock().advance(waits.back());
  }
  using std::chrono::seconds;
  REQUIRE(waits == std::vector<base::Nanos>{seconds(5), seconds(10), seconds(20), seconds(25)});
  REQUIRE(workshop.snap().commit.unstable == 1);
}

TEST_CASE("restless files: many empty folders are kept, and go again") {
  constexpr int kFolders = 1000;
  Workshop workshop;
  for (int i = 0; i < kFolders; ++i)
    workshop.make_folder("empty/" + std::to_string(i % 50) + "/" + std::to_string(i));
  REQUIRE(workshop.snap().commit.changed.added == kFolders + 51);
  REQUIRE(workshop.tree() == workshop.disk());
  REQUIRE_FALSE(workshop.snap().created);
  workshop.remove("empty");
  REQUIRE(workshop.snap().commit.changed.deleted == kFolders + 51);
}

TEST_CASE("restless files: one folder of very many entries", "[.desk]") {
  constexpr int kEntries = 200'000;
  Workshop workshop;
  workshop.make_folder("wide");
  for (int i = 0; i < kEntries; ++i) {
    const int fd =
        ::open(workshop.at("wide/f" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(fd >= 0);
    ::close(fd);
  }
  const SnapshotOutcome first = workshop.snap();
  REQUIRE(must(tree::tree_totals(workshop.repository().nodes(), first.commit.tree)).files ==
          kEntries);
  REQUIRE_FALSE(workshop.snap().created);
  workshop.save("wide/f777", "one");
  REQUIRE(workshop.snap({"wide/f777"}).commit.changed.modified == 1);
}

TEST_CASE("restless files: a hole of a hundred gigabytes is not read") {
  Restless restless;
  const std::string path = restless.workshop.at("holes");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  constexpr off_t kSize = off_t{100} << 30;
  const std::string data = content_of(4096);
  REQUIRE(::ftruncate(fd, kSize) == 0);
  REQUIRE(::pwrite(fd, data.data(), data.size(), kSize / 2) == 4096);
  ::close(fd);
  restless.meddler.name = "holes";

  const auto outcome = restless.workshop.snap();
  const auto entry =
      must(tree::find_entry(restless.workshop.repository().nodes(), outcome.commit.tree, "holes"));
  REQUIRE(entry);
  REQUIRE(entry->size == kSize);
  // Reads touch the data and the edges of the holes, not all of the 200,000 pieces.
  REQUIRE(restless.meddler.reads < 20);
}

// The file is as long as the filesystem allows: an exabyte on some, 16 TiB on ext4.
TEST_CASE("restless files: the longest file there can be costs what is in it") {
  Workshop workshop;
  const int fd = ::open(workshop.at("longest").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  off_t size = off_t{1} << 62;
  while (::ftruncate(fd, size) != 0) size /= 2;
  REQUIRE(::pwrite(fd, "in the midst", 12, size / 2) == 12);
  ::close(fd);
  const auto before = workshop.repository().store().stats().objects;
  const auto outcome = workshop.snap();
  const auto entry =
      must(tree::find_entry(workshop.repository().nodes(), outcome.commit.tree, "longest"));
  REQUIRE(entry);
  REQUIRE(entry->size == static_cast<std::uint64_t>(size));
  REQUIRE(workshop.repository().store().stats().objects - before < 40);

  const test::TemporaryFolder target;
  base::SystemRandom random;
  restore::RestoreOptions options;
  options.threads = GENERATE(1, 3);
  const restore::RestoreResult restored = must(restore::restore(
      workshop.repository().nodes(), workshop.repository().store(), outcome.commit.tree,
      must(base::make_posix_filesystem()->open_directory(target.path())), random, options,
      restore::RestoreObserver{}));
  REQUIRE(restored.created == 1);
  std::ifstream back(target / "longest", std::ios::binary);
  std::string text(14, 'x');
  back.seekg(size / 2 - 1).read(text.data(), 14);
  REQUIRE(text == std::string("\0in the midst\0", 14));
  REQUIRE(std::filesystem::file_size(target / "longest") == entry->size);
}

TEST_CASE(
    "restless files: what one thread reads of a large file that comes "
    "last, others hash") {
  const std::size_t lanes = GENERATE(2, 4);
  constexpr std::size_t kSize = 24 << 20;
  Restless restless(lanes);
  Workshop& workshop = restless.workshop;
  for (int i = 0; i < 100; ++i) workshop.save("a" + std::to_string(i), std::to_string(i));
  workshop.save("z-large", content_of(kSize));
  restless.meddler.name = "z-large";
  // The reader waits before each read until all that it has read is hashed. So other threads must
  // hash; if none did, the wait would end at a limit.
  std::atomic<int> lonely{0}, helped{0};
  std::uint64_t small = 0;
  for (int i = 0; i < 100; ++i) small += std::to_string(i).size();
  constexpr std::uint64_t kLargestChunk = 4 * 16 * 1024;
  restless.meddler.meddle = [&](const test::Call& call) {
    const std::uint64_t hashed = small + call.offset - std::min(call.offset, kLargestChunk);
    for (int patience = 60'000; workshop.progress().ingest.bytes_done < hashed; --patience) {
      if (patience == 0) {
        ++lonely;
        return;
      }
      ::usleep(500);
    }
    if (call.offset > 0) ++helped;
  };
  (void)workshop.snap();
  REQUIRE(lonely == 0);
  REQUIRE(helped > 5);
  REQUIRE(workshop.progress().ingest.lanes == lanes);
  REQUIRE(workshop.tree() == workshop.disk());
}

}  // namespace vcs::snapshot
