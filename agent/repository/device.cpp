// SPDX-License-Identifier: Apache-2.0
// Compares places with the entries of the description.
#include "agent/repository/device.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "core/remote/layout/remote_layout.hpp"

namespace vcs::agent::repository {
namespace {

using config::DeviceEntry;
using config::RepositoryFile;

constexpr const char* kFormerDeviceFile = "device";
// More places than a person moves a disk between.
constexpr std::size_t kMostDevices = 16;

bool may_be_here(const Context& context, const DeviceEntry& device) {
  const std::string& here = context.machine.id;
  return device.machine.empty() || here.empty() || device.machine == here;
}

// Whether the repository with this device still is in its last folder, which is not `here`. True if
// that cannot be read.
bool is_still_at(Context& context, const DeviceEntry& device, const std::string& here) {
  const auto old = context.filesystem.open_directory(device.folder);
  if (!old) return old.error().code != ErrorCode::not_found;
  const auto then = (*old)->stat_self(), now = context.filesystem.stat(here);
  // The two paths lead to one folder.
  if (then && now && then->device == now->device && then->inode == now->inode) return false;
  const auto file = config::read_repository_file(**old);
  if (!file) return file.error().code != ErrorCode::not_found;
  return std::any_of(file->devices.begin(), file->devices.end(),
                     [&](const DeviceEntry& other) { return other.id == device.id; });
}

DeviceEntry* find_moved(Context& context, const std::string& folder, RepositoryFile& file) {
  for (DeviceEntry& device : file.devices) {
    if (!may_be_here(context, device)) continue;
    if (device.folder.empty() || !is_still_at(context, device, folder)) return &device;
  }
  return nullptr;
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

Device settle_device(Context& context, const std::string& folder, RepositoryFile& file) {
  if (const DeviceEntry* known = device_at(context, folder, file)) return {known->id, {}, {}};
  if (DeviceEntry* moved = find_moved(context, folder, file)) {
    moved->folder = folder;
    moved->machine = context.machine.id;
    return {moved->id, DeviceOrigin::moved, {}};
  }
  DeviceEntry made{context.random.hex(8), context.machine.id, folder, {}};
  Device device{made.id, DeviceOrigin::made, {}};
  if (!file.devices.empty()) {
    device.origin = DeviceOrigin::copy;
    device.original = file.devices.back().folder;
    made.copy_of = file.devices.back().id;
  }
  if (file.devices.size() >= kMostDevices) file.devices.erase(file.devices.begin());
  file.devices.push_back(std::move(made));
  return device;
}

const DeviceEntry* device_at(const Context& context, const std::string& folder,
                             const RepositoryFile& file) {
  for (const DeviceEntry& device : file.devices)
    if (device.folder == folder && may_be_here(context, device)) return &device;
  return nullptr;
}

std::string take_new_device(Context& context, const std::string& folder, RepositoryFile& file) {
  DeviceEntry made{context.random.hex(8), context.machine.id, folder, {}};
  if (const DeviceEntry* former = device_at(context, folder, file)) {
    made.copy_of = former->id;
    std::erase(file.devices, DeviceEntry(*former));
  }
  file.devices.push_back(made);
  return made.id;
}

std::string read_former_device(base::Directory& data, const std::string& path,
                               const base::Log& log) {
  const auto bytes = base::read_file(data, kFormerDeviceFile, 64);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return {};
  const std::string id = bytes ? std::string(base::as_text(*bytes)) : std::string();
  if (remote::layout::is_valid_device_id(id)) return id;
  log.warning(
      "{}/{} does not hold the 16 hexadecimal digits of a device{}; its repositories copy to their "
      "remotes under new names. What was copied stays there: vcsctl remote heads. The file is not "
      "needed any more and may be removed",
      path, kFormerDeviceFile, bytes ? "" : " (" + bytes.error().message + ")");
  return {};
}

Machine this_machine() {
  Machine machine;
  std::string id = first_line("/etc/machine-id");
  if (id.empty()) id = first_line("/var/lib/dbus/machine-id");
  // Only a hash, because machine-id(5) asks not to expose the id itself.
  if (!id.empty())
    machine.id = object::hash_bytes(base::as_bytes("vcsd device\n" + id)).hex().substr(0, 32);
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) machine.name = name.data();
  return machine;
}

}  // namespace vcs::agent::repository
