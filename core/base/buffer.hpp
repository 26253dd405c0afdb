// SPDX-License-Identifier: Apache-2.0
// Memory for bytes that are about to be overwritten: growing does not fill it with zeros, and
// shrinking keeps it. For buffers of hot paths; for values use Bytes.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/bytes.hpp"

namespace vcs::base {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  void swap(Buffer& other) noexcept {
    memory_.swap(other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  // Allocates `capacity` bytes at once, so that resize() up to it copies nothing. Memory that
  // nobody has touched costs nothing.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }
  // Keeps the first min(old, new) bytes; the others have no defined value.
  void resize(std::size_t size) {
    if (size > capacity_) grow(size);
    size_ = size;
  }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
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
