// SPDX-License-Identifier: Apache-2.0
// Measures appending frames to packs, and the commit point with its one sync.
#include <benchmark/benchmark.h>

#include "bench/micro/samples.hpp"
#include "core/object/compressor.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {
namespace {

// A store in a folder of its own, and frames with ids that were never seen before. Their text is
// always the same, so that the store is measured and not the compressor.
class Fixture {
 public:
  explicit Fixture(std::size_t bytes) : text_(bench::text_like(bytes)) {
    store = bench::must(ObjectStore::open(bench::must(files_->make_directories(folder_ / "packs")),
                                          StoreOptions{}, base::Log()));
  }
  pack::EncodedFrame next_frame(object::ObjectKind kind, bool commit_point) {
    const object::ObjectId id = object::hash_bytes(base::as_bytes(std::to_string(++made_)));
    const pack::FrameInput input{id, text_};
    return bench::must(
        pack::encode_frame(kind, std::span(&input, 1), 1, compressor_, commit_point));
  }

  std::unique_ptr<ObjectStore> store;

 private:
  bench::Scratch folder_;
  std::unique_ptr<base::FileSystem> files_ = base::make_posix_filesystem();
  base::Bytes text_;
  object::Compressor compressor_;
  std::size_t made_ = 0;
};

// Measures what one save costs the store: a blob, a tree node and a commit, made durable. The time
// to make the frames is not counted.
void save(benchmark::State& state) {
  Fixture fixture(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    const pack::EncodedFrame blob = fixture.next_frame(object::ObjectKind::blob, false);
    const pack::EncodedFrame nodes = fixture.next_frame(object::ObjectKind::tree_node, false);
    const pack::EncodedFrame commit = fixture.next_frame(object::ObjectKind::commit, true);
    state.ResumeTiming();
    bench::must(fixture.store->append(blob));
    bench::must(fixture.store->append(nodes));
    bench::must(fixture.store->commit(commit));
  }
}
BENCHMARK(save)->ArgName("bytes")->Arg(4 << 10)->Unit(benchmark::kMicrosecond)->UseRealTime();

// The frames of a first snapshot, with one commit after 64 MiB.
void append(benchmark::State& state) {
  constexpr std::size_t kFrame = pack::solid_frame_target(object::ObjectKind::blob), kFrames = 128;
  for (auto _ : state) {
    state.PauseTiming();
    {
      Fixture fixture(kFrame);
      std::vector<pack::EncodedFrame> frames;
      for (std::size_t i = 0; i < kFrames; ++i)
        frames.push_back(fixture.next_frame(object::ObjectKind::blob, false));
      const pack::EncodedFrame commit = fixture.next_frame(object::ObjectKind::commit, true);
      state.ResumeTiming();
      for (const pack::EncodedFrame& frame : frames) bench::must(fixture.store->append(frame));
      bench::must(fixture.store->commit(commit));
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  bench::count_bytes(state, kFrame * kFrames);
}
BENCHMARK(append)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace vcs::store
