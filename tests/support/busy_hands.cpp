// SPDX-License-Identifier: Apache-2.0
// The random paths have few names and little depth, so that operations meet.
#include "tests/support/busy_hands.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNames = 3, kDepth = 3;
constexpr std::size_t kMostMounts = 3;

}  // namespace

std::string BusyHands::any_path() {
  std::string path = folder_;
  for (std::uint64_t depth = 1 + random_.below(kDepth); depth > 0; --depth)
    path += "/" + std::to_string(random_.below(kNames));
  return path;
}

std::string BusyHands::any_outside() {
  return outside_ + "/" + std::to_string(random_.below(kNames));
}

void BusyHands::save(const std::string& path) {
  std::ofstream(path) << ++count_;
}

void BusyHands::mount_something() {
  if (mounts_.size() == kMostMounts) {
    mounts_.erase(mounts_.begin() + static_cast<std::ptrdiff_t>(random_.below(mounts_.size())));
    return;
  }
  const std::string place = any_path();
  const bool memory = memory_ && (!binds_ || random_.one_in(2));
  if (memory ? !fs::is_directory(place) : !binds_) return;
  try {
    mounts_.push_back(memory ? std::make_unique<Mount>("none", place, "tmpfs", 0)
                             : std::make_unique<Mount>(any_path(), place, "", MS_BIND));
    mount_points_.push_back(fs::relative(place, folder_));
  } catch (const std::exception&) {
  }
}

void BusyHands::move() {
  std::error_code failed;
  switch (random_.below(24)) {
    case 0:
    case 1:
    case 2:
      fs::create_directories(any_path(), failed);
      break;
    case 3:
    case 4:
    case 5:
    case 6:
      fs::rename(any_path(), any_path(), failed);
      break;
    case 7:
    case 8:
    case 9:
    case 10:
      (void)renameat2(AT_FDCWD, any_path().c_str(), AT_FDCWD, any_path().c_str(), RENAME_EXCHANGE);
      break;
    case 11:
      fs::rename(any_path(), any_outside(), failed);
      break;
    case 12:
      fs::rename(any_outside(), any_path(), failed);
      break;
    case 13:
      (void)renameat2(AT_FDCWD, any_path().c_str(), AT_FDCWD, any_outside().c_str(),
                      RENAME_EXCHANGE);
      break;
    case 14:
      fs::remove_all(any_path(), failed);
      break;
    case 15:
    case 16:
      if (binds_ || memory_) mount_something();
      break;
    default:
      save(any_path() + "/" + "abc"[random_.below(3)]);
  }
}

bool BusyHands::exchange(const std::string& one, const std::string& other) {
  return renameat2(AT_FDCWD, (folder_ + "/" + one).c_str(), AT_FDCWD,
                   (folder_ + "/" + other).c_str(), RENAME_EXCHANGE) == 0;
}

std::size_t BusyHands::save_everywhere() {
  std::vector<std::string> folders{folder_};
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    if (entry.is_directory() && !entry.is_symlink()) folders.push_back(entry.path());
  for (const std::string& folder : folders) save(folder + "/saved");
  return folders.size();
}

}  // namespace vcs::test
