// SPDX-License-Identifier: Apache-2.0
// Which pager is chosen, and that it gets the whole text.
#include "cli/pager.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cli/output.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using cli::pager_command;

TEST_CASE("pager: the person's own, else less, else none") {
  const test::TemporaryFolder folder;
  test::write_file(folder / "less", "#!/bin/sh\n");
  REQUIRE(chmod((folder / "less").c_str(), 0755) == 0);
  const std::string path = "/nowhere:" + folder.path();
  CHECK(pager_command({{"PATH", path}}) == "less");
  CHECK(pager_command({{"PATH", "/nowhere"}}).empty());
  CHECK(pager_command({{"PATH", path}, {"PAGER", "less -S"}}) == "less -S");
  CHECK(pager_command({{"PATH", path}, {"PAGER", "less"}, {"VCSCTL_PAGER", ""}}).empty());
  CHECK(pager_command({{"PATH", path}, {"PAGER", "cat"}}).empty());
  CHECK(pager_command({{"PATH", path}, {"PAGER", "no-such-pager"}}).empty());
  CHECK(pager_command({{"PATH", path}, {"PAGER", "X=1 less"}}) == "X=1 less");
}

TEST_CASE("pager: all of the text goes through it, and it is waited for") {
  const test::TemporaryFolder folder;
  const std::string text(300'000, 'x'), shown = folder / "shown";
  {
    const cli::Pager pager("cat > '" + shown + "'; printf '%s' \"$LESS\" >> '" + shown + "'",
                           {{"PATH", "/usr/bin:/bin"}}, true);
    REQUIRE(pager.runs());
    cli::FileOutput out(pager.input(), "the pager");
    out.write(text);
    CHECK(out.flush());
  }
  CHECK(test::read_file(shown) == text + "FRX");
  CHECK_FALSE(cli::Pager("", {}, false).runs());
}
