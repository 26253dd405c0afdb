// SPDX-License-Identifier: Apache-2.0
// Commits as bytes. docs/format/commit.md
#include "core/object/commit.hpp"

#include <cassert>

#include "core/object/format_header.hpp"

namespace vcs::object {
namespace {

// Version 2 has the top folder's entry, version 1 has none.
constexpr FormatHeader kHeader{"VCM", 2, "commit"};
constexpr FormatHeader kHeaderWithoutRoot{"VCM", 1, "commit"};
constexpr std::uint8_t kHasParent = 1;

Result<void> check_fields(const Commit& commit) {
  const auto bad = [](std::string_view what) {
    return fail(ErrorCode::corrupt, "a commit {}", what);
  };
  if (commit.kind != CommitKind::automatic && commit.kind != CommitKind::manual) {
    return bad("has an unknown kind");
  }
  if (commit.parent && commit.parent->is_zero()) return bad("names the zero id as its parent");
  if (commit.root && commit.root->type != EntryType::directory)
    return bad("has a top that is no folder");
  if (commit.message.size() > kMaxMessageBytes) return bad("has a message of more than 64 KiB");
  if (commit.device.size() > kMaxDeviceBytes) return bad("has a device id of more than 64 bytes");
  return {};
}

}  // namespace

Bytes encode_commit(const Commit& commit) {
  assert(check_fields(commit));
  Bytes out;
  out.reserve(128 + commit.message.size());
  base::ByteWriter writer(out);
  write_format_header(writer, commit.root ? kHeader : kHeaderWithoutRoot);
  writer.u8(static_cast<std::uint8_t>(commit.kind));
  writer.u8(commit.parent ? kHasParent : 0);
  if (commit.parent) writer.bytes(commit.parent->view());
  writer.bytes(commit.tree.view());
  if (commit.root) write_tree_entry(writer, *commit.root);
  writer.i64(base::count_of(commit.time));
  writer.varint(commit.sequence);
  writer.varint(commit.changed.added);
  writer.varint(commit.changed.modified);
  writer.varint(commit.changed.deleted);
  writer.varint(commit.unstable);
  writer.sized_text(commit.device);
  writer.sized_text(commit.message);
  return out;
}

Result<Commit> decode_commit(ByteView bytes) {
  base::ByteReader reader(bytes);
  VCS_ASSIGN(const std::uint8_t version, read_format_version(reader, kHeader));
  // A short read yields fewer bytes: the id stays zero, and finished() is false below.
  const auto read_id = [&reader] {
    const ByteView view = reader.bytes(ObjectId::kSize);
    return view.size() == ObjectId::kSize ? ObjectId::from_bytes(view) : ObjectId{};
  };
  Commit commit;
  commit.kind = static_cast<CommitKind>(reader.u8());
  const std::uint8_t flags = reader.u8();
  if ((flags & ~kHasParent) != 0) {
    return fail(ErrorCode::corrupt, "a commit has unknown flags {:#04x}", flags);
  }
  if ((flags & kHasParent) != 0) commit.parent = read_id();
  commit.tree = read_id();
  if (version == kHeader.version) {
    VCS_ASSIGN(commit.root, read_tree_entry(reader));
  }
  commit.time = base::unix_nanos(reader.i64());
  commit.sequence = reader.varint();
  commit.changed.added = reader.varint();
  commit.changed.modified = reader.varint();
  commit.changed.deleted = reader.varint();
  commit.unstable = reader.varint();
  commit.device = reader.sized_text();
  commit.message = reader.sized_text();
  if (!reader.finished()) {
    return fail(ErrorCode::corrupt, "a commit is cut short or has trailing bytes");
  }
  VCS_TRY(check_fields(commit));
  return commit;
}

}  // namespace vcs::object
