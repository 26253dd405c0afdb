// SPDX-License-Identifier: Apache-2.0
// The store against a model: a map of what must be there.
#include <catch2/catch.hpp>

#include "core/history/verifier.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) { reopen(); }

  void step() {
    switch (random_.below(12)) {
      case 0:
        return reopen();
      case 1:
        return abandon();
      case 2:
        return test::must(store_->sync()), acknowledge();
      case 3:
      case 4:
        return commit();
      default:
        return put();
    }
  }

  void check() {
    for (const auto* known : {&durable_, &pending_})
      for (const auto& [id, text] : *known) REQUIRE(get_text(*store_, id) == text);
    for (const auto& id : forgotten_)
      if (!durable_.contains(id) && !pending_.contains(id)) REQUIRE_FALSE(store_->contains(id));
    if (head_) {
      history::VerifyOptions options;
      options.read_data = true;
      options.threads = 2;
      const auto result = test::must(history::verify(*store_, std::span(&*head_, 1), options));
      CAPTURE(result.errors);
      REQUIRE(result.errors.empty());
    }
  }

 private:
  std::string random_text() {
    std::string text(random_.below(random_.one_in(20) ? 60'000 : 200), '\0');
    random_.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    // Some content repeats.
    return random_.one_in(3) ? std::to_string(random_.below(30)) : text;
  }

  void put() {
    std::vector<std::string> texts(1 + random_.below(4));
    for (std::string& text : texts) text = random_text();
    test::must(store_->append(frame_of(texts)));
    for (const std::string& text : texts) pending_[id_of(text)] = text;
  }

  void commit() {
    head_ = snapshot(*store_, {{"f", random_text()}}, ++sequence_, head_);
    acknowledge();
  }

  void acknowledge() {
    durable_.merge(pending_);
    pending_.clear();
    forgotten_.clear();
  }

  // Sealing makes the objects of a pack durable early, so an abandoned object may still be there.
  void abandon() {
    store_->abandon();
    for (const auto& [id, text] : pending_) {
      if (!store_->contains(id)) forgotten_.push_back(id);
      // Still found after abandon(): its content must be right.
      else
        REQUIRE(get_text(*store_, id) == text);
    }
    pending_.clear();
  }

  void reopen() {
    store_.reset();
    StoreOptions options;
    options.seal_at = 40'000;
    options.frame_cache_bytes = 100'000;
    store_ = box_.open(options);
    REQUIRE(store_->recovery().damage.empty());
    if (head_) REQUIRE(store_->recovery().commit_points.back() == *head_);
    pending_.clear();
    forgotten_.clear();
  }

  test::SeededRandom random_;
  StoreBox box_;
  std::unique_ptr<ObjectStore> store_;
  std::map<object::ObjectId, std::string> durable_, pending_;
  std::vector<object::ObjectId> forgotten_;
  std::optional<object::ObjectId> head_;
  std::uint64_t sequence_ = 0;
};

TEST_CASE("object store: random work agrees with a model") {
  const std::uint64_t seed = test::test_seed();
  for (std::uint64_t round = 0; round < 4; ++round) {
    Model model(seed + round);
    for (int step = 0; step < 200; ++step) {
      model.step();
      if (step % 40 == 39) model.check();
    }
  }
}

}  // namespace
}  // namespace vcs::store
