// SPDX-License-Identifier: Apache-2.0
// Merging packs loses nothing, whatever happens meanwhile.
#include "core/store/pack_compactor.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "core/history/verifier.hpp"
#include "core/pack/pack_file.hpp"
#include "core/store/pack_exchange.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;
using object::ObjectKind;
using OptionalId = std::optional<ObjectId>;

StoreOptions small_packs(std::uint64_t seal_at = 4000) {
  StoreOptions options;
  options.seal_at = seal_at;
  return options;
}

CompactionOptions eager() {
  CompactionOptions options;
  options.policy.most_bytes = 20'000;
  return options;
}

Files files_of(std::uint64_t n) {
  Files files;
  for (int i = 0; i < 6; ++i)
    files["a file of that name " + std::to_string(i)] = "content that hardly changes, but " +
                                                        std::to_string(i == 0 ? n : 0) + " times " +
                                                        std::to_string(i);
  return files;
}

// Every object of the store with its bytes.
std::map<ObjectId, std::string> contents_of(ObjectStore& store) {
  std::map<ObjectId, std::string> contents;
  store.for_each([&](const ObjectId& id, ObjectKind) { contents[id] = get_text(store, id); });
  return contents;
}

void require_healthy(ObjectStore& store, const OptionalId& head) {
  history::VerifyOptions options;
  options.read_data = true;
  const auto heads = head ? std::vector{*head} : std::vector<ObjectId>{};
  const auto result = test::must(history::verify(store, heads, options));
  CAPTURE(result.errors);
  REQUIRE(result.errors.empty());
}

ObjectId many_snapshots(ObjectStore& store, std::uint64_t count, std::uint64_t first = 1,
                        OptionalId head = {}) {
  for (std::uint64_t n = first; n < first + count; ++n)
    head = snapshot(store, files_of(n), n, head);
  return *head;
}

base::Result<CompactionTotals> compact(ObjectStore& store,
                                       const CompactionOptions& options = eager()) {
  PackCompactor compactor(store, options, {});
  for (;;) {
    VCS_ASSIGN(const bool worked, compactor.step());
    if (!worked) return compactor.totals();
  }
}

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename());
  return names;
}

void flip_byte(const std::string& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const char old = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(old ^ 0x40));
}

TEST_CASE("compaction: all objects are there with the same bytes, in less space") {
  StoreBox box;
  auto store = box.open(small_packs());
  const ObjectId head = many_snapshots(*store, 60);
  const auto before = contents_of(*store);
  const StoreStats stats_before = store->stats();
  REQUIRE(stats_before.packs > 5);

  const CompactionTotals totals = test::must(compact(*store));
  REQUIRE(totals.runs > 0);
  REQUIRE(totals.bytes_after < totals.bytes_before / 3);
  REQUIRE(totals.damage.empty());
  REQUIRE(contents_of(*store) == before);
  REQUIRE(store->stats().bytes_stored ==
          stats_before.bytes_stored - totals.bytes_before + totals.bytes_after);
  REQUIRE(store->stats().packs == stats_before.packs - totals.packs_before + totals.packs_after);
  require_healthy(*store, head);

  store.reset();
  store = box.open(small_packs());
  REQUIRE(store->recovery().damage.empty());
  REQUIRE(contents_of(*store) == before);
  require_healthy(*store, head);
  REQUIRE(test::must(compact(*store)).runs == 0);
}

TEST_CASE(
    "compaction: with a mebibyte of frames it takes many steps, and saves go on between them") {
  StoreBox box;
  auto store = box.open(small_packs(1u << 20));
  test::SeededRandom random(7);
  std::map<ObjectId, std::string> expected;
  const auto add = [&] {
    std::string text = "start";
    while (text.size() < 30'000) text += std::to_string(random.below(1'000'000'000));
    test::must(store->append(frame_of({text})));
    expected[id_of(text)] = text;
  };
  for (int n = 0; n < 250; ++n) add();
  test::must(store->sync());
  REQUIRE(store->stats().packs > 2);
  PackCompactor compactor(*store, {}, {});
  int steps = 0;
  while (test::must(compactor.step())) {
    ++steps;
    if (steps % 2 == 0 && steps < 10) {
      add();
      test::must(store->sync());
    }
    const PackCompactor::Progress progress = compactor.progress();
    REQUIRE(progress.bytes_done <= progress.bytes_total);
  }
  REQUIRE(steps > 8);
  REQUIRE(contents_of(*store) == expected);
  require_healthy(*store, {});
}

TEST_CASE("compaction: what was abandoned and what is stored twice goes") {
  StoreBox box;
  auto store = box.open(small_packs(1000));
  test::SeededRandom random(5);
  const auto noise = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text.push_back(static_cast<char>(random.below(256)));
    return text;
  };
  test::must(store->append(frame_of({"kept", "kept too"})));
  test::must(store->sync());
  const std::string abandoned = noise(300);
  test::must(store->append(frame_of({abandoned})));
  store->abandon();
  test::must(store->append(frame_of({"kept"})));
  test::must(store->append(frame_of({"kept", "late"})));
  test::must(store->append(frame_of({noise(2000)})));
  test::must(store->append(frame_of({"kept in another pack"})));
  test::must(store->append(frame_of({"kept", noise(1500)})));
  test::must(store->append(frame_of({"the last"})));
  test::must(store->sync());
  const auto before = contents_of(*store);
  REQUIRE_FALSE(before.contains(id_of(abandoned)));
  CompactionOptions options;
  options.policy.least_saving_per_cent = 0;
  test::must(compact(*store, options));
  REQUIRE(contents_of(*store) == before);
  REQUIRE(store->pack_numbers().size() == 2);
  std::map<ObjectId, int> copies;
  for (const std::uint32_t pack : store->pack_numbers()) {
    PackVisitor visitor;
    visitor.frame = [&](std::uint64_t, const pack::FrameHeader& header,
                        base::ByteView) -> base::Result<void> {
      for (const pack::FrameObject& object : header.objects) ++copies[object.id];
      return {};
    };
    test::must(store->visit_pack(pack, visitor));
  }
  REQUIRE(copies.size() == before.size());
  for (const auto& [id, count] : copies) REQUIRE(count == 1);
}

TEST_CASE("compaction: packs that a crash left beside their successor vanish without a trace") {
  StoreBox box;
  auto store = box.open(small_packs());
  const ObjectId head = many_snapshots(*store, 40);
  const auto before = contents_of(*store);
  const std::string kept = box.packs() + ".kept";
  std::filesystem::copy(box.packs(), kept);
  test::must(compact(*store));
  const std::uint64_t compacted = store->stats().bytes_stored;
  store.reset();
  // The old packs come back, without and with their indexes.
  for (int n = 1; n <= 6; ++n)
    std::filesystem::copy(fmt::format("{}/{:08}.pack", kept, n), box.pack(n));
  for (int n = 4; n <= 6; ++n)
    std::filesystem::copy(fmt::format("{}/{:08}.idx", kept, n), box.index(n));
  std::filesystem::remove_all(kept);
  store = box.open(small_packs());
  REQUIRE(store->recovery().damage.empty());
  REQUIRE(store->stats().bytes_stored > compacted);
  test::must(compact(*store));
  REQUIRE(contents_of(*store) == before);
  REQUIRE(store->stats().bytes_stored < compacted + 1000);
  require_healthy(*store, head);
}

TEST_CASE("compaction: packs of another level are marked, not written, when nothing is gained") {
  StoreBox box;
  auto store = box.open(small_packs(200'000));
  test::SeededRandom random(3);
  for (int n = 0; n < 8; ++n) {
    std::string noise;
    while (noise.size() < 50'000) noise.push_back(static_cast<char>(random.below(256)));
    test::must(store->append(frame_of({noise})));
  }
  test::must(store->sync());
  const auto names = files_in(box.packs());
  CompactionOptions options;
  options.policy.large_object = 1u << 20;
  options.policy.most_bytes = 1;
  REQUIRE(test::must(compact(*store, options)).runs == 0);
  REQUIRE(files_in(box.packs()) == names);
  REQUIRE(store->pack_exchange()->replaceable().front()->level() == options.policy.level);
  REQUIRE(store->check_index(1).empty());
  store.reset();
  store = box.open();
  REQUIRE_FALSE(PackCompactor(*store, options, {}).has_work());
  require_healthy(*store, {});
}

TEST_CASE("compaction: the head is found again when refs are lost") {
  StoreBox box;
  auto store = box.open(small_packs());
  ObjectId head = many_snapshots(*store, 40);
  const auto recovered = [&] {
    store.reset();
    store = box.open(small_packs());
    std::filesystem::remove_all(box.ref(""));
    history::RefStore refs = box.refs();
    return test::must(refs.reconcile(*store, {}));
  };
  test::must(compact(*store));
  REQUIRE(recovered() == head);
  // The open pack is found although merged packs have higher numbers, and goes on.
  const std::uint32_t open_pack = store->find(head)->pack;
  REQUIRE(store->pack_numbers().back() == open_pack);
  head = many_snapshots(*store, 1, 41, head);
  REQUIRE(recovered() == head);
  head = many_snapshots(*store, 40, 42, head);
  test::must(compact(*store));
  REQUIRE(recovered() == head);
  require_healthy(*store, head);
}

TEST_CASE("compaction: the newest commit points stay in a pack that is not replaced") {
  StoreBox box;
  StoreOptions options = small_packs(2000);
  auto store = box.open(options);
  const ObjectId head = many_snapshots(*store, 10);
  // A fetched history behind it: its packs have no commit points.
  for (int n = 0; n < 40; ++n)
    test::must(store->append(frame_of({"fetched " + std::to_string(n) + std::string(200, 'f')})));
  test::must(store->sync());
  test::must(compact(*store));
  store.reset();
  store = box.open(options);
  REQUIRE_FALSE(store->recovery().commit_points.empty());
  REQUIRE(store->recovery().commit_points.back() == head);
}

TEST_CASE("compaction: a torn tail of the open pack is cut, merged packs behind it or not") {
  StoreBox box;
  auto store = box.open(small_packs());
  const ObjectId head = many_snapshots(*store, 40);
  test::must(compact(*store));
  const std::uint32_t open_pack = store->find(head)->pack;
  store.reset();
  std::ofstream(box.pack(static_cast<int>(open_pack)), std::ios::app) << "VCSF half a frame";
  for (const bool index_too : {false, true}) {
    if (index_too)
      for (const std::string& name : files_in(box.packs()))
        if (name.ends_with(".idx")) std::filesystem::remove(box.packs() + "/" + name);
    store = box.open(small_packs());
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(store->recovery().torn_bytes == (index_too ? 0 : 17));
    REQUIRE(store->recovery().commit_points.back() == head);
    require_healthy(*store, head);
    store.reset();
  }
}

TEST_CASE("compaction: an index that is built anew knows a merged pack") {
  StoreBox box;
  auto store = box.open(small_packs());
  const ObjectId head = many_snapshots(*store, 40);
  test::must(compact(*store));
  const auto before = contents_of(*store);
  const auto merged = store->pack_exchange()->replaceable();
  store.reset();
  for (const pack::SealedPackPtr& pack : merged)
    std::filesystem::remove(box.index(static_cast<int>(pack->number)));
  store = box.open(small_packs());
  for (const pack::SealedPackPtr& pack : store->pack_exchange()->replaceable())
    REQUIRE(pack->merged());
  REQUIRE(contents_of(*store) == before);
  REQUIRE(store->recovery().commit_points.back() == head);
}

TEST_CASE("compaction: a damaged pack is never replaced, and told") {
  StoreBox box;
  std::vector<std::uint64_t> lengths;
  {
    auto store = box.open(small_packs(2000));
    many_snapshots(*store, 12);
    for (const pack::SealedPackPtr& pack : store->pack_exchange()->replaceable())
      lengths.push_back(pack->length);
  }
  REQUIRE(lengths.size() >= 2);
  const std::uint64_t damaged = lengths[1];
  const std::string pack_path = box.pack(2), index_path = box.index(2);
  const std::string packs = box.packs(), untouched = box.packs() + ".untouched";
  std::filesystem::copy(packs, untouched);
  const auto index_length = std::filesystem::file_size(index_path);
  const auto check = [&](const std::string& path, std::uint64_t offset) {
    CAPTURE(path, offset);
    std::filesystem::remove_all(packs);
    std::filesystem::copy(untouched, packs);
    flip_byte(path, offset);
    auto opened = ObjectStore::open(
        test::must(base::make_posix_filesystem()->open_directory(packs)), small_packs(2000), {});
    if (!opened) return;  // another version: refused
    ObjectStore& store = **opened;
    std::map<ObjectId, std::string> readable;
    store.for_each([&](const ObjectId& id, ObjectKind) {
      if (auto bytes = store.get(id)) readable[id] = std::string(base::as_text(*bytes));
    });
    const std::uint64_t bytes_of_pack = std::filesystem::file_size(pack_path);
    const CompactionTotals totals = test::must(compact(store));
    for (const auto& [id, text] : readable) REQUIRE(get_text(store, id) == text);
    REQUIRE(totals.runs > 0);
    if (totals.damage.empty()) return;  // a field that nothing depends on
    REQUIRE(std::filesystem::file_size(pack_path) == bytes_of_pack);
    REQUIRE(totals.damage.front().find("00000002") != std::string::npos);
  };
  for (std::uint64_t offset = 0; offset < damaged; offset += 23) check(pack_path, offset);
  for (std::uint64_t offset = 0; offset < index_length; offset += 41) check(index_path, offset);
  std::filesystem::remove_all(untouched);
}

TEST_CASE("compaction: stopping in the middle leaves no file and loses nothing") {
  StoreBox box;
  auto store = box.open(small_packs(20'000));
  const ObjectId head = many_snapshots(*store, 100);
  const auto names = files_in(box.packs());
  const auto before = contents_of(*store);
  PackCompactor compactor(*store, eager(), {});
  for (int steps = 1; steps < 3; ++steps) {
    for (int n = 0; n < steps; ++n) REQUIRE(test::must(compactor.step()));
    REQUIRE(files_in(box.packs()) != names);
    compactor.abandon();
    REQUIRE(files_in(box.packs()) == names);
  }
  REQUIRE(contents_of(*store) == before);
  require_healthy(*store, head);
}

TEST_CASE("compaction: readers and a writer go on meanwhile") {
  StoreBox box;
  auto store = box.open(small_packs(6000));
  constexpr std::uint64_t kSnapshots = 150;
  std::atomic<std::uint64_t> published{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> ended{false};
  std::vector<ObjectId> heads(kSnapshots + 1);
  std::thread writer([&] {
    OptionalId head;
    for (std::uint64_t n = 1; n <= kSnapshots; ++n) {
      const auto made = try_snapshot(*store, files_of(n), n, head);
      if (!made) ++wrong;
      if (made) head = *made;
      heads[n] = *head;
      published = n;
    }
    ended = true;
  });
  std::thread reader([&] {
    test::SeededRandom random(11);
    while (!ended) {
      const std::uint64_t limit = published;
      if (limit == 0) continue;
      const std::uint64_t n = 1 + random.below(limit);
      if (!store->get(heads[n]) || !store->get(id_of(tree_text(files_of(n))))) ++wrong;
    }
  });
  std::thread checker([&] {
    while (!ended) {
      const std::uint64_t limit = published;
      if (limit == 0) continue;
      history::VerifyOptions options;
      options.read_data = true;
      const ObjectId head = heads[limit];
      const auto result = history::verify(*store, std::span(&head, 1), options);
      if (!result || !result->errors.empty()) ++wrong;
    }
  });
  std::uint64_t runs = 0;
  while (!ended)
    if (const auto totals = compact(*store))
      runs += totals->runs;
    else
      ++wrong;
  for (std::thread* thread : {&writer, &reader, &checker}) thread->join();
  REQUIRE(wrong == 0);
  REQUIRE(runs > 0);
  require_healthy(*store, heads[kSnapshots]);
}

TEST_CASE("compaction: no index is written for a pack that was replaced meanwhile") {
  const StoreBox box;
  auto store = open_store(*base::make_posix_filesystem(), box.packs(), small_packs(2000));
  const ObjectId head = many_snapshots(*store, 12);
  PackExchange& exchange = *store->pack_exchange();
  const std::vector<pack::SealedPackPtr> before = exchange.replaceable();
  test::must(compact(*store));
  int gone = 0;
  for (const pack::SealedPackPtr& pack : before) {
    if (std::filesystem::exists(box.pack(static_cast<int>(pack->number)))) continue;
    ++gone;
    const auto noted = exchange.note_level(pack, 9);
    REQUIRE_FALSE(noted);
    CHECK(noted.error().code == base::ErrorCode::busy);
    CHECK_FALSE(exchange.index_anew(pack));
    CHECK_FALSE(std::filesystem::exists(box.index(static_cast<int>(pack->number))));
  }
  REQUIRE(gone > 1);
  store.reset();
  store = open_store(*base::make_posix_filesystem(), box.packs(), small_packs(2000));
  CHECK(store->recovery().damage.empty());
  require_healthy(*store, head);
}

TEST_CASE("compaction: a file that is in the way of the new pack stays, and so do the old packs") {
  const StoreBox box;
  auto store = open_store(*base::make_posix_filesystem(), box.packs(), small_packs(2000));
  const ObjectId head = many_snapshots(*store, 12);
  PackCompactor compactor(*store, eager(), {});
  REQUIRE(test::must(compactor.step()));
  std::string theirs;
  for (const std::string& name : files_in(box.packs()))
    if (pack::is_unfinished_name(name)) theirs = box.packs() + "/" + name.substr(0, 8) + ".pack";
  REQUIRE(!theirs.empty());
  test::write_file(theirs, "of somebody else");
  base::Result<bool> stepped = true;
  while (stepped && *stepped) stepped = compactor.step();
  REQUIRE_FALSE(stepped);
  CHECK(test::read_file(theirs) == "of somebody else");
  require_healthy(*store, head);
}

// --- On a disk that fails, and after a power cut ---

TEST_CASE("compaction: a call that fails loses nothing") {
  const auto run = [](const std::optional<test::Fault>& fault) {
    QuickFolder folder;
    const auto real = base::make_posix_filesystem();
    test::FaultFileSystem faults(*real);
    const std::string path = folder / "packs";
    auto store = open_store(faults, path, small_packs(2000));
    ObjectId head = many_snapshots(*store, 12);
    const auto before = contents_of(*store);
    faults.reset_counts();
    if (fault) faults.set_fault(*fault);
    const bool compacted = compact(*store).has_value();
    const std::uint64_t calls = faults.mutating_calls();
    if (!fault) REQUIRE(compacted);
    faults.clear_fault();
    REQUIRE(contents_of(*store) == before);
    head = many_snapshots(*store, 1, 100, head);
    require_healthy(*store, head);
    test::must(compact(*store));
    require_healthy(*store, head);
    store.reset();
    store = open_store(*real, path, small_packs(2000));
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(store->recovery().commit_points.back() == head);
    for (const auto& [id, text] : before) REQUIRE(get_text(*store, id) == text);
    require_healthy(*store, head);
    return calls;
  };
  const std::uint64_t calls = run({});
  REQUIRE(calls > 8);
  for (const int error : {EIO, ENOSPC})
    for (const bool all_after : {false, true})
      for (std::uint64_t n = 1; n <= calls; ++n) {
        CAPTURE(error, all_after, n);
        test::Fault fault;
        fault.nth = n;
        fault.os_error = error;
        fault.all_after = all_after;
        run(fault);
      }
}

TEST_CASE("compaction: every power cut leaves every acknowledged snapshot") {
  QuickFolder folder;
  const auto real = base::make_posix_filesystem();
  const std::string root = folder / "recorded";
  test::must(real->make_directories(root));
  test::RecordingFileSystem recording(*real, root);
  std::size_t begun = 0;
  ObjectId first, last;
  std::map<ObjectId, std::string> acknowledged;
  std::size_t last_at = 0;
  {
    auto base_folder = test::must(recording.open_directory(root));
    auto store = test::must(ObjectStore::open(
        test::must(base::open_or_make_directory(*base_folder, "packs")), small_packs(1500), {}));
    test::must(base_folder->sync());
    first = many_snapshots(*store, 5);
    acknowledged = contents_of(*store);
    begun = recording.size();
    PackCompactor compactor(*store, eager(), {});
    REQUIRE(test::must(compactor.step()));
    last = many_snapshots(*store, 1, 6, first);
    last_at = recording.size();
    while (test::must(compactor.step())) continue;
    REQUIRE(compactor.totals().runs > 0);
  }
  const auto operations = recording.operations();
  int states = 0;
  for (std::size_t prefix = begun; prefix <= operations.size(); ++prefix)
    test::for_each_crash(operations, prefix, [&](const std::vector<test::Operation>& survivors) {
      CAPTURE(prefix, ++states);
      QuickFolder crashed;
      test::replay(survivors, crashed.path());
      auto store = open_store(*real, crashed / "packs", small_packs(1500));
      CAPTURE(store->recovery().damage);
      REQUIRE(store->recovery().damage.empty());
      history::RefStore refs(test::must(real->make_directories(crashed / "refs")));
      const OptionalId head = test::must(refs.reconcile(*store, {}));
      REQUIRE((head == last || (prefix < last_at && head == first)));
      for (const auto& [id, text] : acknowledged) REQUIRE(get_text(*store, id) == text);
      require_healthy(*store, head);
      for (const std::string& name : files_in(crashed / "packs"))
        REQUIRE_FALSE(pack::is_unfinished_name(name));
    });
  REQUIRE(states > 50);
}

}  // namespace
}  // namespace vcs::store
