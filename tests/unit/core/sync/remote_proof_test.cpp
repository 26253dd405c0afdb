// SPDX-License-Identifier: Apache-2.0
// Tests of core/sync/remote_proof.
#include "core/sync/remote_proof.hpp"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using base::ErrorCode;

base::Result<void> prove(remote::RemoteStore& remote, store::ObjectStore& store) {
  SeededRandom random(test_seed());
  return sync::prove_remote(remote, test_config().repository_id, store, random);
}

base::Result<void> prove(remote::RemoteStore& remote) {
  LocalHistory history;
  return prove(remote, history.store());
}

void put_config(WatchedRemote& remote, const std::string& repository_id) {
  auto config = test_config();
  config.repository_id = repository_id;
  REQUIRE(
      remote.put("config", remote::layout::encode_remote_config(config), remote::PutMode::if_absent)
          .has_value());
}

}  // namespace

TEST_CASE("remote proof: an empty place and one of this repository pass, and nothing stays there") {
  WatchedRemote remote;
  CHECK(prove(remote).has_value());
  CHECK(remote.objects().empty());
  put_config(remote, test_config().repository_id);
  CHECK(prove(remote).has_value());
  CHECK(remote.objects().size() == 1);
}

TEST_CASE("remote proof: the remote of another repository is refused before anything is put") {
  WatchedRemote remote;
  put_config(remote, std::string(32, '7'));
  remote.reset();
  const auto proved = prove(remote);
  REQUIRE_FALSE(proved.has_value());
  CHECK(proved.error().code == ErrorCode::invalid);
  CHECK(proved.error().message.find("another repository") != std::string::npos);
  CHECK(remote.puts == 0);
}

TEST_CASE("remote proof: a place that fails in any call is refused") {
  WatchedRemote remote;
  REQUIRE(prove(remote).has_value());
  const std::uint64_t calls = remote.calls;
  REQUIRE(calls >= 8);
  for (std::uint64_t n = 1; n <= calls; ++n) {
    WatchedRemote failing;
    failing.fail_at = n;
    CHECK_FALSE(prove(failing).has_value());
    CHECK(failing.objects().empty());
  }
}

TEST_CASE("remote proof: a damaged configuration is left to the push, a newer one is refused") {
  WatchedRemote remote;
  put_config(remote, test_config().repository_id);
  remote.objects().at("config").back() ^= 1;
  CHECK(prove(remote).has_value());
  auto config = test_config();
  config.features = {"something-new"};
  remote.objects().at("config") = remote::layout::encode_remote_config(config);
  const auto proved = prove(remote);
  REQUIRE_FALSE(proved.has_value());
  CHECK(proved.error().code == ErrorCode::unsupported);
}

TEST_CASE("remote proof: with a damaged configuration a head that both have is proof") {
  LocalHistory ours, other;
  ours.save({{"a", "ours"}});
  other.save({{"a", "other"}});
  WatchedRemote remote;
  REQUIRE(push_to(remote, ours).has_value());
  remote.objects().at("config").back() ^= 1;
  CHECK(prove(remote, ours.store()).has_value());
  const auto refused = prove(remote, other.store());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid);
}

}  // namespace vcs::test
