// SPDX-License-Identifier: Apache-2.0
// An open folder of the operating system.
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string_view>

#include "core/base/guarded.hpp"
#include "core/base/posix/files.hpp"
#include "core/base/posix/filesystem_kind.hpp"
#include "core/base/posix/listing.hpp"
#include "core/base/shortcomings.hpp"
#include "core/base/special_calls.hpp"

#ifdef __APPLE__
#include <sys/stdio.h>
#endif

namespace vcs::base::posix {

namespace {

// Names come from trees and remotes too. Only a single component may reach the system: "../x" or an
// embedded NUL would lead somewhere else.
bool is_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Failure not_a_component(const std::string& name) {
  return fail(ErrorCode::invalid, "'{}' is not the name of a file in a folder", name);
}

int open_flags(OpenMode mode) {
  // O_NONBLOCK keeps the open of a FIFO from waiting for its other end; it does not affect files.
  constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  switch (mode) {
    case OpenMode::read:
      return kAlways | O_RDONLY;
    case OpenMode::write_existing:
      return kAlways | O_RDWR;
    case OpenMode::create_new:
      return kAlways | O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::create_or_open:
      return kAlways | O_RDWR | O_CREAT;
  }
  return kAlways | O_RDONLY;
}

class PosixDirectory final : public Directory, public SpecialDirectory {
 public:
  PosixDirectory(FileDescriptor fd, std::string where)
      : fd_(std::move(fd)), where_(std::move(where)) {}

  Result<void> list(const std::function<bool(const DirectoryEntry&)>& visitor) override;
  Result<FileStat> stat(const std::string& name) override;
  Result<FileStat> stat_self() override { return stat_folder(fd_.get(), where_); }
  Result<std::unique_ptr<Directory>> open_directory(const std::string& name) override;
  Result<std::unique_ptr<Directory>> open_parent() override;
  Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode,
                                          std::uint32_t permissions) override;
  Result<std::string> read_link(const std::string& name) override;

  Result<void> make_directory(const std::string& name, std::uint32_t mode) override;
  Result<void> make_symlink(const std::string& target, const std::string& name) override;
  Result<void> rename(const std::string& from, Directory& to_directory, const std::string& to,
                      bool no_replace) override;
  Result<void> exchange(const std::string& one, const std::string& other) override;
  Result<void> remove_file(const std::string& name) override;
  Result<void> remove_directory(const std::string& name) override;
  Result<void> sync() override;
  Shortcomings shortcomings() const { return {rename_may_replace_, folders_not_synced_}; }

  Result<void> set_mtime(const std::string& name, UnixNanos mtime) override;
  Result<void> set_owner(const std::string& name, std::uint32_t uid, std::uint32_t gid) override;
  Result<void> set_mode(const std::string& name, std::uint32_t mode) override;
  Result<void> set_mode_self(std::uint32_t mode) override {
    return posix::set_mode(fd_.get(), mode, where_);
  }
  Result<void> set_owner_self(std::uint32_t uid, std::uint32_t gid) override {
    return posix::set_owner(fd_.get(), uid, gid, where_);
  }
  Result<void> set_mtime_self(UnixNanos mtime) override {
    return posix::set_mtime(fd_.get(), mtime, where_);
  }
  Result<std::vector<ExtendedAttribute>> extended_attributes_self() override {
    return posix::extended_attributes(fd_.get(), where_);
  }
  Result<void> set_extended_attribute_self(const ExtendedAttribute& attribute) override {
    return posix::set_extended_attribute(fd_.get(), attribute, where_);
  }
  Result<void> remove_extended_attribute_self(const std::string& name) override {
    return posix::remove_extended_attribute(fd_.get(), name, where_);
  }
  bool only_grows() override;
  UnixNanos born() override;
  Result<void> sync_filesystem() override;
  std::string filesystem_name() override { return posix::filesystem_name(fd_.get()); }
  Result<std::unique_ptr<File>> lock_file(const std::string& name) override;

 private:
  Result<void> list_with(int fd, const std::function<bool(const DirectoryEntry&)>& visitor);
  Result<void> check_not_removed();
  // For messages. A rename of the folder does not change it.
  std::string path_of(const std::string& name) const {
    return where_.ends_with('/') ? where_ + name : where_ + "/" + name;
  }

  FileDescriptor fd_;
  const std::string where_;
  std::atomic_flag listed_;  // a listing has used fd_
  std::atomic<bool> rename_may_replace_{false}, folders_not_synced_{false};
};

// A listing moves the position of its descriptor. So the folder's own descriptor serves only the
// first listing, and most folders are opened for just one.
Result<void> PosixDirectory::list(const std::function<bool(const DirectoryEntry&)>& visitor) {
  if (!listed_.test_and_set()) return list_with(fd_.get(), visitor);
  const FileDescriptor own(retried(
      [&] { return ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); }));
  if (!own.valid()) return fail_errno(errno, "list " + where_);
  return list_with(own.get(), visitor);
}

Result<void> PosixDirectory::list_with(int fd,
                                       const std::function<bool(const DirectoryEntry&)>& visitor) {
  VCS_ASSIGN(const bool any, list_names(fd, where_, visitor));
  return any ? Result<void>() : check_not_removed();
}

// A removed folder that is still open lists as empty: a caller would take its files for deleted.
Result<void> PosixDirectory::check_not_removed() {
  VCS_ASSIGN(const FileStat now, stat_self());
  if (now.links == 0) return fail_errno(ENOENT, "list " + where_);
  return {};
}

Result<FileStat> PosixDirectory::stat(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  struct ::stat stat;
  if (retried([&] { return ::fstatat(fd_.get(), name.c_str(), &stat, AT_SYMLINK_NOFOLLOW); }) != 0)
    return fail_errno(errno, "stat " + path_of(name));
  return to_file_stat(stat);
}

Result<std::unique_ptr<Directory>> PosixDirectory::open_directory(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  FileDescriptor fd(retried([&] {
    return ::openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  }));
  if (!fd.valid()) return fail_errno(errno, "open folder " + path_of(name));
  return posix::make_directory(std::move(fd), path_of(name));
}

Result<std::unique_ptr<Directory>> PosixDirectory::open_parent() {
  FileDescriptor fd(
      retried([&] { return ::openat(fd_.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.valid()) return fail_errno(errno, "open the folder above " + where_);
  const std::size_t slash = where_.rfind('/');
  return posix::make_directory(std::move(fd), slash == std::string::npos || slash == 0
                                                  ? std::string("/")
                                                  : where_.substr(0, slash));
}

Result<std::unique_ptr<File>> PosixDirectory::open_file(const std::string& name, OpenMode mode,
                                                        std::uint32_t permissions) {
  if (!is_component(name)) return not_a_component(name);
  FileDescriptor fd(retried([&] {
    return ::openat(fd_.get(), name.c_str(), open_flags(mode), static_cast<mode_t>(permissions));
  }));
  if (!fd.valid()) {
    // open() fails so for a symlink, and for a FIFO or socket without its other end.
    if (errno == ELOOP || errno == ENXIO)
      return fail(ErrorCode::invalid, "open {}: it is not a regular file", path_of(name));
    return fail_errno(errno, "open " + path_of(name));
  }
  auto file = posix::make_file(std::move(fd), path_of(name));
  if (mode != OpenMode::create_new) {
    VCS_ASSIGN(const FileStat stat, file->stat());
    if (stat.type != FileType::regular)
      return fail(ErrorCode::invalid, "open {}: it is not a regular file", path_of(name));
  }
  return file;
}

Result<std::string> PosixDirectory::read_link(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  // The target may change between two calls, so the buffer grows until the answer is shorter.
  for (std::string target(256, '\0');; target.resize(target.size() * 2)) {
    const ssize_t got = retried(
        [&] { return ::readlinkat(fd_.get(), name.c_str(), target.data(), target.size()); });
    if (got < 0) return fail_errno(errno, "read link " + path_of(name));
    if (static_cast<std::size_t>(got) < target.size()) {
      target.resize(static_cast<std::size_t>(got));
      return target;
    }
  }
}

Result<void> PosixDirectory::make_directory(const std::string& name, std::uint32_t mode) {
  if (!is_component(name)) return not_a_component(name);
  if (retried([&] { return ::mkdirat(fd_.get(), name.c_str(), static_cast<mode_t>(mode)); }) != 0)
    return fail_errno(errno, "make folder " + path_of(name));
  return {};
}

Result<void> PosixDirectory::make_symlink(const std::string& target, const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  if (target.find('\0') != std::string::npos)
    return fail(ErrorCode::invalid, "make link {}: its target holds a zero byte", path_of(name));
  if (retried([&] { return ::symlinkat(target.c_str(), fd_.get(), name.c_str()); }) != 0)
    return fail_errno(errno, "make link " + path_of(name));
  return {};
}

// Checks the new name and then renames, for filesystems with neither hard links nor renames that
// never replace: FAT and exFAT, many in user space, some network shares. Claiming the name with an
// empty file first would not stop more programs (nearly all open or replace an existing file), and
// after a crash the empty file would stand where the whole one belongs.
int rename_after_look(int from_fd, const char* from, int to_fd, const char* to) {
  static Mutex one_at_a_time;
  const Lock lock(one_at_a_time);
  struct ::stat stat;
  if (retried([&] { return ::fstatat(to_fd, to, &stat, AT_SYMLINK_NOFOLLOW); }) == 0) {
    errno = EEXIST;
    return -1;
  }
  return errno == ENOENT ? ::renameat(from_fd, from, to_fd, to) : -1;
}

// Renames without replacing, for filesystems that do not offer this call. It claims the new name
// first, so that only one of two racing callers wins: for a folder it makes an empty folder, which
// the rename then replaces; for anything else it makes a hard link. It sets `may_replace` where
// the filesystem has no hard links.
int rename_by_claim(int from_fd, const char* from, int to_fd, const char* to,
                    std::atomic<bool>& may_replace) {
  struct ::stat stat;
  if (retried([&] { return ::fstatat(from_fd, from, &stat, AT_SYMLINK_NOFOLLOW); }) != 0) return -1;
  if (S_ISDIR(stat.st_mode)) {
    if (retried([&] { return ::mkdirat(to_fd, to, 0700); }) != 0) return -1;
    if (::renameat(from_fd, from, to_fd, to) == 0) return 0;
    const int saved = errno;
    ::unlinkat(to_fd, to, AT_REMOVEDIR);
    errno = saved;
    return -1;
  }
  if (::linkat(from_fd, from, to_fd, to, 0) == 0) return ::unlinkat(from_fd, from, 0);
  // Filesystems refuse links with many codes (EPERM, EOPNOTSUPP, ENOSYS, EINVAL, EMLINK). After any
  // other error the rename fails as well.
  if (errno == EEXIST) return -1;
  may_replace = true;
  return rename_after_look(from_fd, from, to_fd, to);
}

int rename_without_replacing(int from_fd, const char* from, int to_fd, const char* to,
                             std::atomic<bool>& may_replace) {
#ifdef __APPLE__
  const int result = ::renameatx_np(from_fd, from, to_fd, to, RENAME_EXCL);
#else
  const int result = ::renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE);
#endif
  // EPERM: some system call filters return it for a call that they do not know.
  const bool unknown = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ||
                       errno == EOPNOTSUPP || errno == EPERM;
  if (result == 0 || !unknown) return result;
  return rename_by_claim(from_fd, from, to_fd, to, may_replace);
}

Result<void> PosixDirectory::rename(const std::string& from, Directory& to_directory,
                                    const std::string& to, bool no_replace) {
  if (!is_component(from)) return not_a_component(from);
  if (!is_component(to)) return not_a_component(to);
  const auto* target = dynamic_cast<const PosixDirectory*>(&to_directory);
  if (target == nullptr)
    return fail(ErrorCode::unsupported, "rename {}: the folders are of two kinds", path_of(from));
  const int to_fd = target->fd_.get();
  const int result = retried([&] {
    return no_replace ? rename_without_replacing(fd_.get(), from.c_str(), to_fd, to.c_str(),
                                                 rename_may_replace_)
                      : ::renameat(fd_.get(), from.c_str(), to_fd, to.c_str());
  });
  if (result != 0)
    return fail_errno(errno, "rename " + path_of(from) + " to " + target->path_of(to));
  return {};
}

Result<void> PosixDirectory::exchange(const std::string& one, const std::string& other) {
  if (!is_component(one)) return not_a_component(one);
  if (!is_component(other)) return not_a_component(other);
  const int result = retried([&] {
#ifdef __APPLE__
    return ::renameatx_np(fd_.get(), one.c_str(), fd_.get(), other.c_str(), RENAME_SWAP);
#else
    return ::renameat2(fd_.get(), one.c_str(), fd_.get(), other.c_str(), RENAME_EXCHANGE);
#endif
  });
  if (result == 0) return {};
  const int os_error = errno;
  Error error = fail_errno(os_error, "exchange " + path_of(one) + " and " + path_of(other)).value();
  if (os_error == EINVAL || os_error == ENOSYS || os_error == ENOTSUP)
    error.code = ErrorCode::unsupported;
  return Failure(std::move(error));
}

Result<void> PosixDirectory::remove_file(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  if (retried([&] { return ::unlinkat(fd_.get(), name.c_str(), 0); }) != 0)
    return fail_errno(errno, "remove " + path_of(name));
  return {};
}

Result<void> PosixDirectory::remove_directory(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  if (retried([&] { return ::unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR); }) != 0)
    return fail_errno(errno, "remove folder " + path_of(name));
  return {};
}

Result<void> PosixDirectory::sync() {
#ifdef __APPLE__
  if (::fcntl(fd_.get(), F_FULLFSYNC) == 0) return {};
#endif
  if (retried([&] { return ::fsync(fd_.get()); }) == 0) return {};
  // Filesystems that have nothing to sync in a folder, or do not offer the call, return one of
  // these.
  if (errno != EINVAL && errno != ENOTSUP && errno != EOPNOTSUPP && errno != ENOSYS &&
      errno != EBADF && errno != EISDIR)
    return fail_errno(errno, "sync folder " + where_);
  folders_not_synced_ = true;
  return {};
}

Result<void> PosixDirectory::set_mtime(const std::string& name, UnixNanos mtime) {
  if (!is_component(name)) return not_a_component(name);
  const TimesArgument argument(mtime);
  if (retried([&] {
        return ::utimensat(fd_.get(), name.c_str(), argument.times, AT_SYMLINK_NOFOLLOW);
      }) != 0)
    return fail_errno(errno, "set time of " + path_of(name));
  return {};
}

Result<void> PosixDirectory::set_owner(const std::string& name, std::uint32_t uid,
                                       std::uint32_t gid) {
  if (!is_component(name)) return not_a_component(name);
  if (retried([&] { return ::fchownat(fd_.get(), name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW); }) !=
      0)
    return fail_errno(errno, "set owner of " + path_of(name));
  return {};
}

// Not every system can set a mode without following a symlink. So this opens the entry first and
// sets the mode of the open entry: it does not follow a symlink that took its place.
Result<void> PosixDirectory::set_mode(const std::string& name, std::uint32_t mode) {
  if (!is_component(name)) return not_a_component(name);
#ifdef __linux__
  const FileDescriptor held(
      retried([&] { return ::openat(fd_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC); }));
  if (!held.valid()) return fail_errno(errno, "open " + path_of(name));
  VCS_ASSIGN(const FileStat stat, stat_descriptor(held.get(), path_of(name)));
  if (stat.type == FileType::symlink) return fail_errno(ELOOP, "set mode of " + path_of(name));
  const std::string path = "/proc/self/fd/" + std::to_string(held.get());
  const int result =
      retried([&] { return ::chmod(path.c_str(), static_cast<mode_t>(mode & 07777)); });
#else
  const int result = retried([&] {
    return ::fchmodat(fd_.get(), name.c_str(), static_cast<mode_t>(mode & 07777),
                      AT_SYMLINK_NOFOLLOW);
  });
#endif
  if (result != 0) return fail_errno(errno, "set mode of " + path_of(name));
  return {};
}

UnixNanos PosixDirectory::born() {
#ifdef __linux__
  struct ::statx stat = {};
  if (::statx(fd_.get(), "", AT_EMPTY_PATH, STATX_BTIME, &stat) == 0 &&
      (stat.stx_mask & STATX_BTIME) != 0)
    return posix::to_unix_nanos({stat.stx_btime.tv_sec, stat.stx_btime.tv_nsec});
#endif
  return {};
}

Result<void> PosixDirectory::sync_filesystem() {
  const auto unsupported = [&] {
    return fail(ErrorCode::unsupported, "sync the filesystem of {}: not supported here", where_);
  };
#ifdef __linux__
  if (!syncs_as_one(fd_.get())) return unsupported();
  if (::syncfs(fd_.get()) == 0) return {};
  if (errno == ENOSYS) return unsupported();
  return fail_errno(errno, "sync the filesystem of " + where_);
#else
  return unsupported();
#endif
}

bool PosixDirectory::only_grows() {
#ifdef __linux__
  struct ::statx stat = {};
  return ::statx(fd_.get(), "", AT_EMPTY_PATH, 0, &stat) == 0 &&
         (stat.stx_attributes & STATX_ATTR_APPEND) != 0;
#else
  return false;
#endif
}

Result<std::unique_ptr<File>> PosixDirectory::lock_file(const std::string& name) {
  if (!is_component(name)) return not_a_component(name);
  FileDescriptor fd(retried([&] {
    return ::openat(fd_.get(), name.c_str(), open_flags(OpenMode::create_or_open), 0600);
  }));
  if (!fd.valid()) return fail_errno(errno, "open lock " + path_of(name));
  // flock belongs to the open file: it refuses a second object of the same process as well, and
  // ends however the process ends.
  if (retried([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorCode::busy, "lock {}: another process holds it", path_of(name));
    return fail_errno(errno, "lock " + path_of(name));
  }
  return posix::make_file(std::move(fd), path_of(name));
}

}  // namespace

std::unique_ptr<Directory> make_directory(FileDescriptor fd, std::string where) {
  return std::make_unique<PosixDirectory>(std::move(fd), std::move(where));
}

}  // namespace vcs::base::posix

namespace vcs::base {

Shortcomings shortcomings_of(const Directory& folder) {
  const auto* own = dynamic_cast<const posix::PosixDirectory*>(&folder);
  return own == nullptr ? Shortcomings{} : own->shortcomings();
}

}  // namespace vcs::base
