// SPDX-License-Identifier: Apache-2.0
// Tests of core/sync/pusher.
#include "core/sync/pusher.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/pack/pack_file.hpp"
#include "core/remote/wrappers/retrying_remote.hpp"
#include "core/sync/remote_catalog.hpp"
#include "core/sync/remote_lag.hpp"
#include "tests/support/memory_object_store.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using base::ErrorCode;
using object::ObjectId;

std::map<std::string, std::optional<std::string>> many_files(std::size_t count) {
  std::map<std::string, std::optional<std::string>> files;
  for (std::size_t i = 0; i < count; ++i)
    files[fmt::format("folder{}/file{}.txt", i % 7, i)] =
        noise(500 + i % 900, static_cast<std::uint32_t>(i));
  files["large.bin"] = noise(120'000, 77);
  return files;
}

void check_remote_is_complete(WatchedRemote& remote, LocalHistory& history, bool undamaged = true) {
  LocalHistory copy;
  const auto fetched = sync::fetch(remote, copy.store(), {.device = history.device});
  INFO((fetched ? "" : fetched.error().message));
  REQUIRE(fetched.has_value());
  if (undamaged) CHECK(fetched->damage.empty());
  CHECK(fetched->head == *history.head());
  CHECK(files_of(copy.store(), fetched->head) == files_of(history.store(), *history.head()));
}

void damage_file(const std::string& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x20);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace

TEST_CASE("pusher: a first push brings the whole history, packs before the ref") {
  LocalHistory history(256 * 1024);
  history.save(many_files(300));
  history.save({{"folder1/new.txt", "second"}, {"folder2/file2.txt", std::nullopt}});
  WatchedRemote remote;
  const auto report = push_to(remote, history, GENERATE(0, 3));
  REQUIRE(report.has_value());
  CHECK(report->ref_moved);
  CHECK(report->local_damage.empty());
  CHECK(report->sent.packs == remote.names("packs/").size());
  CHECK(remote.names("refs/") == std::vector<std::string>{"refs/aaaaaaaaaaaaaaaa/head"});
  for (const auto& name : remote.names("packs/"))
    CHECK(sync::content_name(remote.objects()[name]) == *remote::layout::parse_pack_name(name));
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: a small save costs one pack, one ref, and no other call") {
  LocalHistory history;
  history.save(many_files(400));
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  for (int i = 0; i < 5; ++i) {
    history.save({{"folder3/file3.txt", fmt::format("edit {}", i)}});
    remote.reset();
    const auto report = push_to(remote, history);
    REQUIRE(report.has_value());
    CHECK(remote.puts == 2);
    CHECK(remote.calls == 2);
    CHECK(remote.bytes_put < 20'000);
    CHECK(report->sent.objects <= 8);
  }
  remote.reset();
  const auto again = push_to(remote, history);
  CHECK_FALSE(again.value().ref_moved);
  CHECK(remote.calls == 0);
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: a byte changed in a large file sends little of it") {
  LocalHistory history;
  std::string large = noise(600'000, 5);
  history.save({{"large.bin", large}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  large[300'000] = static_cast<char>(large[300'000] ^ 1);
  history.save({{"large.bin", large}});
  remote.reset();
  REQUIRE(push_to(remote, history).has_value());
  CHECK(remote.bytes_put < 60'000);
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: index segments take over after 64 small packs") {
  LocalHistory history;
  WatchedRemote remote;
  for (int i = 0; i < 140; ++i) {
    history.save({{"file.txt", fmt::format("version {}", i)}});
    REQUIRE(push_to(remote, history).has_value());
  }
  CHECK(remote.names("index/").size() == 2);
  CHECK(remote.names("packs/").size() == 140);
  remote.reset();
  check_remote_is_complete(remote, history);
  history.lose_cache();
  history.save({{"file.txt", "after the loss"}});
  remote.reset();
  REQUIRE(push_to(remote, history).has_value());
  CHECK(remote.puts == 2);
  CHECK(remote.bytes_put < 3000);
}

TEST_CASE("pusher: a lost cache costs listing, never sending again") {
  LocalHistory history;
  history.save(many_files(200));
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  history.lose_cache();
  remote.reset();
  const auto again = push_to(remote, history);
  REQUIRE(again.has_value());
  CHECK(again->sent.packs == 0);
  CHECK(remote.puts == 0);
}

TEST_CASE("pusher: when the n-th call fails, for every n, the next push completes the work") {
  const bool done_nevertheless = GENERATE(false, true);
  const bool dead_from_there = GENERATE(false, true);
  for (std::uint64_t n = 1;; ++n) {
    INFO("call " << n << ", done: " << done_nevertheless << ", dead: " << dead_from_there);
    LocalHistory history;
    history.save(many_files(60));
    WatchedRemote remote;
    remote.fail_at = n;
    remote.fail_after = done_nevertheless;
    remote.fail_all_from_there = dead_from_there;
    const auto first = push_to(remote, history);
    if (first) {
      CHECK(n > 5);
      break;
    }
    CHECK(first.error().code == ErrorCode::unavailable);
    const auto packs_there = remote.names("packs/").size();
    remote.reset();
    const auto second = push_to(remote, history);
    REQUIRE(second.has_value());
    CHECK(second->sent.packs + packs_there == remote.names("packs/").size());
    check_remote_is_complete(remote, history);
  }
}

TEST_CASE("pusher: with the retrying wrapper a single lost answer is not noticed") {
  LocalHistory history;
  history.save(many_files(60));
  base::SystemRandom random;
  for (std::uint64_t n = 1; n < 14; ++n) {
    history.lose_cache();
    auto watched = std::make_unique<WatchedRemote>();
    WatchedRemote& remote = *watched;
    remote.fail_at = n;
    remote.fail_after = true;
    const auto retrying = remote::wrappers::make_retrying_remote(std::move(watched), {}, random,
                                                                 [](base::Nanos) { return true; });
    const auto report = push_to(*retrying, history);
    REQUIRE(report.has_value());
    CHECK(report->ref_moved);
    remote.reset();
    check_remote_is_complete(remote, history);
  }
}

TEST_CASE("pusher: two devices share a remote without disturbing each other") {
  WatchedRemote remote;
  LocalHistory a, b;
  b.device = kDeviceB;
  a.save(many_files(50));
  REQUIRE(push_to(remote, a).has_value());
  const auto cloned = sync::fetch(remote, b.store(), {});
  REQUIRE(cloned.has_value());
  b.set_head(cloned->head);
  for (int i = 0; i < 3; ++i) {
    a.save({{"a.txt", fmt::format("a {}", i)}});
    b.save({{"b.txt", fmt::format("b {}", i)}});
    REQUIRE(push_to(remote, a).has_value());
    remote.reset();
    REQUIRE(push_to(remote, b).has_value());
    // Objects that the clone fetched are not sent back.
    CHECK(remote.bytes_put < 10'000);
  }
  check_remote_is_complete(remote, a);
  check_remote_is_complete(remote, b);
}

TEST_CASE("pusher: a remote of another repository is refused and left alone") {
  WatchedRemote remote;
  auto other = test_config();
  other.repository_id = std::string(32, '7');
  const auto bytes = remote::layout::encode_remote_config(other);
  REQUIRE(remote.put("config", bytes, remote::PutMode::if_absent).has_value());
  LocalHistory history;
  history.save({{"a", "b"}});
  const auto report = push_to(remote, history);
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().code == ErrorCode::invalid);
  CHECK(remote.objects().size() == 1);
}

TEST_CASE("pusher: an emptied or older remote is noticed and filled again") {
  LocalHistory history;
  history.save(many_files(40));
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  const auto older = remote.objects();
  history.save({{"more.txt", "more"}});
  REQUIRE(push_to(remote, history).has_value());
  remote.objects() = GENERATE(true, false) ? std::map<std::string, base::Bytes>{} : older;
  history.save({{"more.txt", "and more"}});
  REQUIRE(push_to(remote, history).has_value());
  CHECK(remote.names("refs/").size() == 1);
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: what was in packs that somebody removed is sent again") {
  LocalHistory history;
  WatchedRemote remote;
  const int saves = GENERATE(1, 3, 80);  // 80: a segment covers the packs
  for (int i = 0; i < saves; ++i) {
    history.save({{fmt::format("file{}", i), noise(600, static_cast<std::uint32_t>(i))}});
    REQUIRE(push_to(remote, history).has_value());
  }
  const std::vector<std::string> packs = remote.names("packs/");
  const std::string removed = GENERATE("one", "all", "cut", "all, and what tells of them");
  INFO(removed << " of " << packs.size());
  if (removed == "one")
    remote.objects().erase(packs[packs.size() / 2]);
  else if (removed == "cut")
    remote.objects()[packs[packs.size() / 2]].resize(20);
  else
    for (const std::string& pack : packs) remote.objects().erase(pack);
  if (removed == "all, and what tells of them")
    for (const std::string& name : remote.names("index/")) remote.objects().erase(name);
  sync::PushOptions options = push_options(history);
  SECTION("of a remote that is looked at again") {
    options.check_remote = true;
  }
  SECTION("of a remote that is met anew") {
    history.lose_cache();
  }
  SECTION("and somebody has saved meanwhile") {
    options.check_remote = true;
    history.save({{"later", "later"}});
  }
  const auto cache = history.open_cache();
  const auto pushed = sync::push(history.store(), *history.head(), remote, *cache, options);
  REQUIRE(pushed.has_value());
  CHECK(pushed->sent.packs > 0);
  check_remote_is_complete(remote, history, removed != "cut");
  // Nothing is missing now, and checking that sends no pack.
  const auto again = sync::push(history.store(), *history.head(), remote, *cache, options);
  REQUIRE(again.has_value());
  CHECK(again->sent.packs == 0);
}

TEST_CASE("pusher: to look whether all packs are still there costs one listing") {
  LocalHistory history;
  history.save(many_files(40));
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  sync::PushOptions options = push_options(history);
  options.check_remote = true;
  const auto cache = history.open_cache();
  remote.reset();
  REQUIRE(sync::push(history.store(), *history.head(), remote, *cache, options).has_value());
  CHECK(remote.lists == 1);
  CHECK(remote.puts == 0);
}

TEST_CASE("pusher: a name that another history uses is left to it, whoever comes first") {
  LocalHistory one, two;
  one.save({{"a", "one"}});
  two.save({{"a", "two"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, one).has_value());
  const base::Bytes ref = remote.objects().at("refs/aaaaaaaaaaaaaaaa/head");
  // In the first round the cache knows nothing of the remote; later its knowledge is out of date.
  for (int round = 0; round < 3; ++round) {
    const auto report = push_to(remote, two);
    REQUIRE(report.has_value());
    CHECK(report->taken_by == one.head());
    CHECK_FALSE(report->ref_moved);
    CHECK(remote.objects().at("refs/aaaaaaaaaaaaaaaa/head") == ref);
    CHECK(remote.names("refs/").size() == 1);
    two.save({{"b", std::to_string(round)}});
  }
  two.device = kDeviceB;
  const auto report = push_to(remote, two);
  REQUIRE(report.has_value());
  CHECK_FALSE(report->taken_by);
  CHECK(report->ref_moved);
  check_remote_is_complete(remote, two);
  one.save({{"a", "three"}});
  REQUIRE(push_to(remote, one).value().ref_moved);
  check_remote_is_complete(remote, one);
  CHECK(remote.names("refs/").size() == 2);
}

TEST_CASE("pusher: two copies of one machine end with a ref each, in whatever order they push") {
  const std::uint64_t seed = test_seed();
  SeededRandom random(seed);
  for (int life = 0; life < 20; ++life) {
    LocalHistory original, copy;
    original.save({{"a", "1"}});
    WatchedRemote remote;
    REQUIRE(push_to(remote, original).has_value());
    copy.set_head(sync::fetch(remote, copy.store(), {}).value().head);
    REQUIRE(push_to(remote, copy).has_value());  // its cache has what that of the original has
    for (int save = 0; save < 6; ++save) {
      LocalHistory& who = random.one_in(2) ? original : copy;
      who.save({{"a", fmt::format("{} of {}", save, life)}});
      auto pushed = push_to(remote, who);
      REQUIRE(pushed.has_value());
      if (pushed->taken_by) {
        who.device = fmt::format("{:016x}", random.next());
        who.lose_cache();
        pushed = push_to(remote, who);
      }
      CHECK(pushed.value().ref_moved);
      check_remote_is_complete(remote, who);
    }
    CHECK(remote.names("refs/").size() <= 2);
  }
}

TEST_CASE("pusher: a ref of this device that nobody can read is written anew") {
  LocalHistory history;
  history.save({{"a", "1"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  remote.objects()["refs/aaaaaaaaaaaaaaaa/head"].resize(20);
  history.save({{"a", "2"}});
  REQUIRE(push_to(remote, history).value().ref_moved);
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: the remote is told once what the device is called, and again when it changes") {
  LocalHistory history;
  history.save({{"a", "1"}});
  WatchedRemote remote;
  const auto cache = history.open_cache();
  sync::PushOptions options = push_options(history);
  options.about = {"desk", "notes", "/home/ada/notes"};
  const auto push = [&] {
    history.save({{"a", std::to_string(remote.calls.load())}});
    const std::uint64_t before = remote.calls;
    REQUIRE(sync::push(history.store(), *history.head(), remote, *cache, options).has_value());
    return remote.calls - before;
  };
  push();
  const auto told = [&] {
    return remote::layout::decode_remote_device(remote.objects().at("devices/aaaaaaaaaaaaaaaa"))
        .value();
  };
  CHECK(told() == *options.about);
  CHECK(push() == 2);  // a pack and the ref
  options.about->machine = "another desk";
  CHECK(push() == 2);
  CHECK(told().machine == "desk");
  options.check_remote = true;
  push();
  CHECK(told().machine == "another desk");
}

TEST_CASE("pusher: damage here is never sent, and stops a push that needs it") {
  LocalHistory history(64 * 1024);
  history.save(many_files(150));
  const std::string pack = history.packs_folder() + "/00000001.pack";
  REQUIRE(std::filesystem::exists(pack));
  damage_file(pack, std::filesystem::file_size(pack) / 2);
  history.reopen();
  WatchedRemote remote;
  const auto report = push_to(remote, history);
  REQUIRE_FALSE(report.has_value());
  INFO(report.error().message);
  CHECK((report.error().code == ErrorCode::corrupt || report.error().code == ErrorCode::not_found));
  CHECK(remote.names("refs/").empty());
  CHECK_FALSE(remote.names("packs/").empty());
}

TEST_CASE("pusher: what is lost here and was given up keeps nothing else from being copied") {
  const bool from_many = GENERATE(true, false);  // the remote lacks most, or one save
  LocalHistory history(64 * 1024);
  WatchedRemote remote;
  const auto sizes = [&] {
    std::map<std::string, std::uint64_t> all;
    for (const std::uint32_t number : history.store().pack_numbers()) {
      const std::string pack = history.packs_folder() + "/" + pack::pack_name(number);
      all[pack] = std::filesystem::file_size(pack);
    }
    return all;
  };
  std::map<std::string, std::uint64_t> sent;  // length of each pack that the remote has
  if (!from_many) {
    history.save(many_files(400));
    REQUIRE(push_to(remote, history).has_value());
    sent = sizes();
  }
  history.save(many_files(150));
  history.save({{"large.bin", noise(200'000, 5)}, {"lost.bin", noise(90'000, 6)}});
  history.save({{"lost.bin", std::nullopt}, {"kept.txt", "written after it was lost"}});
  // Damages one byte of each pack, in the part that the remote does not have.
  std::uint64_t damaged = 0;
  for (const auto& [pack, size] : sizes()) {
    const std::uint64_t begin = sent[pack];
    if (size - begin < 60'000) continue;
    damage_file(pack, begin + (size - begin) / 2);
    ++damaged;
  }
  REQUIRE(damaged > 0);
  history.reopen();
  REQUIRE_FALSE(push_to(remote, history).has_value());

  sync::PushOptions options = push_options(history);
  options.without_lost = true;
  const auto cache = history.open_cache();
  const auto report = sync::push(history.store(), *history.head(), remote, *cache, options);
  INFO((report ? "" : report.error().message));
  REQUIRE(report.has_value());
  CHECK(report->ref_moved);
  CHECK_FALSE(report->left_out.empty());
  // The remote has every object that can be read here.
  LocalHistory copy;
  auto objects = remote::drivers::make_memory_remote(remote.shared_objects());
  std::uint64_t there = 0, here = 0;
  const auto other = copy.open_cache("other");
  REQUIRE(other->refresh(*objects, test::test_config().repository_id, history.device, 1));
  history.store().for_each([&](const object::ObjectId& id, object::ObjectKind) {
    if (!history.store().get(id)) return;
    ++here;
    there += other->knows(id);
  });
  CHECK(here > 0);
  CHECK(there == here);
  // The next push is an ordinary one.
  history.save({{"next.txt", "next"}});
  const auto next = sync::push(history.store(), *history.head(), remote, *cache, options);
  REQUIRE(next.has_value());
  CHECK(next->left_out.empty());
  CHECK(next->sent.packs == 1);
}

TEST_CASE("pusher: a cancelled push says so and can be taken up again") {
  LocalHistory history;
  history.save(many_files(80));
  WatchedRemote remote;
  const auto cache = history.open_cache();
  std::atomic<bool> cancel{false};
  sync::PushOptions options = push_options(history);
  options.threads = 0;
  options.pack_bytes = 16 * 1024;
  options.cancel = &cancel;
  options.progress = [&](const sync::UploadTotals& totals) { cancel = totals.packs >= 2; };
  const auto stopped = sync::push(history.store(), *history.head(), remote, *cache, options);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::cancelled);
  CHECK(remote.names("refs/").empty());
  const auto there = remote.names("packs/").size();
  CHECK(there >= 2);
  REQUIRE(push_to(remote, history).has_value());
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: a first push tells how much there is, also when it is taken up again") {
  LocalHistory history;
  history.save(many_files(80));
  WatchedRemote remote;
  std::atomic<bool> cancel{false};
  sync::UploadTotals last;
  sync::PushOptions options = push_options(history);
  options.threads = 0;
  options.pack_bytes = 16 * 1024;
  options.cancel = &cancel;
  options.progress = [&](const sync::UploadTotals& totals) {
    CHECK(totals.bytes_expected == history.store().stats().bytes_stored);
    last = totals;
    cancel = totals.packs == 1;
  };
  const auto cache = history.open_cache();
  REQUIRE_FALSE(sync::push(history.store(), *history.head(), remote, *cache, options));
  options.cancel = nullptr;
  REQUIRE(sync::push(history.store(), *history.head(), remote, *cache, options));
  CHECK(last.bytes_there > 0);
  const auto all = static_cast<double>(last.bytes_expected);
  CHECK(static_cast<double>(last.bytes + last.bytes_there) / all == Approx(1).epsilon(0.2));
}

TEST_CASE("pusher: a store without packs is sent object by object") {
  LocalHistory source;
  const ObjectId head = source.save(many_files(30));
  MemoryObjectStore store;
  source.store().for_each([&](const ObjectId& id, object::ObjectKind kind) {
    store.put(kind, source.store().get(id).value());
  });
  WatchedRemote remote;
  const auto cache = source.open_cache();
  REQUIRE(sync::push(store, head, remote, *cache, push_options(source)).has_value());
  check_remote_is_complete(remote, source);
}

TEST_CASE("remote lag: counts commits and tells the oldest that is not there") {
  LocalHistory history;
  const ObjectId first = history.save({{"a", "1"}});
  history.save({{"a", "2"}});
  const ObjectId third = history.save({{"a", "3"}});
  auto& store = history.store();
  CHECK(sync::measure_lag(store, {}, {}).value().behind_commits == 0);
  CHECK(sync::measure_lag(store, third, third).value().behind_commits == 0);
  const auto lag = sync::measure_lag(store, third, first).value();
  CHECK(lag.behind_commits == 2);
  CHECK_FALSE(lag.at_least);
  CHECK(*lag.oldest_unsynced == base::unix_nanos(1'700'000'002'000'000'000));
  const auto all = sync::measure_lag(store, third, {}, 2).value();
  CHECK(all.behind_commits == 2);
  CHECK(all.at_least);
}

TEST_CASE("remote lag: what lies beyond the limit is not read, and may be lost") {
  LocalHistory history;
  const ObjectId first = history.save({{"a", "1"}});
  history.save({{"a", "2"}});
  const ObjectId third = history.save({{"a", "3"}});
  MemoryObjectStore store;
  history.store().for_each([&](const ObjectId& id, object::ObjectKind kind) {
    store.put(kind, history.store().get(id).value());
  });
  store.lose(first);
  const auto lag = sync::measure_lag(store, third, {}, 2);
  REQUIRE(lag.has_value());
  CHECK(lag->behind_commits == 2);
  CHECK(lag->at_least);
  CHECK_FALSE(sync::measure_lag(store, third, {}, 3).has_value());
}

TEST_CASE(
    "pusher: a damaged configuration is written anew where it is certain whose remote it is") {
  LocalHistory history;
  history.save({{"a", "1"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, history));
  const base::Bytes whole = remote.objects().at("config");
  const bool remembers = GENERATE(true, false);
  for (std::size_t left = 0; left < whole.size(); ++left) {
    remote.objects()["config"] =
        base::Bytes(whole.begin(), whole.begin() + static_cast<long>(left));
    if (!remembers) history.lose_cache();
    const auto cache = history.open_cache();
    sync::PushOptions options = push_options(history);
    options.check_remote = remembers;
    REQUIRE(sync::push(history.store(), *history.head(), remote, *cache, options));
    CHECK(remote.objects().at("config") == whole);
  }
  check_remote_is_complete(remote, history);
}

TEST_CASE(
    "pusher: a remote that was emptied gets everything again when its configuration is missed") {
  LocalHistory history;
  history.save({{"a", "1"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, history));
  remote.objects().clear();
  const auto cache = history.open_cache();
  sync::PushOptions options = push_options(history);
  options.check_remote = true;
  REQUIRE(sync::push(history.store(), *history.head(), remote, *cache, options));
  check_remote_is_complete(remote, history);
}

TEST_CASE("pusher: a damaged configuration of who knows whose remote is left, and told") {
  LocalHistory others, history;
  others.save({{"a", "1"}});
  history.save({{"b", "2"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, others));
  remote.objects()["config"].resize(9);
  const auto before = remote.objects();
  const auto report = push_to(remote, history);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::corrupt);
  CHECK(report.error().message.find("use an empty remote") != std::string::npos);
  CHECK(remote.objects() == before);

  // A config that was cut off while it was first written belongs to nobody yet.
  WatchedRemote begun;
  begun.objects()["config"] = base::Bytes(3, 'V');
  REQUIRE(push_to(begun, history));
  check_remote_is_complete(begun, history);
}

}  // namespace vcs::test
