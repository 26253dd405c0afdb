// SPDX-License-Identifier: Apache-2.0
// Stat data, owners, modes and times of open files and folders.
#ifdef __linux__
#include <sys/sysmacros.h>
#endif
#include <unistd.h>

#include "core/base/posix/files.hpp"

namespace vcs::base::posix {

namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

FileType type_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return FileType::regular;
  if (S_ISDIR(mode)) return FileType::directory;
  if (S_ISLNK(mode)) return FileType::symlink;
  return FileType::other;
}

struct timespec to_timespec(UnixNanos moment) {
  // Rounded down, so that the nanoseconds of a time before 1970 stay positive.
  const std::int64_t nanos = count_of(moment);
  std::int64_t seconds = nanos / kNanosPerSecond;
  std::int64_t rest = nanos % kNanosPerSecond;
  if (rest < 0) {
    --seconds;
    rest += kNanosPerSecond;
  }
  struct timespec time = {};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>(rest);
  return time;
}

}  // namespace

UnixNanos to_unix_nanos(const struct timespec& time) {
  std::int64_t nanos = 0;
  const auto seconds = static_cast<std::int64_t>(time.tv_sec);
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &nanos) ||
      __builtin_add_overflow(nanos, static_cast<std::int64_t>(time.tv_nsec), &nanos)) {
    return seconds < 0 ? UnixNanos::min() : UnixNanos::max();
  }
  return unix_nanos(nanos);
}

FileStat to_file_stat(const struct ::stat& stat) {
  FileStat out;
  out.type = type_of_mode(stat.st_mode);
  out.mode = static_cast<std::uint32_t>(stat.st_mode & 07777);
  out.uid = stat.st_uid;
  out.gid = stat.st_gid;
  out.size = static_cast<std::uint64_t>(stat.st_size);
  out.blocks = static_cast<std::uint64_t>(stat.st_blocks);
  out.inode = stat.st_ino;
  out.device = static_cast<std::uint64_t>(stat.st_dev);
  out.links = stat.st_nlink;
#ifdef __APPLE__
  out.mtime = to_unix_nanos(stat.st_mtimespec);
  out.ctime = to_unix_nanos(stat.st_ctimespec);
#else
  out.mtime = to_unix_nanos(stat.st_mtim);
  out.ctime = to_unix_nanos(stat.st_ctim);
#endif
  return out;
}

TimesArgument::TimesArgument(UnixNanos mtime) : times{} {
  times[0].tv_nsec = UTIME_OMIT;
  times[1] = to_timespec(mtime);
}

Result<FileStat> stat_descriptor(int fd, const std::string& where) {
  struct ::stat stat;
  if (retried([&] { return ::fstat(fd, &stat); }) != 0) return fail_errno(errno, "stat " + where);
  return to_file_stat(stat);
}

#if defined(__linux__) && defined(STATX_MNT_ID)
namespace {

FileStat to_file_stat(const struct ::statx& stat) {
  FileStat out;
  out.type = type_of_mode(stat.stx_mode);
  out.mode = static_cast<std::uint32_t>(stat.stx_mode & 07777);
  out.uid = stat.stx_uid;
  out.gid = stat.stx_gid;
  out.size = stat.stx_size;
  out.blocks = stat.stx_blocks;
  out.inode = stat.stx_ino;
  out.device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
  out.links = stat.stx_nlink;
  out.mount = (stat.stx_mask & STATX_MNT_ID) != 0 ? stat.stx_mnt_id : 0;
  out.mtime = to_unix_nanos({stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec});
  out.ctime = to_unix_nanos({stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec});
  return out;
}

}  // namespace
#endif

Result<FileStat> stat_folder(int fd, const std::string& where) {
#if defined(__linux__) && defined(STATX_MNT_ID)
  struct ::statx stat {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &stat) == 0)
    return to_file_stat(stat);
#endif
  return stat_descriptor(fd, where);
}

Result<void> set_mode(int fd, std::uint32_t mode, const std::string& where) {
  if (retried([&] { return ::fchmod(fd, static_cast<mode_t>(mode & 07777)); }) != 0)
    return fail_errno(errno, "set mode of " + where);
  return {};
}

Result<void> set_owner(int fd, std::uint32_t uid, std::uint32_t gid, const std::string& where) {
  if (retried([&] { return ::fchown(fd, uid, gid); }) != 0)
    return fail_errno(errno, "set owner of " + where);
  return {};
}

Result<void> set_mtime(int fd, UnixNanos mtime, const std::string& where) {
  const TimesArgument argument(mtime);
  if (retried([&] { return ::futimens(fd, argument.times); }) != 0)
    return fail_errno(errno, "set time of " + where);
  return {};
}

}  // namespace vcs::base::posix
