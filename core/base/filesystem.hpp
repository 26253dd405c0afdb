// SPDX-License-Identifier: Apache-2.0
// The seam to the operating system's files.
//
// All file access of the program, to the store and to watched folders, goes through Directory and
// File, so that tests can count, record, tear, refuse and forget the calls to the system.
// Names are single path components relative to an open folder. No path is resolved twice, so a
// folder that somebody swaps for a symlink cannot misdirect a call, and paths may be longer than
// PATH_MAX. No call follows a symlink unless its comment says so.
//
// Threads: one object may be used from several threads at once. All I/O gives its own offset.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vcs::base {

enum class FileType : std::uint8_t { regular, directory, symlink, other };

struct FileStat {
  FileType type = FileType::other;
  std::uint32_t mode = 0;  // permission bits with setuid, setgid and sticky: 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;  // allocated, of 512 bytes; size > blocks*512: the file has holes
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint64_t links = 0;
  std::uint64_t mount = 0;  // through which an open folder was reached; 0: unknown
  UnixNanos mtime{};
  UnixNanos ctime{};
  bool operator==(const FileStat&) const = default;
};

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::other;
  bool type_known = false;  // some filesystems do not give the type; then call stat()
};

struct ExtendedAttribute {
  std::string name;  // with its namespace: "user.comment"
  Bytes value;
  int os_error = 0;  // why the value of this name could not be read; 0: it was read
  bool operator==(const ExtendedAttribute&) const = default;
};

// A read-only memory mapping. The bytes stay valid as long as it lives.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual ByteView bytes() const = 0;
  // Gives the memory of pages that were read back to the system; a later access reads them again.
  // Thread-safe.
  virtual void trim() const {}
};

class File {
 public:
  virtual ~File() = default;

  // Reads up to out.size() bytes; fewer only at the end of the file. 0 at or past the end.
  virtual Result<std::size_t> read_at(std::span<std::uint8_t> out, std::uint64_t offset) = 0;
  // Writes all bytes or fails; after a failure the content of the range is undefined.
  virtual Result<void> write_at(ByteView bytes, std::uint64_t offset) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Makes content and length durable (fdatasync; F_FULLFSYNC on macOS). After an error the caller
  // must give the file up and never sync it again: the kernel may have dropped the pages.
  virtual Result<void> sync() = 0;
  // As write_at, for long content that is seldom read again. Where the system can, whole blocks go
  // straight to the device: the page cache stays free for other programs, and a later sync() has
  // little to wait for.
  virtual Result<void> write_past_cache(ByteView bytes, std::uint64_t offset) {
    return write_at(bytes, offset);
  }
  virtual Result<FileStat> stat() = 0;
  // Maps the first `length` bytes.
  virtual Result<std::unique_ptr<Mapping>> map(std::uint64_t length) = 0;
  // The first data byte at or after `offset`; the file's size if only a hole follows.
  virtual Result<std::uint64_t> next_data(std::uint64_t offset) = 0;
  // The first hole at or after `offset` (the end of the file is one).
  virtual Result<std::uint64_t> next_hole(std::uint64_t offset) = 0;
  virtual Result<void> set_mode(std::uint32_t mode) = 0;
  virtual Result<void> set_owner(std::uint32_t uid, std::uint32_t gid) = 0;
  virtual Result<void> set_mtime(UnixNanos mtime) = 0;
  virtual Result<std::vector<ExtendedAttribute>> extended_attributes() = 0;
  virtual Result<void> set_extended_attribute(const ExtendedAttribute& attribute) = 0;
  // True if a process has the file open for writing or mapped writable (a read lease is refused).
  // `unsupported` where the system does not know.
  virtual Result<bool> has_writer() = 0;
};

// How `open_file` treats an existing or a missing file.
enum class OpenMode {
  read,            // must exist; regular files only; symlinks are not followed
  write_existing,  // must exist; read and write
  create_new,      // must not exist; read and write
  create_or_open,  // read and write
};

class Directory {
 public:
  virtual ~Directory() = default;

  // Entries without "." and "..", in no order. The visitor returns false to stop.
  virtual Result<void> list(const std::function<bool(const DirectoryEntry&)>& visitor) = 0;
  virtual Result<FileStat> stat(const std::string& name) = 0;  // of the link itself
  virtual Result<FileStat> stat_self() = 0;
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& name) = 0;
  virtual Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode,
                                                  std::uint32_t permissions = 0600) = 0;
  virtual Result<std::string> read_link(const std::string& name) = 0;

  virtual Result<void> make_directory(const std::string& name, std::uint32_t mode = 0700) = 0;
  virtual Result<void> make_symlink(const std::string& target, const std::string& name) = 0;
  // Replaces an existing `to` atomically. With `no_replace` an existing `to` is `already_exists`.
  virtual Result<void> rename(const std::string& from, Directory& to_directory,
                              const std::string& to, bool no_replace = false) = 0;
  virtual Result<void> remove_file(const std::string& name) = 0;
  virtual Result<void> remove_directory(const std::string& name) = 0;  // must be empty
  // Makes durable which entries were created, renamed and removed in this folder so far.
  virtual Result<void> sync() = 0;

  // Metadata of entries; for a symlink, of the link itself.
  virtual Result<void> set_mtime(const std::string& name, UnixNanos mtime) = 0;
  virtual Result<void> set_owner(const std::string& name, std::uint32_t uid, std::uint32_t gid) = 0;
  virtual Result<void> set_mode_self(std::uint32_t mode) = 0;
  virtual Result<void> set_owner_self(std::uint32_t uid, std::uint32_t gid) = 0;
  virtual Result<void> set_mtime_self(UnixNanos mtime) = 0;
  virtual Result<std::vector<ExtendedAttribute>> extended_attributes_self() = 0;
  virtual Result<void> set_extended_attribute_self(const ExtendedAttribute& attribute) = 0;

  // Takes an exclusive advisory lock on `name` (created if missing, content untouched); `busy` if
  // another process or object holds it. It lasts until the returned File is destroyed or the
  // process dies.
  virtual Result<std::unique_ptr<File>> lock_file(const std::string& name) = 0;
};

struct SpaceInfo {
  std::uint64_t free_bytes = 0;  // for an unprivileged writer
  std::uint64_t total_bytes = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Follows symlinks in `path` and at its end: a person may have put a folder behind one.
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& path) = 0;
  // Creates `path` and its missing parents with `mode`, makes them durable and opens `path`.
  virtual Result<std::unique_ptr<Directory>> make_directories(const std::string& path,
                                                              std::uint32_t mode = 0700) = 0;
  virtual Result<FileStat> stat(const std::string& path) = 0;  // follows symlinks
  // The absolute path without symlinks, "." or "..". The path must exist.
  virtual Result<std::string> canonical(const std::string& path) = 0;
  virtual Result<SpaceInfo> space(const std::string& path) = 0;
};

// The operating system's files. The object has no state; create as many as you like.
std::unique_ptr<FileSystem> make_posix_filesystem();

// --- Common compositions, written once on top of the seam ---

Result<Bytes> read_file(Directory& directory, const std::string& name,
                        std::uint64_t limit = std::uint64_t{1} << 30);
// Writes to a temporary name, syncs, renames over `name` and syncs the folder: afterwards the file
// is either new, whole and durable, or untouched.
Result<void> replace_file(Directory& directory, const std::string& name, ByteView bytes,
                          std::uint32_t permissions = 0600);
// Names in `directory`, sorted by bytes.
Result<std::vector<DirectoryEntry>> list_sorted(Directory& directory);
// Opens `name`, creating it first when missing.
Result<std::unique_ptr<Directory>> open_or_make_directory(Directory& parent,
                                                          const std::string& name,
                                                          std::uint32_t mode = 0700);
// Removes a folder and all below it. Not atomic.
Result<void> remove_tree(Directory& parent, const std::string& name);

}  // namespace vcs::base
