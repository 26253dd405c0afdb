// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/found_damage.
#include "agent/repository/found_damage.hpp"

#include <catch2/catch.hpp>

#include "tests/support/part_stage.hpp"

using namespace vcs;
using agent::records::Verified;
using agent::repository::FoundDamage;

TEST_CASE(
    "found damage: what was found is told over any end, until a look as thorough finds none") {
  test::PartStage stage;
  const auto start = [&] {
    return std::make_unique<FoundDamage>(stage.context, stage.open(),
                                         agent::records::read_damage_record(*stage.open()));
  };
  auto damage = start();
  CHECK(damage->text().empty());
  bool is_written = false;
  damage->verified({3, true, false}, [&] {
    is_written = !agent::records::read_damage_record(*stage.open())->text().empty();
  });
  CHECK_FALSE(damage->text().empty());
  damage->verified({3, true, false});  // the same again, while it is being written
  stage.work_all();
  CHECK(is_written);
  bool is_known = false;
  damage->verified({3, true, false}, [&] { is_known = true; });
  CHECK(is_known == stage.errands.is_idle());
  stage.work_all();
  CHECK(is_known);

  damage = start();
  CHECK_FALSE(damage->text().empty());
  damage->verified({0, false, false});  // it read less
  CHECK_FALSE(damage->text().empty());
  damage->verified({0, true, false});
  CHECK(damage->text().empty());
  stage.work_all();
  CHECK(start()->text().empty());
}

TEST_CASE("found damage: a record that makes no sense tells nothing") {
  test::PartStage stage;
  test::write_file(stage.folder / agent::records::kDamageName, "nonsense");
  const FoundDamage damage(stage.context, stage.open(),
                           agent::records::read_damage_record(*stage.open()));
  CHECK(damage.text().empty());
}
