// SPDX-License-Identifier: Apache-2.0
// Tests of core/sync/remote_cache.
#include "core/sync/remote_cache.hpp"

#include <catch2/catch.hpp>

#include "core/object/checksum.hpp"
#include "core/sync/sync_plan.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using object::ObjectId;

const std::string kRepository = "00112233445566778899aabbccddeeff";

remote::layout::SegmentPack pack_of(const std::string& content, std::size_t objects) {
  remote::layout::SegmentPack pack;
  pack.id = object::hash_bytes(base::as_bytes(content)).hex().substr(0, 32);
  pack.size = 1000;
  pack.index.frames = {{1, 8, 900, static_cast<std::uint32_t>(objects)}};
  for (std::size_t i = 0; i < objects; ++i)
    pack.index.ids.push_back(
        object::hash_bytes(base::as_bytes(fmt::format("{}/{}", content, i))).bytes);
  return pack;
}

bool knows_all(const sync::RemoteCache& cache, const remote::layout::SegmentPack& pack) {
  for (const auto& id : pack.index.ids)
    if (!cache.knows(ObjectId{id})) return false;
  return true;
}

}  // namespace

TEST_CASE("remote cache: a pack is known when it is confirmed, also after reopening") {
  LocalHistory folder;
  WatchedRemote remote;
  auto cache = folder.open_cache();
  CHECK(cache->needs_refresh());
  REQUIRE(cache->refresh(remote, kRepository, kDeviceA, 1).has_value());
  const auto sent = pack_of("sent", 5), lost = pack_of("lost", 5);
  REQUIRE(cache->note_sending(sent).has_value());
  REQUIRE(cache->note_sending(lost).has_value());
  CHECK_FALSE(cache->knows(ObjectId{sent.index.ids[0]}));
  REQUIRE(cache->confirm(sent.id).has_value());
  for (int opening = 0; opening < 3; ++opening) {
    CHECK_FALSE(cache->needs_refresh());
    CHECK(knows_all(*cache, sent));
    CHECK_FALSE(cache->knows(ObjectId{lost.index.ids[0]}));
    CHECK(cache->loose_packs() == std::vector<remote::layout::SegmentPack>{sent});
    cache.reset();
    cache = folder.open_cache();
  }
}

TEST_CASE("remote cache golden: the journal") {
  const TemporaryFolder folder;
  const auto files = base::make_posix_filesystem();
  const auto open = [&] {
    return must(sync::RemoteCache::open(must(files->open_directory(folder.path())), {}));
  };
  WatchedRemote remote;
  const auto pack = pack_of("kept", 2);
  {
    const auto cache = open();
    must(cache->refresh(remote, kRepository, kDeviceA, 1));
    must(cache->note_sending(pack));
    must(cache->confirm(pack.id));
  }
  const std::string journal = read_file(folder / "journal");
  require_golden("sync/remote_cache_journal.v2.bin", base::as_bytes(journal));
  for (const char* version : {"v1", "v2"}) {
    const base::Bytes kept = golden_bytes(fmt::format("sync/remote_cache_journal.{}.bin", version));
    write_file(folder / "journal", std::string(base::as_text(kept)));
    const auto cache = open();
    CHECK(knows_all(*cache, pack));
    // A journal of version 1 does not record which packs exist.
    const auto lost = must(cache->count_lost_packs(remote));
    CHECK(lost == (version == std::string("v1") ? std::nullopt : std::optional<std::size_t>(1)));
  }
}

TEST_CASE("remote cache: what was on its way is asked for") {
  LocalHistory folder;
  WatchedRemote remote;
  const auto arrived = pack_of("arrived", 3), lost = pack_of("lost", 3), cut = pack_of("cut", 3);
  {
    auto cache = folder.open_cache();
    REQUIRE(cache->refresh(remote, kRepository, kDeviceA, 1).has_value());
    for (const auto& pack : {arrived, lost, cut}) REQUIRE(cache->note_sending(pack).has_value());
  }
  remote.objects()[remote::layout::pack_name(arrived.id)].resize(1000);
  remote.objects()[remote::layout::pack_name(cut.id)].resize(999);
  auto cache = folder.open_cache();
  remote.reset();
  REQUIRE(cache->resolve_unconfirmed(remote).has_value());
  CHECK(remote.calls == 3);
  CHECK(knows_all(*cache, arrived));
  CHECK_FALSE(cache->knows(ObjectId{lost.index.ids[0]}));
  CHECK_FALSE(cache->knows(ObjectId{cut.index.ids[0]}));
}

TEST_CASE("remote cache: many ids move into the sorted file and stay known") {
  LocalHistory folder;
  WatchedRemote remote;
  auto cache = folder.open_cache();
  REQUIRE(cache->refresh(remote, kRepository, kDeviceA, 1).has_value());
  std::vector<remote::layout::SegmentPack> packs;
  for (int i = 0; i < 4; ++i) {
    packs.push_back(pack_of(fmt::format("pack {}", i), 20'000));
    REQUIRE(cache->note_sending(packs.back()).has_value());
    REQUIRE(cache->confirm(packs.back().id).has_value());
  }
  CHECK_FALSE(cache->wants_segment());
  cache.reset();
  cache = folder.open_cache();
  for (const auto& pack : packs) CHECK(knows_all(*cache, pack));
  CHECK(cache->loose_packs().size() == 4);
  CHECK_FALSE(cache->knows(object::hash_bytes(base::as_bytes("never"))));
  REQUIRE(cache->segment_written().has_value());
  CHECK(cache->loose_packs().empty());
}

TEST_CASE("remote cache: cut or flipped at any byte it knows less, or nothing, never more") {
  LocalHistory folder;
  WatchedRemote remote;
  const auto first = pack_of("first", 2), second = pack_of("second", 2);
  const auto head = remote::layout::encode_remote_ref({first.index.ids[0], base::unix_nanos(5), 1});
  {
    auto cache = folder.open_cache();
    REQUIRE(cache->refresh(remote, kRepository, kDeviceA, 1).has_value());
    REQUIRE(cache->note_sending(first).has_value());
    REQUIRE(cache->confirm(first.id).has_value());
    REQUIRE(cache->set_head(head).has_value());
    REQUIRE(cache->note_sending(second).has_value());
  }
  const std::string base_folder = folder.packs_folder() + "/../remotes/origin/";
  for (const char* name : {"journal", "known-ids"}) {
    const std::string whole = read_file(base_folder + name);
    for (std::size_t at = 0; at < whole.size(); at += 1 + at % 2) {
      const bool cut = at % 4 == 0;
      std::string damaged = cut ? whole.substr(0, at) : whole;
      if (!cut) damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      write_file(base_folder + name, damaged);
      const auto cache = folder.open_cache();
      CHECK_FALSE(cache->knows(ObjectId{second.index.ids[0]}));
      if (cache->head()) CHECK(cache->head_bytes() == head);
      if (cache->needs_refresh()) CHECK_FALSE(cache->knows(ObjectId{first.index.ids[0]}));
    }
    write_file(base_folder + name, whole);
  }
  CHECK(knows_all(*folder.open_cache(), first));
}

TEST_CASE("remote cache: a whole record that makes no sense ends the journal and changes nothing") {
  const auto pack = pack_of("kept", 2);
  const auto head = remote::layout::encode_remote_ref({pack.index.ids[0], base::unix_nanos(5), 1});
  enum : std::uint8_t { identity = 1, head_of_this_device = 6 };
  for (const std::uint8_t type : {identity, head_of_this_device}) {
    LocalHistory folder;
    WatchedRemote remote;
    {
      auto cache = folder.open_cache();
      must(cache->refresh(remote, kRepository, kDeviceA, 1));
      must(cache->set_head(head));
    }
    const std::string journal = folder.packs_folder() + "/../remotes/origin/journal";
    const std::string whole = read_file(journal);
    base::Bytes record{4, 0, 0, 0, type, 'n', 'o', 'n', 'e'};
    base::ByteWriter(record).u64(object::checksum64(base::ByteView(record).subspan(4)));
    write_file(journal, whole + std::string(base::as_text(record)));
    const auto cache = folder.open_cache();
    CHECK(cache->repository_id() == kRepository);
    CHECK(cache->head_bytes() == head);
    CHECK(read_file(journal) == whole);
  }
}

TEST_CASE("sync plan: little is packed anew, much is copied") {
  const auto id = [](int i) { return object::hash_bytes(base::as_bytes(std::to_string(i))); };
  std::vector<sync::LocatedObject> needed;
  needed.push_back({id(1), {3, 100, 0, 50, object::ObjectKind::tree_node}});
  needed.push_back({id(2), {3, 40, 0, 50, object::ObjectKind::blob}});
  for (int i = 0; i < 5; ++i)
    needed.push_back(
        {id(10 + i),
         {7, static_cast<std::uint32_t>(i / 2) * 1000, 0, 1u << 20, object::ObjectKind::blob}});
  const auto plan = sync::make_sync_plan(needed);
  REQUIRE(plan.repack.size() == 2);
  CHECK(plan.repack[0].id == id(2));
  CHECK(plan.repack[1].id == id(1));
  REQUIRE(plan.copy.size() == 1);
  CHECK(plan.copy.at(7) == std::set<std::uint64_t>{0, 1000, 2000});
  CHECK(sync::make_sync_plan({}).repack.empty());
}

}  // namespace vcs::test
