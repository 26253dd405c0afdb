// SPDX-License-Identifier: Apache-2.0
// Tests of core/sync/fetcher.
#include "core/sync/fetcher.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/sync/remote_catalog.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using base::ErrorCode;
using object::ObjectId;

std::map<std::string, std::optional<std::string>> files(std::size_t count, std::uint32_t seed) {
  std::map<std::string, std::optional<std::string>> result;
  for (std::size_t i = 0; i < count; ++i)
    result[fmt::format("d{}/f{}", i % 5, i)] = noise(2000, seed + static_cast<std::uint32_t>(i));
  return result;
}

std::set<ObjectId> ids_of(store::ObjectStore& store) {
  std::set<ObjectId> ids;
  store.for_each([&](const ObjectId& id, object::ObjectKind) { ids.insert(id); });
  return ids;
}

// A remote with some history, in several packs.
struct Scene {
  LocalHistory history;
  WatchedRemote remote;
  Scene() {
    history.save(files(100, 1));
    REQUIRE(push_to(remote, history).has_value());
    history.save({{"large", noise(90'000, 9)}, {"d1/f1", "changed"}});
    REQUIRE(push_to(remote, history).has_value());
    history.save({{"d1/f1", std::nullopt}});
    REQUIRE(push_to(remote, history).has_value());
    remote.reset();
  }
};

}  // namespace

TEST_CASE("fetcher: a clone into an empty store has identical objects and the same files") {
  Scene scene;
  LocalHistory copy;
  sync::FetchOptions options;
  options.threads = GENERATE(1, 4);
  std::uint64_t last = 0, total = 0;
  options.progress = [&](const sync::FetchProgress& progress) {
    last = progress.bytes_done, total = progress.bytes_total;
  };
  const auto fetched = sync::fetch(scene.remote, copy.store(), options);
  REQUIRE(fetched.has_value());
  CHECK(fetched->config == test_config());
  CHECK(fetched->device == kDeviceA);
  CHECK(fetched->commit.sequence == 3);
  CHECK(last == total);
  CHECK(total > 200'000);
  CHECK(ids_of(copy.store()) == ids_of(scene.history.store()));
  for (const ObjectId& id : ids_of(copy.store()))
    CHECK(copy.store().get(id).value() == scene.history.store().get(id).value());
  CHECK(files_of(copy.store(), fetched->head) ==
        files_of(scene.history.store(), *scene.history.head()));
}

TEST_CASE("fetcher: only the head is a commit point of the clone") {
  Scene scene;
  LocalHistory copy;
  const auto fetched = sync::fetch(scene.remote, copy.store(), {});
  REQUIRE(fetched.has_value());
  copy.reopen();
  CHECK(copy.store().recovery().commit_points == std::vector<ObjectId>{fetched->head});
}

TEST_CASE("fetcher: catching up fetches only packs with news") {
  Scene scene;
  LocalHistory copy;
  sync::FetchOptions options;
  options.have = sync::fetch(scene.remote, copy.store(), options).value().head;
  CHECK(sync::fetch(scene.remote, copy.store(), options).value().packs == 0);
  scene.history.save({{"d2/new", "news"}});
  REQUIRE(push_to(scene.remote, scene.history).has_value());
  const auto fetched = sync::fetch(scene.remote, copy.store(), options);
  REQUIRE(fetched.has_value());
  CHECK(fetched->packs == 1);
  CHECK(fetched->bytes < 5000);
  CHECK(files_of(copy.store(), fetched->head).at("d2/new") == "news");
}

TEST_CASE("fetcher: when the n-th call fails, nothing has moved and the next fetch completes") {
  Scene scene;
  for (std::uint64_t n = 1;; ++n) {
    INFO("call " << n);
    LocalHistory copy;
    sync::FetchOptions options;
    options.threads = 1;
    scene.remote.reset();
    scene.remote.fail_at = n;
    const auto first = sync::fetch(scene.remote, copy.store(), options);
    if (first) {
      CHECK(n > 5);
      break;
    }
    CHECK(first.error().code == ErrorCode::unavailable);
    copy.reopen();
    CHECK(copy.store().recovery().commit_points.empty());
    const auto objects_before = copy.store().stats().objects;
    scene.remote.reset();
    const auto second = sync::fetch(scene.remote, copy.store(), options);
    REQUIRE(second.has_value());
    CHECK(second->objects + objects_before == ids_of(scene.history.store()).size());
  }
}

TEST_CASE("fetcher: a pack that is missing is named, with what is lost") {
  Scene scene;
  for (const std::string& name : scene.remote.names("packs/")) {
    INFO(name);
    const auto whole = scene.remote.objects();
    scene.remote.objects().erase(name);
    LocalHistory copy;
    const auto fetched = sync::fetch(scene.remote, copy.store(), {});
    REQUIRE_FALSE(fetched.has_value());
    CHECK(fetched.error().code == ErrorCode::corrupt);
    CHECK(copy.store().find(*scene.history.head()) == std::nullopt);
    scene.remote.objects() = whole;
    CHECK(sync::fetch(scene.remote, copy.store(), {}).has_value());
  }
}

TEST_CASE("fetcher: a missing pack that a segment covers is named in the message") {
  LocalHistory history;
  WatchedRemote remote;
  for (int i = 0; i < 66; ++i) {
    history.save({{"file", fmt::format("version {}", i)}});
    REQUIRE(push_to(remote, history).has_value());
  }
  const auto segment =
      remote::layout::decode_segment(remote.objects()[remote.names("index/").at(0)]);
  const std::string lost = remote::layout::pack_name(segment.value().at(10).id);
  remote.objects().erase(lost);
  LocalHistory copy;
  const auto fetched = sync::fetch(remote, copy.store(), {});
  REQUIRE_FALSE(fetched.has_value());
  CHECK(fetched.error().code == ErrorCode::corrupt);
  CHECK(fetched.error().message.find(lost) != std::string::npos);
  // Without the segment the packs speak for themselves.
  remote.objects().erase(remote.names("index/").at(0));
  const auto again = sync::fetch(remote, copy.store(), {});
  REQUIRE_FALSE(again.has_value());
}

TEST_CASE("fetcher: flipped bytes in packs are never taken for content") {
  Scene scene;
  const auto names = scene.remote.names("packs/");
  const auto expected = files_of(scene.history.store(), *scene.history.head());
  const auto whole = scene.remote.objects();
  for (const std::string& name : names) {
    const std::size_t size = whole.at(name).size();
    for (std::size_t at = 0; at < size; at += 1 + size / 5) {
      INFO(name << " at " << at);
      scene.remote.objects() = whole;
      scene.remote.objects()[name][at] ^= 0x40;
      LocalHistory copy;
      const auto fetched = sync::fetch(scene.remote, copy.store(), {});
      for (const ObjectId& id : ids_of(copy.store())) CHECK(copy.store().get(id).has_value());
      if (fetched) {
        CHECK_FALSE(fetched->damage.empty());
        CHECK(files_of(copy.store(), fetched->head) == expected);
      } else {
        CHECK(fetched.error().code == ErrorCode::corrupt);
        CHECK(fetched.error().message.find(name) != std::string::npos);
      }
    }
  }
}

TEST_CASE("fetcher: a damaged segment or ref is survived where it can be") {
  LocalHistory history;
  WatchedRemote remote;
  for (int i = 0; i < 64; ++i) {
    history.save({{"file", fmt::format("version {}", i)}});
    REQUIRE(push_to(remote, history).has_value());
  }
  const std::string segment = remote.names("index/").at(0);
  remote.objects()[segment][40] ^= 1;
  LocalHistory copy;
  const auto fetched = sync::fetch(remote, copy.store(), {});
  REQUIRE(fetched.has_value());
  CHECK(fetched->damage.size() == 1);
  remote.objects()[remote.names("refs/").at(0)][20] ^= 1;
  const auto no_ref = sync::fetch(remote, copy.store(), {});
  REQUIRE_FALSE(no_ref.has_value());
  CHECK(no_ref.error().code == ErrorCode::corrupt);
}

TEST_CASE("fetcher: an empty, a newer and a foreign remote are told apart") {
  WatchedRemote remote;
  LocalHistory copy;
  CHECK(sync::fetch(remote, copy.store(), {}).error().code == ErrorCode::not_found);
  auto config = test_config();
  config.features = {"keys-in-space"};
  auto bytes = remote::layout::encode_remote_config(config);
  REQUIRE(remote.put("config", bytes, remote::PutMode::overwrite).has_value());
  const auto newer = sync::fetch(remote, copy.store(), {});
  CHECK(newer.error().code == ErrorCode::unsupported);
  CHECK(newer.error().message.find("keys-in-space") != std::string::npos);
  REQUIRE(remote.put("config", base::as_bytes("[core]"), remote::PutMode::overwrite).has_value());
  CHECK(sync::fetch(remote, copy.store(), {}).error().code == ErrorCode::corrupt);
}

TEST_CASE("fetcher: the newest head is taken, or that of the device asked for") {
  WatchedRemote remote;
  LocalHistory a, b;
  b.device = kDeviceB;
  a.save({{"a", "1"}});
  REQUIRE(push_to(remote, a).has_value());
  b.set_head(sync::fetch(remote, b.store(), {}).value().head);
  b.save({{"b", "2"}});
  REQUIRE(push_to(remote, b).has_value());
  LocalHistory copy;
  CHECK(sync::fetch(remote, copy.store(), {}).value().head == *b.head());
  sync::FetchOptions options;
  options.device = kDeviceA;
  const auto of_a = sync::fetch(remote, copy.store(), options).value();
  CHECK(of_a.head == *a.head());
  CHECK(of_a.device == kDeviceA);
  CHECK(of_a.ref == "head");
  options.device = "cccccccccccccccc";
  CHECK(sync::fetch(remote, copy.store(), options).error().code == ErrorCode::not_found);
}

TEST_CASE("fetcher: a head that was kept aside comes back whole") {
  WatchedRemote remote;
  LocalHistory one, copy;
  one.save({{"a", "one"}});
  REQUIRE(push_to(remote, one).has_value());
  const std::string kept = "kept-" + one.head()->hex().substr(0, 16);
  const base::Bytes ref = remote.objects().at("refs/aaaaaaaaaaaaaaaa/head");
  one.save({{"a", "two"}});
  REQUIRE(push_to(remote, one).has_value());
  remote.objects()["refs/aaaaaaaaaaaaaaaa/" + kept] = ref;
  const auto fetched = sync::fetch(remote, copy.store(), {.device = kDeviceA, .ref = kept});
  REQUIRE(fetched.has_value());
  CHECK(fetched->ref == kept);
  CHECK(files_of(copy.store(), fetched->head).at("a") == "one");
}

TEST_CASE("fetcher: a cancelled fetch says so and goes on where it stopped") {
  Scene scene;
  LocalHistory copy;
  std::atomic<bool> cancel{false};
  sync::FetchOptions options;
  options.threads = 1;
  options.cancel = &cancel;
  options.progress = [&](const sync::FetchProgress& progress) {
    cancel = progress.packs_done == 2;
  };
  const auto stopped = sync::fetch(scene.remote, copy.store(), options);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::cancelled);
  const auto all = scene.remote.names("packs/").size();
  const auto rest = sync::fetch(scene.remote, copy.store(), {});
  REQUIRE(rest.has_value());
  // A pack that also holds the head is fetched again, because the head is stored last.
  CHECK(rest->packs <= all - 1);
}

}  // namespace vcs::test
