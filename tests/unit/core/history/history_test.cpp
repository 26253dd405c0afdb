// SPDX-License-Identifier: Apache-2.0
// Compares answers about the history with a model. The commit graph is missing, knows a part, knows
// all, describes another branch, or is damaged.
#include "core/history/history.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "core/history/commit_graph.hpp"
#include "core/object/compressor.hpp"
#include "core/pack/frame.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/core/tree/tree_fixture.hpp"

namespace vcs::history {
namespace {

using base::ErrorCode;
using object::ObjectId;
using object::TreeEntry;
using test::must;
using test::SeededRandom;
using test::TreeModel;
using Changes = std::map<std::string, std::optional<TreeEntry>, object::PathLess>;

const std::atomic<bool> kGoOn{false};

// A repository whose commits are made from models of their trees, without a worktree.
class Chronicle {
 public:
  struct Known {
    ObjectId id;
    object::Commit commit;
    TreeModel model;
  };

  explicit Chronicle(base::FileSystem* files = nullptr)
      : real_(base::make_posix_filesystem()), files_(files != nullptr ? *files : *real_) {
    open();
  }

  void open() {
    if (repository_) must(repository_->store().sync());
    repository_.reset();
    repository_ = must(
        Repository::open(must(files_.open_directory(folder_.path())), {}, "the test", base::Log{}));
  }

  // Commits `changes` behind the head.
  void commit(const Changes& changes, base::UnixNanos time, std::uint64_t gap = 0) {
    Known next = chain_.empty() ? Known{} : chain_.back();
    const auto edits = test::apply_to_model(next.model, changes);
    const ObjectId old_tree = next.commit.tree;
    next.commit = {};
    next.commit.tree = must(tree::edit_tree(repository_->nodes(), old_tree, edits,
                                            [&](const ObjectId& id, base::Bytes node) {
                                              return put(object::ObjectKind::tree_node, id, node);
                                            }));
    if (!chain_.empty()) next.commit.parent = chain_.back().id;
    next.commit.sequence = (chain_.empty() ? 0 : chain_.back().commit.sequence) + 1 + gap;
    next.commit.time = time;
    next.commit.device = "0123456789abcdef";
    next.commit.message = std::to_string(++made_);
    append(std::move(next));
  }

  void append(Known next) {
    const base::Bytes bytes = object::encode_commit(next.commit);
    next.id = object::hash_bytes(bytes);
    must(put(object::ObjectKind::commit, next.id, bytes));
    must(repository_->set_head(next.id));
    chain_.push_back(std::move(next));
  }

  // Moves the head back to the `count`-th commit; the later commits are then another branch.
  void go_back_to(std::size_t count) {
    chain_.resize(count);
    must(repository_->set_head(chain_.back().id));
  }

  std::uint64_t catch_up() { return must(repository_->catch_up_graph(kGoOn)); }
  std::uint64_t known() {
    const auto file = repository_->graph().known();
    return file ? file->size() : 0;
  }

  Repository& repository() { return *repository_; }
  const std::vector<Known>& chain() const { return chain_; }
  CommitStep head() { return must(read_step(*repository_, chain_.back().id)); }
  std::string file(const std::string& name) const { return folder_ / "graph/" + name; }

 private:
  base::Result<void> put(object::ObjectKind kind, const ObjectId& id, const base::Bytes& bytes) {
    const pack::FrameInput input[] = {{id, bytes}};
    VCS_ASSIGN(const auto frame, pack::encode_frame(kind, input, 1, compressor_));
    return repository_->store().append(frame);
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<base::FileSystem> real_;
  base::FileSystem& files_;
  object::Compressor compressor_;
  std::unique_ptr<Repository> repository_;
  std::vector<Known> chain_;  // the oldest first
  std::size_t made_ = 0;
};

bool same_content(const TreeEntry& a, const TreeEntry& b) {
  return a.type == b.type && a.content == b.content && a.symlink_target == b.symlink_target;
}

bool model_touches(const TreeModel& before, const TreeModel& after, const std::string& path) {
  const auto concerns = [&](const std::string& at) {
    return at == path || at.starts_with(path + "/");
  };
  for (const auto& [at, entry] : after) {
    const auto old = before.find(at);
    if (concerns(at) && (old == before.end() || !same_content(old->second, entry))) return true;
  }
  return std::any_of(before.begin(), before.end(), [&](const auto& old) {
    return concerns(old.first) && !after.contains(old.first);
  });
}

std::vector<ObjectId> log_of_model(const Chronicle& chronicle, const std::string& path) {
  std::vector<ObjectId> ids;
  const auto& chain = chronicle.chain();
  for (std::size_t i = chain.size(); i-- > 0;)
    if (path.empty() ||
        model_touches(i > 0 ? chain[i - 1].model : TreeModel(), chain[i].model, path))
      ids.push_back(chain[i].id);
  return ids;
}

std::vector<ObjectId> log_of(Chronicle& chronicle, const std::string& path,
                             std::size_t limit = ~std::size_t{0}) {
  std::vector<ObjectId> ids;
  must(visit_history(
      chronicle.repository(), chronicle.head(), path,
      [&](const CommitStep& step) {
        ids.push_back(step.id);
        return ids.size() < limit;
      },
      [] { return false; }));
  return ids;
}

void check_logs(Chronicle& chronicle, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    INFO("path " << path);
    auto expected = log_of_model(chronicle, path);
    REQUIRE(log_of(chronicle, path) == expected);
    if (expected.size() < 3) continue;
    expected.resize(2);
    REQUIRE(log_of(chronicle, path, 2) == expected);
  }
}

void check_steps(Chronicle& chronicle, SeededRandom& random) {
  const auto& chain = chronicle.chain();
  const auto id_of = [](const auto& step) { return step ? step->id : ObjectId{}; };
  for (int round = 0; round < 10; ++round) {
    const std::size_t from = random.below(chain.size());
    const std::size_t back = random.below(chain.size() + 2);
    const CommitStep start = must(read_step(chronicle.repository(), chain[from].id));
    const auto older = must(ancestor(chronicle.repository(), start, back));
    REQUIRE(id_of(older) == (back <= from ? chain[from - back].id : ObjectId{}));

    const base::UnixNanos time =
        chain[random.below(chain.size())].commit.time - base::Nanos(random.below(3));
    ObjectId expected;
    for (std::size_t i = from + 1; i-- > 0 && expected.is_zero();)
      if (chain[i].commit.time <= time) expected = chain[i].id;
    REQUIRE(id_of(must(not_younger(chronicle.repository(), start, time))) == expected);
  }
}

// Random edits of a few paths: of content, of metadata only, and sometimes 600 files at once.
class Edits {
 public:
  explicit Edits(SeededRandom& random) : random_(random), paths_random_(random.next()) {
    while (pool_.size() < 24) pool_.push_back(test::random_path(paths_random_));
  }

  Changes next(const TreeModel& model) {
    Changes changes;
    for (std::uint64_t count = random_.below(4); count > 0; --count) {
      const std::string& path = pool_[random_.below(pool_.size())];
      const auto there = model.find(path);
      if (there != model.end() && random_.one_in(3)) {
        changes[path] = std::nullopt;
      } else if (there != model.end() && random_.one_in(3)) {
        TreeEntry entry = there->second;
        entry.mode ^= 0111;
        changes[path] = entry;
      } else {
        changes[path] = test::file_entry(++version_);
      }
    }
    if (random_.one_in(15))
      for (int i = 0; i < 600; ++i)
        changes["many/" + std::to_string(i)] = test::file_entry(++version_);
    return changes;
  }

  // All paths, the folders above them, and some paths that never existed.
  std::vector<std::string> questions() const {
    std::vector<std::string> paths{"", "many", "many/7", "nowhere", "n/nowhere"};
    for (const std::string& path : pool_) {
      paths.push_back(path);
      paths.push_back(path.substr(0, path.find('/')));
      paths.push_back(path.substr(0, path.rfind('/')));
    }
    return paths;
  }

 private:
  SeededRandom& random_;
  std::mt19937_64 paths_random_;
  std::vector<std::string> pool_;
  std::uint64_t version_ = 0;
};

// The next time of a commit; sometimes the clock goes back.
base::UnixNanos next_time(SeededRandom& random, base::UnixNanos last) {
  const auto step = base::Nanos(random.below(5));
  return random.one_in(6) ? last - 2 * step : last + step;
}

void add_commits(Chronicle& chronicle, SeededRandom& random, Edits& edits, std::size_t count) {
  for (; count > 0; --count) {
    const auto& chain = chronicle.chain();
    const Changes changes = edits.next(chain.empty() ? TreeModel() : chain.back().model);
    chronicle.commit(changes, next_time(random, chain.empty() ? base::unix_nanos(100)
                                                              : chain.back().commit.time));
  }
}

}  // namespace

TEST_CASE("history: answers are the same whatever the graph knows") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  const auto check = [&] {
    check_logs(chronicle, edits.questions());
    check_steps(chronicle, random);
  };
  add_commits(chronicle, random, edits, 12);
  check();
  REQUIRE(chronicle.catch_up() == 12);
  check();
  add_commits(chronicle, random, edits, 5);
  check();
  REQUIRE(chronicle.catch_up() == 5);
  REQUIRE(chronicle.catch_up() == 0);
  chronicle.open();
  REQUIRE(chronicle.known() == 17);
  check();
}

TEST_CASE("history: the graph looks at few commits for a path that few have touched") {
  Chronicle chronicle;
  std::uint64_t version = 0;
  for (int i = 0; i < 30; ++i)
    chronicle.commit({{"folder/file" + std::to_string(i % 10), test::file_entry(++version)}},
                     base::unix_nanos(i));
  REQUIRE(chronicle.catch_up() == 30);
  const auto file = chronicle.repository().graph().known();
  history::CommitWindow window;
  must(file->read(0, 30, true, window));
  for (std::size_t i = 1; i < 30; ++i) {
    REQUIRE(window.touched(i, history::path_hash("folder/file3")) == (i % 10 == 3));
    REQUIRE(window.touched(i, history::path_hash("folder")) == true);
    REQUIRE(window.touched(i, history::path_hash("folder/file")) == false);
  }
}

TEST_CASE("history: a head that moved elsewhere makes the graph fork, and old readers go on") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  add_commits(chronicle, random, edits, 14);
  REQUIRE(chronicle.catch_up() == 14);
  const auto old = chronicle.repository().graph().known();

  chronicle.go_back_to(6);
  REQUIRE(chronicle.catch_up() == 0);
  check_logs(chronicle, edits.questions());
  add_commits(chronicle, random, edits, 5);
  check_logs(chronicle, edits.questions());
  check_steps(chronicle, random);
  REQUIRE(chronicle.catch_up() == 5);
  REQUIRE(chronicle.known() == 11);
  check_logs(chronicle, edits.questions());
  check_steps(chronicle, random);
  REQUIRE(old->size() == 14);
  REQUIRE(must(old->row(13)).sequence == 14);
}

TEST_CASE("history: a damaged graph is dropped, and made anew") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  add_commits(chronicle, random, edits, 12);
  chronicle.catch_up();
  for (int round = 0; round < 16; ++round) {
    const std::string name = chronicle.file(random.one_in(2) ? "rows" : "paths");
    std::string bytes = test::read_file(name);
    for (int flips = 0; flips < 3; ++flips)
      bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
    chronicle.open();
    test::write_file(name, bytes);
    check_logs(chronicle, {"many/7", edits.questions()[5 + random.below(24)]});
    check_steps(chronicle, random);
    // An empty file is always found damaged, so the graph is made anew from all 12 commits.
    test::write_file(name, "");
    chronicle.open();
    REQUIRE(chronicle.catch_up() == 12);
    check_logs(chronicle, {"many/7"});
  }
}

TEST_CASE("history: the graph begins behind commits that are lost") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  Chronicle::Known orphan;
  orphan.commit.parent = ObjectId{{1, 2, 3}};
  orphan.commit.sequence = 40;
  orphan.commit.device = "0123456789abcdef";
  chronicle.append(orphan);
  add_commits(chronicle, random, edits, 6);
  REQUIRE(chronicle.catch_up() == 7);
  REQUIRE(chronicle.catch_up() == 0);
  const CommitStep head = chronicle.head();
  REQUIRE(must(ancestor(chronicle.repository(), head, 6))->id == chronicle.chain()[0].id);
  REQUIRE(ancestor(chronicle.repository(), head, 7).error().code == ErrorCode::not_found);
  std::size_t seen = 0;
  const auto read = visit_history(
      chronicle.repository(), head, "nowhere", [&](const CommitStep&) { return ++seen > 0; },
      [] { return false; });
  REQUIRE(read.error().code == ErrorCode::not_found);
  REQUIRE(seen == 0);
}

TEST_CASE("history: commits that are numbered with gaps are walked over") {
  Chronicle chronicle;
  std::uint64_t version = 0;
  for (int i = 0; i < 9; ++i)
    chronicle.commit({{"file", test::file_entry(++version)}}, base::unix_nanos(i), i == 4 ? 10 : 0);
  REQUIRE(chronicle.catch_up() == 5);
  REQUIRE(chronicle.catch_up() == 0);
  REQUIRE(must(ancestor(chronicle.repository(), chronicle.head(), 8))->id ==
          chronicle.chain()[0].id);
  check_logs(chronicle, {"file", "nowhere"});
}

TEST_CASE("history: catching up that was cancelled keeps what it has, and goes on later") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  add_commits(chronicle, random, edits, 4);
  chronicle.catch_up();
  add_commits(chronicle, random, edits, 4);
  const std::atomic<bool> cancelled{true};
  const auto result = chronicle.repository().catch_up_graph(cancelled);
  REQUIRE(result.error().code == ErrorCode::cancelled);
  REQUIRE(chronicle.known() == 4);
  check_logs(chronicle, edits.questions());
  REQUIRE(chronicle.catch_up() == 4);
}

TEST_CASE("history: whatever call fails while the graph catches up, answers stay right") {
  SeededRandom random(test::test_seed());
  const auto real = base::make_posix_filesystem();
  for (std::uint64_t nth = 1;; ++nth) {
    test::FaultFileSystem files(*real);
    Edits edits(random);
    Chronicle chronicle(&files);
    add_commits(chronicle, random, edits, 3);
    chronicle.catch_up();
    chronicle.go_back_to(2);
    add_commits(chronicle, random, edits, 3);
    files.set_fault({.nth = nth, .half_write = true});
    (void)chronicle.repository().catch_up_graph(kGoOn);
    const bool struck = files.failures() > 0;
    files.clear_fault();
    check_logs(chronicle, {"many/7", edits.questions()[5]});
    check_steps(chronicle, random);
    chronicle.catch_up();
    REQUIRE(chronicle.known() == 5);
    check_logs(chronicle, {"many/7", edits.questions()[5]});
    if (!struck) break;
  }
}

TEST_CASE("history: questions are answered while the graph catches up") {
  SeededRandom random(test::test_seed());
  Edits edits(random);
  Chronicle chronicle;
  add_commits(chronicle, random, edits, 20);
  std::thread writer([&] { (void)chronicle.repository().catch_up_graph(kGoOn); });
  check_logs(chronicle, {"", "many/7", "nowhere"});
  check_steps(chronicle, random);
  writer.join();
  REQUIRE(chronicle.known() == 20);
  check_steps(chronicle, random);
}

}  // namespace vcs::history
