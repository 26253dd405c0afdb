// SPDX-License-Identifier: Apache-2.0
// A table of the kinds of filesystems.
#include "core/base/posix/filesystem_kind.hpp"

#ifdef __linux__
#include <sys/utsname.h>
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include <cstdint>
#include <cstdio>

namespace vcs::base::posix {

#ifdef __linux__

namespace {

struct Kind {
  std::uint32_t magic;  // f_type of statfs(2)
  const char* name;
  // FAT writes its blocks and leaves the disk's own cache alone; a filesystem in user space and a
  // share never ask the other side; an overlay is as good as what lies below it.
  bool syncs_as_one;
};

constexpr Kind kKinds[] = {
    {0x0000ef53, "ext4", true},      {0x58465342, "xfs", true},  {0x9123683e, "btrfs", true},
    {0xf2f52010, "f2fs", true},      {0x2fc12fc1, "zfs", true},  {0x01021994, "tmpfs", true},
    {0x794c7630, "overlay", false},  {0x00004d44, "fat", false}, {0x2011bab0, "exfat", false},
    {0x65735546, "fuse", false},     {0x00006969, "nfs", false}, {0xff534d42, "smb", false},
    {0xfe534d42, "smb", false},      {0x01021997, "9p", false},  {0x7366746e, "ntfs", false},
    {0x5346544e, "ntfs", false},     {0x00004244, "hfs", false}, {0x0000482b, "hfs+", false},
    {0xca451a4e, "bcachefs", false},
};

const Kind* kind_of(int fd) {
  struct ::statfs stat {};
  if (::fstatfs(fd, &stat) != 0) return nullptr;
  for (const Kind& kind : kKinds)
    if (kind.magic == static_cast<std::uint32_t>(stat.f_type)) return &kind;
  return nullptr;
}

// syncfs(2) reports failed writes since Linux 5.8.
bool reports_failed_writes() {
  struct ::utsname system {};
  int major = 0, minor = 0;
  if (::uname(&system) != 0 || std::sscanf(system.release, "%d.%d", &major, &minor) != 2)
    return false;
  return major > 5 || (major == 5 && minor >= 8);
}

}  // namespace

std::string filesystem_name(int fd) {
  const Kind* const kind = kind_of(fd);
  return kind == nullptr ? std::string() : kind->name;
}

bool syncs_as_one(int fd) {
  static const bool kReports = reports_failed_writes();
  const Kind* const kind = kind_of(fd);
  return kReports && kind != nullptr && kind->syncs_as_one;
}

#else

std::string filesystem_name(int fd) {
  struct ::statfs stat {};
  return ::fstatfs(fd, &stat) == 0 ? std::string(stat.f_fstypename) : std::string();
}

bool syncs_as_one(int) {
  return false;
}

#endif

}  // namespace vcs::base::posix
