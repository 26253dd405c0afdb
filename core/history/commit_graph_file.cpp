// SPDX-License-Identifier: Apache-2.0
// Opens, replaces, reads and appends to the commit graph's pair of files.
#include "core/history/commit_graph_file.hpp"

#include <algorithm>
#include <cassert>

namespace vcs::history {
namespace {

constexpr const char* kRows = "rows";
constexpr const char* kPaths = "paths";
constexpr const char* kNewSuffix = ".new";
constexpr std::size_t kCopySize = 256 * 1024;
constexpr std::ptrdiff_t kHandful = 16;

std::uint64_t row_offset(std::uint64_t position) {
  return kGraphHeaderSize + position * kCommitRowSize;
}

std::uint64_t hash_offset(std::uint64_t position) {
  return kGraphHeaderSize + position * sizeof(PathHash);
}

Failure damaged(std::uint64_t position) {
  return fail(ErrorCode::corrupt, "the commit graph is damaged at row {}", position);
}

// Fills all of `out`; corrupt if the file ends before.
Result<void> read_exactly(base::File& file, std::span<std::uint8_t> out, std::uint64_t offset) {
  VCS_ASSIGN(const std::size_t got, file.read_at(out, offset));
  if (got != out.size()) return fail(ErrorCode::corrupt, "the commit graph ends too early");
  return {};
}

Result<std::uint32_t> read_generation(base::File& file, GraphPart part) {
  Bytes header(kGraphHeaderSize);
  VCS_TRY(read_exactly(file, header, 0));
  if (const auto generation = decode_graph_header(part, header)) return *generation;
  return fail(ErrorCode::corrupt, "the commit graph's header is damaged or of another version");
}

Result<void> copy_range(base::File& from, base::File& to, std::uint64_t offset, std::uint64_t end) {
  Bytes buffer;
  while (offset < end) {
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kCopySize, end - offset)));
    VCS_TRY(read_exactly(from, buffer, offset));
    VCS_TRY(to.write_at(buffer, offset));
    offset += buffer.size();
  }
  return {};
}

Result<std::unique_ptr<base::File>> make_part(base::Directory& directory, const std::string& name,
                                              GraphPart part, std::uint32_t generation) {
  VCS_ASSIGN(auto file, directory.open_file(name + kNewSuffix, base::OpenMode::create_or_open));
  VCS_TRY(file->truncate(0));
  VCS_TRY(file->write_at(encode_graph_header(part, generation), 0));
  return file;
}

// The generation of the pair on disk; a new pair must have another one.
std::uint32_t generation_on_disk(base::Directory& directory) {
  const auto file = directory.open_file(kRows, base::OpenMode::read);
  if (!file) return 0;
  return read_generation(**file, GraphPart::rows).value_or(0);
}

}  // namespace

std::optional<bool> CommitWindow::touched(std::size_t index, PathHash hash) const {
  const CommitRowView wanted = row(index);
  if (wanted.many()) return std::nullopt;
  const auto at = [&](std::uint64_t hashes) {
    return hashes_.begin() + static_cast<std::ptrdiff_t>(hashes - hashes_begin_);
  };
  const std::uint64_t begin = index == 0 ? hashes_begin_ : row(index - 1).hashes_end();
  const auto first = at(begin), last = at(wanted.hashes_end());
  // Most commits touch one file, and a linear search of a handful is faster than a binary one.
  if (last - first > kHandful) return std::binary_search(first, last, hash);
  return std::find(first, last, hash) != last;
}

Result<std::unique_ptr<CommitGraphFile>> CommitGraphFile::open(base::Directory& directory) {
  VCS_ASSIGN(auto rows, directory.open_file(kRows, base::OpenMode::write_existing));
  VCS_ASSIGN(auto paths, directory.open_file(kPaths, base::OpenMode::write_existing));
  VCS_ASSIGN(const std::uint32_t generation, read_generation(*rows, GraphPart::rows));
  VCS_ASSIGN(const std::uint32_t other, read_generation(*paths, GraphPart::paths));
  if (generation != other)
    return fail(ErrorCode::corrupt, "the commit graph's files do not belong together");
  std::unique_ptr<CommitGraphFile> graph(
      new CommitGraphFile(std::move(rows), std::move(paths), generation));
  VCS_TRY(graph->cut_torn_tail());
  return graph;
}

Result<std::unique_ptr<CommitGraphFile>> CommitGraphFile::create(base::Directory& directory,
                                                                 const CommitGraphFile* from,
                                                                 std::uint64_t count) {
  const std::uint32_t generation =
      (from != nullptr ? from->generation_ : generation_on_disk(directory)) + 1;
  VCS_ASSIGN(auto rows, make_part(directory, kRows, GraphPart::rows, generation));
  VCS_ASSIGN(auto paths, make_part(directory, kPaths, GraphPart::paths, generation));
  std::unique_ptr<CommitGraphFile> graph(
      new CommitGraphFile(std::move(rows), std::move(paths), generation));
  if (from != nullptr && count > 0) {
    VCS_ASSIGN(const CommitRow last, from->row(count - 1));
    VCS_TRY(copy_range(*from->rows_, *graph->rows_, kGraphHeaderSize, row_offset(count)));
    VCS_TRY(
        copy_range(*from->paths_, *graph->paths_, kGraphHeaderSize, hash_offset(last.hashes_end)));
    VCS_TRY(graph->stand_behind(count));
  }
  // A crash in between leaves two files of different generations, which are dropped.
  for (const char* name : {kPaths, kRows})
    VCS_TRY(directory.rename(std::string(name) + kNewSuffix, directory, name));
  return graph;
}

// Nothing was synced, so a power cut may leave any bytes at the end. Only a row whose hashes are on
// disk, too, counts.
Result<void> CommitGraphFile::cut_torn_tail() {
  VCS_ASSIGN(const base::FileStat rows, rows_->stat());
  VCS_ASSIGN(const base::FileStat paths, paths_->stat());
  std::uint64_t count = (rows.size - kGraphHeaderSize) / kCommitRowSize;
  for (; count > 0; --count) {
    auto good = stand_behind(count);
    if (good) break;
    if (good.error().code != ErrorCode::corrupt) return good;
  }
  if (row_offset(count) < rows.size) VCS_TRY(rows_->truncate(row_offset(count)));
  if (hash_offset(end_.hashes) < paths.size) VCS_TRY(paths_->truncate(hash_offset(end_.hashes)));
  return {};
}

Result<void> CommitGraphFile::stand_behind(std::uint64_t count) {
  CommitWindow window;
  VCS_TRY(read(count - 1, 1, true, window));
  const RowEnd end = window.row(0).end();
  // The last row may have no hashes itself, while hashes of earlier rows are missing.
  VCS_ASSIGN(const base::FileStat paths, paths_->stat());
  if (paths.size < hash_offset(end.hashes)) return damaged(count - 1);
  VCS_ASSIGN(const CommitRow first, row(0));
  end_ = end;
  first_sequence_.store(first.sequence, std::memory_order_relaxed);
  size_.store(count, std::memory_order_release);
  return {};
}

Result<std::optional<std::uint64_t>> CommitGraphFile::find(const object::ObjectId& id,
                                                           std::uint64_t sequence) const {
  const std::uint64_t count = size();
  const std::uint64_t first = first_sequence_.load(std::memory_order_relaxed);
  if (sequence < first || sequence - first >= count) return std::nullopt;
  VCS_ASSIGN(const CommitRow found, row(sequence - first));
  return found.id == id ? std::optional(sequence - first) : std::nullopt;
}

Result<CommitRow> CommitGraphFile::row(std::uint64_t position) const {
  CommitWindow window;
  VCS_TRY(read(position, 1, false, window));
  return window.row(0).decode();
}

Result<void> CommitGraphFile::read(std::uint64_t first, std::size_t count, bool with_hashes,
                                   CommitWindow& window) const {
  VCS_TRY(read_rows(first, count, window));
  window.hashes_.clear();
  return with_hashes ? read_hashes(window) : Result<void>();
}

// Also reads the row before the first: its end is the start of the first row's checksum and hashes.
Result<void> CommitGraphFile::read_rows(std::uint64_t first, std::size_t count,
                                        CommitWindow& window) const {
  window.before_ = first > 0 ? 1 : 0;
  window.size_ = count;
  window.bytes_.resize((window.before_ + count) * kCommitRowSize);
  VCS_TRY(read_exactly(*rows_, window.bytes_, row_offset(first - window.before_)));
  RowEnd end = window.before_ == 1 ? CommitRowView(window.bytes_).end() : RowEnd{};
  window.hashes_begin_ = end.hashes;
  for (std::size_t i = 0; i < count; ++i)
    if (!window.row(i).check(end)) return damaged(first + i);
  return {};
}

Result<void> CommitGraphFile::read_hashes(CommitWindow& window) const {
  std::uint64_t begin = window.hashes_begin_;
  const std::uint64_t count = window.row(window.size() - 1).hashes_end() - begin;
  if (count > window.size() * kMostPathHashes)
    return fail(ErrorCode::corrupt, "the commit graph lists too many paths");
  window.hash_bytes_.resize(static_cast<std::size_t>(count) * sizeof(PathHash));
  window.hashes_.reserve(static_cast<std::size_t>(count));
  VCS_TRY(read_exactly(*paths_, window.hash_bytes_, hash_offset(begin)));
  ByteView rest = window.hash_bytes_;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const CommitRowView row = window.row(i);
    const std::size_t length =
        static_cast<std::size_t>(row.hashes_end() - begin) * sizeof(PathHash);
    if (!decode_path_hashes(rest.first(length), begin, row.hashes_checksum(), window.hashes_))
      return fail(ErrorCode::corrupt, "the commit graph's paths of {} are damaged",
                  row.id().short_hex());
    rest = rest.subspan(length);
    begin = row.hashes_end();
  }
  return {};
}

Result<void> CommitGraphFile::append(const object::ObjectId& id, const object::ObjectId& tree,
                                     base::UnixNanos time, std::uint64_t sequence,
                                     const std::optional<std::vector<PathHash>>& touched) {
  assert(!touched || touched->size() <= kMostPathHashes);
  const std::uint64_t position = size();
  const Bytes hashes = touched ? encode_path_hashes(*touched) : Bytes();
  CommitRow row{id, tree, time, sequence};
  row.hashes_end = end_.hashes + hashes.size() / sizeof(PathHash);
  row.hashes_checksum = path_hashes_checksum(hashes, end_.hashes);
  row.many = !touched;
  RowEnd end = end_;
  Bytes bytes;
  encode_commit_row(row, end, bytes);
  // The next append overwrites the rest of a failed write, or open() cuts it.
  if (!hashes.empty()) VCS_TRY(paths_->write_at(hashes, hash_offset(end_.hashes)));
  VCS_TRY(rows_->write_at(bytes, row_offset(position)));
  end_ = end;
  if (position == 0) first_sequence_.store(sequence, std::memory_order_relaxed);
  size_.store(position + 1, std::memory_order_release);
  return {};
}

}  // namespace vcs::history
