// SPDX-License-Identifier: Apache-2.0
// zstd with reused contexts. Not thread-safe: one per thread.
#pragma once

#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace vcs::object {

class CompressorContext;

// Takes a context at its first frame, so one that compresses nothing costs nothing.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  // Appends one zstd frame (content size recorded, no checksum of its own) to `out`. Returns its
  // size. `level` -7 … 19.
  Result<std::size_t> compress(ByteView plain, int level, Bytes& out);

 private:
  std::unique_ptr<CompressorContext> context_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // `corrupt` unless the plain content is exactly as long as `out`.
  Result<void> decompress(ByteView frame, std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vcs::object
