// SPDX-License-Identifier: Apache-2.0
// Counts the lines of one file after the other, and keeps only the counts.
#include "cli/contents/stat.hpp"

#include "cli/render/change_stat.hpp"

namespace vcs::cli {

Result<void> print_stat(const Context& context, ChangeReader& reader,
                        const std::vector<ipc::ChangeInfo>& changes) {
  std::vector<ChangeStat> stats;
  stats.reserve(changes.size());
  for (const ipc::ChangeInfo& change : changes) {
    VCS_ASSIGN(const ChangedContents both, reader.read(change));
    ChangeStat stat{change, {}};
    if (both.kind == ChangedContents::Kind::text) stat.lines = count_lines(both.before, both.after);
    stats.push_back(std::move(stat));
  }
  context.out().write(change_stats(stats, context.terminal().width_of_out(), context.style()));
  return {};
}

}  // namespace vcs::cli
