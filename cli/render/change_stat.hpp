// SPDX-License-Identifier: Apache-2.0
// How much each file changed: a line for each file, with a bar, as `diff --stat` shows it. Pure.
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
  std::optional<LineCounts> lines;  // for text; nullopt: the line shows the sizes
};

// The table, and a line with the sums. The bars keep lines within `width` columns, if the names
// leave room for that.
std::string change_stats(const std::vector<ChangeStat>& stats, std::size_t width,
                         const Style& style);

}  // namespace vcs::cli
