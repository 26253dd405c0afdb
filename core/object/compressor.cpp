// SPDX-License-Identifier: Apache-2.0
// zstd with reused contexts. docs/decisions/zstd.md
#include "core/object/compressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>
#include <utility>
#include <vector>

#include "core/base/buffer.hpp"
#include "core/base/guarded.hpp"

namespace vcs::object {
namespace {

Failure zstd_failure(const char* what, std::size_t code, ErrorCode kind) {
  return fail(kind, "zstd could not {}: {}", what, ZSTD_getErrorName(code));
}

// Turns zstd's error for a lack of memory into std::bad_alloc, because it is neither an I/O error
// nor damage.
void check_memory(std::size_t code) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) throw std::bad_alloc();
}

// zstd's parameters for finding matches; 0: the default of the level.
struct SearchTables {
  int strategy = 0, hash_log = 0, chain_log = 0, shortest_match = 0;
};

// Level 2 is tuned: its table for short matches fits a core's first cache, and its table for long
// ones fits the second. On frames of our size it costs hardly more than level 1 and saves more than
// zstd's own level 2. docs/performance.md has the measurements.
SearchTables tables_of(int level) {
  if (level == 2) return {ZSTD_dfast, 15, 11, 5};
  return {};
}

}  // namespace

class CompressorContext {
 public:
  CompressorContext() : zstd(ZSTD_createCCtx()) {
    if (zstd == nullptr) throw std::bad_alloc();  // as make_unique would
  }
  ~CompressorContext() { ZSTD_freeCCtx(zstd); }
  CompressorContext(const CompressorContext&) = delete;
  CompressorContext& operator=(const CompressorContext&) = delete;

  std::size_t bytes() const { return ZSTD_sizeof_CCtx(zstd) + scratch.size(); }

  ZSTD_CCtx* const zstd;
  base::Buffer scratch;  // has room for the worst case, so that `out` gets only the result's size
};

namespace {

// Keeps the small contexts for the next save; a save needs three or four. A new context is slow: it
// asks the processor for its features (some microseconds in a virtual machine) and allocates the
// memory of its tables.
class SpareContexts {
 public:
  SpareContexts() { spare_.lock()->reserve(kMost); }
  std::unique_ptr<CompressorContext> take() {
    const auto spare = spare_.lock();
    if (spare->empty()) return nullptr;
    auto context = std::move(spare->back());
    spare->pop_back();
    return context;
  }
  void give_back(std::unique_ptr<CompressorContext> context) noexcept {
    if (context->bytes() > kLargest) return;
    const auto spare = spare_.lock();
    if (spare->size() < spare->capacity()) spare->push_back(std::move(context));
  }

 private:
  static constexpr std::size_t kMost = 4, kLargest = 512 * 1024;
  base::Guarded<std::vector<std::unique_ptr<CompressorContext>>> spare_;
};

SpareContexts& spare_contexts() {
  static SpareContexts spare;
  return spare;
}

}  // namespace

Compressor::Compressor() = default;
Compressor::~Compressor() {
  if (context_) spare_contexts().give_back(std::move(context_));
}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

Result<std::size_t> Compressor::compress(ByteView plain, int level, Bytes& out) {
  if (!context_) context_ = spare_contexts().take();
  if (!context_) context_ = std::make_unique<CompressorContext>();
  ZSTD_CCtx* const context = context_->zstd;
  const SearchTables tables = tables_of(level);
  for (const auto& [parameter, value] :
       {std::pair{ZSTD_c_compressionLevel, level}, std::pair{ZSTD_c_contentSizeFlag, 1},
        std::pair{ZSTD_c_checksumFlag, 0}, std::pair{ZSTD_c_strategy, tables.strategy},
        std::pair{ZSTD_c_hashLog, tables.hash_log}, std::pair{ZSTD_c_chainLog, tables.chain_log},
        std::pair{ZSTD_c_minMatch, tables.shortest_match}}) {
    const std::size_t code = ZSTD_CCtx_setParameter(context, parameter, value);
    if (ZSTD_isError(code)) return zstd_failure("be set up", code, ErrorCode::invalid);
  }
  base::Buffer& scratch = context_->scratch;
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
    return fail(ErrorCode::corrupt, "a compressed frame holds {} bytes, but its header says {}",
                size, out.size());
  }
  return {};
}

}  // namespace vcs::object
