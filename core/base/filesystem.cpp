// SPDX-License-Identifier: Apache-2.0
// Functions that need only the filesystem seam.
#include "core/base/filesystem.hpp"

#include <algorithm>

namespace vcs::base {

Result<Bytes> read_file(Directory& directory, const std::string& name, std::uint64_t limit) {
  VCS_ASSIGN(const auto file, directory.open_file(name, OpenMode::read));
  VCS_ASSIGN(const FileStat stat, file->stat());
  // One byte more than expected: a short read then shows the end without another call. A file that
  // grows meanwhile is read to its new end.
  Bytes bytes(static_cast<std::size_t>(std::min(stat.size, limit)) + 1);
  std::size_t done = 0;
  for (;;) {
    VCS_ASSIGN(const std::size_t got, file->read_at(std::span(bytes).subspan(done), done));
    done += got;
    if (done > limit)
      return fail(ErrorCode::invalid, "read {}: it is larger than {} bytes", name, limit);
    if (done < bytes.size()) break;
    bytes.resize(bytes.size() * 2);
  }
  bytes.resize(done);
  return bytes;
}

namespace {

struct Temporary {
  std::string name;
  std::unique_ptr<File> file;
};

// Takes the first free number: a crash may have left a temporary file behind, and another thread
// may be replacing the same target.
Result<Temporary> make_temporary(Directory& directory, const std::string& name,
                                 std::uint32_t permissions) {
  constexpr int kNumbers = 1000;
  for (int number = 0; number < kNumbers; ++number) {
    std::string candidate = fmt::format("{}.tmp{}", name, number);
    auto file = directory.open_file(candidate, OpenMode::create_new, permissions);
    if (file) return Temporary{std::move(candidate), std::move(*file)};
    if (file.error().code != ErrorCode::already_exists)
      return tl::unexpected(std::move(file).error());
  }
  return fail(ErrorCode::already_exists,
              "replace {}: {} left-over files {}.tmp* are in the way; remove them", name, kNumbers,
              name);
}

Result<void> fill_and_rename(Directory& directory, const std::string& name, ByteView bytes,
                             Temporary& temporary) {
  VCS_TRY(temporary.file->write_at(bytes, 0));
  VCS_TRY(temporary.file->sync());
  return directory.rename(temporary.name, directory, name);
}

}  // namespace

Result<void> replace_file(Directory& directory, const std::string& name, ByteView bytes,
                          std::uint32_t permissions) {
  VCS_ASSIGN(Temporary temporary, make_temporary(directory, name, permissions));
  if (auto filled = fill_and_rename(directory, name, bytes, temporary); !filled) {
    // Report the first error. A temporary file that stays is harmless.
    (void)directory.remove_file(temporary.name);
    return filled;
  }
  return directory.sync();
}

Result<std::vector<DirectoryEntry>> list_sorted(Directory& directory) {
  std::vector<DirectoryEntry> entries;
  VCS_TRY(directory.list([&](const DirectoryEntry& entry) {
    entries.push_back(entry);
    return true;
  }));
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<std::unique_ptr<Directory>> open_or_make_directory(Directory& parent,
                                                          const std::string& name,
                                                          std::uint32_t mode) {
  auto opened = parent.open_directory(name);
  if (opened || opened.error().code != ErrorCode::not_found) return opened;
  auto made = parent.make_directory(name, mode);
  if (!made && made.error().code != ErrorCode::already_exists)
    return tl::unexpected(std::move(made).error());
  VCS_TRY(parent.sync());
  return parent.open_directory(name);
}

namespace {

Result<bool> is_directory(Directory& parent, const DirectoryEntry& entry) {
  if (entry.type_known) return entry.type == FileType::directory;
  VCS_ASSIGN(const FileStat stat, parent.stat(entry.name));
  return stat.type == FileType::directory;
}

Result<void> remove_entry(Directory& parent, const DirectoryEntry& entry) {
  VCS_ASSIGN(const bool folder, is_directory(parent, entry));
  if (!folder) return parent.remove_file(entry.name);
  {
    VCS_ASSIGN(const auto directory, parent.open_directory(entry.name));
    VCS_ASSIGN(const auto entries, list_sorted(*directory));
    for (const DirectoryEntry& below : entries) VCS_TRY(remove_entry(*directory, below));
  }
  return parent.remove_directory(entry.name);
}

}  // namespace

Result<void> remove_tree(Directory& parent, const std::string& name) {
  return remove_entry(parent, DirectoryEntry{name, FileType::other, false});
}

}  // namespace vcs::base
