// SPDX-License-Identifier: Apache-2.0
// The kinds of disks, read from a folder that looks like /sys/dev/block.
#include "agent/watch/storage_kind.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temporary_folder.hpp"

namespace vcs::agent::watch {
namespace {

namespace fs = std::filesystem;

// A disk at `place` below the devices, with one partition, and its numbers 8:0 and 8:1.
struct Devices {
  explicit Devices(const std::string& place, const std::string& rotational) {
    const std::string disk = folder / place;
    fs::create_directories(disk + "/queue");
    fs::create_directories(disk + "/part1");
    if (!rotational.empty()) test::write_file(disk + "/queue/rotational", rotational);
    fs::create_directories(folder / "block");
    fs::create_symlink("../" + place, folder / "block/8:0");
    fs::create_symlink("../" + place + "/part1", folder / "block/8:1");
  }
  StorageKind kind(unsigned minor) const { return kind_of_device(folder / "block", 8, minor); }

  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("storage kind: a disk says whether it turns, and its partitions are what it is") {
  const Devices turning("pci/ata1/block/sda", "1\n"), solid("pci/nvme/nvme0n1", "0\n");
  for (const unsigned minor : {0U, 1U}) {
    CHECK(turning.kind(minor) == StorageKind::spinning);
    CHECK(solid.kind(minor) == StorageKind::solid);
  }
}

TEST_CASE("storage kind: what is not told, or by a virtual disk, is not known") {
  CHECK(Devices("pci/virtio1/block/vda", "1\n").kind(1) == StorageKind::unknown);
  CHECK(Devices("LNXSYSTM/VMBUS:01/host1/block/sda", "1\n").kind(0) == StorageKind::unknown);
  CHECK(Devices("pci/ata1/block/sda", "").kind(0) == StorageKind::unknown);
  CHECK(Devices("pci/ata1/block/sda", "maybe\n").kind(1) == StorageKind::unknown);
  CHECK(Devices("pci/ata1/block/sda", "1\n").kind(7) == StorageKind::unknown);
}

TEST_CASE("storage kind: filesystems of servers and of memory are known by their number") {
  for (const std::uint64_t server : {0x6969u, 0xff534d42u, 0xfe534d42u, 0x65735546u, 0x01021997u})
    CHECK(kind_of_filesystem(server) == StorageKind::network);
  CHECK(kind_of_filesystem(0x01021994) == StorageKind::solid);  // tmpfs
  CHECK(kind_of_filesystem(0x9fa0) == StorageKind::kernel);     // proc
  CHECK(kind_of_filesystem(0xef53) == StorageKind::unknown);    // ext4: its disk decides
}

TEST_CASE("storage kind: few read from what does not like company") {
  CHECK(readers_of(StorageKind::spinning) == 2);
  CHECK(readers_of(StorageKind::network) == 8);
  CHECK(readers_of(StorageKind::solid) == 0);
  CHECK(readers_of(StorageKind::kernel) == 0);
  CHECK(readers_of(StorageKind::unknown) == 0);
}

TEST_CASE("storage kind: a folder that is not there is of no known kind") {
  CHECK(probe_system_storage("/nowhere/at/all") == StorageKind::unknown);
}

}  // namespace vcs::agent::watch
