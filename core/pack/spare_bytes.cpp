// SPDX-License-Identifier: Apache-2.0
// A short list of buffers.
#include "core/pack/spare_bytes.hpp"

#include <utility>

namespace vcs::pack {
namespace {

// Enough for two reading threads. Further buffers, and larger ones, are freed.
constexpr std::size_t kMostSpare = 2;
constexpr std::size_t kLargestSpare = std::size_t{2} << 20;

}  // namespace

Bytes SpareBytes::take() {
  const auto spare = spare_.lock();
  if (spare->empty()) return {};
  Bytes bytes = std::move(spare->back());
  spare->pop_back();
  return bytes;
}

std::shared_ptr<const Bytes> SpareBytes::share(Bytes bytes) {
  auto owned = std::make_unique<Bytes>(std::move(bytes));
  const auto give = [this](const Bytes* done) {
    const std::unique_ptr<Bytes> back(const_cast<Bytes*>(done));
    give_back(std::move(*back));
  };
  return {owned.release(), give};
}

void SpareBytes::give_back(Bytes&& bytes) noexcept {
  if (bytes.capacity() > kLargestSpare) return;
  const auto spare = spare_.lock();
  if (spare->capacity() == 0) spare->reserve(kMostSpare);
  if (spare->size() < kMostSpare) spare->push_back(std::move(bytes));
}

}  // namespace vcs::pack
