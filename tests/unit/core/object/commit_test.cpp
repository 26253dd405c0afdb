// SPDX-License-Identifier: Apache-2.0
// Commits: round trips, and hostile bytes.
#include "core/object/commit.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

TreeEntry random_folder(std::mt19937_64& random) {
  TreeEntry folder;
  folder.type = EntryType::directory;
  folder.mode = static_cast<std::uint32_t>(random() % 010000);
  folder.uid = static_cast<std::uint32_t>(random());
  folder.gid = static_cast<std::uint32_t>(random());
  folder.mtime = base::unix_nanos(static_cast<std::int64_t>(random()));
  if (random() % 2 == 0)
    folder.attributes = {{"system.posix_acl_default", test::random_bytes(random, 28)},
                         {"user.tag", test::random_bytes(random, random() % 50)}};
  return folder;
}

Commit random_commit(std::mt19937_64& random) {
  Commit commit;
  if (random() % 2 == 0) commit.parent = test::random_id(random);
  if (random() % 4 != 0) commit.tree = test::random_id(random);
  if (random() % 2 == 0) commit.root = random_folder(random);
  commit.time = base::unix_nanos(static_cast<std::int64_t>(random()));
  commit.sequence = random() >> random() % 64;
  commit.kind = random() % 2 == 0 ? CommitKind::automatic : CommitKind::manual;
  commit.message = std::string(base::as_text(test::random_bytes(random, random() % 50)));
  commit.device = test::random_id(random).hex().substr(0, 16);
  commit.changed = {random() >> random() % 64, random() % 5, random() % 100};
  commit.unstable = random() % 3;
  return commit;
}

}  // namespace

TEST_CASE("commit: decoding gives back what was encoded") {
  std::mt19937_64 random(61);
  for (int i = 0; i < 500; ++i) {
    const Commit commit = random_commit(random);
    const auto back = decode_commit(encode_commit(commit));
    REQUIRE(back);
    REQUIRE(*back == commit);
  }
}

TEST_CASE("commit: the extremes of every field survive") {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  Commit commit;
  commit.time = base::UnixNanos::min();
  commit.sequence = kMost;
  commit.message = std::string(kMaxMessageBytes, 'm');
  commit.device = std::string(kMaxDeviceBytes, 'd');
  commit.changed = {kMost, kMost, kMost};
  commit.unstable = kMost;
  REQUIRE(decode_commit(encode_commit(commit)) == commit);
  REQUIRE(decode_commit(encode_commit(Commit{})) == Commit{});
}

TEST_CASE("commit: every cut is refused, every flipped byte is refused or another commit") {
  std::mt19937_64 random(62);
  Commit commit = random_commit(random);
  commit.parent = test::random_id(random);
  if (GENERATE(false, true))
    commit.root = random_folder(random);
  else
    commit.root.reset();
  commit.message = "a message";
  const base::Bytes bytes = encode_commit(commit);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_commit(base::ByteView(bytes).first(size));
    REQUIRE_FALSE(result);
    REQUIRE(result.error().code == base::ErrorCode::corrupt);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    base::Bytes damaged = bytes;
    damaged[i] ^= 0x80;
    const auto result = decode_commit(damaged);
    if (result) REQUIRE(encode_commit(*result) == damaged);
  }
  base::Bytes longer = bytes;
  longer.push_back(0);
  REQUIRE_FALSE(decode_commit(longer));
}

TEST_CASE("commit: impossible fields are refused") {
  Commit commit;
  commit.parent = ObjectId{};
  commit.parent->bytes[0] = 1;
  const base::Bytes good = encode_commit(commit);
  const auto with = [&good](std::size_t position, std::uint8_t value) {
    base::Bytes bytes = good;
    bytes[position] = value;
    return decode_commit(bytes);
  };
  REQUIRE(with(4, 2));
  REQUIRE_FALSE(with(0, 'X'));  // magic
  REQUIRE_FALSE(with(4, 0));    // kind
  REQUIRE_FALSE(with(4, 3));
  REQUIRE_FALSE(with(5, 3));  // flags
  REQUIRE_FALSE(with(6, 0));  // a parent of zeros
  REQUIRE(with(3, 3).error().message.find("version 3") != std::string::npos);
  REQUIRE_FALSE(with(3, 0));
  REQUIRE_FALSE(with(3, 2));  // a top folder that is not there
}

TEST_CASE("commit: a top that is no folder is refused") {
  Commit commit;
  commit.root.emplace();
  commit.root->type = EntryType::directory;
  base::Bytes bytes = encode_commit(commit);
  const std::size_t head = 6 + ObjectId::kSize;  // of the entry, behind header, kind, flags, tree
  REQUIRE(bytes[head] == 2);
  REQUIRE(decode_commit(bytes));
  bytes[head] = 3;
  REQUIRE_FALSE(decode_commit(bytes));
}

TEST_CASE("commit: a message or device id beyond its limit is refused") {
  const auto commit_of = [](std::size_t device, std::size_t message) {
    base::Bytes bytes = encode_commit(Commit{});
    bytes.pop_back();  // the two empty texts at its end
    bytes.pop_back();
    base::ByteWriter writer(bytes);
    writer.sized_text(std::string(device, 'd'));
    writer.sized_text(std::string(message, 'm'));
    return decode_commit(bytes);
  };
  REQUIRE(commit_of(kMaxDeviceBytes, kMaxMessageBytes));
  REQUIRE_FALSE(commit_of(kMaxDeviceBytes + 1, 0));
  REQUIRE_FALSE(commit_of(0, kMaxMessageBytes + 1));
}

}  // namespace vcs::object
