// SPDX-License-Identifier: Apache-2.0
// What the index's tests share: random entries, a model, and an index in a folder of its own.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/index/index.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

using Model = std::map<std::string, index::IndexEntry, object::PathLess>;

inline object::ObjectId id_of_number(std::uint64_t number) {
  object::ObjectId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<std::uint8_t>((number + 1) >> (8 * (i % 8)));
  return id;
}

// An ordinary entry; sometimes with a field at its limit.
inline index::IndexEntry random_entry(SeededRandom& random) {
  index::IndexEntry entry;
  entry.type = static_cast<object::EntryType>(1 + random.below(3));
  entry.mode = random.one_in(20) ? ~0u : static_cast<std::uint32_t>(random.below(010000));
  entry.size = random.one_in(20) ? random.next() : random.below(100'000);
  entry.inode = random.one_in(20) ? random.next() : random.below(10'000'000);
  const auto any = [&random] { return base::unix_nanos(static_cast<std::int64_t>(random.next())); };
  entry.mtime = random.one_in(20) ? any()
                                  : base::unix_nanos(1'700'000'000'000'000'000) +
                                        base::Nanos(random.below(1'000'000'000));
  entry.ctime = random.one_in(20) ? any() : entry.mtime;
  entry.content.kind = static_cast<object::ContentKind>(random.below(3));
  if (!random.one_in(5)) random.fill(entry.content.id.bytes);
  entry.recheck = random.one_in(10);
  return entry;
}

// A path made of a few names, so that paths repeat, with folders inside folders and bytes that sort
// before and after '/'.
inline std::string random_path(SeededRandom& random, std::uint64_t names = 6) {
  static const char* const kNames[] = {"a", "b", "a.txt", "a-b", "a!", "z\xff", "\x01", "main.cpp"};
  std::string path;
  const std::uint64_t depth = 1 + random.below(4);
  for (std::uint64_t i = 0; i < depth; ++i) {
    if (i > 0) path += '/';
    path += kNames[random.below(8)];
    path += std::to_string(random.below(names));
  }
  return path;
}

// The changes of `count` draws; paths are distinct and sorted.
inline std::vector<index::IndexChange> random_changes(SeededRandom& random, std::size_t count,
                                                      std::uint64_t names = 6) {
  std::map<std::string, std::optional<index::IndexEntry>, object::PathLess> drawn;
  for (std::size_t i = 0; i < count; ++i) {
    auto& entry = drawn[random_path(random, names)];
    entry = random.one_in(3) ? std::nullopt : std::optional(random_entry(random));
  }
  std::vector<index::IndexChange> changes;
  for (auto& [path, entry] : drawn) changes.push_back({path, entry});
  return changes;
}

inline void apply_to(Model& model, const std::vector<index::IndexChange>& changes) {
  for (const index::IndexChange& change : changes) {
    if (change.entry) {
      model[change.path] = *change.entry;
    } else {
      model.erase(change.path);
    }
  }
}

inline Model content_of(const index::Index& index) {
  Model content;
  const auto cursor = index.cursor();
  std::string previous;
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    REQUIRE(object::compare_paths(previous, cursor->path()) < 0);
    previous = cursor->path();
    content.emplace_hint(content.end(), previous, cursor->entry());
  }
  return content;
}

inline std::unique_ptr<index::Index> open_index(base::FileSystem& filesystem,
                                                const std::string& path) {
  auto directory = filesystem.open_directory(path);
  REQUIRE(directory);
  auto index = index::Index::open(std::move(*directory), base::Log());
  if (!index) FAIL(index.error().message);
  return std::move(*index);
}

inline std::unique_ptr<index::Index> open_index(const std::string& path) {
  return open_index(*base::make_posix_filesystem(), path);
}

}  // namespace vcs::test
