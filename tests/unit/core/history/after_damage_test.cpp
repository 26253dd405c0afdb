// SPDX-License-Identifier: Apache-2.0
// After damage: the tree and the parent that stand in for the head, and for how long.
#include "core/history/after_damage.hpp"

#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using object::ObjectId;
using test::must;

namespace {

// Two commits of one file.
struct Scene {
  test::Workshop shop;
  ObjectId first = save("one"), second = save("two");

  ObjectId save(const std::string& content) {
    shop.save("file", content);
    return shop.snap().id;
  }
  history::Repository& repository() { return shop.repository(); }
  history::AfterDamage& after_damage() { return repository().after_damage(); }
};

}  // namespace

TEST_CASE("after damage: the next commit goes on behind another one, once") {
  Scene scene;
  CHECK(scene.after_damage().next_parent() == scene.second);
  scene.after_damage().continue_behind(scene.first);
  CHECK(scene.after_damage().next_parent() == scene.first);
  CHECK(scene.repository().head() == scene.second);
  const ObjectId third = scene.save("three");
  CHECK(must(scene.repository().read_commit(third)).parent == scene.first);
  CHECK(scene.after_damage().next_parent() == third);
}

TEST_CASE(
    "after damage: a tree in place of the head's is gone when the head moves, or it is forgotten") {
  Scene scene;
  const ObjectId tree = must(scene.repository().head_tree());
  must(scene.after_damage().doubt_everything(1));
  // Nothing is damaged, so the doubt leaves the same tree.
  CHECK(must(scene.after_damage().base_tree()) == tree);
  CHECK(must(scene.after_damage().head_tree_is_readable()));
  must(scene.repository().set_head(scene.first));
  CHECK(must(scene.after_damage().base_tree()) == must(scene.repository().head_tree()));
  must(scene.after_damage().doubt_everything(1));
  scene.after_damage().forget_base_tree();
  CHECK(must(scene.after_damage().base_tree()) == must(scene.repository().head_tree()));
}

TEST_CASE("after damage: doubt leaves the index with all paths, none of which is trusted") {
  Scene scene;
  CHECK_FALSE(scene.repository().index().find("file")->recheck);
  must(scene.after_damage().doubt_everything(1));
  CHECK(scene.repository().index().find("file")->recheck);
  CHECK(scene.repository().index().tag() == scene.second);
}

TEST_CASE("after damage: names of commits come and go, and the lost head is one of them") {
  Scene scene;
  CHECK_FALSE(must(scene.after_damage().lost_head()));
  must(scene.after_damage().name_commit(history::kLostHead, scene.first));
  CHECK(must(scene.after_damage().lost_head()) == scene.first);
  CHECK(must(scene.repository().heads()) == std::vector<ObjectId>{scene.second, scene.first});
  must(scene.shop.reopen());
  CHECK(must(scene.after_damage().lost_head()) == scene.first);
  must(scene.after_damage().forget_lost_head());
  must(scene.after_damage().forget_lost_head());
  CHECK_FALSE(must(scene.after_damage().lost_head()));
  CHECK_FALSE(must(scene.after_damage().named_commit("other")));
}

// Calls `then` once, after somebody has read the name of the lost head.
class AtLook final : public test::Interceptor {
 public:
  std::function<void()> then;
  Result<void> before(test::Call&) override { return {}; }
  void after(test::Call& call, bool) override {
    if (call.path.ends_with(history::kLostHead) && then) std::exchange(then, nullptr)();
  }
};

TEST_CASE("after damage: a head that is named lost while somebody looks is not forgotten") {
  AtLook at_look;
  const auto posix = base::make_posix_filesystem();
  test::InterceptedFileSystem files(*posix, at_look);
  test::Workshop shop(&files);
  shop.save("file", "one");
  const ObjectId first = shop.snap().id;
  must(shop.reopen());
  history::AfterDamage& after_damage = shop.repository().after_damage();
  must(after_damage.forget_name(history::kLostHead));  // drops what opening has read
  at_look.then = [&] { must(after_damage.name_commit(history::kLostHead, first)); };
  must(after_damage.lost_head());
  REQUIRE_FALSE(at_look.then);
  CHECK(must(after_damage.lost_head()) == first);
}
