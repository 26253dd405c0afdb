// SPDX-License-Identifier: Apache-2.0
// Tree nodes as bytes. docs/format/tree.md
#include "core/object/tree_node.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "core/object/format_header.hpp"
#include "core/object/path_rank.hpp"

namespace vcs::object {
namespace {

constexpr FormatHeader kHeader{"VTN", 1, "tree node"};
constexpr std::uint8_t kMaxLevel = 12;  // levels above need more than 64 bits of hash
constexpr std::uint32_t kMaxMode = 07777;

// The head byte of a leaf item.
constexpr std::uint8_t kTypeMask = 0x03;
constexpr std::uint8_t kUnstable = 0x04;
constexpr std::uint8_t kHasAttributes = 0x08;
constexpr std::uint8_t kContentShift = 4;
constexpr std::uint8_t kContentMask = 0x30;

// Limits for a count from hostile bytes: it reserves no more than kMaxReserve items, and so many
// items of the least size must fit into the bytes that are left.
constexpr std::uint64_t kMaxReserve = 512;
constexpr std::size_t kMinLeafSize = 8;
constexpr std::size_t kMinInnerSize = 2 + 1 + ObjectId::kSize + 3;
// Because of shared prefixes, few bytes can mean long paths. No honest node comes near this sum: it
// has about 32 items, and a save takes no path longer than kLongestPath.
constexpr std::size_t kMaxPathBytes = 1024 * kLongestPath;

Failure corrupt(std::string_view what) {
  return fail(ErrorCode::corrupt, "a tree node {}", what);
}

// --- Paths: the length shared with the path before, then the rest ---

class PathWriter {
 public:
  explicit PathWriter(base::ByteWriter& writer) : writer_(writer) {}

  void write(std::string_view path) {
    assert(is_valid_tree_path(path));
    assert(previous_.empty() || compare_paths(previous_, path) < 0);
    const std::size_t shared = common_prefix(previous_, path);
    writer_.varint(shared);
    writer_.sized_text(path.substr(shared));
    previous_ = path;
  }

 private:
  base::ByteWriter& writer_;
  std::string_view previous_;
};

class PathReader {
 public:
  explicit PathReader(base::ByteReader& reader) : reader_(reader) {}

  Result<std::string> read() {
    const std::uint64_t shared = reader_.varint();
    const std::string_view rest = reader_.sized_text();
    if (reader_.failed() || shared > previous_.size()) return corrupt("is cut short in a path");
    // One test proves that the order is strict and that the shared prefix is as long as possible.
    const bool extends = shared == previous_.size();
    if (rest.empty() || !(extends || path_rank(rest[0]) > path_rank(previous_[shared]))) {
      return corrupt("has paths out of order");
    }
    total_ += shared + rest.size();
    if (total_ > kMaxPathBytes) return corrupt("has too many bytes of paths");
    previous_.resize(shared);
    previous_.append(rest);
    if (!is_valid_tree_path(previous_)) return corrupt("has an impossible path");
    return previous_;
  }

 private:
  base::ByteReader& reader_;
  std::string previous_;
  std::size_t total_ = 0;
};

// --- Leaf items ---

void write_attributes(base::ByteWriter& writer,
                      const std::vector<base::ExtendedAttribute>& attributes) {
  writer.varint(attributes.size());
  for (const base::ExtendedAttribute& attribute : attributes) {
    writer.sized_text(attribute.name);
    writer.sized_bytes(attribute.value);
  }
}

Result<std::vector<base::ExtendedAttribute>> read_attributes(base::ByteReader& reader) {
  const std::uint64_t count = reader.varint();
  if (count == 0 || count > reader.remaining() / 2) return corrupt("has a bad attribute count");
  std::vector<base::ExtendedAttribute> attributes;
  attributes.reserve(std::min(count, kMaxReserve));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view name = reader.sized_text();
    const ByteView value = reader.sized_bytes();
    if (reader.failed()) return corrupt("is cut short in an attribute");
    const bool sorted = attributes.empty() || attributes.back().name < name;
    if (name.empty() || name.find('\0') != std::string_view::npos || !sorted) {
      return corrupt("has impossible or unsorted attributes");
    }
    attributes.push_back({std::string(name), Bytes(value.begin(), value.end())});
  }
  return attributes;
}

// True if the entry holds only fields of its type. The format has no place for others.
[[maybe_unused]] bool is_consistent(const TreeEntry& entry) {
  if (entry.mode > kMaxMode) return false;
  const bool file = entry.type == EntryType::file;
  const bool link = entry.type == EntryType::symlink;
  return file == (entry.content.kind != ContentKind::none) &&
         (file || (entry.size == 0 && entry.content.id.is_zero())) &&
         (link || entry.symlink_target.empty());
}

std::uint8_t head_of(const TreeEntry& entry) {
  unsigned head = static_cast<unsigned>(entry.type);
  head |= static_cast<unsigned>(entry.content.kind) << kContentShift;
  if (entry.unstable) head |= kUnstable;
  if (!entry.attributes.empty()) head |= kHasAttributes;
  return static_cast<std::uint8_t>(head);
}

// Differences of times are modulo 2^64: any two times have one, and adding it gives the time back.
std::int64_t time_difference(base::UnixNanos later, base::UnixNanos earlier) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base::count_of(later)) -
                                   static_cast<std::uint64_t>(base::count_of(earlier)));
}
base::UnixNanos time_sum(base::UnixNanos time, std::int64_t difference) {
  return base::unix_nanos(static_cast<std::int64_t>(
      static_cast<std::uint64_t>(base::count_of(time)) + static_cast<std::uint64_t>(difference)));
}

void write_entry(base::ByteWriter& writer, const TreeEntry& entry, base::UnixNanos previous_mtime) {
  assert(is_consistent(entry));
  writer.u8(head_of(entry));
  writer.varint(entry.mode);
  writer.varint(entry.uid);
  writer.varint(entry.gid);
  writer.signed_varint(time_difference(entry.mtime, previous_mtime));
  if (entry.type == EntryType::file) {
    writer.varint(entry.size);
    writer.bytes(entry.content.id.view());
  }
  if (entry.type == EntryType::symlink) writer.sized_text(entry.symlink_target);
  if (!entry.attributes.empty()) write_attributes(writer, entry.attributes);
}

Result<void> read_head(base::ByteReader& reader, TreeEntry& entry, bool& has_attributes) {
  const std::uint8_t head = reader.u8();
  const std::uint8_t type = head & kTypeMask;
  const std::uint8_t content = (head & kContentMask) >> kContentShift;
  const bool file = type == static_cast<std::uint8_t>(EntryType::file);
  if ((head & ~(kTypeMask | kUnstable | kHasAttributes | kContentMask)) != 0 || type == 0 ||
      content > static_cast<std::uint8_t>(ContentKind::chunks) || file != (content != 0)) {
    return corrupt("has an entry of an unknown type");
  }
  entry.type = static_cast<EntryType>(type);
  entry.content.kind = static_cast<ContentKind>(content);
  entry.unstable = (head & kUnstable) != 0;
  has_attributes = (head & kHasAttributes) != 0;
  return {};
}

Result<void> read_entry(base::ByteReader& reader, base::UnixNanos previous_mtime,
                        TreeEntry& entry) {
  bool has_attributes = false;
  VCS_TRY(read_head(reader, entry, has_attributes));
  const std::uint64_t mode = reader.varint();
  const std::uint64_t uid = reader.varint();
  const std::uint64_t gid = reader.varint();
  entry.mtime = time_sum(previous_mtime, reader.signed_varint());
  constexpr std::uint64_t kMaxOwner = std::numeric_limits<std::uint32_t>::max();
  if (mode > kMaxMode || uid > kMaxOwner || gid > kMaxOwner) {
    return corrupt("has a mode or an owner out of range");
  }
  entry.mode = static_cast<std::uint32_t>(mode);
  entry.uid = static_cast<std::uint32_t>(uid);
  entry.gid = static_cast<std::uint32_t>(gid);
  if (entry.type == EntryType::file) {
    entry.size = reader.varint();
    const ByteView id = reader.bytes(ObjectId::kSize);
    if (reader.failed()) return corrupt("is cut short");
    entry.content.id = ObjectId::from_bytes(id);
  } else if (entry.type == EntryType::symlink) {
    entry.symlink_target = reader.sized_text();
    if (entry.symlink_target.find('\0') != std::string::npos) {
      return corrupt("has a link target with a NUL byte");
    }
  }
  if (has_attributes) {
    VCS_ASSIGN(entry.attributes, read_attributes(reader));
  }
  if (reader.failed()) return corrupt("is cut short");
  return {};
}

Result<void> read_leaves(base::ByteReader& reader, std::uint64_t count, TreeNode& node) {
  PathReader paths(reader);
  node.leaves.reserve(std::min(count, kMaxReserve));
  base::UnixNanos mtime{};
  for (std::uint64_t i = 0; i < count; ++i) {
    LeafItem& item = node.leaves.emplace_back();
    VCS_ASSIGN(item.path, paths.read());
    VCS_TRY(read_entry(reader, mtime, item.entry));
    mtime = item.entry.mtime;
  }
  return {};
}

// --- Inner items ---

Result<void> read_inner_item(base::ByteReader& reader, PathReader& paths, InnerItem& item) {
  VCS_ASSIGN(item.first_path, paths.read());
  const ByteView id = reader.bytes(ObjectId::kSize);
  item.files = reader.varint();
  item.entries = reader.varint();
  item.bytes = reader.varint();
  if (reader.failed()) return corrupt("is cut short");
  item.node = ObjectId::from_bytes(id);
  if (item.node.is_zero() || item.entries == 0 || item.files > item.entries) {
    return corrupt("has impossible totals");
  }
  return {};
}

Result<void> read_inner(base::ByteReader& reader, std::uint64_t count, TreeNode& node) {
  PathReader paths(reader);
  node.inner.reserve(std::min(count, kMaxReserve));
  std::uint64_t entries = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    InnerItem& item = node.inner.emplace_back();
    VCS_TRY(read_inner_item(reader, paths, item));
    if (__builtin_add_overflow(entries, item.entries, &entries)) {
      return corrupt("has totals beyond 2^64");
    }
  }
  return {};
}

}  // namespace

bool TreeEntry::same_but_for_mtime(const TreeEntry& other) const {
  return type == other.type && mode == other.mode && uid == other.uid && gid == other.gid &&
         size == other.size && content == other.content && symlink_target == other.symlink_target &&
         attributes == other.attributes;
}

void write_tree_entry(base::ByteWriter& writer, const TreeEntry& entry) {
  write_entry(writer, entry, {});
}

Result<TreeEntry> read_tree_entry(base::ByteReader& reader) {
  TreeEntry entry;
  VCS_TRY(read_entry(reader, {}, entry));
  return entry;
}

Bytes encode_tree_node(const TreeNode& node) {
  assert(node.level == 0 ? node.inner.empty() : node.leaves.empty());
  assert(!(node.leaves.empty() && node.inner.empty()) && node.level <= kMaxLevel);
  Bytes out;
  out.reserve(16 + 96 * (node.leaves.size() + node.inner.size()));
  base::ByteWriter writer(out);
  write_format_header(writer, kHeader);
  writer.u8(node.level);
  writer.varint(node.leaves.size() + node.inner.size());
  PathWriter paths(writer);
  base::UnixNanos mtime{};
  for (const LeafItem& item : node.leaves) {
    paths.write(item.path);
    write_entry(writer, item.entry, mtime);
    mtime = item.entry.mtime;
  }
  for (const InnerItem& item : node.inner) {
    paths.write(item.first_path);
    writer.bytes(item.node.view());
    writer.varint(item.files);
    writer.varint(item.entries);
    writer.varint(item.bytes);
  }
  return out;
}

Result<TreeNode> decode_tree_node(ByteView bytes) {
  base::ByteReader reader(bytes);
  VCS_TRY(read_format_header(reader, kHeader));
  TreeNode node;
  node.level = reader.u8();
  const std::uint64_t count = reader.varint();
  const std::size_t least = node.level == 0 ? kMinLeafSize : kMinInnerSize;
  if (reader.failed() || node.level > kMaxLevel) return corrupt("has an impossible level");
  if (count == 0 || count > reader.remaining() / least) return corrupt("has an impossible count");
  VCS_TRY(node.level == 0 ? read_leaves(reader, count, node) : read_inner(reader, count, node));
  if (!reader.finished()) return corrupt("has trailing bytes");
  return node;
}

}  // namespace vcs::object
