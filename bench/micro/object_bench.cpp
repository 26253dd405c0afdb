// SPDX-License-Identifier: Apache-2.0
// Measures the cost of a byte on its way into an object (cutting and hashing), and the cost of
// writing and reading a tree node.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/samples.hpp"
#include "core/object/chunker.hpp"
#include "core/object/hasher.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::object {
namespace {

void sha256(benchmark::State& state, HashProvider provider) {
  const base::Bytes data = bench::text_like(static_cast<std::size_t>(state.range(0)));
  Hasher hasher(provider);
  for (auto _ : state) benchmark::DoNotOptimize(hasher.hash(data));
  bench::count_bytes(state, data.size());
}
BENCHMARK_CAPTURE(sha256, openssl, HashProvider::openssl)->Range(1 << 10, 1 << 20);
BENCHMARK_CAPTURE(sha256, libsodium, HashProvider::libsodium)->Range(1 << 10, 1 << 20);

using Cut = std::size_t (Chunker::*)(base::ByteView) const;

std::vector<std::size_t> cuts_of(const Chunker& chunker, Cut cut, base::ByteView data) {
  std::vector<std::size_t> lengths;
  for (base::ByteView rest = data; !rest.empty(); rest = rest.subspan(lengths.back()))
    lengths.push_back((chunker.*cut)(rest));
  return lengths;
}

// Both forms must make the same cuts, or their speeds cannot be compared.
template <Cut kCut>
void chunker(benchmark::State& state) {
  const base::Bytes data = bench::text_like(16 << 20);
  const Chunker cutter(ChunkerParameters{});
  const auto expected = cuts_of(cutter, &Chunker::next_cut_reference, data);
  if (cuts_of(cutter, kCut, data) != expected) {
    state.SkipWithError("the two forms do not cut alike");
    return;
  }
  for (auto _ : state) {
    for (base::ByteView rest = data; !rest.empty();) rest = rest.subspan((cutter.*kCut)(rest));
  }
  bench::count_bytes(state, data.size());
  state.counters["average_chunk"] =
      static_cast<double>(data.size()) / static_cast<double>(expected.size());
}
BENCHMARK_TEMPLATE(chunker, &Chunker::next_cut)->Name("chunker/four_bytes_a_step");
BENCHMARK_TEMPLATE(chunker, &Chunker::next_cut_reference)->Name("chunker/one_byte_a_step");

TreeNode leaf_of(int items) {
  TreeNode node;
  for (int i = 0; i < items; ++i) {
    TreeEntry entry;
    entry.mode = 0644;
    entry.uid = entry.gid = 1000;
    entry.mtime = base::unix_nanos(1'700'000'000'000'000'000 + i * 150'000);
    entry.size = 4000 + static_cast<std::uint64_t>(i);
    entry.content = {ContentKind::blob, hash_bytes(base::as_bytes(std::to_string(i)))};
    node.leaves.push_back({fmt::format("drivers/net/ethernet/vendor/file_{:04}.c", i), entry});
  }
  return node;
}

void tree_node_encode(benchmark::State& state) {
  const TreeNode node = leaf_of(32);
  std::size_t size = 0;
  for (auto _ : state) size = encode_tree_node(node).size();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 32);
  state.counters["bytes_an_item"] = static_cast<double>(size) / 32;
}
BENCHMARK(tree_node_encode);

void tree_node_decode(benchmark::State& state) {
  const base::Bytes bytes = encode_tree_node(leaf_of(32));
  for (auto _ : state) benchmark::DoNotOptimize(decode_tree_node(bytes));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 32);
}
BENCHMARK(tree_node_decode);

void path_comparison(benchmark::State& state) {
  const std::string a = "drivers/net/ethernet/vendor/model/file_0001.c";
  const std::string b = "drivers/net/ethernet/vendor/model/file_0002.c";
  for (auto _ : state) {
    benchmark::DoNotOptimize(a.data());
    benchmark::DoNotOptimize(compare_paths(a, b));
  }
}
BENCHMARK(path_comparison);

}  // namespace
}  // namespace vcs::object
