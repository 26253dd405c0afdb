// SPDX-License-Identifier: Apache-2.0
// Keeps the buffers of decoded frames for the next frames: new memory costs a page fault every
// 4 KiB, which takes longer than the decoding.
#pragma once

#include <memory>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/guarded.hpp"

namespace vcs::pack {

// Thread-safe. It must outlive the pointers that share() returned.
class SpareBytes {
 public:
  // A buffer of any content and length; an empty one if there is no spare one.
  Bytes take();
  // Shares a buffer, and takes it back when the last owner releases it.
  std::shared_ptr<const Bytes> share(Bytes bytes);

 private:
  void give_back(Bytes&& bytes) noexcept;

  base::Guarded<std::vector<Bytes>> spare_;
};

}  // namespace vcs::pack
