// SPDX-License-Identifier: Apache-2.0
// Tests of core/sync/remote_heads.
#include "core/sync/remote_heads.hpp"

#include <catch2/catch.hpp>

#include "core/remote/layout/remote_envelope.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using base::ErrorCode;
using sync::RemoteHead;

// A remote with the heads of three machines, two of one name, and a head that was kept.
struct Scene {
  WatchedRemote remote;
  std::vector<std::string> damage;

  Scene() {
    put_ref(kDeviceA, remote::layout::kHeadRef, 3, 300);
    put_ref(kDeviceA, "kept-00000000000000bb", 2, 900);
    put_ref(kDeviceB, remote::layout::kHeadRef, 4, 500);
    put_ref("bbbbcccccccccccc", remote::layout::kHeadRef, 5, 400);
    put_device(kDeviceA, {"laptop", "notes", "/home/ada/notes"});
    put_device(kDeviceB, {"desk", "notes", "/home/ada/notes"});
    put_device("bbbbcccccccccccc", {"desk", "trial", "/tmp/trial"});
  }
  void put(const std::string& name, const base::Bytes& bytes) {
    REQUIRE(remote.put(name, bytes, remote::PutMode::overwrite).has_value());
  }
  void put_ref(const std::string& device, const std::string& ref, std::uint8_t commit,
               std::int64_t time) {
    remote::layout::RemoteRef end{{}, base::unix_nanos(time), commit};
    end.commit[0] = commit;
    put(remote::layout::ref_name(device, ref), remote::layout::encode_remote_ref(end));
  }
  void put_device(const std::string& id, const remote::layout::RemoteDevice& device) {
    put(remote::layout::device_name(id), remote::layout::encode_remote_device(device));
  }
  std::vector<RemoteHead> list() { return must(sync::list_remote_heads(remote, damage)); }
  std::string chosen(std::string_view wanted) {
    const auto head = sync::choose_remote_head(list(), wanted);
    return head ? head->id() : std::string(base::name_of(head.error().code));
  }
};

}  // namespace

TEST_CASE("remote heads: all are listed with what their machines told, the newest first") {
  Scene scene;
  const auto heads = scene.list();
  REQUIRE(heads.size() == 4);
  CHECK(heads[0].id() == kDeviceB);
  CHECK(heads[0].about == remote::layout::RemoteDevice{"desk", "notes", "/home/ada/notes"});
  CHECK(heads[0].end.sequence == 4);
  CHECK(heads[1].id() == "bbbbcccccccccccc");
  CHECK(heads[2].id() == kDeviceA);
  // The kept head is last, although it is the newest, because no machine continues it.
  CHECK(heads[3].id() == "aaaaaaaaaaaaaaaa/kept-00000000000000bb");
  CHECK(heads[3].is_kept());
  CHECK(scene.damage.empty());
}

TEST_CASE("remote heads: one is chosen by id, by the beginning of one, or by name") {
  Scene scene;
  CHECK(scene.chosen("") == kDeviceB);
  CHECK(scene.chosen(kDeviceA) == kDeviceA);
  CHECK(scene.chosen("AAAA") == kDeviceA);
  CHECK(scene.chosen("laptop") == kDeviceA);
  CHECK(scene.chosen("trial") == "bbbbcccccccccccc");
  CHECK(scene.chosen("/tmp/trial") == "bbbbcccccccccccc");
  CHECK(scene.chosen("kept-0000") == "aaaaaaaaaaaaaaaa/kept-00000000000000bb");
  CHECK(scene.chosen("aaaaaaaaaaaaaaaa/k") == "aaaaaaaaaaaaaaaa/kept-00000000000000bb");
  CHECK(scene.chosen("AAAAAAAAAAAAAAAA/KEPT-00000000000000BB") ==
        "aaaaaaaaaaaaaaaa/kept-00000000000000bb");
}

TEST_CASE("remote heads: what fits several or none is refused with what there is") {
  Scene scene;
  const auto several = sync::choose_remote_head(scene.list(), "bbbb");
  CHECK(several.error().code == ErrorCode::invalid);
  CHECK(several.error().message.find("bbbbcccccccccccc of desk (/tmp/trial)") != std::string::npos);
  CHECK(scene.chosen("desk") == "invalid");
  CHECK(scene.chosen("notes") == "invalid");
  for (const char* wanted : {"aaa", "bbbbd", "nobody", "kept-1", "\x1b[2J", "refs", "head",
                             "aaaaaaaaaaaaaaaa0", "aaaaaaaaaaaaaaaa/head", "kept-"}) {
    INFO(wanted);
    CHECK(
        scene.chosen(wanted) ==
        (std::string(wanted) == "kept-" ? "aaaaaaaaaaaaaaaa/kept-00000000000000bb" : "not_found"));
  }
  const auto none = sync::choose_remote_head(scene.list(), "nobody");
  CHECK(none.error().message.find("aaaaaaaaaaaaaaaa of laptop") != std::string::npos);
  CHECK(sync::choose_remote_head({}, "").error().code == ErrorCode::not_found);
  CHECK(sync::choose_remote_head({}, "abcd").error().code == ErrorCode::not_found);
}

TEST_CASE("remote heads: a ref of a newer version is neither damage nor another machine's") {
  LocalHistory history;
  history.save({{"a", "one"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, history).has_value());
  base::Bytes newer;
  remote::layout::begin_envelope(remote::layout::EnvelopeType::ref, newer);
  newer[5] = 9;
  remote::layout::end_envelope(newer);
  remote.objects()[remote::layout::ref_name(history.device, remote::layout::kHeadRef)] = newer;
  history.save({{"a", "two"}});
  std::vector<std::string> damage;
  const auto listed = sync::list_remote_heads(remote, damage);
  REQUIRE_FALSE(listed.has_value());
  CHECK(listed.error().code == ErrorCode::unsupported);
  CHECK(damage.empty());
  const auto pushed = push_to(remote, history);
  REQUIRE_FALSE(pushed.has_value());
  CHECK(pushed.error().code == ErrorCode::unsupported);
  CHECK(pushed.error().message.find("another machine") == std::string::npos);
  LocalHistory copy;
  sync::FetchOptions salvaging;
  salvaging.salvage = true;
  const auto fetched = sync::fetch(remote, copy.store(), salvaging);
  REQUIRE_FALSE(fetched.has_value());
  CHECK(fetched.error().code == ErrorCode::unsupported);
  CHECK(remote.objects()[remote::layout::ref_name(history.device, remote::layout::kHeadRef)] ==
        newer);
}

TEST_CASE("remote heads: a description that is damaged or newer costs its names, no head") {
  Scene scene;
  base::Bytes newer;
  remote::layout::begin_envelope(remote::layout::EnvelopeType::device, newer);
  newer[5] = 9;
  remote::layout::end_envelope(newer);
  scene.put(remote::layout::device_name(kDeviceA), newer);
  scene.put("devices/bbbbbbbbbbbbbbbb", {1, 2, 3});
  scene.put("refs/cccccccccccccccc/head", {4, 5});
  scene.put("refs/cccccccccccccccc/later", remote::layout::encode_remote_ref({}));
  const auto heads = scene.list();
  REQUIRE(heads.size() == 4);
  CHECK(heads[0].about == remote::layout::RemoteDevice{});
  CHECK(scene.chosen("aaaa") == kDeviceA);
  REQUIRE_FALSE(scene.damage.empty());
  CHECK(scene.damage[0].find("refs/cccccccccccccccc/head") == 0);
}

}  // namespace vcs::test
