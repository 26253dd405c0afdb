// SPDX-License-Identifier: Apache-2.0
// Measures the cost of turning one event into a change, and how many events a second the real
// watcher takes from the kernel.
#ifdef __linux__
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "agent/watch/inotify_intake.hpp"
#include "agent/watch/inotify_watcher.hpp"
#include "bench/micro/samples.hpp"
#include "tests/support/own_inotify.hpp"

namespace vcs::agent::watch {
namespace {

constexpr std::size_t kFolders = 100, kFilesAFolder = 100;
constexpr std::int64_t kSaves = kFolders * kFilesAFolder;  // a round

// A folder to watch, with folders in it, and one for the watcher's cookies.
struct Place {
  Place() {
    for (std::size_t i = 0; i < kFolders; ++i) {
      std::filesystem::create_directories(scratch / ("root/" + std::to_string(i)));
    }
    std::filesystem::create_directories(scratch / "cookies");
  }
  std::string file(std::size_t folder, std::size_t number) const {
    return scratch / ("root/" + std::to_string(folder) + "/file_" + std::to_string(number));
  }
  bench::Scratch scratch;
};

// The events that the kernel sends for files that are written and closed, one after the other.
std::string events_of_saves(InotifyWatches& watches) {
  std::string bytes;
  for (std::size_t folder = 0; folder < kFolders; ++folder) {
    const int descriptor = watches.tree().deepest(std::to_string(folder)).descriptor;
    for (std::size_t number = 0; number < kFilesAFolder; ++number) {
      const std::string name = "file_" + std::to_string(number);
      for (const std::uint32_t mask : {IN_MODIFY, IN_CLOSE_WRITE})
        append_event(bytes, {descriptor, mask, 0, name});
    }
  }
  return bytes;
}

void intake(benchmark::State& state) {
  const Place place;
  test::OwnInotify inotify;
  InotifyWatches watches(inotify);
  bench::must(watches.start(place.scratch / "root", {}));
  std::size_t told = 0;
  WatchSink sink;
  sink.changes = [&](const std::vector<Change>& batch) { told += batch.size(); };
  MountTable mounts(place.scratch / "root");
  InotifyIntake intake(watches, mounts, sink, base::Log());
  const std::string bytes = events_of_saves(watches);
  for (auto _ : state) intake.feed(bytes);
  if (told == 0) state.SkipWithError("nothing was told");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kSaves * 2);
}
BENCHMARK(intake)->Unit(benchmark::kMillisecond);

void touch(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || write(file, "x", 1) != 1) std::perror(path.c_str());
  close(file);
}

// The real watcher over a place.
class Listener {
 public:
  explicit Listener(const Place& place) {
    WatchSink sink;
    sink.changes = [this](const std::vector<Change>& batch) { told_ += batch.size(); };
    sink.proven = [this](ProofToken token) { put(token); };
    sink.root = [](RootEvent) {};
    bench::must(watcher_->start(place.scratch / "root", place.scratch / "cookies", sink, {}));
  }
  // Asks for a proof and waits for it: then the watcher has reported everything before it.
  void wait() {
    const ProofToken asked = ++round_;
    watcher_->ask_for_proof(asked);
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return last_ == asked; });
  }
  std::size_t told() const { return told_; }
  double lost_events() const { return static_cast<double>(watcher_->usage().lost_events); }

 private:
  void put(ProofToken token) {
    const std::lock_guard lock(mutex_);
    last_ = token;
    came_.notify_all();
  }

  ProofToken round_ = 0;
  std::atomic<std::size_t> told_{0};
  std::mutex mutex_;
  std::condition_variable came_;
  ProofToken last_ = 0;
  // The last member, because its thread uses the others.
  std::unique_ptr<Watcher> watcher_ = make_inotify_watcher(
      std::make_shared<InotifyInstance>(base::Log(), InotifyOptions{}), base::Log());
};

// Writes 10,000 files as fast as one program can; the clock runs until the watcher has reported the
// last one. Most of the time is the writing; lost_events shows whether the watcher kept up.
void watcher(benchmark::State& state) {
  const Place place;
  Listener listener(place);
  for (auto _ : state) {
    for (std::size_t folder = 0; folder < kFolders; ++folder)
      for (std::size_t number = 0; number < kFilesAFolder; ++number)
        touch(place.file(folder, number));
    listener.wait();
  }
  const auto saves = static_cast<std::int64_t>(state.iterations()) * kSaves;
  state.SetItemsProcessed(2 * saves);  // at least a modification and a close each
  state.counters["lost_events"] = listener.lost_events();
  state.counters["told_a_save"] = static_cast<double>(listener.told()) / static_cast<double>(saves);
}
BENCHMARK(watcher)->Unit(benchmark::kMillisecond)->UseRealTime();

// Makes events at a given rate (0: as fast as one program can) by changing the mode of open files,
// each time of another file, because the kernel joins equal events. lost_events shows whether the
// watcher kept up.
void watcher_rate(benchmark::State& state) {
  constexpr int kBursts = 500, kBurstsASecond = 1000;
  const auto rate = static_cast<int>(state.range(0));
  const int burst = (rate == 0 ? 1'000'000 : rate) / kBurstsASecond;
  const Place place;
  std::vector<base::FileDescriptor> files;
  for (std::size_t folder = 0; folder < kFolders; ++folder) {
    files.emplace_back(open(place.file(folder, 0).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!files.back().valid()) std::perror("watcher_rate");
  }
  Listener listener(place);
  std::size_t next = 0;
  for (auto _ : state) {
    auto due = std::chrono::steady_clock::now();
    for (int bursts = 0; bursts < kBursts; ++bursts) {
      for (int event = 0; event < burst; ++event, next = (next + 1) % files.size())
        (void)!fchmod(files[next].get(), 0600);
      due += std::chrono::microseconds(1'000'000 / kBurstsASecond);
      if (rate != 0) std::this_thread::sleep_until(due);
    }
    listener.wait();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kBursts * burst);
  state.counters["lost_events"] = listener.lost_events();
}
BENCHMARK(watcher_rate)
    ->ArgName("events_a_second")
    ->Arg(300'000)
    ->Arg(0)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace vcs::agent::watch

#endif
