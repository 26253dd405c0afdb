// SPDX-License-Identifier: Apache-2.0
// Runs the pipeline of one save: chooses how many lanes begin, and collects the outcome.
#include "core/snapshot/ingest.hpp"

#include <algorithm>

#include "core/base/memory.hpp"
#include "core/snapshot/lane.hpp"

namespace vcs::snapshot {

Result<void> ingest(const IngestParts& parts, base::ThreadPool& pool) {
  IngestStages stages(parts);
  std::size_t lanes = std::max(parts.options.lanes.most, parts.options.lanes.start);
  if (stages.source.is_small()) {
    lanes = 1;
    stages.crew.work_alone();
  }
  pool.run_lanes(lanes, [&](std::size_t number) {
    // A lane that is never wanted only waits.
    if (!stages.crew.wait_until_wanted(number)) return;
    auto done = base::within_memory([&] { return Lane(parts, stages).work(number); });
    if (!done) stages.fail(std::move(done).error());
  });
  return stages.stop.outcome();
}

}  // namespace vcs::snapshot
