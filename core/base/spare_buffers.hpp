// SPDX-License-Identifier: Apache-2.0
// Keeps a few buffers for the next who needs one: new memory costs a page fault every 4 KiB, which
// can take longer than the work on its bytes.
#pragma once

#include <memory>
#include <vector>

#include "core/base/buffer.hpp"
#include "core/base/guarded.hpp"

namespace vcs::base {

// Thread-safe. It must outlive the pointers that share() returned.
class SpareBuffers {
 public:
  // Keeps at most `most` buffers, none of which has more than `largest` bytes of memory.
  SpareBuffers(std::size_t most, std::size_t largest) : most_(most), largest_(largest) {}

  // A buffer of any content and length; an empty one if there is no spare one.
  Buffer take();
  void give_back(Buffer&& buffer) noexcept;
  // Shares a buffer, and takes it back when the last owner releases it.
  std::shared_ptr<const Buffer> share(Buffer buffer);

 private:
  const std::size_t most_, largest_;
  Guarded<std::vector<Buffer>> spare_;
};

}  // namespace vcs::base
