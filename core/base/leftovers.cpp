// SPDX-License-Identifier: Apache-2.0
// Removes temporary files that a killed restore left behind.
#include "core/base/leftovers.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace vcs::base {

namespace {

constexpr std::string_view kBegin = ".vcsd-", kEnd = ".tmp";
constexpr std::size_t kDigits = 16;

// A running restore closes a file after the last change and then renames it: for this long the file
// is not open.
constexpr Nanos kWhile = std::chrono::seconds(1);
constexpr Nanos kLongWhile = std::chrono::hours(1);

// `since`: a restore may still use an entry that changed then or later.
bool sweep(Directory& folder, const std::string& name, UnixNanos now, UnixNanos since) {
  const auto stat = folder.stat(name);
  if (!stat || stat->ctime >= since) return false;
  if (stat->type == FileType::directory) return folder.remove_directory(name).has_value();
  if (stat->type == FileType::regular) {
    const auto file = folder.open_file(name, OpenMode::read);
    const auto writer = file ? (*file)->has_writer() : Result<bool>(false);
    if (writer ? *writer : stat->ctime >= now - kLongWhile) return false;
  }
  return stat->type != FileType::other && folder.remove_file(name).has_value();
}

}  // namespace

bool is_temporary_name(std::string_view name) {
  if (name.size() != kBegin.size() + kDigits + kEnd.size()) return false;
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return false;
  const std::string_view digits = name.substr(kBegin.size(), kDigits);
  return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool sweep_stale(Directory& folder, const std::string& name, const StaleLeftovers& stale) {
  const auto stat = folder.stat(name);
  const auto before = folder.stat_self();
  if (!stat || !before || stat->uid != stale.owner) return false;
  const UnixNanos long_ago = stale.now - kLongWhile;
  const UnixNanos since = std::max(stale.begun - kWhile, long_ago);
  if (!sweep(folder, name, stale.now, since)) return false;
  static_cast<void>(folder.set_mtime_self(before->mtime));
  return true;
}

// Ignores errors: a file that cannot be listed or removed does not concern the caller.
std::size_t sweep_leftovers(Directory& folder, UnixNanos now) {
  std::vector<std::string> names;
  static_cast<void>(folder.list([&](const DirectoryEntry& entry) {
    if (is_temporary_name(entry.name)) names.push_back(entry.name);
    return true;
  }));
  return static_cast<std::size_t>(std::count_if(
      names.begin(), names.end(),
      [&](const std::string& name) { return sweep(folder, name, now, now - kWhile); }));
}

}  // namespace vcs::base
