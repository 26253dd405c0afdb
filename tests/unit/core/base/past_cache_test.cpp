// SPDX-License-Identifier: Apache-2.0
// Writing past the page cache stores the same bytes as any other write, on every filesystem.
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/base/filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/own_mounts.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::base;
using vcs::test::must;
using vcs::test::SeededRandom;
using vcs::test::TemporaryFolder;
using vcs::test::test_seed;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::unique_ptr<File> new_file(const std::string& folder, const std::string& name = "f") {
  const auto root = must(make_posix_filesystem()->open_directory(folder));
  return must(root->open_file(name, OpenMode::create_new));
}

Bytes noise(SeededRandom& random, std::size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

Bytes content_of(File& file) {
  Bytes bytes(static_cast<std::size_t>(must(file.stat()).size) + 1);
  bytes.resize(must(file.read_at(bytes, 0)));
  return bytes;
}

// Writes at the end or over existing bytes, through the cache or past it, at random.
void write_at_random(File& file, int rounds) {
  SeededRandom random(test_seed());
  Bytes expected;
  for (int round = 0; round < rounds; ++round) {
    const Bytes piece = noise(random, random.below(random.one_in(3) ? 5000 : 3 * kMiB));
    const std::size_t offset =
        random.one_in(3) ? random.below(expected.size() + 1) : expected.size();
    if (random.one_in(4)) {
      must(file.write_at(piece, offset));
    } else {
      must(file.write_past_cache(piece, offset));
    }
    if (expected.size() < offset + piece.size()) expected.resize(offset + piece.size());
    std::copy(piece.begin(), piece.end(), expected.begin() + static_cast<std::ptrdiff_t>(offset));
    if (random.one_in(4)) must(file.sync());
    REQUIRE(content_of(file) == expected);
  }
}

// Counts the pages in memory of the first `length` bytes of a file.
std::size_t pages_in_memory(const std::string& path, std::size_t length) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  const auto name = std::filesystem::path(path).filename().string();
  const auto file =
      must(must(make_posix_filesystem()->open_directory(folder))->open_file(name, OpenMode::read));
  const auto mapping = must(file->map(length));
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident((length + page - 1) / page);
  void* address = const_cast<std::uint8_t*>(mapping->bytes().data());
  REQUIRE(::mincore(address, length, resident.data()) == 0);
  return static_cast<std::size_t>(
      std::count_if(resident.begin(), resident.end(), [](unsigned char bit) { return bit & 1; }));
}

// While it lives, no file of this process can grow past `length`. The other files that the process
// writes are far smaller.
class LengthLimit {
 public:
  explicit LengthLimit(std::uint64_t length) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    struct rlimit limit = before_;
    limit.rlim_cur = length;
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~LengthLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  LengthLimit(const LengthLimit&) = delete;
  LengthLimit& operator=(const LengthLimit&) = delete;

 private:
  struct rlimit before_ {};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("past cache: what is written is there at any offset and length") {
  const TemporaryFolder folder;
  write_at_random(*new_file(folder.path()), 24);
}

TEST_CASE("past cache: whole blocks stay out of memory, where the filesystem can do that") {
  const TemporaryFolder folder;
  const auto file = new_file(folder.path());
  SeededRandom random(test_seed());
  must(file->write_past_cache(noise(random, 4 * kMiB), 0));
  const std::size_t pages = pages_in_memory(folder / "f", 4 * kMiB);
  must(file->write_at(noise(random, 4 * kMiB), 0));
  const std::size_t all = pages_in_memory(folder / "f", 4 * kMiB);
  if (pages == all) {
    WARN("not seen: the filesystem of " + folder.path() + " writes everything through memory");
    return;
  }
  CHECK(pages == 0);
}

TEST_CASE("past cache: a reader beside the writer never sees anything but what was written") {
  const TemporaryFolder folder;
  const auto file = new_file(folder.path());
  SeededRandom random(test_seed());
  constexpr std::size_t kWrites = 24;
  const Bytes expected = noise(random, kWrites * (kMiB / 2 + 700));
  std::atomic<std::size_t> written{0};
  std::atomic<std::size_t> wrong{0};
  std::thread reader([&] {
    Bytes bytes(64 * 1024);
    for (std::size_t at = 0; written < expected.size();) {
      const std::size_t end = written;
      if (end == 0) continue;
      // Reads around the end of the written bytes, where a page is shared with the next write.
      at = end > bytes.size() ? end - bytes.size() : 0;
      const auto got = file->read_at(std::span(bytes).first(end - at), at);
      if (!got || *got != end - at ||
          !std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*got),
                      expected.begin() + static_cast<std::ptrdiff_t>(at)))
        ++wrong;
    }
  });
  for (std::size_t i = 0; i < kWrites; ++i) {
    const std::size_t length = expected.size() / kWrites;
    const auto done = file->write_past_cache(ByteView(expected).subspan(written, length), written);
    if (!done) ++wrong;
    written += length;
  }
  reader.join();
  CHECK(wrong == 0);
  CHECK(content_of(*file) == expected);
}

TEST_CASE("past cache: filesystems that refuse it, or have no device, take it all the same") {
  if (!vcs::test::has_own_mounts()) return;
  const TemporaryFolder folder;
  const char* type = GENERATE("ramfs", "tmpfs");
  const vcs::test::Mount mount("none", folder.path(), type, 0);
  write_at_random(*new_file(folder.path()), 8);
}

TEST_CASE("past cache: a full disk is told, and what it took before is right") {
  if (!vcs::test::has_own_mounts()) return;
  const TemporaryFolder folder;
  const vcs::test::Mount mount("none", folder.path(), "tmpfs", 0, "size=2m");
  const auto file = new_file(folder.path());
  SeededRandom random(test_seed());
  const Bytes bytes = noise(random, 3 * kMiB);
  const auto written = file->write_past_cache(bytes, 0);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::no_space);
  const Bytes there = content_of(*file);
  REQUIRE(there.size() <= bytes.size());
  CHECK(std::equal(there.begin(), there.end(), bytes.begin()));
}

// The system cuts the piece that meets the limit. If the remaining length is none that a device
// takes, the system refuses the whole piece, and the rest goes through the cache.
TEST_CASE("past cache: a piece that is cut short or refused is written another way, or told") {
  const TemporaryFolder folder;
  const auto file = new_file(folder.path());
  SeededRandom random(test_seed());
  const Bytes bytes = noise(random, 2 * kMiB);
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 32;  // the file is one hole before
  // Within the second piece: at a block, or nowhere near one.
  const std::size_t fits = kMiB / 2 + GENERATE(8192u, 9001u);
  const std::uint64_t offset = kLimit - fits;
  const auto written = [&] {
    const LengthLimit limit(kLimit);
    return file->write_past_cache(bytes, offset);
  }();
  REQUIRE_FALSE(written);
  CHECK(written.error().os_error == EFBIG);
  CHECK(written.error().code == ErrorCode::no_space);
  CHECK(must(file->stat()).size == kLimit);
  Bytes there(fits);
  REQUIRE(must(file->read_at(there, offset)) == fits);
  CHECK(std::equal(there.begin(), there.end(), bytes.begin()));
  // Without the limit the write succeeds.
  must(file->write_past_cache(bytes, offset));
  there.resize(bytes.size());
  REQUIRE(must(file->read_at(there, offset)) == bytes.size());
  CHECK(there == bytes);
}

TEST_CASE(
    "past cache: a file that is open for reading only, or without room in numbers, is refused") {
  const TemporaryFolder folder;
  SeededRandom random(test_seed());
  const Bytes bytes = noise(random, kMiB);
  new_file(folder.path());
  const auto root = must(make_posix_filesystem()->open_directory(folder.path()));
  CHECK_FALSE(must(root->open_file("f", OpenMode::read))->write_past_cache(bytes, 0));
  const auto file = must(root->open_file("f", OpenMode::write_existing));
  CHECK_FALSE(file->write_past_cache(bytes, std::uint64_t{1} << 63));
  CHECK(must(file->stat()).size == 0);
}
