// SPDX-License-Identifier: Apache-2.0
// The built-in rules ignore left-over files of programs, and no file that a person could have made.
#include "core/worktree/builtin_ignores.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/workshop.hpp"

namespace vcs::worktree {

using test::Workshop;

TEST_CASE("built-in ignores: a file with work in it is kept, whatever its name") {
  Workshop shop;
  for (const char* path : {"inbox/4913", "notes/.plan.swp", "notes/.#todo", "~$budget.txt",
                           "lu2023.tmp", "lu20240101.tmp", "hull.part"})
    shop.save(path, "work");
  const auto outcome = shop.snap();
  CHECK(outcome.builtin.empty());
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("built-in ignores: no folder is left out") {
  Workshop shop;
  for (const char* folder : {"4913", "film.crdownload", ".DS_Store", ".#lock", ".a.swp"})
    shop.save(std::string(folder) + "/page", "work");
  CHECK(shop.snap().builtin.empty());
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("built-in ignores: what programs leave behind is left out, and told") {
  Workshop shop;
  shop.save("4913", "");
  shop.save(".novel.swp", std::string("b0VIM 9.0\0\0\0", 12));
  shop.save(".secret.swp", "bcVIM 9.0 and noise");
  shop.save(".new.swo", "");
  std::filesystem::create_symlink("me@here.4711", shop.at(".#novel"));
  shop.save("~$novel.docx", std::string(162, '\5'));
  shop.save("lu27881ep4f.tmp", "PK\x03\x04 and so on");
  shop.save("film.mkv.crdownload", "half a film");
  shop.save("novel", "work");
  const auto outcome = shop.snap();
  CHECK(outcome.builtin.size() == 8);
  CHECK(shop.tree() == std::map<std::string, std::string>{{"novel", "work"}});
  shop.remove("4913");
  CHECK(shop.snap({"4913"}).absent == std::vector<std::string>{"4913"});
  // A person includes some of them again.
  shop.save(".vcsignore", "!.*.swp\n");
  CHECK(shop.snap().builtin.size() == 5);
  CHECK(shop.tree().contains(".novel.swp"));
}

}  // namespace vcs::worktree
