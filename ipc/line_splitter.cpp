// SPDX-License-Identifier: Apache-2.0
// Buffers at most one unfinished line.
#include "ipc/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace vcs::ipc {
namespace {

bool deliver(std::string_view line, const LineSplitter::OnLine& on_line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.empty() || on_line(line);
}

}  // namespace

// Memory grows with the bytes that arrive, not with the count that was announced.
bool LineSplitter::take_raw(std::string_view& bytes, const OnRaw& on_raw) {
  const std::size_t count = std::min(raw_left_, bytes.size());
  raw_.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  raw_left_ -= count;
  return raw_left_ > 0 || on_raw(std::exchange(raw_, {}));
}

Result<void> LineSplitter::feed(std::string_view bytes, const OnLine& on_line,
                                const OnRaw& on_raw) {
  while (!broken_ && !bytes.empty()) {
    if (raw_left_ > 0) {
      if (!take_raw(bytes, on_raw)) return {};
      continue;
    }
    const std::size_t end = bytes.find('\n');
    const std::size_t length = end == std::string_view::npos ? bytes.size() : end + 1;
    if (partial_.size() + length > limit_) {
      broken_ = true;
      break;
    }
    if (end == std::string_view::npos) {
      partial_.append(bytes);
      return {};
    }
    // A line that arrives whole, which is usual, is not copied.
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(length);
    std::string joined;
    if (!partial_.empty()) {
      joined = std::exchange(partial_, {});
      line = joined.append(line);
    }
    if (!deliver(line, on_line)) return {};
  }
  if (!broken_) return {};
  partial_ = {};
  return fail(ErrorCode::invalid, "a line is longer than {} bytes", limit_);
}

}  // namespace vcs::ipc
