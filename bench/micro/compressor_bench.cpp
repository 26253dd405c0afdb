// SPDX-License-Identifier: Apache-2.0
// Measures what the levels of zstd and the sizes of solid frames save and cost, on source code.
#include <benchmark/benchmark.h>

#include "bench/micro/samples.hpp"
#include "core/object/compressor.hpp"

namespace vcs::object {
namespace {

// Every frame of the source, compressed alone. Returns the compressed bytes.
std::size_t compress_all(Compressor& compressor, int level, std::size_t frame, base::Bytes& out) {
  std::size_t total = 0;
  for (base::ByteView rest = bench::source_code(); !rest.empty();) {
    const std::size_t size = std::min(frame, rest.size());
    out.clear();
    total += bench::must(compressor.compress(rest.first(size), level, out));
    rest = rest.subspan(size);
  }
  return total;
}

void compress(benchmark::State& state) {
  const int level = static_cast<int>(state.range(0));
  const std::size_t frame = static_cast<std::size_t>(state.range(1)) << 10;
  Compressor compressor;
  base::Bytes out;
  std::size_t stored = 1;
  for (auto _ : state) stored = compress_all(compressor, level, frame, out);
  bench::count_bytes(state, bench::source_code().size());
  state.counters["ratio"] =
      static_cast<double>(bench::source_code().size()) / static_cast<double>(stored);
}
BENCHMARK(compress)
    ->ArgNames({"level", "KiB"})
    ->ArgsProduct({{-1, 1, 2, 3}, {64, 128, 256, 512, 1024}})
    ->Unit(benchmark::kMillisecond);

void decompress(benchmark::State& state) {
  const base::ByteView data = base::ByteView(bench::source_code()).first(128 << 10);
  base::Bytes frame, out(data.size());
  bench::must(Compressor().compress(data, static_cast<int>(state.range(0)), frame));
  Decompressor decompressor;
  for (auto _ : state) bench::must(decompressor.decompress(frame, out));
  bench::count_bytes(state, data.size());
}
BENCHMARK(decompress)->ArgName("level")->Arg(1)->Arg(3);

}  // namespace
}  // namespace vcs::object
