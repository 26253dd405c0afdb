// SPDX-License-Identifier: Apache-2.0
// A repository with any damage: it opens, saves go on, and a repair brings back all that a remote
// or the folder still has, and names the rest.
#include "core/sync/repair.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <set>

#include "core/history/after_damage.hpp"
#include "core/history/repository.hpp"
#include "core/store/content_reader.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/workshop.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {
namespace {

using object::ObjectId;
namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

constexpr const char* kDevice = "0123456789abcdef";

// A worktree with some history, copied to a remote.
struct Scene {
  Workshop shop;
  std::shared_ptr<remote::drivers::MemoryObjects> objects =
      std::make_shared<remote::drivers::MemoryObjects>();
  std::map<ObjectId, Tree> expected;  // by commit
  std::vector<ObjectId> commits;
  Tree now;

  explicit Scene(int saves = 6, base::FileSystem* files = nullptr)
      : shop(WorkshopOptions{.files = files, .seal_at = 120'000}) {
    for (int n = 1; n <= saves; ++n) {
      for (int i = 0; i < 60; ++i)
        if (n == 1 || i % 7 == n)
          shop.save(fmt::format("folder{}/file{}", i % 5, i),
                    noise(200 + static_cast<std::size_t>(i) * 40,
                          static_cast<std::uint32_t>(n * 100 + i)));
      shop.save("large", noise(150'000, static_cast<std::uint32_t>(n)));
      shop.save(fmt::format("only{}", n), fmt::format("only in {}", n));
      if (n > 1) shop.remove(fmt::format("only{}", n - 1));
      remember(shop.snap().id);
    }
    now = shop.disk();
  }

  void remember(const ObjectId& commit) {
    commits.push_back(commit);
    expected[commit] = shop.disk();
  }

  void push() {
    TemporaryFolder cache_folder;
    const auto filesystem = base::make_posix_filesystem();
    const auto remote = remote::drivers::make_memory_remote(objects);
    const auto cache =
        must(sync::RemoteCache::open(must(filesystem->open_directory(cache_folder.path())), {}));
    sync::PushOptions options;
    options.device = kDevice;
    options.config = test_config();
    options.pack_bytes = 128 * 1024;
    must(
        sync::push(shop.repository().store(), *shop.repository().head(), *remote, *cache, options));
  }

  std::vector<sync::RepairSource> sources() {
    return {{"copy", [this]() -> base::Result<std::unique_ptr<remote::RemoteStore>> {
               return remote::drivers::make_memory_remote(objects);
             }}};
  }

  sync::RepairReport repair(bool with_remote, bool dry_run = false) {
    sync::RepairOptions options;
    options.repository_id = test_config().repository_id;
    options.device = kDevice;
    options.dry_run = dry_run;
    const auto all = sources();
    auto report = must(sync::repair(
        shop.repository(), with_remote ? std::span(all) : std::span(all).first(0), options, {}));
    if (dry_run) return report;
    shop.read_everything();
    shop.snap();
    must(sync::settle_lost_head(shop.repository()));
    return report;
  }

  history::VerifyResult look() {
    history::VerifyOptions options;
    options.read_data = true;
    return must(
        history::verify(shop.repository().store(), must(shop.repository().heads()), options));
  }

  // The commits from the head back to the first that cannot be read.
  std::vector<ObjectId> line() {
    std::vector<ObjectId> ids;
    for (auto at = shop.repository().head(); at;) {
      ids.push_back(*at);
      const auto commit = shop.repository().read_commit(*at);
      if (!commit) break;
      at = commit->parent;
    }
    return ids;
  }

  // Reads the files of a commit from the store; fails at the first that cannot be read.
  base::Result<Tree> read(const ObjectId& id) {
    store::ObjectStore& store = shop.repository().store();
    tree::NodeSource nodes(store);
    VCS_ASSIGN(const object::Commit commit, shop.repository().read_commit(id));
    Tree tree;
    base::Result<void> failed;
    VCS_TRY(tree::walk_tree(
        nodes, commit.tree, "", true, [&](const std::string& path, const object::TreeEntry& entry) {
          if (entry.type == object::EntryType::directory) {
            tree[path] = "<folder>";
            return true;
          }
          auto bytes = store::read_whole_content(store, entry.content, 1u << 20);
          if (bytes)
            tree[path] = base::as_text(*bytes);
          else
            failed = tl::unexpected(bytes.error());
          return failed.has_value();
        }));
    VCS_TRY(failed);
    return tree;
  }
};

std::vector<std::string> files_of_repository(const std::string& data) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(data))
    if (entry.is_regular_file() && entry.path().filename() != "lock" &&
        entry.path().string().find("/damaged/") == std::string::npos)
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string damage(const std::string& data, SeededRandom& random) {
  const auto files = files_of_repository(data);
  if (files.empty()) return "nothing left";
  const std::string file = files[random.below(files.size())];
  const std::string name = fs::relative(file, data).string();
  std::string bytes = read_file(file);
  const std::uint64_t kind = random.below(8);
  if (kind == 0 || bytes.empty()) {
    fs::remove(file);
    return name + " removed; ";
  }
  if (kind == 1) {
    const std::uint64_t length = random.below(bytes.size());
    fs::resize_file(file, length);
    return fmt::format("{} cut to {}; ", name, length);
  }
  const std::uint64_t at = random.below(bytes.size());
  const std::uint64_t length = kind == 2 ? std::min<std::uint64_t>(bytes.size() - at, 5000) : 1;
  for (std::uint64_t i = 0; i < length; ++i)
    bytes[at + i] = kind == 2 ? '\0' : static_cast<char>(bytes[at + i] ^ (1 + random.below(255)));
  write_file(file, bytes);
  return fmt::format("{} changed at {}, {} bytes; ", name, at, length);
}

}  // namespace

TEST_CASE("repair: whatever is damaged, the repository opens, and a remote makes it whole") {
  SeededRandom random(test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    Scene scene;
    scene.push();
    scene.shop.close();
    std::string story;
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n)
      story += damage(scene.shop.data(), random);
    CAPTURE(round, story);

    must(scene.shop.reopen());
    // Reads never give wrong bytes.
    for (const auto& [id, tree] : scene.expected)
      if (const auto found = scene.read(id)) REQUIRE(*found == tree);
    // Saves go on before anybody repairs anything.
    scene.shop.save("new", "saved after the damage");
    scene.shop.snap();
    const Tree disk = scene.shop.disk();

    scene.repair(true);
    const auto found = scene.look();
    CAPTURE(found.errors);
    REQUIRE(found.errors.empty());
    for (const auto& [id, tree] : scene.expected) REQUIRE(must(scene.read(id)) == tree);
    const ObjectId head = *scene.shop.repository().head();
    REQUIRE(must(scene.read(head)) == disk);
    // One line of parents has all commits again.
    const auto line = scene.line();
    for (const ObjectId& id : scene.commits) REQUIRE(std::count(line.begin(), line.end(), id) == 1);
    must(scene.shop.reopen());
    REQUIRE(scene.shop.repository().head() == head);
    REQUIRE(scene.look().errors.empty());
  }
}

TEST_CASE("repair: without a remote exactly what nobody has is named") {
  SeededRandom random(test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    Scene scene;
    scene.shop.close();
    // Damages packs only, because all other files can be made anew.
    std::string story;
    std::vector<std::string> packs;
    for (const std::string& file : files_of_repository(scene.shop.data()))
      if (file.ends_with(".pack")) packs.push_back(file);
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const std::string& file = packs[random.below(packs.size())];
      std::string bytes = read_file(file);
      const std::uint64_t at = random.below(bytes.size());
      bytes[at] = static_cast<char>(bytes[at] ^ 4);
      write_file(file, bytes);
      story += fmt::format("{} at {}; ", fs::path(file).filename().string(), at);
    }
    CAPTURE(round, story);
    must(scene.shop.reopen());
    scene.repair(false);

    // The model: the paths that cannot be read, found by reading one file at a time.
    std::set<std::string> unreadable;
    for (const ObjectId& id : scene.line()) {
      const auto commit = scene.shop.repository().read_commit(id);
      if (!commit) {
        unreadable.insert("");
        break;
      }
      store::ObjectStore& store = scene.shop.repository().store();
      tree::NodeSource nodes(store);
      tree::TreeCursor cursor(nodes, commit->tree);
      for (base::Result<void> at = cursor.seek("");; at = cursor.next()) {
        if (!at) {
          unreadable.insert(cursor.unreadable() ? cursor.unreadable()->first_path : "");
          if (!cursor.unreadable()) break;
          continue;
        }
        if (!cursor.valid()) break;
        const object::LeafItem& item = cursor.item();
        if (item.entry.type == object::EntryType::file &&
            !store::read_whole_content(store, item.entry.content, 1u << 20))
          unreadable.insert(item.path);
      }
    }
    const auto found = scene.look();
    std::set<std::string> named;
    for (const history::DamagedObject& damaged : found.damaged) named.insert(damaged.path);
    // A lost head is named, too, although the walk from the head does not meet it.
    const bool lost_head = must(scene.shop.repository().after_damage().lost_head()).has_value();
    if (lost_head) unreadable.insert("");
    CAPTURE(found.errors);
    REQUIRE(named == unreadable);
    REQUIRE(found.errors.empty() == unreadable.empty());
    // The present state is not damaged: the files in the folder have it.
    REQUIRE(must(scene.read(*scene.shop.repository().head())) == scene.shop.disk());
  }
}

TEST_CASE("repair: a lost head comes back, and the line of commits goes on behind it") {
  Scene scene;
  scene.push();
  scene.shop.close();
  for (const std::string& file : files_of_repository(scene.shop.data()))
    if (file.find("/packs/") != std::string::npos) fs::remove(file);
  must(scene.shop.reopen());
  REQUIRE_FALSE(scene.shop.repository().head());
  const ObjectId lost = scene.commits.back();
  REQUIRE(must(scene.shop.repository().after_damage().lost_head()) == lost);
  scene.shop.save("new", "a save of the days between");
  const auto between = scene.shop.snap();
  REQUIRE(between.commit.sequence == 1);

  const auto report = scene.repair(true);
  CHECK(report.rejoined == lost);
  CHECK(report.fetched > 100);
  const auto line = scene.line();
  REQUIRE(line.size() == scene.commits.size() + 1);
  CHECK(line[1] == lost);
  CHECK(must(scene.read(line[0])) == scene.shop.disk());
  CHECK(must(scene.shop.repository().read_commit(line[0])).sequence == 7);
  CHECK_FALSE(must(scene.shop.repository().after_damage().lost_head()));
  CHECK(must(scene.read(between.id)).at("new") == "a save of the days between");
  CHECK(scene.look().errors.empty());

  // The same without the refs: the index knows the head that nobody else has, and the remote knows
  // the earlier head of this machine.
  scene.shop.close();
  fs::remove_all(scene.shop.data() + "/packs");
  fs::remove_all(scene.shop.data() + "/refs");
  must(scene.shop.reopen());
  REQUIRE(must(scene.shop.repository().after_damage().lost_head()).has_value());
  CHECK(scene.repair(true).rejoined == lost);
  CHECK_FALSE(scene.look().errors.empty());
  must(sync::give_up_lost_heads(scene.shop.repository()));
  CHECK(scene.look().errors.empty());
  CHECK(scene.line().size() == scene.commits.size() + 1);
}

// Calls `then` once, as soon as a repair has named the head that it replaces.
class AtNaming final : public Interceptor {
 public:
  std::function<void()> then;
  base::Result<void> before(Call&) override { return {}; }
  void after(Call& call, bool succeeded) override {
    if (succeeded && call.target.ends_with(sync::kBeforeRepair) && then)
      std::exchange(then, nullptr)();
  }
};

TEST_CASE("repair: a save that comes while a lost head is put back goes on behind it") {
  AtNaming at_naming;
  const auto posix = base::make_posix_filesystem();
  InterceptedFileSystem files(*posix, at_naming);
  Scene scene(6, &files);
  scene.push();
  scene.shop.close();
  for (const std::string& file : files_of_repository(scene.shop.data()))
    if (file.find("/packs/") != std::string::npos) fs::remove(file);
  must(scene.shop.reopen());
  scene.shop.save("new", "a save of the days between");
  scene.shop.snap();
  scene.shop.save("late", "of this very moment");
  std::future<snapshot::SnapshotOutcome> save;
  at_naming.then = [&] {
    save = std::async(std::launch::async, [&] { return scene.shop.snap(); });
    // The save must wait for the repair; without that it would end within this time.
    (void)save.wait_for(std::chrono::milliseconds(300));
  };
  sync::RepairOptions options;
  options.repository_id = test_config().repository_id;
  options.device = kDevice;
  const auto all = scene.sources();
  REQUIRE(must(sync::repair(scene.shop.repository(), all, options, {})).rejoined ==
          scene.commits.back());
  REQUIRE(save.valid());
  CHECK(save.get().commit.parent == scene.commits.back());
}

TEST_CASE("repair: of two lost heads the one that goes on behind the other comes back") {
  Scene scene;
  scene.push();
  scene.shop.close();
  fs::remove_all(scene.shop.data() + "/packs");
  fs::remove_all(scene.shop.data() + "/refs");
  must(scene.shop.reopen());
  // The disk names the last commit but one as lost; the remote has the last.
  must(scene.shop.repository().after_damage().name_commit(history::kLostHead, scene.commits[4]));
  scene.shop.save("new", "a save of the days between");
  scene.shop.snap();

  CHECK(scene.repair(true).rejoined == scene.commits[5]);
  CHECK(scene.line().size() == scene.commits.size() + 1);
  for (const auto& [id, tree] : scene.expected) CHECK(must(scene.read(id)) == tree);
  CHECK_FALSE(must(scene.shop.repository().after_damage().lost_head()));
  CHECK(scene.look().errors.empty());
}

TEST_CASE("repair: where nobody has the last commits, those that a remote has come back") {
  Scene scene;
  scene.push();
  const auto behind =
      std::exchange(scene.objects, std::make_shared<remote::drivers::MemoryObjects>());
  scene.shop.save("late", "not copied to the first remote");
  scene.remember(scene.shop.snap().id);
  scene.push();
  const auto ahead = std::exchange(scene.objects, behind);
  scene.shop.close();
  fs::remove_all(scene.shop.data() + "/packs");
  must(scene.shop.reopen());
  REQUIRE(must(scene.shop.repository().after_damage().lost_head()) == scene.commits[6]);

  CHECK(scene.repair(true).rejoined == scene.commits[5]);
  for (std::size_t n = 0; n < 6; ++n)
    CHECK(must(scene.read(scene.commits[n])) == scene.expected[scene.commits[n]]);
  CHECK(scene.line()[1] == scene.commits[5]);
  // The lost commit stays named, and a second repair finds nothing else to do.
  CHECK_FALSE(scene.look().errors.empty());
  CHECK_FALSE(scene.repair(true).rejoined);
  CHECK_FALSE(scene.look().errors.empty());

  // Then a remote that has it is used.
  scene.objects = ahead;
  scene.repair(true);
  CHECK(scene.look().errors.empty());
  for (const auto& [id, tree] : scene.expected) CHECK(must(scene.read(id)) == tree);
}

TEST_CASE("repair: a dry run counts and changes nothing") {
  Scene scene;
  scene.push();
  scene.shop.close();
  std::map<std::string, std::string> before;
  for (const std::string& file : files_of_repository(scene.shop.data())) {
    if (!file.ends_with("00000001.pack")) continue;
    std::string bytes = read_file(file);
    for (std::size_t at = 2000; at < bytes.size(); at += 20'000)
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write_file(file, bytes);
  }
  must(scene.shop.reopen());
  for (const std::string& file : files_of_repository(scene.shop.data()))
    before[file] = read_file(file);
  const auto report = scene.repair(true, true);
  CHECK(report.damaged > 0);
  CHECK(report.fetched > 0);
  CHECK_FALSE(report.left.errors.empty());
  for (const auto& [file, bytes] : before) REQUIRE(read_file(file) == bytes);
  CHECK_FALSE(fs::exists(scene.shop.data() + "/damaged"));
}

TEST_CASE("repair: a remote that is damaged itself gives what is good of it") {
  Scene scene;
  scene.push();
  {
    const auto by_name = scene.objects->by_name.lock();
    base::Bytes& bytes = by_name->lower_bound("packs/")->second;
    bytes[bytes.size() / 3] ^= 1;
  }
  scene.shop.close();
  fs::remove_all(scene.shop.data() + "/packs");
  must(scene.shop.reopen());
  const auto report = scene.repair(true);
  CHECK_FALSE(report.notes.empty());
  for (const auto& [id, tree] : scene.expected)
    if (const auto found = scene.read(id)) REQUIRE(*found == tree);
  CHECK(must(scene.read(*scene.shop.repository().head())) == scene.shop.disk());
  CHECK(scene.line().size() > 1);
}

TEST_CASE("repair: a remote of another repository, or one that is away, is a note") {
  Scene scene(1);
  scene.push();
  const std::vector<sync::RepairSource> sources{
      {"away",
       []() -> base::Result<std::unique_ptr<remote::RemoteStore>> {
         return base::fail(base::ErrorCode::unavailable, "no route");
       }},
      scene.sources().front()};
  sync::RepairOptions options;
  options.repository_id = "ffffffffffffffffffffffffffffffff";
  const auto report = must(sync::repair(scene.shop.repository(), sources, options, {}));
  REQUIRE(report.notes.size() == 2);
  CHECK(report.notes[0].find("The remote away cannot help: no route") == 0);
  CHECK(report.notes[1].find("another repository") != std::string::npos);
  CHECK(report.left.errors.empty());
}

TEST_CASE("repair: a damaged tree of the head does not keep saves waiting") {
  Scene scene(1);
  const ObjectId head = *scene.shop.repository().head();
  const ObjectId tree = must(scene.shop.repository().head_tree());
  const pack::Location place = *scene.shop.repository().store().find(tree);
  scene.shop.close();
  const std::string pack = fmt::format("{}/packs/{:08}.pack", scene.shop.data(), place.pack);
  std::string bytes = read_file(pack);
  bytes[place.frame_offset + 120] ^= 1;
  write_file(pack, bytes);
  fs::remove_all(scene.shop.data() + "/index");
  must(scene.shop.reopen());
  REQUIRE(scene.shop.repository().head() == head);
  scene.shop.save("folder1/new", "saved all the same");
  scene.shop.remove("folder2/file2");
  const auto outcome = scene.shop.snap({"folder1"});
  CHECK(outcome.created);
  CHECK(outcome.commit.parent == head);
  CHECK(must(scene.read(outcome.id)) == scene.shop.disk());
}

}  // namespace vcs::test
