// SPDX-License-Identifier: Apache-2.0
// Linux has one folder for each supply, and one small file for each of its properties.
#include "agent/schedule/power_supply.hpp"

#include <array>
#include <string_view>

namespace vcs::agent::schedule {
namespace {

// The value without the newline at its end; "": there is no such property.
std::string property(base::Directory& supply, const std::string& name) {
  auto file = supply.open_file(name, base::OpenMode::read);
  if (!file) return {};
  std::array<std::uint8_t, 64> buffer{};
  const auto count = (*file)->read_at(buffer, 0);
  if (!count) return {};
  std::string text(base::as_text(ByteView(buffer).first(*count)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

bool is_on_battery(base::FileSystem& filesystem, const std::string& folder) {
  auto supplies = filesystem.open_directory(folder);
  if (!supplies) return false;
  const auto entries = base::list_sorted(**supplies);
  if (!entries) return false;
  bool discharging = false;
  for (const base::DirectoryEntry& entry : *entries) {
    // The entries are links to the devices.
    auto supply = filesystem.open_directory(folder + "/" + entry.name);
    if (!supply || property(**supply, "scope") == "Device") continue;
    if (property(**supply, "online") == "1" && property(**supply, "type") != "Battery")
      return false;
    discharging |=
        property(**supply, "type") == "Battery" && property(**supply, "status") == "Discharging";
  }
  return discharging;
}

}  // namespace vcs::agent::schedule
