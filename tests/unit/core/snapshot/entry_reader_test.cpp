// SPDX-License-Identifier: Apache-2.0
// The entry reader finds files although folders come and go between the walk and the reading.
#include "core/snapshot/entry_reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::snapshot {
namespace {

// Keeps the bytes of the file that was opened.
class Taken final : public ContentTaker {
 public:
  base::Result<void> take_content(base::File& file, Ingested& out) override {
    text.resize(out.stat.size);
    const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    const std::size_t half = bytes.size() / 2;
    test::must(file.read_at(bytes.first(half), 0));
    if (between) between();
    test::must(file.read_at(bytes.subspan(half), half));
    out.state = Ingested::State::captured;
    return {};
  }
  std::string text;
  std::function<void()> between;  // called between the two halves of the reading
};

TEST_CASE("entry reader: a folder that is gone leads nobody into another one") {
  test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/a/b/c");
  for (const char* path : {"/a/b/first", "/a/b/same", "/a/b/c/same"})
    std::ofstream(folder.path() + path) << path;
  const auto root = test::must(base::make_posix_filesystem()->open_directory(folder.path()));
  test::ManualClock clock;
  object::Hasher hasher(object::HashProvider::libsodium);
  Taken content;
  const IngestOptions options;
  EntryReader reader(*root, clock, options, hasher, content);
  const auto read = [&](const std::string& path) {
    base::FileStat stat;
    stat.type = base::FileType::regular;
    Ingested out;
    test::must(reader.read({path, stat, false}, out));
    return out.state;
  };
  REQUIRE(read("a/b/first") == Ingested::State::captured);
  REQUIRE(read("a/b/c/gone/file") == Ingested::State::vanished);
  REQUIRE(read("a/b/same") == Ingested::State::captured);
  REQUIRE(content.text == "/a/b/same");
}

#ifdef __linux__
TEST_CASE(
    "entry reader: a file is not at rest when who writes it leaves "
    "during the reading") {
  constexpr std::size_t kBytes = 8192;
  test::TemporaryFolder folder;
  const std::string path = folder / "mapped";
  std::ofstream(path) << std::string(kBytes, 'a');
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  REQUIRE(memory != MAP_FAILED);
  ::close(fd);
  // Only the first store through a mapped page changes the file's times, so it is done here.
  std::memset(memory, 'b', kBytes);

  const auto root = test::must(base::make_posix_filesystem()->open_directory(folder.path()));
  test::ManualClock clock;
  object::Hasher hasher(object::HashProvider::libsodium);
  Taken content;
  content.between = [&] {
    std::memset(memory, 'c', kBytes);
    ::munmap(memory, kBytes);
  };
  IngestOptions options;
  EntryReader reader(*root, clock, options, hasher, content);
  base::FileStat stat;
  stat.type = base::FileType::regular;
  Ingested out;
  test::must(reader.read({"mapped", stat, false}, out));
  CHECK(out.state == Ingested::State::unstable);
  CHECK(out.held_open);
  CHECK(content.text.empty());

  options.capture_unstable = [](const std::string&) { return true; };
  out = {};
  test::must(reader.read({"mapped", stat, false}, out));
  REQUIRE(content.text == std::string(kBytes / 2, 'b') + std::string(kBytes / 2, 'c'));
  CHECK(out.unstable);

  content.between = {};
  out = {};
  test::must(reader.read({"mapped", stat, false}, out));
  CHECK(out.state == Ingested::State::captured);
  CHECK_FALSE(out.unstable);
}
#endif

}  // namespace
}  // namespace vcs::snapshot
