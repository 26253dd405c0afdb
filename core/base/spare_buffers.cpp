// SPDX-License-Identifier: Apache-2.0
// A short list of buffers.
#include "core/base/spare_buffers.hpp"

#include <utility>

#include "core/base/memory.hpp"

namespace vcs::base {

Buffer SpareBuffers::take() {
  const auto spare = spare_.lock();
  if (spare->empty()) return {};
  Buffer buffer = std::move(spare->back());
  spare->pop_back();
  return buffer;
}

std::shared_ptr<const Buffer> SpareBuffers::share(Buffer buffer) {
  auto owned = std::make_unique<Buffer>(std::move(buffer));
  const auto give = [this](const Buffer* done) {
    const std::unique_ptr<Buffer> back(const_cast<Buffer*>(done));
    give_back(std::move(*back));
  };
  return {owned.release(), give};
}

// A buffer that there is no memory to keep is freed.
void SpareBuffers::give_back(Buffer&& buffer) noexcept {
  if (buffer.capacity() > largest_) return;
  const auto spare = spare_.lock();
  if (spare->size() < most_) (void)has_memory_for([&] { spare->push_back(std::move(buffer)); });
}

}  // namespace vcs::base
