// SPDX-License-Identifier: Apache-2.0
// A power cut at any moment: the repository keeps what it has acknowledged and goes on.
// VCS_TEST_ROUNDS multiplies the number of tested states.
#include <catch2/catch.hpp>
#include <functional>

#include "core/history/history.hpp"
#include "core/store/pack_compactor.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/test_rounds.hpp"

namespace vcs::snapshot {
namespace {

using test::Ledger;
using test::must;
using test::Operation;
using test::QuickFolder;
using test::SeededRandom;
using test::Workshop;

std::string noise(std::uint64_t seed, std::size_t size) {
  base::Bytes bytes(size);
  SeededRandom(seed).fill(bytes);
  return std::string(base::as_text(bytes));
}

// A repository whose disk is recorded; no power cut changes its worktree.
struct Recorded {
  explicit Recorded(std::uint64_t seal_size) : seal_at(seal_size) {}

  void snap() {
    shop.snap();
    ledger.note(shop, recording.size());
  }
  // Saves another length each time, so that a scan sees the change without a clock.
  void save(const std::string& path, std::size_t size) {
    ++saves;
    shop.save(path, noise(saves, size + saves));
  }
  test::WorkshopOptions places(const std::string& disk, base::FileSystem* files) const {
    test::WorkshopOptions places;
    places.files = files;
    places.lanes = 1;
    places.worktree = worktree.path();
    places.data = disk;
    places.seal_at = seal_at;
    return places;
  }

  std::uint64_t seal_at, saves = 0;
  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  QuickFolder worktree, data;
  test::RecordingFileSystem recording{*real, data.path()};
  Ledger ledger;
  Workshop shop{places(data.path(), &recording)};
};

void make_commits(Recorded& life) {
  life.snap();  // of an empty folder
  life.save("a", 100);
  life.save("folder/b", 9000);
  life.snap();
  life.save("a", 5000);
  life.shop.rename("folder/b", "folder/c");
  life.snap();
  life.shop.remove("folder");
  life.save("large", 40'000);
  life.snap();
}

void seal_packs(Recorded& life) {
  for (int i = 0; i < 7; ++i) {
    life.save("file " + std::to_string(i % 3), 1500);
    life.snap();
  }
}

// Commits more than the write buffer holds: many pieces go past the cache before the one sync.
void make_large_commits(Recorded& life) {
  life.save("small", 100);
  life.snap();
  life.save("large", 1'200'000);
  life.save("small", 200);
  life.snap();
  life.save("small", 300);
  life.snap();
}

void merge_index(Recorded& life) {
  for (int i = 0; i < 4; ++i) {
    life.save("file " + std::to_string(i), 50);
    life.snap();
    if (i % 2 == 1) must(life.shop.repository().index().merge());
  }
}

void rebuild_index(Recorded& life) {
  make_commits(life);
  life.shop.close();
  must(base::remove_tree(*must(life.recording.open_directory(life.data.path())), "index"));
  must(life.shop.reopen());
  life.save("b", 300);
  life.snap();
}

void merge_packs(Recorded& life) {
  for (int i = 0; i < 6; ++i) {
    life.save("file " + std::to_string(i % 4), 900);
    life.snap();
  }
  store::CompactionOptions options;
  options.policy.most_bytes = 20'000;
  store::PackCompactor compactor(life.shop.repository().store(), options, {});
  REQUIRE(must(compactor.step()));
  life.save("saved meanwhile", 900);
  life.snap();
  while (must(compactor.step())) continue;
  REQUIRE(compactor.totals().runs > 0);
  life.save("saved behind", 900);
  life.snap();
}

// Commits that changed `path`, the newest first, from a walk over all trees.
std::vector<object::ObjectId> changes_of(Workshop& shop, const std::string& path) {
  std::vector<object::ObjectId> found;
  const auto at = [&](const auto& tree) {
    const auto entry = tree.find(path);
    return entry == tree.end() ? std::optional<std::string>() : entry->second;
  };
  for (auto id = shop.repository().head(); id;) {
    const auto commit = must(shop.repository().read_commit(*id));
    const auto before =
        commit.parent ? at(shop.tree_of(*commit.parent)) : std::optional<std::string>();
    if (at(shop.tree_of(*id)) != before) found.push_back(*id);
    id = commit.parent;
  }
  return found;
}

void require_history(Workshop& shop) {
  const std::atomic<bool> never{false};
  // The first call may find the graph damaged and drop it; then the second makes it anew.
  if (!shop.repository().catch_up_graph(never)) must(shop.repository().catch_up_graph(never));
  if (!shop.repository().head()) return;
  for (const char* path : {"a", "b"}) {
    std::vector<object::ObjectId> told;
    const auto head = must(history::read_step(shop.repository(), *shop.repository().head()));
    must(history::visit_history(
        shop.repository(), head, path,
        [&](const history::CommitStep& step) {
          told.push_back(step.id);
          return true;
        },
        [] { return false; }));
    REQUIRE((told == changes_of(shop, path)));
  }
}

void keep_graph(Recorded& life) {
  for (int i = 0; i < 6; ++i) {
    life.save(i % 2 == 0 ? "a" : "b", 60);
    life.snap();
    if (i % 3 != 1) require_history(life.shop);
  }
}

struct Scenario {
  const char* name;
  void (*run)(Recorded&);
  std::uint64_t seal_at = 1u << 20;
  void (*require_more)(Workshop&) = nullptr;
};

// Tests the states that a power cut may leave of one recorded life.
class Sweep {
 public:
  Sweep(const Scenario& scenario, const Recorded& life)
      : scenario_(scenario),
        life_(life),
        operations_(life.recording.operations()),
        random_(test::test_seed()) {}

  // Tests about `most` systematic states, spread evenly over all of them, and `most` / 5 random
  // states.
  void run(std::uint64_t most) {
    std::uint64_t total = 0;
    each([&](std::size_t, const auto&) { ++total; });
    const std::uint64_t stride = std::max<std::uint64_t>(1, total / most);
    std::uint64_t number = random_.below(stride);
    each([&](std::size_t prefix, const std::vector<Operation>& survivors) {
      if (++number % stride == 0) look_at(prefix, survivors);
    });
    for (std::uint64_t i = 0; i < most / 5; ++i) {
      const std::size_t prefix = random_.below(operations_.size() + 1);
      look_at(prefix, test::random_crash(operations_, prefix, random_));
    }
    // Kills the program at every call that makes the repository, and at some of the later ones.
    const std::size_t step = std::max<std::size_t>(1, operations_.size() * 5 / most);
    for (std::size_t prefix = 0; prefix <= operations_.size();
         prefix += prefix < kMaking ? 1 : 1 + random_.below(2 * step))
      kill_and_cut(prefix);
    test::report_counts(fmt::format(
        "power cut: {}: {} operations, {} of {} states and random ones, {} of them cut again while "
        "going on, {} killed and cut later",
        scenario_.name, operations_.size(), states_, total, again_, killed_));
  }

 private:
  template <typename Visitor>
  void each(const Visitor& visitor) {
    for (std::size_t prefix = 0; prefix <= operations_.size(); ++prefix)
      test::for_each_crash(operations_, prefix,
                           [&](const auto& survivors) { visitor(prefix, survivors); });
  }

  void look_at(std::size_t prefix, const std::vector<Operation>& survivors) {
    CAPTURE(scenario_.name, prefix, ++states_);
    require_survives(survivors, life_.ledger, prefix);
    if (states_ % 6 == 0) cut_again(survivors, prefix);
  }

  void require_survives(const std::vector<Operation>& survivors, const Ledger& ledger,
                        std::size_t prefix) {
    test::require_survives(survivors, ledger, prefix, life_.places("", nullptr),
                           scenario_.require_more);
  }

  // Cuts the power again while the repository is opened or goes on.
  void cut_again(const std::vector<Operation>& survivors, std::size_t prefix) {
    ++again_;
    go_on_and_cut(test::settled(survivors), prefix);
  }

  // Kills the program, goes on with what the system still holds in memory, then cuts the power.
  void kill_and_cut(std::size_t prefix) {
    ++killed_;
    go_on_and_cut({operations_.begin(), operations_.begin() + static_cast<std::ptrdiff_t>(prefix)},
                  prefix);
  }

  void go_on_and_cut(std::vector<Operation> before, std::size_t prefix) {
    QuickFolder disk;
    test::replay(before, disk.path());
    const std::size_t begun = before.size();
    test::RecordingFileSystem recording(*life_.real, disk.path(), std::move(before));
    Ledger ledger = life_.ledger.until(prefix);
    {
      Workshop shop(life_.places(disk.path(), &recording));
      shop.save("cut again", std::string(1 + (states_ + again_ * 7) % 991, 'c'));
      shop.snap();
      ledger.note(shop, recording.size());
    }
    const auto operations = recording.operations();
    const std::size_t cut = begun + random_.below(operations.size() - begun + 1);
    CAPTURE(cut, begun, operations.size());
    require_survives(test::random_crash(operations, cut, random_), ledger, cut);
    require_survives(durable_part(operations), ledger, operations.size());
  }

  // The operations that survive every power cut at the end.
  static std::vector<Operation> durable_part(const std::vector<Operation>& operations) {
    const std::vector<bool> durable = test::durable_operations(operations, operations.size());
    std::vector<Operation> survivors;
    for (std::size_t i = 0; i < operations.size(); ++i)
      if (durable[i]) survivors.push_back(operations[i]);
    return survivors;
  }

  static constexpr std::size_t kMaking = 24;  // calls that make a repository
  const Scenario& scenario_;
  const Recorded& life_;
  const std::vector<Operation> operations_;
  SeededRandom random_;
  std::uint64_t states_ = 0, again_ = 0, killed_ = 0;
};

const Scenario kScenarios[] = {
    {"commit", make_commits},
    {"large commit", make_large_commits},
    {"seal", seal_packs, 2500},
    {"index merge", merge_index},
    {"index rebuild", rebuild_index},
    {"pack merge", merge_packs, 1500},
    {"commit graph", keep_graph, 1u << 20, require_history},
};

}  // namespace

TEST_CASE("power cut: whatever a repository is at, what it acknowledged is there and it goes on") {
  const std::size_t number = GENERATE(range(std::size_t{0}, std::size(kScenarios)));
  const Scenario& scenario = kScenarios[number];
  Recorded life(scenario.seal_at);
  scenario.run(life);
  life.shop.close();
  Sweep(scenario, life).run(60 * test::test_rounds(1));
}

}  // namespace vcs::snapshot
