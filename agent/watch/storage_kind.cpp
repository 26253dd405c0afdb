// SPDX-License-Identifier: Apache-2.0
// Asks the filesystem first, because only some lie on a disk; then asks the disk.
#include "agent/watch/storage_kind.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>

namespace vcs::agent::watch {
namespace {

// Disks that a hypervisor emulates: their `rotational` flag means nothing.
bool is_virtual(std::string_view device_path) {
  for (const std::string_view bus : {"/virtio", "/vbd-", "/VMBUS"})
    if (device_path.find(bus) != std::string_view::npos) return true;
  return false;
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : "";
}

}  // namespace

std::size_t readers_of(StorageKind kind) {
  if (kind == StorageKind::spinning) return 2;
  return kind == StorageKind::network ? 8 : 0;
}

StorageKind kind_of_filesystem(std::uint64_t magic) {
  switch (magic) {
    case 0x6969:      // NFS
    case 0xff534d42:  // CIFS
    case 0xfe534d42:  // SMB 2
    case 0x517b:      // SMB
    case 0x65735546:  // FUSE: sshfs and its like
    case 0x01021997:  // 9p
    case 0x5346414f:  // AFS
    case 0x73757245:  // Coda
    case 0x564c:      // NCP
    case 0x00c36400:  // Ceph
    case 0x0bd00bd0:  // Lustre
    case 0x786f4256:  // folders of a VirtualBox host
      return StorageKind::network;
    case 0x01021994:  // tmpfs
    case 0x858458f6:  // ramfs
      return StorageKind::solid;
    case 0x9fa0:      // proc
    case 0x62656572:  // sysfs
    case 0x27e0eb:    // cgroup
    case 0x63677270:  // cgroup 2
    case 0x1cd1:      // devpts
    case 0x64626720:  // debugfs
    case 0x74726163:  // tracefs
    case 0x62656570:  // configfs
    case 0x73636673:  // securityfs
    case 0xf97cff8c:  // SELinux
    case 0xcafe4a11:  // bpf
    case 0x6165676c:  // pstore
    case 0xde5e81e4:  // efivarfs
    case 0x42494e4d:  // binfmt_misc
    case 0x19800202:  // mqueue
    case 0x65735543:  // control of FUSE, not its files
    case 0x6e736673:  // namespaces
    case 0x67596969:  // rpc_pipefs
    case 0x6e667364:  // nfsd's own
      return StorageKind::kernel;
    default:
      return StorageKind::unknown;
  }
}

StorageKind kind_of_device(const std::string& devices, unsigned major, unsigned minor) {
  const std::string device = resolved(fmt::format("{}/{}:{}", devices, major, minor));
  if (device.empty() || is_virtual(device)) return StorageKind::unknown;
  for (const char* queue : {"/queue/rotational", "/../queue/rotational"}) {
    std::ifstream file(device + queue);
    if (int rotational = 0; file >> rotational)
      return rotational != 0 ? StorageKind::spinning : StorageKind::solid;
  }
  return StorageKind::unknown;
}

#ifdef __linux__

StorageKind probe_system_storage(const std::string& folder) {
  struct statfs filesystem {};
  struct stat stat {};
  if (::statfs(folder.c_str(), &filesystem) != 0 || ::stat(folder.c_str(), &stat) != 0)
    return StorageKind::unknown;
  // Magic numbers have 32 bits; some systems keep them in a signed type.
  const auto magic = static_cast<std::uint32_t>(filesystem.f_type);
  const StorageKind kind = kind_of_filesystem(magic);
  if (kind != StorageKind::unknown) return kind;
  return kind_of_device("/sys/dev/block", major(stat.st_dev), minor(stat.st_dev));
}

#else

// The disks of these machines are solid, and the system does not report it: finds only servers.
StorageKind probe_system_storage(const std::string& folder) {
  struct statfs filesystem {};
  if (::statfs(folder.c_str(), &filesystem) != 0) return StorageKind::unknown;
  const std::string_view type = filesystem.f_fstypename;
  for (const std::string_view remote : {"nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse"})
    if (type == remote) return StorageKind::network;
  return StorageKind::unknown;
}

#endif

}  // namespace vcs::agent::watch
