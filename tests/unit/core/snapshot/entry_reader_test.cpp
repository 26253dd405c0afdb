// Where entries are looked for, when folders come and go between the walk and the reading.
#include "core/snapshot/entry_reader.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

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
    test::must(file.read_at({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, 0));
    out.state = Ingested::State::captured;
    return {};
  }
  std::string text;
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

}  // namespace
}  // namespace vcs::snapshot
