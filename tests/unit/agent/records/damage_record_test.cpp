// SPDX-License-Identifier: Apache-2.0
// Tests of agent/records/damage_record.
#include "agent/records/damage_record.hpp"

#include <catch2/catch.hpp>

#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::records::DamageRecord;
using test::must;

namespace {

constexpr base::UnixNanos kThen = base::unix_nanos(1'700'000'000'000'000'000);
constexpr base::UnixNanos kNow = kThen + std::chrono::seconds(1);

}  // namespace

TEST_CASE("damage record: it is read as it was written, and nothing else is") {
  test::TemporaryFolder folder;
  const auto filesystem = base::make_posix_filesystem();
  const auto directory = must(filesystem->open_directory(folder.path()));
  CHECK(must(agent::records::read_damage_record(*directory)) == DamageRecord{});
  const DamageRecord record{kThen, 3, 2, true};
  must(agent::records::write_damage_record(*directory, record));
  CHECK(test::read_file(folder / "damage") == "damage 1 1700000000000000000 3 2 1\n");
  CHECK(must(agent::records::read_damage_record(*directory)) == record);
  for (const char* text : {"", "damage 1 5 3 2 1", "damage 1 5 3 2 1\n\n", "damage 1 5 3 2\n",
                           "damage 2 5 3 2 1\n", "damage 1 x 3 2 1\n"}) {
    CAPTURE(text);
    test::write_file(folder / "damage", text);
    const auto read = agent::records::read_damage_record(*directory);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == base::ErrorCode::corrupt);
  }
}

TEST_CASE("damage record: what was found is told until a look as thorough finds nothing") {
  const DamageRecord none, whole{kThen, 3, 0, true}, quick{kThen, 2, 0, false};
  CHECK(none.text().empty());
  CHECK(whole.text() == "the history is damaged: 3 errors, found 2023-11-14T22:13:20Z");
  CHECK(DamageRecord{kThen, 1, 0, true}.text().find("1 error, ") != std::string::npos);
  CHECK(none.after({0, false}, kNow) == none);
  CHECK(none.after({3, true}, kThen) == whole);
  CHECK(whole.after({0, false}, kNow) == whole);
  CHECK(whole.after({2, false}, kNow) == whole);
  CHECK(whole.after({4, false}, kNow) == DamageRecord{kNow, 4, 0, false});
  CHECK(whole.after({2, true}, kNow) == DamageRecord{kNow, 2, 0, true});
  CHECK(whole.after({0, true}, kNow) == none);
  CHECK(quick.after({0, false}, kNow) == none);
}

TEST_CASE("damage record: what was given up is no news, and more is") {
  const DamageRecord given_up = DamageRecord{kThen, 3, 0, true}.after({3, true, true}, kNow);
  CHECK(given_up.text().empty());
  CHECK(given_up.after({3, true}, kNow + base::Nanos(1)) == given_up);
  CHECK(given_up.after({2, false}, kNow + base::Nanos(1)) == given_up);
  CHECK(given_up.after({4, true}, kNow + base::Nanos(1)).text().find("4 errors") !=
        std::string::npos);
  CHECK(given_up.after({0, true}, kNow + base::Nanos(1)) == DamageRecord{});
  CHECK(given_up.after({0, true, true}, kNow + base::Nanos(1)) == DamageRecord{});
}
