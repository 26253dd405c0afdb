// SPDX-License-Identifier: Apache-2.0
// Runs one write on another thread.
#include "core/pack/write_behind.hpp"

#include <cassert>
#include <utility>

#include "core/base/memory.hpp"

namespace vcs::pack {

void WriteBehind::begin(std::shared_ptr<base::File> file, ByteView bytes, std::uint64_t offset) {
  assert(!written_.valid() && !written_here_);
  if (base::has_memory_for([&] { hand_over(file, bytes, offset); })) return;
  written_here_ = base::within_memory([&] { return file->write_past_cache(bytes, offset); });
}

void WriteBehind::hand_over(std::shared_ptr<base::File> file, ByteView bytes,
                            std::uint64_t offset) {
  const auto write = std::make_shared<std::packaged_task<Result<void>()>>(
      [file = std::move(file), bytes, offset] { return file->write_past_cache(bytes, offset); });
  auto written = write->get_future();
  threads_.submit([write] { (*write)(); });
  written_ = std::move(written);
}

Result<void> WriteBehind::wait() {
  if (written_here_) return *std::exchange(written_here_, std::nullopt);
  if (!written_.valid()) return {};
  return base::within_memory([this] { return written_.get(); });
}

}  // namespace vcs::pack
