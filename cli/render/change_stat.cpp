// SPDX-License-Identifier: Apache-2.0
// All bars have one scale, which the file with the most changed lines sets.
#include "cli/render/change_stat.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/changes.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kLeastBar = 10, kLongestBar = 60;

// "4.2 kB -> 5.1 kB", "new, 5.1 kB", "deleted, 4.2 kB", "permissions or times".
std::string sizes(const ipc::ChangeInfo& change) {
  if (change.change == ipc::Change::metadata) return "permissions or times";
  if (change.change == ipc::Change::added)
    return change.type_after == ipc::FileType::file
               ? "new, " + base::humanize_bytes(change.size_after)
               : "new";
  if (change.change == ipc::Change::deleted)
    return change.type_before == ipc::FileType::file
               ? "deleted, " + base::humanize_bytes(change.size_before)
               : "deleted";
  return fmt::format("{} -> {}", base::humanize_bytes(change.size_before),
                     base::humanize_bytes(change.size_after));
}

std::size_t all_lines(const LineCounts& lines) {
  return lines.removed + lines.added;
}

// The bar of `lines` in at most `room` columns; `most` is the largest count of a file. A count
// above 0 gets at least one column.
std::string bar(const LineCounts& lines, std::size_t most, std::size_t room, const Style& style) {
  const auto scaled = [&](std::size_t count) {
    if (most <= room) return count;
    return count == 0 ? 0 : std::max<std::size_t>(1, count * room / most);
  };
  return style.good(std::string(scaled(lines.added), '+')) +
         style.bad(std::string(scaled(lines.removed), '-'));
}

std::string sums(const std::vector<ChangeStat>& stats) {
  LineCounts all;
  for (const ChangeStat& stat : stats) {
    if (!stat.lines) continue;
    all.added += stat.lines->added;
    all.removed += stat.lines->removed;
  }
  std::string text = " " + counted(stats.size(), "path", "paths") + " changed";
  if (all.added != 0) text += ", " + counted(all.added, "line", "lines") + " added";
  if (all.removed != 0) text += ", " + counted(all.removed, "line", "lines") + " removed";
  return text + "\n";
}

}  // namespace

std::string change_stats(const std::vector<ChangeStat>& stats, std::size_t width,
                         const Style& style) {
  if (stats.empty()) return {};
  std::size_t name_width = 0, most = 0;
  for (const ChangeStat& stat : stats) {
    name_width = std::max(name_width, display_width(shown_name(stat.change)));
    if (stat.lines) most = std::max(most, all_lines(*stat.lines));
  }
  const std::size_t number_width = with_separators(most).size();
  const std::size_t taken = name_width + number_width + 6;
  const std::size_t room = std::clamp(width > taken ? width - taken : 0, kLeastBar, kLongestBar);
  std::string out;
  for (const ChangeStat& stat : stats) {
    const std::string name = shown_name(stat.change);
    out += " " + name + std::string(name_width - display_width(name), ' ') + " | ";
    out += stat.lines
               ? fmt::format("{:>{}} ", with_separators(all_lines(*stat.lines)), number_width) +
                     bar(*stat.lines, most, room, style)
               : sizes(stat.change);
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out + sums(stats);
}

}  // namespace vcs::cli
