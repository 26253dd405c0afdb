// SPDX-License-Identifier: Apache-2.0
// Damage of every kind: reads give the right bytes or an error, repair keeps everything that can be
// read, and a lost object is stored again when a save brings it.
#include "core/store/pack_repair.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/history/verifier.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;
using object::ObjectKind;
namespace fs = std::filesystem;

StoreOptions small_packs() {
  StoreOptions options;
  options.seal_at = 2500;
  options.frame_cache_bytes = 0;  // so that every read is from the disk
  return options;
}

std::string content(std::uint64_t n) {
  // Some frames are compressed, others are kept as they are.
  std::string text = fmt::format("content {} ", n);
  for (std::uint64_t i = 0; i < n % 7; ++i)
    text += fmt::format("{:x}", (n + i) * 0x9e3779b97f4a7c15);
  return n % 3 == 0 ? text + std::string(300, 'x') : text;
}

struct History {
  std::map<ObjectId, std::string> blobs;
  ObjectId head;
};

History write_history(ObjectStore& store, std::uint64_t commits = 20) {
  History history;
  std::optional<ObjectId> head;
  for (std::uint64_t n = 1; n <= commits; ++n) {
    Files files{{"f", content(n)}, {"g", content(n / 2)}, {"h", content(1000)}};
    for (const auto& [path, text] : files) history.blobs[id_of(text)] = text;
    head = snapshot(store, files, n, head);
  }
  history.head = *head;
  return history;
}

// The objects that can be read; requires that each has the bytes that were written.
std::set<ObjectId> readable(ObjectStore& store, const History& history) {
  std::set<ObjectId> ids;
  for (const auto& [id, text] : history.blobs) {
    const auto bytes = store.get(id);
    if (!bytes) continue;
    REQUIRE(base::as_text(*bytes) == text);
    ids.insert(id);
  }
  std::vector<ObjectId> others;
  store.for_each([&](const ObjectId& id, ObjectKind) { others.push_back(id); });
  for (const ObjectId& id : others) {
    const auto bytes = store.get(id);
    if (!bytes) continue;
    REQUIRE(object::hash_bytes(*bytes) == id);
    ids.insert(id);
  }
  return ids;
}

MakeAside aside_of(base::FileSystem& filesystem, const std::string& path) {
  return [&filesystem, path] { return filesystem.make_directories(path); };
}

PackRepairReport repair(ObjectStore& store, const std::string& aside) {
  const auto filesystem = base::make_posix_filesystem();
  return test::must(repair_packs(store, aside_of(*filesystem, aside), {}, {}));
}

history::VerifyResult look(ObjectStore& store, const ObjectId& head) {
  history::VerifyOptions options;
  options.read_data = true;
  return test::must(history::verify(store, std::span(&head, 1), options));
}

void flip(const std::string& path, std::uint64_t at, std::uint8_t bits) {
  std::string bytes = test::read_file(path);
  bytes[at] = static_cast<char>(bytes[at] ^ bits);
  test::write_file(path, bytes);
}

TEST_CASE("object store: an object whose copy was found damaged is stored anew") {
  StoreBox box;
  const bool in_open_pack = GENERATE(false, true);
  StoreOptions options;
  if (!in_open_pack) options.seal_at = 1;
  options.frame_cache_bytes = 0;
  auto store = box.open(options);
  const ObjectId head = snapshot(*store, {{"f", "precious"}}, 1, {});
  const ObjectId id = id_of("precious");
  const pack::Location place = *store->find(id);
  CHECK_FALSE(store->claim(id));
  flip(box.pack(static_cast<int>(place.pack)), place.frame_offset + 80, 1);
  // The damage is not known until a read.
  CHECK_FALSE(store->claim(id));
  CHECK_FALSE(store->get(id));
  CHECK(store->lacks(id));
  CHECK(store->claim(id));

  REQUIRE(store->append(frame_of({"precious"})));
  CHECK(get_text(*store, id) == "precious");
  CHECK_FALSE(store->lacks(id));
  store->abandon();
  CHECK(store->lacks(id));

  REQUIRE(store->append(frame_of({"precious"})));
  REQUIRE(store->sync());
  CHECK_FALSE(store->claim(id));
  CHECK(get_text(*store, id) == "precious");
  store = box.open(options);
  CHECK(get_text(*store, id) == "precious");
  CHECK(look(*store, head).lost.empty());
}

TEST_CASE("object store: verify lets the store know what is damaged") {
  StoreBox box;
  StoreOptions options = small_packs();
  auto store = box.open(options);
  const History history = write_history(*store);
  const ObjectId id = id_of(content(19));
  const pack::Location place = *store->find(id);
  flip(box.pack(static_cast<int>(place.pack)), place.frame_offset + 20, 1);
  CHECK_FALSE(store->lacks(id));
  const history::VerifyResult found = look(*store, history.head);
  CHECK(std::count(found.lost.begin(), found.lost.end(), id) == 1);
  CHECK(store->lacks(id));
  const auto damaged =
      std::find_if(found.damaged.begin(), found.damaged.end(),
                   [&](const history::DamagedObject& one) { return one.object == id; });
  REQUIRE(damaged != found.damaged.end());
  CHECK(damaged->path == "f");
  CHECK(damaged->commits == 1);
}

TEST_CASE("object store: a wrong record of an index does not pass for an object") {
  StoreBox box;
  ObjectId id;
  {
    auto store = box.open(small_packs());
    write_history(*store);
    id = id_of(content(2));
  }
  const std::string whole = test::read_file(box.index(1));
  for (std::size_t at = 1088; at < whole.size(); at += 7) {
    flip(box.index(1), at, 4);
    auto store = box.open(small_packs());
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(get_text(*store, id) == content(2));
    REQUIRE(test::read_file(box.index(1)) == whole);
  }
}

// Damages one file of a store in one way; returns a description for messages.
std::string damage(const std::string& packs, test::SeededRandom& random) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(packs)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  const std::string file = files[random.below(files.size())];
  std::string bytes = test::read_file(file);
  const std::uint64_t kind = random.below(8);
  const std::string name = fs::path(file).filename().string();
  if (kind == 0 || bytes.empty()) {
    fs::remove(file);
    return name + " removed";
  }
  if (kind == 1) {
    fs::resize_file(file, random.below(bytes.size()));
    return name + " cut";
  }
  const std::uint64_t at = random.below(bytes.size());
  const std::uint64_t length = kind == 2 ? std::min<std::uint64_t>(bytes.size() - at, 600) : 1;
  for (std::uint64_t i = 0; i < length; ++i)
    bytes[at + i] = kind == 2 ? '\0' : static_cast<char>(bytes[at + i] ^ (1 + random.below(255)));
  test::write_file(file, bytes);
  return fmt::format("{} changed at {}, {} bytes", name, at, length);
}

TEST_CASE("pack repair: damage of any kind costs what it hit, and nothing more") {
  test::SeededRandom random(test::test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(60); ++round) {
    StoreBox box;
    History history;
    {
      auto store = box.open(small_packs());
      history = write_history(*store);
    }
    std::string story;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
      if (!fs::is_empty(box.packs())) story += damage(box.packs(), random) + "; ";
    CAPTURE(round, story);

    auto store = box.open(small_packs());
    const std::set<ObjectId> before = readable(*store, history);
    const std::string aside = box.packs() + "/../damaged";
    repair(*store, aside);
    const std::set<ObjectId> after = readable(*store, history);
    // Repair may find more: a second copy in the same pack, which is in no index.
    REQUIRE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    REQUIRE(store->known_damage().empty());
    const history::VerifyResult found = look(*store, history.head);
    for (const ObjectId& lost : found.lost) REQUIRE_FALSE(after.contains(lost));
    // Errors name only the lost objects: the packs themselves are whole.
    for (const std::string& error : found.errors)
      REQUIRE(error.find("is damaged at offset") == std::string::npos);
    for (const auto& [id, text] : history.blobs) REQUIRE(store->lacks(id) == !after.contains(id));

    // A second repair finds nothing to do, also after reopening.
    const PackRepairReport again = repair(*store, aside);
    REQUIRE((again.packs == 0 && again.indexes == 0 && again.aside.empty()));
    store = box.open(small_packs());
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(readable(*store, history) == after);

    // A lost object is stored again when it is appended again.
    for (const auto& [id, text] : history.blobs)
      if (store->claim(id)) REQUIRE(store->append(frame_of({text})));
    REQUIRE(store->sync());
    for (const auto& [id, text] : history.blobs) REQUIRE(get_text(*store, id) == text);
  }
}

TEST_CASE("pack repair: damage under a store that is open") {
  test::SeededRandom random(test::test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(30); ++round) {
    StoreBox box;
    auto store = box.open(small_packs());
    const History history = write_history(*store);
    // Only packs are damaged: indexes are mapped, and no program survives a cut of a mapped file.
    std::vector<int> packs;
    for (const std::uint32_t number : store->pack_numbers())
      packs.push_back(static_cast<int>(number));
    const int pack = packs[random.below(packs.size())];
    const std::string file = box.pack(pack);
    const std::uint64_t kind = random.below(3);
    CAPTURE(round, pack, kind);
    if (kind == 0)
      fs::remove(file);
    else if (kind == 1)
      fs::resize_file(file, random.below(fs::file_size(file)));
    else
      flip(file, random.below(fs::file_size(file)), 8);
    const auto found = look(*store, history.head);
    const std::set<ObjectId> before = readable(*store, history);
    repair(*store, box.packs() + "/../damaged");
    const std::set<ObjectId> after = readable(*store, history);
    REQUIRE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    // Saves go on, and all of it is there after a restart.
    const ObjectId next = snapshot(*store, {{"f", "after the repair"}}, 21, history.head);
    store = box.open(small_packs());
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(readable(*store, history).size() == after.size() + 3);
    REQUIRE(store->recovery().commit_points.back() == next);
  }
}

TEST_CASE("pack repair: what is damaged is put aside as it is, and a dry run changes nothing") {
  StoreBox box;
  History history;
  {
    auto store = box.open(small_packs());
    history = write_history(*store);
  }
  REQUIRE(fs::exists(box.pack(3)));
  flip(box.pack(2), 100, 1);
  const std::string damaged = test::read_file(box.pack(2));
  fs::remove(box.pack(3));
  auto store = box.open(small_packs());
  const auto filesystem = base::make_posix_filesystem();
  const std::string aside = box.packs() + "/../damaged";
  PackRepairOptions options;
  options.dry_run = true;
  const auto planned = test::must(repair_packs(*store, aside_of(*filesystem, aside), options, {}));
  CHECK(planned.packs == 2);
  CHECK(planned.aside.empty());
  CHECK_FALSE(fs::exists(aside));
  CHECK(test::read_file(box.pack(2)) == damaged);

  const auto done = repair(*store, aside);
  CHECK(done.packs == 2);
  CHECK(done.problems.empty());
  CHECK(done.objects_saved > 0);
  CHECK(test::read_file(aside + "/00000002.pack") == damaged);
  CHECK(fs::exists(aside + "/00000003.idx"));
  CHECK_FALSE(fs::exists(box.pack(2)));
}

TEST_CASE("pack repair: a call that fails, or a crash, loses nothing that could be read") {
  QuickFolder template_folder;
  const auto real = base::make_posix_filesystem();
  History history;
  const std::string original = template_folder / "packs";
  {
    auto store = open_store(*real, original, small_packs());
    history = write_history(*store, 8);
  }
  flip(original + "/00000001.pack", 150, 1);
  flip(original + "/00000002.idx", 1100, 1);
  std::set<ObjectId> before;
  const auto run = [&](const std::optional<test::Fault>& fault) {
    QuickFolder folder;
    fs::copy(original, folder / "packs");
    test::FaultFileSystem faults(*real);
    {
      auto store = open_store(faults, folder / "packs", small_packs());
      before = readable(*store, history);
      faults.reset_counts();
      if (fault) faults.set_fault(*fault);
      (void)repair_packs(*store, aside_of(faults, folder / "damaged"), {}, {});
      const std::uint64_t calls = faults.mutating_calls();
      faults.clear_fault();
      const std::set<ObjectId> after = readable(*store, history);
      REQUIRE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
      if (!fault) return calls;
    }
    auto store = open_store(*real, folder / "packs", small_packs());
    std::set<ObjectId> after = readable(*store, history);
    REQUIRE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    repair(*store, folder / "damaged");
    after = readable(*store, history);
    REQUIRE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    for (const std::string& error : look(*store, history.head).errors)
      REQUIRE(error.find("is damaged at offset") == std::string::npos);
    return std::uint64_t{0};
  };
  const std::uint64_t calls = run({});
  REQUIRE(calls > 5);
  for (const bool all_after : {false, true})
    for (std::uint64_t n = 1; n <= calls; ++n) {
      CAPTURE(all_after, n);
      test::Fault fault;
      fault.nth = n;
      fault.all_after = all_after;
      run(fault);
    }
}

}  // namespace
}  // namespace vcs::store
