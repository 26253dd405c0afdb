// SPDX-License-Identifier: Apache-2.0
// Memory of frames that were decoded and are done with, for the next ones: fresh memory costs the
// kernel a page fault every 4 KiB, which is more than the decoding.
#pragma once

#include <memory>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/guarded.hpp"

namespace vcs::pack {

// Thread-safe. Outlives what share() gave.
class SpareBytes {
 public:
  // Of any content and length; empty where there is none.
  Bytes take();
  // Comes back here when the last who shares it is done.
  std::shared_ptr<const Bytes> share(Bytes bytes);

 private:
  void give_back(Bytes&& bytes) noexcept;

  base::Guarded<std::vector<Bytes>> spare_;
};

}  // namespace vcs::pack
