// SPDX-License-Identifier: Apache-2.0
// Splits a stream of bytes into whole lines, and into the raw bytes that a line may announce.
//
// It holds at most one unfinished line, of at most its limit, so input without a newline costs
// bounded memory. It holds only the raw bytes that have arrived. An idle splitter holds nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::ipc {

// The longest line of a request, with its newline.
inline constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;

class LineSplitter {
 public:
  // Takes a line without its newline (and without a carriage return before it). False: feed() stops
  // and drops the rest of its bytes.
  using OnLine = std::function<bool(std::string_view line)>;
  // Takes all of the expected raw bytes at once. False: as above.
  using OnRaw = std::function<bool(std::string bytes)>;

  explicit LineSplitter(std::size_t limit = kMaxLineBytes) : limit_(limit) {}

  // Calls on_line for each line that `bytes` complete, in order; skips empty lines. A line over the
  // limit is `invalid`, and so is every later call. `on_line` must not call feed().
  Result<void> feed(std::string_view bytes, const OnLine& on_line, const OnRaw& on_raw = {});

  // on_line calls this: the next `count` bytes are raw. That feed() must have got an on_raw.
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
