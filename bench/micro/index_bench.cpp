// SPDX-License-Identifier: Apache-2.0
// Measures the index with many files: finding, walking, the changes of one save, merging, opening.
#include <benchmark/benchmark.h>

#include <random>

#include "bench/micro/samples.hpp"
#include "core/index/index.hpp"
#include "core/object/hasher.hpp"

namespace vcs::index {
namespace {

IndexEntry entry_of(std::size_t number) {
  auto entry = bench::numbered_entry<IndexEntry>(number);
  entry.inode = 1'000'000 + number;
  entry.ctime = entry.mtime;
  return entry;
}

// An index of `count` files, all of them in the base.
class Fixture {
 public:
  explicit Fixture(std::size_t count) {
    open();
    std::vector<IndexChange> changes;
    changes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      changes.push_back({bench::numbered_path(i), entry_of(i)});
    }
    bench::must(index->apply(changes, tag));
    bench::must(index->merge());
  }
  void open() {
    index.reset();
    index = bench::must(
        Index::open(bench::must(files_->make_directories(folder_ / "index")), base::Log()));
  }

  std::unique_ptr<Index> index;
  object::ObjectId tag = object::hash_bytes(base::as_bytes("tag"));

 private:
  bench::Scratch folder_;
  std::unique_ptr<base::FileSystem> files_ = base::make_posix_filesystem();
};

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("files")->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
}

void index_find(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Fixture fixture(count);
  std::mt19937_64 random(1);
  for (auto _ : state) {
    const auto found = fixture.index->find(bench::numbered_path(random() % count));
    if (!found) return state.SkipWithError("a file is not found");
  }
  state.counters["bytes_a_file"] =
      static_cast<double>(fixture.index->stats().base_bytes) / static_cast<double>(count);
}
BENCHMARK(index_find)->Apply(sizes);

void index_walk(benchmark::State& state) {
  const Fixture fixture(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto cursor = fixture.index->cursor();
    std::int64_t seen = 0;
    for (cursor->seek(""); cursor->valid(); cursor->next()) ++seen;
    if (seen != state.range(0)) return state.SkipWithError("the walk has not met all files");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(index_walk)->Apply(sizes)->Unit(benchmark::kMillisecond);

// A save of one file; merges run when they are due and are part of the time.
void index_apply_one(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture fixture(count);
  std::mt19937_64 random(1);
  std::size_t number = 0, merges = 0;
  for (auto _ : state) {
    const std::size_t file = random() % count;
    bench::must(fixture.index->apply({{bench::numbered_path(file), entry_of(file + ++number)}},
                                     fixture.tag));
    if (fixture.index->wants_merge()) {
      bench::must(fixture.index->merge());
      ++merges;
    }
  }
  state.counters["merges"] = static_cast<double>(merges);
}
BENCHMARK(index_apply_one)->Apply(sizes)->Unit(benchmark::kMicrosecond);

// One change in a hundred files, merged into the base.
void index_merge(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture fixture(count);
  std::size_t round = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<IndexChange> changes;
    ++round;
    for (std::size_t i = 0; i < count; i += 100)
      changes.push_back({bench::numbered_path(i), entry_of(i + round)});
    bench::must(fixture.index->apply(changes, fixture.tag));
    state.ResumeTiming();
    bench::must(fixture.index->merge());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(index_merge)->Apply(sizes)->Unit(benchmark::kMillisecond);

void index_open(benchmark::State& state) {
  Fixture fixture(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) fixture.open();
}
BENCHMARK(index_open)->Apply(sizes)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vcs::index
