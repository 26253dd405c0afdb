// SPDX-License-Identifier: Apache-2.0
// Power cuts during a push to a remote in a folder: pushed commits are there, the cache is true,
// and the next push completes the work. VCS_TEST_ROUNDS multiplies the number of tested states.
#include <catch2/catch.hpp>
#include <set>

#include "core/history/repository.hpp"
#include "core/remote/drivers/file/file_remote.hpp"
#include "core/sync/remote_catalog.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/memory_object_store.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using object::ObjectId;
using Content = std::map<std::string, std::string>;

// A remote and its cache, in one folder, so that one power cut affects both.
class Place {
 public:
  Place(base::FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  base::Result<std::unique_ptr<remote::RemoteStore>> remote() {
    return remote::drivers::open_file_remote(
        root_ + "/remote", true, {files_, clock_, random_, [](base::Nanos) { return true; }, {}});
  }
  base::Result<std::unique_ptr<sync::RemoteCache>> cache() {
    VCS_ASSIGN(auto folder, files_.make_directories(root_ + "/cache", 0700));
    return sync::RemoteCache::open(std::move(folder), {});
  }
  base::Result<void> push(LocalHistory& history, const ObjectId& head) {
    VCS_ASSIGN(const auto store, remote());
    VCS_ASSIGN(const auto known, cache());
    sync::PushOptions options = test::push_options(history);
    options.threads = 0;
    options.pack_bytes = 4096;
    VCS_TRY(sync::push(history.store(), head, *store, *known, options));
    return {};
  }

 private:
  base::FileSystem& files_;
  const std::string root_;
  base::SystemClock clock_;
  base::SystemRandom random_;
};

// Commits that are pushed one after the other, with their content.
struct Pushes {
  Pushes() {
    Content now;
    for (int i = 0; i < 4; ++i) {
      // The second push has so many packs that they get an index segment.
      const int files = i == 1 ? 70 : 2;
      std::map<std::string, std::optional<std::string>> changed;
      for (int file = 0; file < files; ++file) {
        const std::string path = "file " + std::to_string(file);
        changed[path] = now[path] = noise(3500, static_cast<std::uint32_t>(100 * i + file));
      }
      commits.push_back(history.save(changed));
      contents.push_back(now);
    }
    history.store().for_each([&](const ObjectId& id, object::ObjectKind) { all.push_back(id); });
  }

  LocalHistory history;
  std::vector<ObjectId> commits, all;
  std::vector<Content> contents;
};

std::set<ObjectId> objects_at(remote::RemoteStore& remote) {
  std::set<ObjectId> found;
  sync::CatalogVisitor visitor;
  visitor.pack = [&](sync::CatalogPack&& pack) -> base::Result<void> {
    REQUIRE(pack.state == sync::PackState::present);
    for (const auto& id : pack.pack.index.ids) found.insert(ObjectId{id});
    return {};
  };
  visitor.damage = [](const std::string& sentence) { FAIL(sentence); };
  must(sync::visit_remote_packs(remote, 1, visitor));
  return found;
}

// Requires that a clone gets at least the `least` first commits, whole. 0: it may get none.
void require_clone(Place& place, const Pushes& pushes, std::size_t least) {
  const auto remote = must(place.remote());
  MemoryObjectStore clone;
  sync::FetchOptions options;
  options.threads = 1;
  const auto fetched = sync::fetch(*remote, clone, options);
  if (!fetched && least == 0) {
    REQUIRE(fetched.error().code == base::ErrorCode::not_found);
    return;
  }
  if (!fetched) FAIL(fetched.error().message);
  REQUIRE(fetched->damage.empty());
  const auto head = std::find(pushes.commits.begin(), pushes.commits.end(), fetched->head);
  const auto number = static_cast<std::size_t>(head - pushes.commits.begin()) + 1;
  REQUIRE(number <= pushes.commits.size());
  REQUIRE(number >= least);
  for (std::size_t i = 0; i < number; ++i)
    REQUIRE((files_of(clone, pushes.commits[i]) == pushes.contents[i]));
}

// Requires that the remote has the pushed commits, the cache is true, and a last push succeeds.
void require_recovers(Place& place, Pushes& pushes, std::size_t least) {
  require_clone(place, pushes, least);
  {
    const auto remote = must(place.remote());
    const auto cache = must(place.cache());
    const auto there = objects_at(*remote);
    for (const ObjectId& id : pushes.all)
      if (cache->knows(id)) REQUIRE(there.contains(id));
  }
  must(place.push(pushes.history, pushes.commits.back()));
  require_clone(place, pushes, pushes.commits.size());
  must(place.push(pushes.history, pushes.commits.back()));
}

}  // namespace

TEST_CASE("sync power cut: what was pushed is there, what is remembered is true, and it goes on") {
  Pushes pushes;
  const auto real = base::make_posix_filesystem();
  const QuickFolder disk;
  RecordingFileSystem recording(*real, disk.path());
  std::vector<std::size_t> pushed_at;
  Place place(recording, disk.path());
  for (const ObjectId& commit : pushes.commits) {
    must(place.push(pushes.history, commit));
    pushed_at.push_back(recording.size());
  }
  const auto operations = recording.operations();
  SeededRandom random(test_seed());
  const auto look_at = [&](std::size_t prefix, const std::vector<Operation>& survivors) {
    std::size_t least = 0;
    for (const std::size_t at : pushed_at) least += at <= prefix;
    const QuickFolder crashed;
    replay(survivors, crashed.path());
    Place after(*real, crashed.path());
    CAPTURE(prefix, least);
    require_recovers(after, pushes, least);
  };
  std::uint64_t total = 0, states = 0;
  const auto each = [&](const auto& visitor) {
    // Skips some prefixes: the many packs of the second push are alike.
    for (std::size_t prefix = 0; prefix <= operations.size(); prefix += 1 + random.below(12))
      for_each_crash(operations, prefix,
                     [&](const auto& survivors) { visitor(prefix, survivors); });
  };
  each([&](std::size_t, const auto&) { ++total; });
  const std::uint64_t most = 40 * test_rounds(1);
  const std::uint64_t stride = std::max<std::uint64_t>(1, total / most);
  std::uint64_t number = 0;
  each([&](std::size_t prefix, const std::vector<Operation>& survivors) {
    if (++number % stride != 0) return;
    ++states;
    look_at(prefix, survivors);
  });
  for (std::uint64_t i = 0; i < most / 4; ++i, ++states) {
    const std::size_t prefix = random.below(operations.size() + 1);
    look_at(prefix, random_crash(operations, prefix, random));
  }
  report_counts(fmt::format("power cut: sync: {} operations, {} of some {} states",
                            operations.size(), states, total));
}

TEST_CASE("sync fault loop: whatever call of a push to a folder fails, the next one completes it") {
  Pushes pushes;
  const auto real = base::make_posix_filesystem();
  SeededRandom random(test_seed());
  constexpr int kErrors[] = {EIO, ENOSPC, EDQUOT, EINTR, EMFILE};
  const auto run = [&](const std::optional<Fault>& fault) {
    const QuickFolder disk;
    FaultFileSystem faults(*real);
    Place place(faults, disk.path());
    must(place.push(pushes.history, pushes.commits[0]));
    faults.reset_counts();
    if (fault) faults.set_fault(*fault);
    std::size_t pushed = 1;
    for (const std::size_t number : {2, 3})
      if (place.push(pushes.history, pushes.commits[number])) pushed = number + 1;
    const std::uint64_t calls = faults.all_calls();
    faults.clear_fault();
    require_recovers(place, pushes, pushed);
    REQUIRE(faults.syncs_after_failure() == 0);
    return calls;
  };
  const std::uint64_t calls = run({});
  const std::uint64_t stride = std::max<std::uint64_t>(1, calls / (30 * test_rounds(1)));
  std::uint64_t points = 0;
  for (std::uint64_t n = 1 + random.below(stride); n <= calls; n += stride, ++points) {
    Fault fault;
    fault.nth = n;
    fault.os_error = kErrors[random.below(std::size(kErrors))];
    fault.all_after = random.one_in(2);
    fault.half_write = random.one_in(2);
    fault.any_kind = true;
    CAPTURE(n, fault.os_error, fault.all_after, fault.half_write);
    run(fault);
  }
  report_counts(fmt::format("fault loop: sync: {} calls, {} faults", calls, points));
}

}  // namespace vcs::test
