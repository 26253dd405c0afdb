// SPDX-License-Identifier: Apache-2.0
// Tests of core/base/held_lock.
#include "core/base/held_lock.hpp"

#include <catch2/catch.hpp>

#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using namespace vcs;
using test::must;

TEST_CASE("held lock: the second is told who came first, and gets it when that one leaves") {
  const test::TemporaryFolder folder;
  const auto files = base::make_posix_filesystem();
  const auto directory = must(files->open_directory(folder.path()));
  auto first = must(base::hold_lock(*directory, "lock", "the first, with a long name"));
  const auto refused = base::hold_lock(*directory, "lock", "the second");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::ErrorCode::busy);
  CHECK(refused.error().message == "the first, with a long name");
  first = nullptr;
  const auto second = must(base::hold_lock(*directory, "lock", "short"));
  CHECK(test::read_file(folder / "lock") == "short");
}

}  // namespace
