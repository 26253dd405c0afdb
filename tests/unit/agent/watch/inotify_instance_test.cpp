// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/inotify_instance, through the watchers that share one.
#ifdef __linux__
#include "agent/watch/inotify_instance.hpp"

#include <fcntl.h>
#include <sys/inotify.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/support/failing_memory.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/watch_stage.hpp"

using namespace vcs;
using agent::watch::InotifyOptions;
using test::check_every_folder_is_watched;
using test::covers;
using test::find;
using test::make_instance;
using test::only;
using test::TemporaryFolder;
using test::WatchStage;
using test::write_file;
namespace fs = std::filesystem;

namespace {

std::string event_of(int descriptor, std::uint32_t mask, const std::string& name = "") {
  std::string bytes;
  agent::watch::append_event(bytes, {descriptor, mask, 0, name});
  return bytes;
}

InotifyOptions all_of(std::uint64_t watches) {
  InotifyOptions options;
  options.limit_share = 0.5;
  options.system_limit = 2 * watches;
  return options;
}

// A client without a tree: it keeps its events, and its closed door blocks its thread.
class Listener final : public agent::watch::InotifyClient {
 public:
  explicit Listener(test::InstancePtr instance) : InotifyClient(std::move(instance)) {
    test::must(join());
    begin();
  }
  ~Listener() override {
    open_door();
    leave();
    for (const int descriptor : watched_) remove(descriptor);
  }
  int watch(int folder, std::uint32_t mask) {
    const int descriptor = add(folder, mask, agent::watch::WatchUse::folder);
    if (descriptor >= 0) watched_.push_back(descriptor);
    return descriptor;
  }
  // The next `times` calls of process() and lost_track() find no memory.
  void lack_memory(int times) {
    const std::lock_guard lock(mutex_);
    lacks_memory_ = times;
  }
  // Waits until others have asked for `count` watches.
  void wait_until_asked(std::uint64_t count) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return asked_ >= count; });
    asked_ = 0;
  }
  void give_up_last() {
    remove(watched_.back());
    watched_.pop_back();
  }
  int told_of_lost_track() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  void close_door() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }
  void open_door() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    moved_.notify_all();
  }
  void wait_until_inside() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return inside_; });
  }
  // Waits for `count` events with this mask; gives all events since the last call.
  std::string events(std::uint32_t mask, std::size_t count) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return this->count(mask) >= count; });
    return std::exchange(events_, {});
  }
  void wait_until_told() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return told_ > 0; });
  }
  std::size_t count(std::uint32_t mask) const {
    std::span<const char> bytes(events_);
    std::size_t found = 0;
    while (const auto event = agent::watch::take_event(bytes)) found += (event->mask & mask) != 0;
    return found;
  }

 private:
  bool process(Arrived arrived) override {
    std::unique_lock lock(mutex_);
    inside_ = true;
    moved_.notify_all();
    moved_.wait(lock, [&] { return is_open_; });
    inside_ = false;
    if (lacks_memory_ > 0) {
      --lacks_memory_;
      throw std::bad_alloc();
    }
    events_.append(arrived.events.begin(), arrived.events.end());
    asked_ += arrived.to_give_up;
    moved_.notify_all();
    return false;
  }

  void lost_track() override {
    const std::lock_guard lock(mutex_);
    if (lacks_memory_ > 0) {
      --lacks_memory_;
      throw std::bad_alloc();
    }
    ++told_;
    moved_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  bool is_open_ = true, inside_ = false;
  int lacks_memory_ = 0, told_ = 0;
  std::uint64_t asked_ = 0;
  std::string events_;
  std::vector<int> watched_;
};

int watch_folder(Listener& listener, const std::string& path, std::uint32_t mask) {
  const base::FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return listener.watch(folder.get(), mask);
}

// Folders "0", "1" and so on.
class NumberedFolders {
 public:
  explicit NumberedFolders(int count) {
    for (int each = 0; each < count; ++each) fs::create_directories(top_ / std::to_string(each));
  }
  int watch(Listener& listener, int which) const {
    return watch_folder(listener, top_ / std::to_string(which), IN_CREATE);
  }

 private:
  TemporaryFolder top_;
};

}  // namespace

TEST_CASE("memory: a client that has none loses track, is told so once, and nobody else is") {
  const auto instance = make_instance({});
  TemporaryFolder folder;
  Listener well(instance);
  {
    Listener poor(instance);
    watch_folder(well, folder.path(), IN_CREATE);
    watch_folder(poor, folder.path(), IN_CREATE);
    poor.lack_memory(3);  // for the event, and for two calls of lost_track()
    write_file(folder / "a", "");
    poor.wait_until_told();
    write_file(folder / "b", "");
    well.events(IN_CREATE, 2);
    CHECK(poor.told_of_lost_track() == 1);
    CHECK(poor.count(IN_CREATE) == 0);
  }
  write_file(folder / "c", "");
  well.events(IN_CREATE, 1);
  CHECK(well.told_of_lost_track() == 0);
}

TEST_CASE("memory: events that there is none for make everybody look anew") {
  const auto instance = make_instance({});
  TemporaryFolder folder;
  Listener listener(instance);
  watch_folder(listener, folder.path(), IN_CREATE);
  listener.close_door();
  write_file(folder / "a", "");
  listener.wait_until_inside();
  const std::string file = folder / "b";
  {
    // These events make the client's queue grow, which fails.
    const auto failing = test::FailingMemory::of_size(1);
    while (failing.failures() == 0) {
      ::close(::open(file.c_str(), O_CREAT | O_CLOEXEC | O_TRUNC, 0600));
      ::unlink(file.c_str());
    }
  }
  listener.open_door();
  listener.wait_until_told();
  CHECK(listener.told_of_lost_track() == 1);
}

TEST_CASE("inotify instance: the same folder and nested ones are told to each who watches them") {
  WatchStage outer;
  fs::create_directories(outer.in("a/b"));
  WatchStage inner({}, outer.instance), same({}, outer.instance);
  inner.root = outer.in("a");
  same.root = outer.root;
  outer.start();
  inner.start();
  same.start();
  CHECK(outer.watcher->usage().used == 3);  // folders
  write_file(outer.in("a/b/file"), "x");
  CHECK(only(outer.settled(), "a/b/file"));
  CHECK(only(inner.settled(), "b/file"));
  CHECK(only(same.settled(), "a/b/file"));

  SECTION("when one ends, the others go on") {
    outer.watcher.reset();
    CHECK(inner.watcher->usage().used == 3);
    check_every_folder_is_watched(same);
    check_every_folder_is_watched(inner);
    same.watcher.reset();
    CHECK(inner.watcher->usage().used == 2);
    check_every_folder_is_watched(inner);
  }
  SECTION("each may leave out what it likes, and take it in again") {
    fs::rename(outer.in("a/b"), outer.outside + "/b");
    CHECK(find(outer.settled(), "a/b")->deleted);
    CHECK(find(inner.settled(), "b")->deleted);
    fs::rename(outer.outside + "/b", outer.in("c"));
    CHECK(covers(outer.settled(), "c/file"));
    CHECK(inner.settled().empty());
    check_every_folder_is_watched(outer);
    check_every_folder_is_watched(same);
    check_every_folder_is_watched(inner);
  }
}

TEST_CASE("inotify instance: each is told what it asked for, whatever others asked") {
  test::TemporaryFolder folder;
  const auto instance = make_instance();
  Listener maker(instance), writer(instance);
  const int descriptor = watch_folder(maker, folder.path(), IN_CREATE);
  REQUIRE(watch_folder(writer, folder.path(), IN_CLOSE_WRITE) == descriptor);
  write_file(folder / "file", "x");
  fs::remove(folder / "file");
  write_file(folder / "file", "y");
  CHECK(maker.events(IN_CREATE, 2) ==
        event_of(descriptor, IN_CREATE, "file") + event_of(descriptor, IN_CREATE, "file"));
  CHECK(writer.events(IN_CLOSE_WRITE, 2) == event_of(descriptor, IN_CLOSE_WRITE, "file") +
                                                event_of(descriptor, IN_CLOSE_WRITE, "file"));
  // A client that leaves hears the end of its watch; the other client keeps the watch.
  maker.remove(descriptor);
  CHECK(maker.events(IN_IGNORED, 1) == event_of(descriptor, IN_IGNORED));
  write_file(folder / "file", "z");
  CHECK(writer.events(IN_CLOSE_WRITE, 1) == event_of(descriptor, IN_CLOSE_WRITE, "file"));
  CHECK(maker.count(IN_ALL_EVENTS) == 0);
  CHECK(instance->used() == 1);
  // A client that comes back gets the same descriptor, and both hear when the watch ends.
  REQUIRE(watch_folder(maker, folder.path(), IN_CREATE) == descriptor);
  fs::remove_all(folder.path());
  CHECK(maker.events(IN_IGNORED, 1) == event_of(descriptor, IN_IGNORED));
  CHECK(writer.events(IN_IGNORED, 1) == event_of(descriptor, IN_IGNORED));
  CHECK(instance->used() == 0);
  fs::create_directories(folder.path());
}

TEST_CASE("inotify instance: a proof is behind every save before it, however busy the queue is") {
  WatchStage saved, busy({}, saved.instance);
  saved.start();
  busy.start();
  std::atomic<bool> stop{false};
  std::thread storm([&] {
    for (int each = 0; !stop; ++each) write_file(busy.in(std::to_string(each % 50)), "x");
  });
  int missed = 0;
  for (int each = 0; each < 1000; ++each) {
    const std::string name = std::to_string(each);
    write_file(saved.in(name), "x");
    missed += find(saved.settled(), name) == nullptr;
  }
  stop = true;
  storm.join();
  CHECK(missed == 0);
}

TEST_CASE("inotify instance: what the kernel dropped may have been anybody's") {
  WatchStage one, other({}, one.instance);
  one.start();
  other.start();
  one.instance->feed(event_of(-1, IN_Q_OVERFLOW));
  for (WatchStage* stage : {&one, &other}) {
    CHECK(covers(stage->settled(), "anything"));
    CHECK(stage->watcher->usage().lost_events == 1);
    check_every_folder_is_watched(*stage);
  }
}

TEST_CASE("inotify instance: one that does not come back loses alone, but no end of a watch") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "gone");
  WatchStage other;
  other.start();
  Listener slow(other.instance);
  const int descriptor = watch_folder(slow, folder.path(), IN_MODIFY);
  const int gone = watch_folder(slow, folder / "gone", IN_MODIFY);
  slow.close_door();
  other.instance->feed(event_of(descriptor, IN_MODIFY, "first"));
  slow.wait_until_inside();
  other.instance->feed(event_of(gone, IN_IGNORED));
  const std::string event = event_of(descriptor, IN_MODIFY, std::string(200, 'x'));
  std::string many;
  while (many.size() < (std::size_t{1} << 20)) many += event;
  for (int each = 0; each < 20; ++each) other.instance->feed(many);
  other.instance->feed(event_of(descriptor, IN_MODIFY, "last"));
  write_file(other.in("file"), "x");
  CHECK(only(other.settled(), "file"));
  CHECK(other.watcher->usage().lost_events == 0);

  slow.open_door();
  const std::string kept = slow.events(IN_Q_OVERFLOW, 1);
  CHECK(kept.size() < (std::size_t{16} << 20));
  CHECK(kept.starts_with(event_of(descriptor, IN_MODIFY, "first") + event_of(gone, IN_IGNORED) +
                         event_of(-1, IN_Q_OVERFLOW)));
  CHECK(kept.ends_with(event_of(descriptor, IN_MODIFY, "last")));
}

TEST_CASE("inotify instance: who ends with events in the queue disturbs nobody") {
  WatchStage stays;
  stays.start();
  std::atomic<bool> done{false};
  WatchStage busy({}, stays.instance);
  std::thread writer([&] {
    for (int each = 0; !done; ++each) write_file(busy.in(std::to_string(each % 50)), "x");
  });
  for (int round = 0; round < 50; ++round) {
    busy.watcher = make_inotify_watcher(stays.instance, {});
    busy.start();
    const std::string name = "file" + std::to_string(round);
    write_file(stays.in(name), "x");
    busy.watcher.reset();
    CHECK(only(stays.settled(), name));
  }
  done = true;
  writer.join();
  CHECK(stays.watcher->usage().used == 1);
}

TEST_CASE("inotify instance: a watcher that begins while the last one of its folder ends") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  WatchStage stage;
  for (int each = 0; each < 30; ++each) fs::create_directories(stage.in(std::to_string(each)));
  stage.start();
  std::error_code ignored;
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    auto last = std::exchange(stage.watcher, make_inotify_watcher(stage.instance, {}));
    std::thread end([&] { last.reset(); });
    const std::string other = stage.in(std::to_string(random.below(30)));
    std::thread storm([&] {
      fs::rename(other, other + "x", ignored);
      fs::create_directories(other, ignored);
      fs::remove_all(other + "x", ignored);
    });
    stage.start();
    end.join();
    storm.join();
    check_every_folder_is_watched(stage);
  }
  CHECK(stage.watcher->usage().used == 31);
}

TEST_CASE("inotify instance: watches are shared out, and the quiet folders give theirs up") {
  const auto instance = make_instance(all_of(40));
  WatchStage early({}, instance), late({}, instance), last({}, instance);
  for (WatchStage* stage : {&early, &late, &last})
    for (int each = 0; each < 60; ++each) fs::create_directories(stage->in(std::to_string(each)));
  early.start();
  CHECK(instance->used() == 40);
  CHECK(early.watcher->usage().polled_folders == 61 - 40);
  // Writes to five of the folders that have a watch.
  std::vector<std::string> hot;
  for (int each = 0; hot.size() < 5; ++each) {
    const std::string path = std::to_string(each) + "/file";
    write_file(early.in(path), "x");
    if (find(early.settled(), path) != nullptr) hot.push_back(path);
  }

  const auto polled = [](const WatchStage& stage) { return stage.watcher->usage().polled_folders; };
  const auto settle = [&](std::initializer_list<WatchStage*> stages, std::uint64_t fair) {
    // Waits until each has its fair share of the watches, the root's included.
    for (WatchStage* stage : stages)
      while (polled(*stage) > 61 - fair) (void)stage->settled();
  };
  late.start();
  settle({&early, &late}, 20);
  last.start();
  settle({&early, &late, &last}, 13);
  CHECK(instance->used() <= 40);
  // Drains the changes of the folders that became polled.
  (void)early.settled();
  for (WatchStage* stage : {&early, &late, &last}) {
    write_file(stage->in("new"), "x");
    CHECK(find(stage->settled(), "new"));
  }
  for (const std::string& path : hot) {
    write_file(early.in(path), "y");
    CHECK(find(early.settled(), path));
  }
}

TEST_CASE("inotify instance: room that another took is asked for again") {
  const auto instance = make_instance(all_of(3));
  const NumberedFolders folders(6);
  Listener rich(instance), quick(instance), slow(instance);
  for (int each = 0; each < 3; ++each) REQUIRE(folders.watch(rich, each) >= 0);
  REQUIRE(folders.watch(quick, 3) == -ENOSPC);
  REQUIRE(folders.watch(slow, 5) == -ENOSPC);
  rich.wait_until_asked(2);
  rich.give_up_last();
  rich.give_up_last();
  instance->made_room(rich);
  REQUIRE(folders.watch(quick, 3) >= 0);
  REQUIRE(folders.watch(quick, 4) >= 0);
  CHECK_FALSE(slow.find_room());
  quick.wait_until_asked(1);
  quick.give_up_last();
  instance->made_room(quick);
  CHECK(slow.find_room());
  CHECK(folders.watch(slow, 5) >= 0);
}

TEST_CASE("inotify instance: who is refused because another adds gets its share all the same") {
  const auto instance = make_instance(all_of(4));
  const NumberedFolders folders(5);
  for (int round = 0; round < 2000; ++round) {
    Listener rich(instance), poor(instance);
    REQUIRE(folders.watch(rich, 0) >= 0);
    REQUIRE(folders.watch(rich, 1) >= 0);
    REQUIRE(folders.watch(poor, 2) >= 0);
    std::atomic<int> ready{0};
    const auto race = [&](Listener& listener, int which) {
      ++ready;
      while (ready < 2) {
      }
      return folders.watch(listener, which);
    };
    int of_rich = 0;
    std::thread other([&] { of_rich = race(rich, 3); });
    const int of_poor = race(poor, 4);
    other.join();
    REQUIRE((of_rich >= 0 || of_poor >= 0));
    if (of_poor < 0) rich.wait_until_asked(1);
  }
}

TEST_CASE("inotify instance: many watchers share one descriptor and a few threads") {
  const auto count_in = [](const std::string& folder, const std::string& target) {
    std::size_t found = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder))
      found += target.empty() || fs::read_symlink(entry.path(), ignored) == target;
    return found;
  };
  const std::size_t threads = count_in("/proc/self/task", "");
  const std::size_t others = count_in("/proc/self/fd", "anon_inode:inotify");
  const auto instance = make_instance();
  std::vector<std::unique_ptr<WatchStage>> stages;
  for (int each = 0; each < 150; ++each) {
    stages.push_back(std::make_unique<WatchStage>(agent::watch::FolderFilter{}, instance));
    stages.back()->start();
  }
  for (const auto& stage : stages) write_file(stage->in("file"), "x");
  for (const auto& stage : stages) CHECK(only(stage->settled(), "file"));
  CHECK(count_in("/proc/self/fd", "anon_inode:inotify") == others + 1);
  // On a slow machine the crew starts more threads for clients that have waited for a second.
  constexpr std::size_t kFew = 20;
  CHECK(count_in("/proc/self/task", "") <= threads + kFew);
}

#endif
