// SPDX-License-Identifier: Apache-2.0
// What messages are made of, and those that several methods share.
//
// Ids are 64 lower-case hexadecimal digits; "" stands for none. Times are nanoseconds since 1970
// UTC, 0 for never. A repository is named by its name or by any path inside its worktree; "" where
// only one exists. A member `std::string raw` is no field: its bytes travel behind the line, as
// they are.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/clock.hpp"
#include "ipc/messages/fields.hpp"
#include "ipc/messages/states.hpp"

namespace vcs::ipc {

using Count = std::uint64_t;
using Time = base::UnixNanos;

// The feature that a client names in hello to be sent raw bytes, and the most that follow one line.
inline constexpr const char* kRawFeature = "raw";
inline constexpr Count kMaxRawBytes = Count{4} << 20;

// A path, and what is the matter with it.
struct ProblemPath {
  std::string path, reason;
  ProblemKind kind = ProblemKind::other;
  VCS_FIELDS(VCS_PATH(path), reason, kind)
};
// How far the work on a request is.
struct Progress {
  Stage stage = Stage::none;
  // Totals of 0 are not known yet.
  Count files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
  VCS_FIELDS(stage, files_done, files_total, bytes_done, bytes_total)
};
// The response of a stream that has nothing else to say.
struct StreamEnd {
  Count items = 0;
  VCS_FIELDS(items)
};
struct Empty {
  VCS_FIELDS()
};

}  // namespace vcs::ipc
