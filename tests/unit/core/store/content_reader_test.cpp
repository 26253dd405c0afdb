// SPDX-License-Identifier: Apache-2.0
// Tests of core/store/content_reader.
#include "core/store/content_reader.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <numeric>

#include "core/object/chunk_list.hpp"
#include "tests/unit/core/tree/tree_fixture.hpp"

using namespace vcs;
using namespace vcs::test;
using base::Bytes;
using base::ErrorCode;
using object::ContentKind;
using object::ContentRef;
using object::ObjectId;
using object::ObjectKind;

namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

struct Stored {
  Bytes whole;
  ContentRef content;
  std::vector<ObjectId> chunks;
};

// A content of many small chunks, so that its list has inner nodes.
Stored store_chunks(MemoryObjectStore& store, std::size_t count) {
  std::mt19937_64 random(21);
  Stored stored;
  std::vector<object::ChunkListEntry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes chunk(1 + random() % 40);
    for (auto& byte : chunk) byte = static_cast<std::uint8_t>(random());
    stored.whole.insert(stored.whole.end(), chunk.begin(), chunk.end());
    stored.chunks.push_back(store.put(ObjectKind::blob, chunk));
    entries.push_back({stored.chunks.back(), chunk.size()});
  }
  stored.content = {ContentKind::chunks,
                    must(object::build_chunk_list(entries, [&](const ObjectId&, Bytes bytes) {
                      store.put(ObjectKind::chunk_list, bytes);
                      return base::Result<void>();
                    }))};
  return stored;
}

base::Result<Bytes> read(MemoryObjectStore& store, const ContentRef& content, std::uint64_t offset,
                         std::uint64_t length) {
  Bytes bytes;
  std::uint64_t next = offset;
  VCS_TRY(store::read_content(store, content, offset, length,
                              [&](base::ByteView piece, std::uint64_t at) {
                                REQUIRE(at == next);
                                REQUIRE(!piece.empty());
                                next += piece.size();
                                bytes.insert(bytes.end(), piece.begin(), piece.end());
                                return base::Result<void>();
                              }));
  return bytes;
}

ErrorCode code_of(const base::Result<Bytes>& result) {
  REQUIRE(!result);
  return result.error().code;
}

}  // namespace

TEST_CASE("content reader: any range of a chunk list is what it is of the whole") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  MemoryObjectStore store;
  const Stored stored = store_chunks(store, 5000);
  REQUIRE(must(read(store, stored.content, 0, kAll)) == stored.whole);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t offset = random() % (stored.whole.size() + 10);
    const std::uint64_t length = random() % 2 == 0 ? random() % 200 : random();
    const std::size_t from = std::min<std::size_t>(offset, stored.whole.size());
    const std::size_t count = std::min<std::uint64_t>(length, stored.whole.size() - from);
    const auto begin = stored.whole.begin() + static_cast<long>(from);
    REQUIRE(must(read(store, stored.content, offset, length)) ==
            Bytes(begin, begin + static_cast<long>(count)));
  }
}

TEST_CASE("content reader: a small range reads only what it touches") {
  MemoryObjectStore store;
  const Stored stored = store_chunks(store, 5000);
  const std::uint64_t reads = store.reads();
  REQUIRE(must(read(store, stored.content, stored.whole.size() / 2, 1)).size() == 1);
  REQUIRE(store.reads() - reads <= 4);
}

TEST_CASE("content reader: a blob, whole, in part and empty") {
  MemoryObjectStore store;
  const ContentRef blob{ContentKind::blob, store.put(ObjectKind::blob, "0123456789")};
  const ContentRef empty{ContentKind::blob, store.put(ObjectKind::blob, "")};
  CHECK(base::as_text(must(read(store, blob, 0, kAll))) == "0123456789");
  CHECK(base::as_text(must(read(store, blob, 3, 4))) == "3456");
  CHECK(must(read(store, blob, 10, 1)).empty());
  CHECK(must(read(store, blob, kAll, kAll)).empty());
  CHECK(must(read(store, empty, 0, kAll)).empty());
  CHECK(must(store::read_whole_content(store, blob, 10)).size() == 10);
  CHECK(code_of(store::read_whole_content(store, blob, 9)) == ErrorCode::invalid);
  CHECK(code_of(read(store, ContentRef{}, 0, kAll)) == ErrorCode::invalid);
}

TEST_CASE("content reader: lists that do not fit are corrupt") {
  MemoryObjectStore store;
  const ObjectId chunk = store.put(ObjectKind::blob, "12345");
  const auto list = [&](std::uint8_t level, std::vector<object::ChunkListEntry> entries) {
    const object::ChunkListNode node{level, std::move(entries)};
    return store.put(ObjectKind::chunk_list, object::encode_chunk_list_node(node));
  };
  const auto code = [&](const ObjectId& root) {
    return code_of(read(store, {ContentKind::chunks, root}, 0, kAll));
  };
  const ObjectId good = list(0, {{chunk, 5}});
  CHECK(code(list(0, {{chunk, 4}})) == ErrorCode::corrupt);
  CHECK(code(list(1, {{good, 6}})) == ErrorCode::corrupt);
  CHECK(code(list(2, {{good, 5}})) == ErrorCode::corrupt);
  CHECK(code(list(1, {{list(1, {{good, 5}}), 5}})) == ErrorCode::corrupt);
  CHECK(code(chunk) == ErrorCode::corrupt);
  CHECK(code(ObjectId{}) == ErrorCode::not_found);
}

TEST_CASE("content reader: a damaged chunk fails the range it is in, no other") {
  MemoryObjectStore store;
  const Stored stored = store_chunks(store, 1000);
  store.damage(stored.chunks.back());
  CHECK(must(read(store, stored.content, 0, 100)).size() == 100);
  CHECK(code_of(read(store, stored.content, 0, kAll)) == ErrorCode::corrupt);
}

TEST_CASE("content reader: chunks of zeros are told as such and read once") {
  MemoryObjectStore store;
  const ObjectId zeros = store.put(ObjectKind::blob, Bytes(1000));
  const ObjectId text = store.put(ObjectKind::blob, "some text");
  std::vector<object::ChunkListEntry> entries(50, {zeros, 1000});
  entries[20] = {text, 9};
  const ContentRef content{ContentKind::chunks, must(object::build_chunk_list(
                                                    entries, [&](const ObjectId&, Bytes bytes) {
                                                      store.put(ObjectKind::chunk_list, bytes);
                                                      return base::Result<void>();
                                                    }))};
  CHECK(must(store::listed_size(store, content)) == 49'009);
  CHECK_FALSE(must(store::listed_size(store, {ContentKind::blob, text})));

  const std::uint64_t begin = 1500, end = 40'000;
  std::uint64_t next = begin, told = 0;
  const std::uint64_t before = store.reads();
  must(store::read_content(
      store, content, begin, end - begin,
      [&](base::ByteView piece, std::uint64_t at) {
        CHECK(at == next);
        CHECK(base::as_text(piece) == "some text");
        next += piece.size();
        return base::Result<void>();
      },
      [&](std::uint64_t at, std::uint64_t length) {
        CHECK(at == next);
        next += length;
        told += length;
        return base::Result<void>();
      }));
  CHECK(next == end);
  CHECK(told == end - begin - 9);
  CHECK(store.reads() - before < 8);  // the nodes of the list and each chunk, once each
}

TEST_CASE(
    "content reader: a repeated chunk is read once, from and to anywhere "
    "in it") {
  MemoryObjectStore store;
  const ObjectId letters = store.put(ObjectKind::blob, "abcdefg");
  const ObjectId text = store.put(ObjectKind::blob, "some text");
  std::string whole = "some text";
  for (int i = 0; i < 100; ++i) whole += "abcdefg";
  whole += "some text";
  const std::vector<object::ChunkListEntry> entries = {{text, 9}, {letters, 700, 100}, {text, 9}};
  const ContentRef content{ContentKind::chunks, must(object::build_chunk_list(
                                                    entries, [&](const ObjectId&, Bytes bytes) {
                                                      store.put(ObjectKind::chunk_list, bytes);
                                                      return base::Result<void>();
                                                    }))};
  for (const std::uint64_t offset : {0, 8, 9, 10, 15, 16, 300, 708, 709, 717})
    for (const std::uint64_t length : {1, 6, 7, 8, 20, 699, 700, 5000}) {
      const std::uint64_t before = store.reads();
      const Bytes part = must(read(store, content, offset, length));
      CHECK(base::as_text(part) == whole.substr(offset, length));
      CHECK(store.reads() - before <= 4);
    }
}

TEST_CASE("content reader: a petabyte of zeros is told in one piece") {
  MemoryObjectStore store;
  constexpr std::uint64_t kCount = std::uint64_t{1} << 40;
  const ObjectId zeros = store.put(ObjectKind::blob, Bytes(1024));
  const ContentRef content{ContentKind::chunks,
                           must(object::build_chunk_list({{zeros, 1024 * kCount, kCount}},
                                                         [&](const ObjectId&, Bytes bytes) {
                                                           store.put(ObjectKind::chunk_list, bytes);
                                                           return base::Result<void>();
                                                         }))};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  must(store::read_content(
      store, content, 5, kAll, [](base::ByteView, std::uint64_t) { return base::Result<void>(); },
      [&](std::uint64_t at, std::uint64_t length) {
        told.emplace_back(at, length);
        return base::Result<void>();
      }));
  CHECK(told == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{5, 1024 * kCount - 5}});
  CHECK(must(read(store, content, 1024 * kCount - 3, kAll)) == Bytes(3));
}
