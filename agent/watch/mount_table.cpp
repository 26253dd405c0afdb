// SPDX-License-Identifier: Apache-2.0
// Parses the lines of /proc/self/mountinfo.
#ifdef __linux__
#include "agent/watch/mount_table.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace vcs::agent::watch {

std::string unescaped(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) &&
                        is_octal(text[i + 2]) && is_octal(text[i + 3]);
    if (!escape) {
      out += text[i];
      continue;
    }
    out +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
    i += 3;
  }
  return out;
}

std::string_view take_field(std::string_view& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return field;
}

namespace {

MountsBelow read_table(const std::string& root) {
  std::ifstream file("/proc/self/mountinfo");
  const std::string table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_mounts(table, root);
}

std::vector<std::string> paths_of(const MountSet& mounts) {
  std::vector<std::string> paths;
  for (const auto& [path, mount] : mounts)
    if (paths.empty() || paths.back() != path) paths.push_back(path);
  return paths;
}

}  // namespace

MountsBelow parse_mounts(std::string_view table, const std::string& root) {
  const std::string inside = root.ends_with('/') ? root : root + '/';
  MountsBelow below;
  std::vector<std::string_view> devices;  // of the filesystems that are mounted below
  std::string_view own_device;            // of the filesystem that the root lies on
  std::size_t own_length = 0;
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    const std::string_view whole = line;
    for (int field = 0; field < 2; ++field) take_field(line);  // the mount's id, its parent's id
    const std::string_view device = take_field(line);
    const std::string_view numbers = whole.substr(0, whole.size() - line.size());
    take_field(line);  // the folder of the filesystem that is mounted
    const std::string at = unescaped(take_field(line));
    if (at.size() > inside.size() && at.starts_with(inside)) {
      below.mounts.emplace(at.substr(inside.size()), numbers);
      devices.push_back(device);
    } else if (at.size() >= own_length && inside.starts_with(at.ends_with('/') ? at : at + '/')) {
      own_length = at.size();
      own_device = device;
    }
  }
  devices.push_back(own_device);
  std::sort(devices.begin(), devices.end());
  below.is_bound = std::adjacent_find(devices.begin(), devices.end()) != devices.end();
  return below;
}

MountTable::MountTable(std::string root) : root_(std::move(root)), known_(read_table(root_)) {}

std::vector<std::string> MountTable::changed() {
  MountsBelow now = read_table(root_);
  const MountSet &one = known_.mounts, &other = now.mounts;
  MountSet differing;
  std::set_symmetric_difference(one.begin(), one.end(), other.begin(), other.end(),
                                std::inserter(differing, differing.end()));
  known_ = std::move(now);
  return paths_of(differing);
}

std::vector<std::string> MountTable::all() const {
  return paths_of(known_.mounts);
}

}  // namespace vcs::agent::watch

#endif
