// SPDX-License-Identifier: Apache-2.0
// Bytes in, whole lines out, and the raw bytes that a line may announce.
//
// Never holds more than one unfinished line, and no line longer than its limit: input that never
// ends its line costs bounded memory. Raw bytes are held as far as they have come. An idle splitter
// holds nothing.
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
  // The raw bytes that were expected, whole. False: no more, please.
  using OnRaw = std::function<bool(std::string bytes)>;

  explicit LineSplitter(std::size_t limit = kMaxLineBytes) : limit_(limit) {}

  // Calls on_line for each line that `bytes` complete, in order; empty lines are skipped. A line
  // over the limit is `invalid`, and so is everything after it. `on_line` must not call feed().
  Result<void> feed(std::string_view bytes, const OnLine& on_line, const OnRaw& on_raw = {});

  // Called by on_line: the next `count` bytes are no lines; feed() must be given an on_raw.
  void expect_raw(std::size_t count) { raw_left_ = count; }

 private:
  bool take_raw(std::string_view& bytes, const OnRaw& on_raw);

  std::size_t limit_;
  std::string partial_;
  std::string raw_;
  std::size_t raw_left_ = 0;
  bool broken_ = false;
};

}  // namespace vcs::ipc
