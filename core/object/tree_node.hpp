// SPDX-License-Identifier: Apache-2.0
// The snapshot tree as bytes: entries and nodes of one sorted, content-split Merkle map from path
// to entry.
//
// Keys are path bytes relative to the repository's folder ("a/b.txt"). They are ordered as bytes,
// but '/' comes first, so all entries below a folder directly follow it. Node boundaries depend on
// keys alone.
// docs/format/tree.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/names.hpp"
#include "core/object/content.hpp"

namespace vcs::object {

// Returns <0, 0 or >0. Compares unsigned bytes: '/' comes before every other byte, and a prefix
// comes before its extensions.
int compare_paths(std::string_view a, std::string_view b);
struct PathLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return compare_paths(a, b) < 0; }
};
// True if a tree may hold this path: not empty, no NUL, no empty, "." or ".." component, no leading
// or trailing '/'.
bool is_valid_tree_path(std::string_view path);
// Saves leave out entries with longer paths. It is enough for ten thousand folders, one in the
// other, with names of 25 letters.
constexpr std::size_t kLongestPath = std::size_t{256} << 10;

enum class EntryType : std::uint8_t { file = 1, directory = 2, symlink = 3 };
constexpr auto names_of(EntryType) {
  using enum EntryType;
  return base::names<EntryType>({{file, "file"}, {directory, "directory"}, {symlink, "symlink"}});
}

struct TreeEntry {
  EntryType type = EntryType::file;
  std::uint32_t mode = 0;  // 07777
  std::uint32_t uid = 0, gid = 0;
  base::UnixNanos mtime{};
  std::uint64_t size = 0;  // of a file's content; 0 for other types
  ContentRef content;      // of a file; an empty file has the blob of zero bytes
  std::string symlink_target;
  std::vector<base::ExtendedAttribute> attributes;  // sorted by name
  bool unstable = false;                            // saved while a program was still writing it

  bool operator==(const TreeEntry&) const = default;
  // True if a person sees no difference: compares type, content, target, mode, owner and
  // attributes, but not the mtime.
  bool same_but_for_mtime(const TreeEntry& other) const;
};

struct LeafItem {
  std::string path;
  TreeEntry entry;
  bool operator==(const LeafItem&) const = default;
};
struct InnerItem {
  std::string first_path;  // the least key below
  ObjectId node;
  std::uint64_t files = 0;    // entries of type file below
  std::uint64_t entries = 0;  // of all types
  std::uint64_t bytes = 0;    // sum of file sizes
  bool operator==(const InnerItem&) const = default;
};

// Level 0 has leaf items, higher levels inner ones. Items are strictly sorted.
struct TreeNode {
  std::uint8_t level = 0;
  std::vector<LeafItem> leaves;
  std::vector<InnerItem> inner;
  bool operator==(const TreeNode&) const = default;
};

// Writes or reads one entry alone, as it follows the path in a leaf item; its mtime is relative to
// 0.
void write_tree_entry(base::ByteWriter& writer, const TreeEntry& entry);
Result<TreeEntry> read_tree_entry(base::ByteReader& reader);

Bytes encode_tree_node(const TreeNode& node);
// Refuses (`corrupt`) unknown versions, unsorted or invalid paths, unknown types, trailing bytes.
Result<TreeNode> decode_tree_node(ByteView bytes);

// True if a node of `level` starts at the entry with this key. (The first node of a level starts at
// the least key, whatever that is.) About one key in 32 starts a leaf; of those, one in 32 starts a
// node of level 1, and so on: a start on one level is a start on all below it. So the first_path of
// an inner item decides for every level above. It tests bits of the XXH3-64 of the path's bytes.
bool starts_node(std::string_view path, std::uint8_t level);

}  // namespace vcs::object
