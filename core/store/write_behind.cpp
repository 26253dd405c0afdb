// SPDX-License-Identifier: Apache-2.0
// One write on another thread.
#include "core/store/write_behind.hpp"

#include <cassert>

namespace vcs::store {

void WriteBehind::begin(std::shared_ptr<base::File> file, base::ByteView bytes,
                        std::uint64_t offset) {
  assert(!written_.valid());
  const auto write = std::make_shared<std::packaged_task<base::Result<void>()>>(
      [file = std::move(file), bytes, offset] { return file->write_past_cache(bytes, offset); });
  written_ = write->get_future();
  threads_.submit([write] { (*write)(); });
}

base::Result<void> WriteBehind::wait() {
  return written_.valid() ? written_.get() : base::Result<void>();
}

}  // namespace vcs::store
