// SPDX-License-Identifier: Apache-2.0
// The store on a disk that fails at the n-th call, and after a power cut.
#include <catch2/catch.hpp>
#include <fstream>

#include "core/base/thread_pool.hpp"
#include "core/history/verifier.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/simulated_disk.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;
using OptionalId = std::optional<ObjectId>;

constexpr std::uint64_t kSnapshots = 4;

StoreOptions small_packs() {
  StoreOptions options;
  options.seal_at = 700;
  return options;
}

Files files_of(std::uint64_t n) {
  return {{"a", "file a of " + std::to_string(n)}, {"b", "always the same"}};
}

// Requires that everything that `head` reaches is there and undamaged.
void require_whole(ObjectStore& store, const ObjectId& head) {
  history::VerifyOptions options;
  options.read_data = true;
  const auto result = test::must(history::verify(store, std::span(&head, 1), options));
  CAPTURE(result.errors);
  REQUIRE(result.errors.empty());
}

// More than the write buffer holds: most of it is written before the commit.
Files large_files_of(std::uint64_t n) {
  return {{"a", noise(600'000, n)}, {"b", noise(600'000, n + 1000)}};
}

// Takes snapshots on a disk that fails; then one more on a healthy disk.
class Scenario {
 public:
  Scenario(test::FaultFileSystem& faults, const std::string& path, base::ThreadPool* writers)
      : faults_(faults), path_(path), options_(small_packs()), files_of_(files_of) {
    options_.writers = writers;
    if (writers == nullptr) return;
    options_.seal_at = 3'000'000;
    files_of_ = large_files_of;
  }

  void run() {
    if (auto opened = open(); !opened) return heal();
    for (std::uint64_t n = 1; n <= kSnapshots; ++n) {
      auto made = try_snapshot(*store_, files_of_(n), n, head_);
      if (made)
        head_ = *made;
      else
        store_->abandon();
    }
    heal();
  }

 private:
  base::Result<void> open() {
    store_.reset();
    VCS_ASSIGN(auto directory, faults_.make_directories(path_, 0700));
    VCS_ASSIGN(store_, ObjectStore::open(std::move(directory), options_, {}));
    return {};
  }

  void heal() {
    faults_.clear_fault();
    if (!store_) test::must(open());
    if (head_) require_whole(*store_, *head_);
    const ObjectId next = snapshot(*store_, files_of_(100), 100, head_);
    require_whole(*store_, next);
    test::must(open());
    REQUIRE(store_->recovery().damage.empty());
    require_whole(*store_, next);
    if (head_) require_whole(*store_, *head_);
    REQUIRE(store_->recovery().commit_points.back() == next);
  }

  test::FaultFileSystem& faults_;
  const std::string path_;
  StoreOptions options_;
  Files (*files_of_)(std::uint64_t);
  std::unique_ptr<ObjectStore> store_;
  OptionalId head_;
};

std::uint64_t run_with(const std::optional<test::Fault>& fault,
                       base::ThreadPool* writers = nullptr) {
  QuickFolder folder;
  const auto real = base::make_posix_filesystem();
  test::FaultFileSystem faults(*real);
  if (fault) faults.set_fault(*fault);
  Scenario(faults, folder / "packs", writers).run();
  return faults.mutating_calls();
}

// Each call that changes something fails once, in every way.
void run_with_each_fault(std::initializer_list<int> errors, base::ThreadPool* writers = nullptr) {
  const std::uint64_t calls = run_with({}, writers);
  REQUIRE(calls > 20);
  for (const int error : errors)
    for (const bool half : {false, true})
      for (const bool all_after : {false, true})
        for (std::uint64_t n = 1; n <= calls; ++n) {
          CAPTURE(error, half, all_after, n);
          test::Fault fault;
          fault.nth = n;
          fault.os_error = error;
          fault.half_write = half;
          fault.all_after = all_after;
          run_with(fault, writers);
        }
}

TEST_CASE("object store: a call that fails loses nothing that was acknowledged") {
  run_with_each_fault({EIO, ENOSPC});
}

// Mostly, the call that reports the failure is a later one than the call that asked for the write.
TEST_CASE("object store: a write that fails behind the writer's back loses nothing either") {
  base::ThreadPool writers(1, "writer");
  run_with_each_fault({EIO}, &writers);
}

TEST_CASE("object store: reads that fail are errors, and the packs stay as they are") {
  for (std::uint64_t n = 1; n <= 12; ++n) {
    QuickFolder folder;
    const auto real = base::make_posix_filesystem();
    test::FaultFileSystem faults(*real);
    ObjectId head;
    {
      auto store = open_store(*real, folder / "packs", small_packs());
      OptionalId parent;
      for (std::uint64_t i = 1; i <= kSnapshots; ++i)
        parent = snapshot(*store, files_of(i), i, parent);
      head = *parent;
    }
    test::Fault fault;
    fault.nth = n;
    fault.only = test::CallKind::read;
    faults.set_fault(fault);
    auto directory = test::must(faults.open_directory(folder / "packs"));
    if (auto store = ObjectStore::open(std::move(directory), small_packs(), {})) {
      const auto bytes = (*store)->get(head);
      if (!bytes) REQUIRE(bytes.error().code == base::ErrorCode::io);
    } else {
      REQUIRE(store.error().code == base::ErrorCode::io);
    }
    auto store = open_store(*real, folder / "packs", small_packs());
    REQUIRE(store->recovery().torn_bytes == 0);
    require_whole(*store, head);
  }
}

// A head that was acknowledged after so many recorded operations.
struct Acknowledged {
  std::size_t operations;
  ObjectId head;
};

void require_recovers(const std::string& path, base::FileSystem& real, const OptionalId& least,
                      const std::vector<Acknowledged>& all) {
  auto packs = test::must(real.make_directories(path + "/packs"));
  auto store = test::must(ObjectStore::open(std::move(packs), small_packs(), {}));
  REQUIRE(store->recovery().damage.empty());
  history::RefStore refs(test::must(real.make_directories(path + "/refs")));
  const OptionalId head = test::must(refs.reconcile(*store, {}));
  if (!least) return;
  require_whole(*store, *least);
  REQUIRE(head.has_value());
  require_whole(*store, *head);
  // The head must be the acknowledged commit or a later one.
  bool reached = false, is_ours = false;
  for (const Acknowledged& point : all) {
    reached = reached || point.head == *least;
    is_ours = is_ours || (reached && point.head == *head);
  }
  REQUIRE(is_ours);
}

// Simulates a kill: once armed, the first sync of a file and all later calls fail.
class DiesAtSync final : public test::Interceptor {
 public:
  base::Result<void> before(test::Call& call) override {
    dead = dead || (armed && call.kind == test::CallKind::sync_file);
    if (dead) return base::fail_errno(EIO, "it is dead");
    return {};
  }
  void after(test::Call&, bool) override {}
  bool armed = false, dead = false;
};

// A repair appends while a snapshot runs: one writer may lose objects that the other refers to.
TEST_CASE("object store: a commit whose objects another writer's error has cost is refused") {
  QuickFolder folder;
  const auto real = base::make_posix_filesystem();
  test::FaultFileSystem faults(*real);
  auto store = open_store(faults, folder.path());
  const ObjectId first = snapshot(*store, files_of(1), 1, std::nullopt);
  const std::uint64_t begun = store->losses();
  test::must(store->append(frame_of({"file a of 2"})));
  if (GENERATE(true, false)) {
    faults.set_fault(
        {.nth = 1, .only = GENERATE(test::CallKind::sync_file, test::CallKind::write)});
    REQUIRE_FALSE(store->sync());
  } else {
    store->abandon();
  }
  REQUIRE_FALSE(store->contains(id_of("file a of 2")));
  const std::string tree = tree_text(files_of(2));
  test::must(store->append(frame_of({tree}, object::ObjectKind::tree_node)));
  const pack::EncodedFrame commit =
      frame_of({commit_text(tree, 2, first)}, object::ObjectKind::commit, true);
  REQUIRE_FALSE(store->commit(commit, begun));
  REQUIRE_FALSE(store->contains(id_of(commit_text(tree, 2, first))));
  const ObjectId second = snapshot(*store, files_of(2), 2, first);
  require_whole(*store, second);
  store.reset();
  store = open_store(*real, folder.path());
  require_whole(*store, second);
  REQUIRE(store->recovery().commit_points.back() == second);
}

// The kernel drops the data of a failed sync, but readers see the data until the power is cut.
TEST_CASE("object store: what a predecessor could not sync is written again") {
  test::ManualClock clock;
  test::SimulatedDisk disk(clock);
  DiesAtSync death;
  test::InterceptedFileSystem files(disk, death);
  auto store = open_store(files, "/packs");
  const ObjectId first = snapshot(*store, files_of(1), 1, std::nullopt);
  death.armed = true;
  REQUIRE_FALSE(try_snapshot(*store, files_of(2), 2, first));
  REQUIRE(death.dead);
  disk.sync_failed("/packs/00000001.pack");
  store.reset();

  store = open_store(disk, "/packs");
  const ObjectId second = snapshot(*store, files_of(2), 2, first);
  const ObjectId head = snapshot(*store, files_of(3), 3, second);
  store.reset();
  test::SeededRandom random(1);
  disk.lose_power(random);
  store = open_store(disk, "/packs");
  CHECK(store->recovery().damage.empty());
  require_whole(*store, head);
}

// The pack was given up with half a write at its end and then merged; the power was cut when only
// its index was removed.
TEST_CASE("object store: the end of a pack that was given up is no damage") {
  QuickFolder folder;
  const auto real = base::make_posix_filesystem();
  test::FaultFileSystem faults(*real);
  const auto open = [&] { return open_store(faults, folder.path()); };
  auto store = open();
  const ObjectId first = snapshot(*store, files_of(1), 1, std::nullopt);
  test::Fault fault;
  fault.half_write = true;
  fault.only = test::CallKind::write;
  faults.set_fault(fault);
  REQUIRE_FALSE(try_snapshot(*store, files_of(2), 2, first));
  const ObjectId head = snapshot(*store, files_of(3), 3, first);
  store.reset();
  REQUIRE(std::filesystem::remove(folder / "00000001.idx"));
  std::ofstream(folder / "00000001.pack", std::ios::app) << "half a write";
  for (int times = 0; times < 2; ++times) {
    store = open();
    CHECK(store->recovery().damage.empty());
    CHECK((store->recovery().torn_bytes > 0) == (times == 0));
    require_whole(*store, head);
    store.reset();
  }
}

TEST_CASE("object store: every power cut leaves the last acknowledged commit") {
  QuickFolder folder;
  const auto real = base::make_posix_filesystem();
  const std::string root = folder / "recorded";
  test::must(real->make_directories(root));
  test::RecordingFileSystem recording(*real, root);
  std::vector<Acknowledged> acknowledged;
  {
    auto base_folder = test::must(recording.open_directory(root));
    auto store = test::must(ObjectStore::open(
        test::must(base::open_or_make_directory(*base_folder, "packs")), small_packs(), {}));
    test::must(base_folder->sync());
    history::RefStore refs(test::must(base::open_or_make_directory(*base_folder, "refs")));
    OptionalId head;
    for (std::uint64_t n = 1; n <= kSnapshots; ++n) {
      head = snapshot(*store, files_of(n), n, head);
      acknowledged.push_back({recording.size(), *head});
      test::must(refs.write(history::kHead, *head));
    }
  }
  const auto operations = recording.operations();
  int states = 0;
  for (std::size_t prefix = 0; prefix <= operations.size(); ++prefix) {
    OptionalId least;
    for (const Acknowledged& point : acknowledged)
      if (point.operations <= prefix) least = point.head;
    test::for_each_crash(operations, prefix, [&](const std::vector<test::Operation>& survivors) {
      CAPTURE(prefix, ++states);
      QuickFolder crashed;
      test::replay(survivors, crashed.path());
      require_recovers(crashed.path(), *real, least, acknowledged);
    });
  }
  REQUIRE(states > 100);
}

}  // namespace
}  // namespace vcs::store
