// SPDX-License-Identifier: Apache-2.0
// Compares a repository with what it has acknowledged.
#include "tests/support/ledger.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "core/history/repository.hpp"
#include "core/history/verifier.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"

namespace vcs::test {
namespace {

using object::ObjectId;

std::vector<ObjectId> chain_of(history::Repository& repository) {
  std::vector<ObjectId> chain;
  for (std::optional<ObjectId> at = repository.head(); at;) {
    chain.push_back(*at);
    at = must(repository.read_commit(*at)).parent;
  }
  return chain;
}

}  // namespace

void Ledger::note(Workshop& shop, std::size_t operations) {
  all_.push_back({operations, *shop.repository().head(), shop.disk()});
}

Ledger Ledger::until(std::size_t operations) const {
  Ledger earlier;
  for (const Acknowledged& one : all_)
    if (one.operations <= operations) earlier.all_.push_back({0, one.id, one.tree});
  return earlier;
}

void Ledger::require_kept(Workshop& shop, std::size_t operations) const {
  const std::vector<ObjectId> chain = chain_of(shop.repository());
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Acknowledged& one = all_[i];
    const bool there = std::find(chain.begin(), chain.end(), one.id) != chain.end();
    if (!there && one.operations > operations) continue;
    INFO("commit " << i + 1 << " of " << all_.size() << ", " << one.id.short_hex());
    REQUIRE(there);
    REQUIRE((shop.tree_of(one.id) == one.tree));
  }
}

void require_healthy(Workshop& shop) {
  history::Repository& repository = shop.repository();
  const auto& damage = repository.store().recovery().damage;
  CAPTURE(damage);
  REQUIRE(damage.empty());
  const std::optional<ObjectId> head = repository.head();
  const std::vector<ObjectId> heads = head ? std::vector{*head} : std::vector<ObjectId>{};
  history::VerifyOptions options;
  options.read_data = true;
  const auto result = must(history::verify(repository.store(), heads, options));
  CAPTURE(result.errors);
  REQUIRE(result.errors.empty());
  REQUIRE(repository.index().tag() == head.value_or(ObjectId{}));
}

void require_goes_on(Workshop& shop) {
  // Each length differs from the last, so that the index sees the change without a clock.
  static std::atomic<std::size_t> turn{0};
  shop.save("goes on", std::string(1 + ++turn % 997, 'g'));
  const ObjectId made = shop.snap().id;
  REQUIRE((shop.tree() == shop.disk()));
  must(shop.reopen());
  require_healthy(shop);
  REQUIRE(shop.repository().head() == made);
  REQUIRE((shop.tree() == shop.disk()));
}

void require_survives(const std::vector<Operation>& survivors, const Ledger& ledger,
                      std::size_t operations, WorkshopOptions places,
                      const std::function<void(Workshop&)>& more) {
  const QuickFolder disk;
  replay(survivors, disk.path());
  places.files = nullptr;
  places.data = disk.path();
  Workshop shop(places);
  require_healthy(shop);
  ledger.require_kept(shop, operations);
  if (more) more(shop);
  require_goes_on(shop);
  ledger.require_kept(shop, operations);
  if (more) more(shop);
}

}  // namespace vcs::test
