// SPDX-License-Identifier: Apache-2.0
// repository.toml: a written file is read back, and any other text is refused.
#include "config/repository_file.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "tests/support/temporary_folder.hpp"

using namespace vcs::config;
using Catch::Matchers::Contains;
using vcs::base::ErrorCode;
using vcs::base::unix_nanos;

namespace {

RepositoryFile sample() {
  RepositoryFile file;
  file.name = "notes";
  file.id = "0123456789abcdef";
  file.worktree = "/home/me/notes";
  file.created = unix_nanos(1'700'000'000'000'000'000);
  file.chunker = {1, 65536, std::numeric_limits<std::uint64_t>::max()};
  file.remotes = {{"backup", "file:///mnt/backup"}, {"cloud", "s3://key:se%40cret@host/bucket"}};
  file.remotes[1].push = false;
  file.devices = {{"0123456789abcdef", "machine", "/data/notes-1", ""},
                  {"fedcba9876543210", "machine", "/data/notes-2", "0123456789abcdef"}};
  file.root = RootIdentity{2049, std::numeric_limits<std::uint64_t>::max()};
  file.alarm =
      AlarmEntry{AlarmReason::deletion, unix_nanos(1'700'000'000'000'000'001), "abcdef", 60, 0};
  return file;
}

std::string formatted(const RepositoryFile& file) {
  const auto text = format_repository_file(file);
  REQUIRE(text);
  return *text;
}

std::string random_bytes(std::mt19937_64& random, bool utf8) {
  std::string text;
  for (std::size_t i = random() % 20; i > 0; --i) {
    // Leaves out zero bytes: paths have none.
    text += static_cast<char>(1 + random() % (utf8 ? 127 : 255));
  }
  return text;
}

ErrorCode refused(const std::string& text) {
  const auto file = parse_repository_file(text, "f");
  REQUIRE_FALSE(file);
  CHECK_THAT(file.error().message, Contains("f"));
  return file.error().code;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("repository file: what is written reads back, whatever the bytes") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  CHECK(*parse_repository_file(formatted(sample()), "f") == sample());
  for (int round = 0; round < 300; ++round) {
    RepositoryFile file;
    file.name = random_bytes(random, true);
    file.id = random_bytes(random, true);
    file.worktree = random_bytes(random, random() % 2 == 0);
    file.created = unix_nanos(static_cast<std::int64_t>(random()));
    file.chunker = {static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                    random()};
    for (std::size_t i = random() % 12; i > 0; --i) {
      file.remotes.push_back({"r" + random_bytes(random, true), "u" + random_bytes(random, true)});
    }
    for (std::size_t i = random() % 3; i > 0; --i)
      file.devices.push_back({"0123456789abcdef", random_bytes(random, true),
                              random_bytes(random, random() % 2 == 0), random_bytes(random, true)});
    for (RemoteEntry& remote : file.remotes) remote.push = random() % 2 == 0;
    if (random() % 2 == 0) file.root = RootIdentity{random(), random()};
    if (random() % 2 == 0)
      file.alarm = AlarmEntry{random() % 2 == 0 ? AlarmReason::deletion : AlarmReason::encryption,
                              unix_nanos(static_cast<std::int64_t>(random())),
                              random_bytes(random, true), random(), random()};
    const auto back = parse_repository_file(formatted(file), "f");
    INFO((back ? std::string() : back.error().message));
    REQUIRE(back);
    REQUIRE(*back == file);
  }
}

TEST_CASE("repository file: missing, unknown and wrong keys are refused") {
  const std::string text = formatted(sample());
  for (const char* key :
       {"name = ", "id = ", "worktree = ", "created = ", "algorithm = ", "average = ", "seed = ",
        "device = ", "url = ", "since = ", "commit = ", "deleted = ", "rewritten = "}) {
    INFO(key);
    CHECK(refused(replaced(text, key, std::string("x") + key)) == ErrorCode::corrupt);
    CHECK(refused(replaced(text, key, std::string("# ") + key)) == ErrorCode::corrupt);
    CHECK(refused(replaced(text, key, std::string(key) + "1.5 #")) == ErrorCode::corrupt);
  }
  CHECK(refused("") == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "average = 65536", "average = 4294967296")) == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "average = 65536", "average = -1")) == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "device = \"2049\"", "device = \"2049x\"")) == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "id = \"fedcba9876543210\"", "id = \"FEDCBA9876543210\"")) ==
        ErrorCode::corrupt);
  CHECK(refused(replaced(text, "id = \"fedcba9876543210\"", "id = \"fedc\"")) ==
        ErrorCode::corrupt);
  CHECK(refused(replaced(text, "push = false", "push = \"no\"")) == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "copy_of = ", "copy = ")) == ErrorCode::corrupt);
  CHECK(refused(replaced(text, "format = 2", "format = 3")) == ErrorCode::unsupported);
}

TEST_CASE("repository file: every flipped byte gives a file or an error") {
  const std::string text = formatted(sample());
  std::size_t refusals = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int mask : {0x01, 0x20, 0x80}) {
      std::string flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ mask);
      const auto file = parse_repository_file(flipped, "f");
      if (!file) ++refusals;
      if (file) CHECK(parse_repository_file(formatted(*file), "f") == *file);
    }
  }
  CHECK(refusals > text.size());
}

TEST_CASE("repository file: text that TOML cannot hold is refused when it is written") {
  RepositoryFile file = sample();
  file.remotes[1].url = "file:///\xff";
  CHECK(format_repository_file(file).error().code == ErrorCode::invalid);
}

TEST_CASE("repository file: it lives in the repository's folder, for its owner alone") {
  const vcs::test::TemporaryFolder folder;
  const auto directory = vcs::base::make_posix_filesystem()->open_directory(folder.path());
  REQUIRE(directory);
  CHECK(read_repository_file(**directory).error().code == ErrorCode::not_found);
  REQUIRE(write_repository_file(**directory, sample()));
  CHECK(*read_repository_file(**directory) == sample());
  CHECK((*directory)->stat(kRepositoryFileName)->mode == 0600);
}

TEST_CASE("repository file: when the root was made is kept beside it, and belongs to that root") {
  const vcs::test::TemporaryFolder folder;
  const auto directory = vcs::base::make_posix_filesystem()->open_directory(folder.path());
  REQUIRE(directory);
  RepositoryFile file = sample();
  file.root->born = unix_nanos(1'700'000'000'123'456'789);
  REQUIRE(write_repository_file(**directory, file));
  CHECK(read_repository_file(**directory)->root == file.root);
  // An older program writes another root, and does not know the file beside it.
  RepositoryFile other = file;
  other.root = RootIdentity{2049, 7};
  REQUIRE(write_repository_file(**directory, other));
  CHECK(read_repository_file(**directory)->root == other.root);
  for (const char* text :
       {"", "root 1", "root 2 2049 7 5\n", "root 1 2049 7 5", "root 1 2049 8 5\n"}) {
    vcs::test::write_file(folder / "root", text);
    CHECK(read_repository_file(**directory)->root == other.root);
  }
  vcs::test::write_file(folder / "root", "root 1 2049 7 5\n");
  CHECK(read_repository_file(**directory)->root == RootIdentity{2049, 7, unix_nanos(5)});
}

TEST_CASE("repository file: a root is another one if it was made at another time") {
  const RootIdentity root{1, 2, unix_nanos(3)};
  CHECK(root.is({1, 2, unix_nanos(3)}));
  CHECK(root.is({1, 2}));
  CHECK(RootIdentity{1, 2}.is(root));
  CHECK_FALSE(root.is({1, 2, unix_nanos(4)}));
  CHECK_FALSE(root.is({1, 3, unix_nanos(3)}));
  CHECK_FALSE(root.is({2, 2, unix_nanos(3)}));
}
