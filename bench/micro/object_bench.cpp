// What a byte costs on its way into an object: cutting, naming, compressing; and what a tree node
// costs to write and read.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>

#include "core/object/chunker.hpp"
#include "core/object/compressor.hpp"
#include "core/object/hasher.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::object {
namespace {

// Lines of words drawn from a small vocabulary, every second one a copy of an earlier line:
// compresses about as source code does.
base::Bytes text_like(std::size_t size) {
  std::mt19937_64 random(1);
  std::vector<std::string> words(4000), lines;
  for (std::string& word : words) {
    for (std::uint64_t length = 2 + random() % 9; word.size() < length;) {
      word += static_cast<char>('a' + random() % 26);
    }
  }
  std::string text;
  while (text.size() < size) {
    if (random() % 2 == 0 && !lines.empty()) {
      text += lines[lines.size() - 1 - random() % std::min<std::size_t>(lines.size(), 500)];
      continue;
    }
    std::string line(2 * (random() % 4), ' ');
    for (std::uint64_t count = 1 + random() % 10; count > 0; --count) {
      // The square of a uniform number favours the first words, as languages do.
      const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
      line += words[static_cast<std::size_t>(uniform * uniform * 4000)];
      line += " (;=,"[random() % 5];
    }
    lines.push_back(line += '\n');
    text += lines.back();
  }
  text.resize(size);
  return {text.begin(), text.end()};
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes));
}

void sha256(benchmark::State& state, HashProvider provider) {
  const base::Bytes data = text_like(static_cast<std::size_t>(state.range(0)));
  Hasher hasher(provider);
  for (auto _ : state) benchmark::DoNotOptimize(hasher.hash(data));
  count_bytes(state, data.size());
}
BENCHMARK_CAPTURE(sha256, libsodium, HashProvider::libsodium)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK_CAPTURE(sha256, openssl, HashProvider::openssl)->Arg(4 << 10)->Arg(1 << 20);

template <std::size_t (Chunker::*Cut)(base::ByteView) const>
void chunker(benchmark::State& state) {
  const base::Bytes data = text_like(16 << 20);
  const Chunker cutter(ChunkerParameters{});
  std::size_t chunks = 0;
  for (auto _ : state) {
    for (base::ByteView rest = data; !rest.empty(); ++chunks) {
      rest = rest.subspan((cutter.*Cut)(rest));
    }
  }
  count_bytes(state, data.size());
  state.counters["average_chunk"] = static_cast<double>(state.iterations()) *
                                    static_cast<double>(data.size()) / static_cast<double>(chunks);
}
BENCHMARK_TEMPLATE(chunker, &Chunker::next_cut)->Name("chunker/four_bytes_a_step");
BENCHMARK_TEMPLATE(chunker, &Chunker::next_cut_reference)->Name("chunker/one_byte_a_step");

void compress(benchmark::State& state) {
  const base::Bytes data = text_like(128 << 10);
  Compressor compressor;
  base::Bytes out;
  for (auto _ : state) {
    out.clear();
    if (!compressor.compress(data, static_cast<int>(state.range(0)), out)) {
      state.SkipWithError("compression failed");
      break;
    }
  }
  count_bytes(state, data.size());
  state.counters["ratio"] = static_cast<double>(data.size()) / static_cast<double>(out.size());
}
BENCHMARK(compress)->Arg(-1)->Arg(1)->Arg(2)->Arg(3);

void decompress(benchmark::State& state) {
  const base::Bytes data = text_like(128 << 10);
  base::Bytes frame, out(data.size());
  if (!Compressor().compress(data, 1, frame)) state.SkipWithError("compression failed");
  Decompressor decompressor;
  for (auto _ : state) {
    if (!decompressor.decompress(frame, out)) {
      state.SkipWithError("decompression failed");
      break;
    }
  }
  count_bytes(state, data.size());
}
BENCHMARK(decompress);

TreeNode leaf_of(int items) {
  TreeNode node;
  for (int i = 0; i < items; ++i) {
    TreeEntry entry;
    entry.mode = 0644;
    entry.uid = entry.gid = 1000;
    entry.mtime = 1'700'000'000'000'000'000 + i * 150'000;
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
