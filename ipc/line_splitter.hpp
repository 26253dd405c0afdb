// SPDX-License-Identifier: Apache-2.0
// Bytes in, whole lines out.
//
// Never holds more than one unfinished line, and no line longer than its limit: input that never
// ends its line costs bounded memory. An idle splitter holds nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::ipc {

// Of a request, with its newline.
inline constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;

class LineSplitter {
 public:
  // A line without its newline (and without a carriage return before it). False: no more, please.
  using OnLine = std::function<bool(std::string_view line)>;

  explicit LineSplitter(std::size_t limit = kMaxLineBytes) : limit_(limit) {}

  // Calls on_line for each line that `bytes` complete, in order; empty lines are skipped. A line
  // over the limit is `invalid`, and so is everything after it. `on_line` must not call feed().
  base::Result<void> feed(std::string_view bytes, const OnLine& on_line);

 private:
  std::size_t limit_;
  std::string partial_;
  bool broken_ = false;
};

}  // namespace vcs::ipc
