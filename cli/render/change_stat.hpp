// SPDX-License-Identifier: Apache-2.0
// How much each file changed, a line a file with a bar of its lines, as `diff --stat` shows it.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "cli/render/unified_diff.hpp"
#include "ipc/messages/history.hpp"

namespace vcs::cli {

struct ChangeStat {
  ipc::ChangeInfo change;
  std::optional<LineCounts> lines;  // of text; none: the sizes are told
};

// The table, and a line with the sums; bars are so long that lines have at most `width` columns,
// where names leave room for that.
std::string change_stats(const std::vector<ChangeStat>& stats, std::size_t width,
                         const Style& style);

}  // namespace vcs::cli
