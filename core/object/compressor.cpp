// SPDX-License-Identifier: Apache-2.0
// zstd with reused contexts. docs/decisions/zstd.md
#include "core/object/compressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>
#include <utility>

#include "core/base/buffer.hpp"

namespace vcs::object {
namespace {

Failure zstd_failure(const char* what, std::size_t code, ErrorCode kind) {
  return fail(kind, "zstd could not {}: {}", what, ZSTD_getErrorName(code));
}

// How zstd looks for matches; 0: as its level says.
// What zstd says of memory is told as everybody tells it: it is neither an error of the disk nor
// damage.
void check_memory(std::size_t code) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) throw std::bad_alloc();
}

struct SearchTables {
  int strategy = 0, hash_log = 0, chain_log = 0, shortest_match = 0;
};

// Level 2 is tuned: a table for short matches that stays in a core's first cache, and one for long
// ones that the second holds, cost hardly more than level 1 on frames of our size and save more
// than zstd's own level 2. docs/performance.md has the measurements.
SearchTables tables_of(int level) {
  if (level == 2) return {ZSTD_dfast, 15, 11, 5};
  return {};
}

}  // namespace

struct Compressor::State {
  State() : context(ZSTD_createCCtx()) {
    if (context == nullptr) throw std::bad_alloc();  // as make_unique would
  }
  ~State() { ZSTD_freeCCtx(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ZSTD_CCtx* context;
  base::Buffer scratch;  // as long as the worst case asks, which `out` should not pay for
};

Compressor::Compressor() : state_(std::make_unique<State>()) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

Result<std::size_t> Compressor::compress(ByteView plain, int level, Bytes& out) {
  ZSTD_CCtx* context = state_->context;
  const SearchTables tables = tables_of(level);
  for (const auto& [parameter, value] :
       {std::pair{ZSTD_c_compressionLevel, level}, std::pair{ZSTD_c_contentSizeFlag, 1},
        std::pair{ZSTD_c_checksumFlag, 0}, std::pair{ZSTD_c_strategy, tables.strategy},
        std::pair{ZSTD_c_hashLog, tables.hash_log}, std::pair{ZSTD_c_chainLog, tables.chain_log},
        std::pair{ZSTD_c_minMatch, tables.shortest_match}}) {
    const std::size_t code = ZSTD_CCtx_setParameter(context, parameter, value);
    if (ZSTD_isError(code)) return zstd_failure("be set up", code, ErrorCode::invalid);
  }
  base::Buffer& scratch = state_->scratch;
  scratch.resize(ZSTD_compressBound(plain.size()));
  const std::size_t size =
      ZSTD_compress2(context, scratch.data(), scratch.size(), plain.data(), plain.size());
  check_memory(size);
  if (ZSTD_isError(size)) return zstd_failure("compress", size, ErrorCode::io);
  out.insert(out.end(), scratch.data(), scratch.data() + size);
  return size;
}

struct Decompressor::State {
  State() : context(ZSTD_createDCtx()) {
    if (context == nullptr) throw std::bad_alloc();
  }
  ~State() { ZSTD_freeDCtx(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ZSTD_DCtx* context;
};

Decompressor::Decompressor() : state_(std::make_unique<State>()) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Result<void> Decompressor::decompress(ByteView frame, std::span<std::uint8_t> out) {
  const std::size_t size =
      ZSTD_decompressDCtx(state_->context, out.data(), out.size(), frame.data(), frame.size());
  check_memory(size);
  if (ZSTD_isError(size)) return zstd_failure("decompress", size, ErrorCode::corrupt);
  if (size != out.size()) {
    return fail(ErrorCode::corrupt, "a compressed frame holds {} bytes where {} were announced",
                size, out.size());
  }
  return {};
}

}  // namespace vcs::object
