// SPDX-License-Identifier: Apache-2.0
// Any filesystem call of a repository may fail: the repository reports the failure, loses nothing
// that it has acknowledged, even with a power cut, and works again when the fault has gone.
// VCS_TEST_ROUNDS multiplies the number of tested calls.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "core/store/pack_compactor.hpp"
#include "core/tree/tree.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/test_rounds.hpp"

namespace vcs::snapshot {
namespace {

using test::CallKind;
using test::Fault;
using test::Ledger;
using test::must;
using test::QuickFolder;
using test::SeededRandom;
using test::Workshop;

constexpr int kErrors[] = {EIO, ENOSPC, EDQUOT, EINTR, EMFILE};

std::string noise(std::uint64_t seed, std::size_t size) {
  base::Bytes bytes(size);
  SeededRandom(seed).fill(bytes);
  return std::string(base::as_text(bytes));
}

// A repository on a disk that fails on demand and records what reaches it.
struct Life {
  explicit Life(std::uint64_t seal_size) : seal_at(seal_size) {}

  test::WorkshopOptions places() {
    test::WorkshopOptions places;
    places.files = &faults;
    places.lanes = 1;
    places.worktree = worktree.path();
    places.data = data.path();
    places.seal_at = seal_at;
    places.open = false;
    return places;
  }

  // Opens the repository if it is not open, and tries a snapshot, as an agent does.
  void snap() {
    if (!shop.is_open() && !shop.reopen()) return;
    const auto before = shop.repository().head();
    const auto made = shop.try_snap({{"", true}}, object::CommitKind::automatic);
    if (made) {
      REQUIRE(shop.repository().head() == made->id);
      ledger.note(shop, recording.size());
    } else {
      REQUIRE(shop.repository().head() == before);
      REQUIRE_FALSE(made.error().message.empty());
    }
  }
  void save_and_snap(const std::string& path, std::size_t size) {
    ++saves;
    shop.save(path, noise(saves, size + saves));
    snap();
  }

  std::uint64_t seal_at, saves = 0, merges = 0;
  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  QuickFolder worktree, data;
  test::RecordingFileSystem recording{*real, data.path()};
  test::FaultFileSystem faults{recording};
  Ledger ledger;
  Workshop shop{places()};
};

// `before` runs without faults; calls of `run` may fail.
struct Scenario {
  const char* name;
  void (*before)(Life&);
  void (*run)(Life&);
  std::uint64_t seal_at = 1u << 20;
};

void nothing(Life&) {}

void some_saves(Life& life) {
  for (int i = 0; i < 6; ++i) life.save_and_snap("file " + std::to_string(i % 4), 900);
}

void first_saves(Life& life) {
  life.snap();
  life.save_and_snap("a", 100);
  life.save_and_snap("folder/large", 60'000);
}

void more_saves(Life& life) {
  for (int i = 0; i < 4; ++i) life.save_and_snap("file " + std::to_string(i), 1200);
}

void reopen(Life& life) {
  life.shop.close();
  life.save_and_snap("after reopening", 500);
}

// Reopens as after a kill: the last snapshot is in the pack but was not synced.
void reopen_unsynced(Life& life) {
  life.faults.set_fault({.nth = 1, .all_after = true, .only = CallKind::sync_file});
  life.save_and_snap("never told", 500);
  life.faults.clear_fault();
}

void merge_index(Life& life) {
  for (int i = 0; i < 2; ++i) {
    life.save_and_snap("file " + std::to_string(i), 100);
    if (life.shop.is_open()) (void)life.shop.repository().index().merge();
  }
}

void rebuild_index(Life& life) {
  life.shop.close();
  std::filesystem::remove_all(life.data / "index");
  life.save_and_snap("file", 100);
  life.save_and_snap("file", 100);
}

void merge_packs(Life& life) {
  if (!life.shop.is_open() && !life.shop.reopen()) return;
  store::CompactionOptions options;
  options.policy.most_bytes = 20'000;
  store::PackCompactor compactor(life.shop.repository().store(), options, {});
  for (int failures = 0; failures < 3;) {
    const auto worked = compactor.step();
    failures += !worked;
    if (worked && !*worked) break;
  }
  life.merges = compactor.totals().runs;
  life.save_and_snap("behind", 900);
}

void catch_up(Life& life) {
  const std::atomic<bool> never{false};
  for (int i = 0; i < 3; ++i) {
    life.save_and_snap("a", 50);
    if (life.shop.is_open()) (void)life.shop.repository().catch_up_graph(never);
  }
}

const Scenario kScenarios[] = {
    {"creation", nothing, first_saves},
    {"commit", first_saves, more_saves},
    {"seal", some_saves, more_saves, 1500},
    {"reopening", some_saves, reopen, 2500},
    {"index merge", first_saves, merge_index},
    {"index rebuild", first_saves, rebuild_index},
    {"pack merge", some_saves, merge_packs, 1500},
    {"commit graph", first_saves, catch_up},
};

// Cuts the power at a random moment after the fault was armed.
void cut(Life& life, std::size_t begun, SeededRandom& random) {
  const auto operations = life.recording.operations();
  const std::size_t prefix = begun + random.below(operations.size() - begun + 1);
  CAPTURE(prefix, operations.size());
  test::WorkshopOptions places = life.places();
  places.open = true;
  test::require_survives(test::random_crash(operations, prefix, random), life.ledger, prefix,
                         places);
}

// Returns the number of calls of the scenario, also failed ones; `and_cut`: adds a power cut.
std::uint64_t run_with(const Scenario& scenario, const std::optional<Fault>& fault, bool and_cut,
                       SeededRandom& random) {
  Life life(scenario.seal_at);
  scenario.before(life);
  const std::size_t begun = life.recording.size();
  life.faults.reset_counts();
  if (fault) life.faults.set_fault(*fault);
  scenario.run(life);
  const std::uint64_t calls = life.faults.all_calls();
  life.faults.clear_fault();
  if (!fault && scenario.run == merge_packs) REQUIRE(life.merges > 0);
  if (!life.shop.is_open()) must(life.shop.reopen());
  life.ledger.require_kept(life.shop);
  life.save_and_snap("when the fault has gone", 700);
  life.ledger.require_kept(life.shop);
  if (and_cut) cut(life, begun, random);
  test::require_goes_on(life.shop);
  life.ledger.require_kept(life.shop);
  // If all later calls fail too, no other pack can be written, and the next open must sync again.
  if (!fault || !fault->all_after) REQUIRE(life.faults.syncs_after_failure() == 0);
  return calls;
}

}  // namespace

TEST_CASE(
    "fault loop: whatever call of a repository fails, nothing "
    "acknowledged is lost") {
  const std::size_t number = GENERATE(range(std::size_t{0}, std::size(kScenarios)));
  const Scenario& scenario = kScenarios[number];
  SeededRandom random(test::test_seed());
  const std::uint64_t calls = run_with(scenario, {}, false, random);
  const std::uint64_t most = 25 * test::test_rounds(1);
  const std::uint64_t stride = test::test_stride(std::max<std::uint64_t>(1, calls / most));
  std::uint64_t points = 0, cuts = 0;
  for (std::uint64_t n = 1 + random.below(stride); n <= calls + 5; n += stride) {
    // If every call is tested, each fails with every error, once and for good.
    const std::uint64_t ways = most > 2 * calls ? std::size(kErrors) * 2 : 1;
    for (std::uint64_t way = 0; way < ways; ++way) {
      const std::uint64_t choice = ways > 1 ? way : random.below(std::size(kErrors) * 2);
      Fault fault;
      fault.nth = n;
      fault.os_error = kErrors[choice / 2];
      fault.all_after = choice % 2 != 0;
      fault.half_write = random.one_in(2);
      fault.any_kind = true;
      const bool and_cut = ++points % 3 == 0;
      cuts += and_cut;
      CAPTURE(scenario.name, n, fault.os_error, fault.all_after, fault.half_write, and_cut);
      run_with(scenario, fault, and_cut, random);
    }
  }
  test::report_counts(
      fmt::format("fault loop: {}: {} calls, {} faults, {} of them with a power cut", scenario.name,
                  calls, points, cuts));
}

TEST_CASE(
    "fault loop: a file whose sync failed is never synced again, whoever "
    "opens it") {
  SeededRandom random(test::test_seed());
  std::uint64_t points = 0;
  for (const Scenario& scenario : kScenarios) {
    for (std::uint64_t n = 1; n <= 40; n += test::test_stride(1)) {
      Life life(scenario.seal_at);
      scenario.before(life);
      reopen_unsynced(life);
      life.shop.close();
      life.faults.set_fault({.nth = n, .only = CallKind::sync_file});
      scenario.run(life);
      const bool struck = life.faults.failures() > 0;
      life.faults.clear_fault();
      CAPTURE(scenario.name, n);
      life.save_and_snap("when the fault has gone", 700);
      REQUIRE(life.faults.syncs_after_failure() == 0);
      if (n % 3 == 1) cut(life, life.recording.size(), random);
      test::require_goes_on(life.shop);
      life.ledger.require_kept(life.shop);
      if (!struck) break;
      ++points;
    }
  }
  test::report_counts(fmt::format("fault loop: {} syncs of files that failed", points));
}

TEST_CASE(
    "fault loop: what a full disk or a failed sync left in a pack is no "
    "damage after a cut") {
  const bool full = GENERATE(true, false);
  const std::uint64_t seal_at = GENERATE(1u, 1u << 20);  // a new pack, or one that has something
  Life life(seal_at);
  some_saves(life);
  const std::size_t begun = life.recording.size();
  Fault fault{.nth = 1, .os_error = full ? ENOSPC : EIO, .all_after = true, .half_write = true};
  if (full)
    fault.only = CallKind::write;
  else
    fault.only = CallKind::sync_file;
  life.faults.set_fault(fault);
  life.save_and_snap("fails", 4000);
  REQUIRE(life.faults.failures() > 1);
  life.faults.clear_fault();
  life.save_and_snap("goes through", 500);
  test::WorkshopOptions places = life.places();
  places.open = true;
  const auto operations = life.recording.operations();
  std::uint64_t states = 0;
  const std::uint64_t stride = test::test_rounds(1) > 1 ? 1 : test::test_stride(16);
  for (std::size_t prefix = begun; prefix <= operations.size(); ++prefix)
    test::for_each_crash(operations, prefix, [&](const auto& survivors) {
      if (++states % stride != 0) return;
      CAPTURE(full, seal_at, prefix, states);
      test::require_survives(survivors, life.ledger, prefix, places);
    });
  test::report_counts(
      fmt::format("power cut: a pack that was given up: {} states", states / stride));
}

namespace {

using Attributes = std::map<std::string, std::size_t>;

Attributes attributes_of(Workshop& shop) {
  Attributes counts;
  must(tree::walk_tree(shop.repository().nodes(), must(shop.repository().head_tree()), "", true,
                       [&](const std::string& path, const object::TreeEntry& entry) {
                         counts[path] = entry.attributes.size();
                         return true;
                       }));
  return counts;
}

// A worktree on a disk that fails on demand.
struct Worktree {
  Worktree() {
    shop.save(".vcsignore", "*.log\n");
    shop.save("logs/.vcsignore", "!kept.log\n");
    shop.save("logs/kept.log", "wanted");
    shop.save("docs/deep/down/a", "old a");
    shop.save("docs/b", "stays");
    shop.save("docs/gone", "goes");
    shop.save("large", noise(1, 200'000));
    std::filesystem::create_symlink("docs/b", shop.at("link"));
    has_attributes =
        ::setxattr(shop.at("docs/deep/down/a").c_str(), "user.note", "kept", 4, 0) == 0;
    shop.snap();
    before = shop.tree();
    attributes = attributes_of(shop);
    shop.save("docs/deep/down/a", "a new one");
    shop.save("new/file", "new");
    shop.remove("docs/gone");
    shop.save("large", noise(2, 210'000));
  }

  // Requires that the commit has every remaining file, with its old or its present content.
  void require_honest() {
    const auto tree = shop.tree(), disk = shop.disk();
    for (const auto& [path, content] : before) {
      INFO(path);
      if (path == "docs/gone") continue;
      REQUIRE(tree.contains(path));
      REQUIRE((tree.at(path) == content || tree.at(path) == disk.at(path)));
    }
    const Attributes now = attributes_of(shop);
    for (const auto& [path, count] : attributes) {
      INFO(path);
      REQUIRE((path == "docs/gone" || now.at(path) == count));
    }
  }

  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  QuickFolder data;
  test::FaultFileSystem faults{*real};
  Workshop shop{[&] {
    test::WorkshopOptions places;
    places.worktree_files = &faults;
    places.lanes = 1;
    places.data = data.path();
    return places;
  }()};
  bool has_attributes = false;
  std::map<std::string, std::string> before;
  Attributes attributes;
};

}  // namespace

TEST_CASE(
    "fault loop: what cannot be read in a worktree is not taken for "
    "deleted, and tried again") {
  const int os_error = GENERATE(EIO, EMFILE, EINTR, ENOMEM, ESTALE);
  const bool all_after = GENERATE(false, true);
  std::uint64_t points = 0;
  bool has_attributes = true;
  const std::uint64_t stride = test::test_rounds(1) > 1 ? 1 : 7;
  SeededRandom random(test::test_seed());
  for (std::uint64_t n = 1 + random.below(stride);; n += stride) {
    Worktree worktree;
    Workshop& shop = worktree.shop;
    has_attributes = has_attributes && worktree.has_attributes;
    Fault fault;
    fault.nth = n;
    fault.os_error = os_error;
    fault.all_after = all_after;
    fault.any_kind = true;
    worktree.faults.set_fault(fault);
    // The first call is the test's own: it opens the root.
    if (n == 1) worktree.faults.set_fault({.nth = 1, .os_error = os_error, .only = CallKind::look});
    const auto outcome = shop.try_snap({{"", true}}, object::CommitKind::automatic);
    const bool struck = worktree.faults.failures() > 0;
    worktree.faults.clear_fault();
    CAPTURE(os_error, all_after, n);
    worktree.require_honest();
    // Scans again only where the snapshot asked for it, as an agent does.
    std::vector<worktree::Mark> again;
    if (!outcome) again.push_back({"", true});
    if (outcome) {
      again = outcome->retry;
      for (const RestlessFile& file : outcome->restless) again.push_back(file.mark());
      for (const worktree::Problem& problem : outcome->problems)
        again.push_back({problem.path, true});
    }
    if (!again.empty()) must(shop.try_snap(again, object::CommitKind::automatic));
    REQUIRE((shop.tree() == shop.disk()));
    worktree.require_honest();
    if (!struck) break;
    ++points;
  }
  REQUIRE(points > 5);
  if (!has_attributes) WARN("this filesystem has no extended attributes: not looked at");
  test::report_counts(fmt::format("fault loop: worktree, error {}, {}: {} faults", os_error,
                                  all_after ? "for good" : "once", points));
}

TEST_CASE(
    "fault loop: without descriptors nothing is taken for deleted, and "
    "it is tried again") {
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (int spare = 1; spare <= 9; ++spare) {
    Worktree worktree;
    Workshop& shop = worktree.shop;
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    REQUIRE(lowest >= 0);
    ::close(lowest);
    struct rlimit limit = before;
    limit.rlim_cur = static_cast<rlim_t>(lowest + spare);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    const auto outcome = shop.try_snap({{"", true}}, object::CommitKind::automatic);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CAPTURE(spare);
    worktree.require_honest();
    std::vector<worktree::Mark> again{{"", true}};
    if (outcome) {
      again = outcome->retry;
      for (const RestlessFile& file : outcome->restless) again.push_back(file.mark());
      for (const worktree::Problem& problem : outcome->problems)
        again.push_back({problem.path, true});
    }
    if (spare == 1) REQUIRE((!outcome || !again.empty()));
    if (!again.empty()) must(shop.try_snap(again, object::CommitKind::automatic));
    REQUIRE((shop.tree() == shop.disk()));
  }
}

}  // namespace vcs::snapshot
