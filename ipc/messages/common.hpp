// SPDX-License-Identifier: Apache-2.0
// The types of fields, and the messages that several methods share.
//
// Ids are 64 lower-case hexadecimal digits; "" stands for none. Times are nanoseconds since 1970
// UTC, 0 for never. A repository is named by its name or by any path inside its worktree; "" where
// only one exists. A member `std::string raw` is no field: its bytes follow the line unencoded.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/clock.hpp"
#include "ipc/messages/fields.hpp"
#include "ipc/messages/states.hpp"

namespace vcs::ipc {

using Count = std::uint64_t;
using Time = base::UnixNanos;

// A client names this feature in hello to get raw bytes. At most kMaxRawBytes follow one line.
inline constexpr const char* kRawFeature = "raw";
inline constexpr Count kMaxRawBytes = Count{4} << 20;

// A path and the problem with it.
struct ProblemPath {
  std::string path, reason;
  ProblemKind kind = ProblemKind::other;
  VCS_FIELDS(VCS_PATH(path), reason, kind)
};
// The progress of the work on a request.
struct Progress {
  Stage stage = Stage::none;
  // A total of 0 is not known yet.
  Count files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
  VCS_FIELDS(stage, files_done, files_total, bytes_done, bytes_total)
};
// The response of a stream that only counts its items.
struct StreamEnd {
  Count items = 0;
  VCS_FIELDS(items)
};
struct Empty {
  VCS_FIELDS()
};

}  // namespace vcs::ipc
