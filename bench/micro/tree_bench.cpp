// SPDX-License-Identifier: Apache-2.0
// Measures the tree with many entries: one file changed, one found, all walked.
#include <benchmark/benchmark.h>

#include <random>

#include "bench/micro/samples.hpp"
#include "core/object/hasher.hpp"
#include "core/store/frame_builder.hpp"
#include "core/tree/tree.hpp"

namespace vcs::snapshot {
namespace {

object::TreeEntry entry_of(std::size_t number) {
  auto entry = bench::numbered_entry<object::TreeEntry>(number);
  entry.uid = entry.gid = 1000;
  return entry;
}

// A real store with a tree of so many files.
class Fixture {
 public:
  explicit Fixture(std::size_t count) {
    store_ = bench::must(
        store::ObjectStore::open(bench::must(files_->make_directories(folder_ / "packs")),
                                 store::StoreOptions{}, base::Log()));
    nodes = std::make_unique<tree::NodeSource>(*store_);
    builder_ = std::make_unique<store::FrameBuilder>(*store_, object::ObjectKind::tree_node, 1);
    std::vector<tree::TreeEdit> edits;
    edits.reserve(count);
    for (std::size_t i = 0; i < count; ++i) edits.push_back({bench::numbered_path(i), entry_of(i)});
    root = edit(edits);
  }

  object::ObjectId edit(const std::vector<tree::TreeEdit>& edits) {
    const object::EmitObject emit = [&](const object::ObjectId& id, const base::Bytes& bytes) {
      ++emitted;
      emitted_bytes += bytes.size();
      return store_->claim(id) ? builder_->add(id, bytes) : base::Result<void>();
    };
    const object::ObjectId edited = bench::must(tree::edit_tree(*nodes, root, edits, emit));
    bench::must(builder_->flush());
    return edited;
  }

  std::unique_ptr<tree::NodeSource> nodes;
  object::ObjectId root;
  std::uint64_t emitted = 0, emitted_bytes = 0;

 private:
  bench::Scratch folder_;
  std::unique_ptr<base::FileSystem> files_ = base::make_posix_filesystem();
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<store::FrameBuilder> builder_;
};

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("files")->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
}

void tree_edit_one(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture fixture(count);
  std::mt19937_64 random(1);
  std::size_t round = 0;
  fixture.emitted = fixture.emitted_bytes = 0;
  for (auto _ : state) {
    const std::size_t file = random() % count;
    fixture.root = fixture.edit({{bench::numbered_path(file), entry_of(count + ++round)}});
  }
  const auto edits = static_cast<double>(state.iterations());
  state.counters["nodes"] = static_cast<double>(fixture.emitted) / edits;
  state.counters["bytes"] = static_cast<double>(fixture.emitted_bytes) / edits;
}
BENCHMARK(tree_edit_one)->Apply(sizes)->Unit(benchmark::kMicrosecond);

void tree_find(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Fixture fixture(count);
  std::mt19937_64 random(1);
  for (auto _ : state) {
    const std::string path = bench::numbered_path(random() % count);
    if (!bench::must(tree::find_entry(*fixture.nodes, fixture.root, path)))
      return state.SkipWithError("a file is not found");
  }
}
BENCHMARK(tree_find)->Apply(sizes)->Unit(benchmark::kMicrosecond);

void tree_walk(benchmark::State& state) {
  const Fixture fixture(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::int64_t seen = 0;
    bench::must(
        tree::walk_tree(*fixture.nodes, fixture.root, "", true, [&](const auto&, const auto&) {
          ++seen;
          return true;
        }));
    if (seen != state.range(0)) return state.SkipWithError("the walk has not met all files");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(tree_walk)->Apply(sizes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vcs::snapshot
