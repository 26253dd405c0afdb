// SPDX-License-Identifier: Apache-2.0
// Memory for bytes that are about to be overwritten: growing it costs no zeros, and it is kept when
// it gets smaller. For buffers of hot paths; values are Bytes.
#pragma once

#include <algorithm>
#include <memory>

#include "core/base/bytes.hpp"

namespace vcs::base {

class Buffer {
 public:
  // What it will grow to at most is had at once, and nothing is copied later. Memory that nobody
  // has touched costs nothing.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }
  // The first min(old, new) bytes stay, the others are whatever they are.
  void resize(std::size_t size) {
    if (size > capacity_) grow(size);
    size_ = size;
  }
  std::size_t size() const { return size_; }
  std::uint8_t* data() { return memory_.get(); }
  const std::uint8_t* data() const { return memory_.get(); }
  std::span<std::uint8_t> span() { return {memory_.get(), size_}; }
  ByteView view() const { return {memory_.get(), size_}; }

 private:
  void grow(std::size_t size) {
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    std::copy_n(memory_.get(), size_, larger.get());
    memory_ = std::move(larger);
    capacity_ = size;
  }

  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace vcs::base
