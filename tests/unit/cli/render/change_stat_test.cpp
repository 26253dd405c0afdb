// SPDX-License-Identifier: Apache-2.0
// The table of how much each file changed.
#include <catch2/catch.hpp>

#include "cli/render/change_stat.hpp"

using namespace vcs;
using cli::ChangeStat;

namespace {

ipc::ChangeInfo changed(const std::string& path, ipc::Change how) {
  ipc::ChangeInfo change;
  change.path = path;
  change.change = how;
  change.type_before = how == ipc::Change::added ? ipc::FileType::none : ipc::FileType::file;
  change.type_after = how == ipc::Change::deleted ? ipc::FileType::none : ipc::FileType::file;
  return change;
}

std::string table(const std::vector<ChangeStat>& stats, std::size_t width = 80) {
  return cli::change_stats(stats, width, cli::Style());
}

}  // namespace

TEST_CASE("change stat: bars of lines, sizes of what has none, and the sums") {
  ipc::ChangeInfo picture = changed("a picture.png", ipc::Change::modified);
  picture.size_before = 4000;
  picture.size_after = 5000;
  ipc::ChangeInfo folder = changed("new", ipc::Change::added);
  folder.type_after = ipc::FileType::directory;
  CHECK(table({{changed("text", ipc::Change::modified), cli::LineCounts{1, 3}},
               {picture, {}},
               {changed("run.sh", ipc::Change::metadata), {}},
               {folder, {}}}) ==
        " text          | 4 +++-\n"
        " a picture.png | 4.00 kB -> 5.00 kB\n"
        " run.sh        | permissions or times\n"
        " new/          | new\n"
        " 4 paths changed, 3 lines added, 1 line removed\n");
  CHECK(table({}).empty());
}

TEST_CASE("change stat: no bar is longer than the window has room for, and none is lost") {
  const std::vector<ChangeStat> stats{
      {changed("large", ipc::Change::modified), cli::LineCounts{5000, 5000}},
      {changed("small", ipc::Change::modified), cli::LineCounts{0, 1}},
      {changed("empty", ipc::Change::added), cli::LineCounts{0, 0}}};
  for (const std::size_t width : {1, 20, 40, 60, 200}) {
    const std::string text = table(stats, width);
    CAPTURE(width, text);
    CHECK(text.find(" small |      1 +\n") != std::string::npos);
    CHECK(text.find(" empty |      0\n") != std::string::npos);
    const std::size_t longest = text.find('\n');
    if (width >= 30) CHECK(longest <= width);
    CHECK(text.find("+----") != std::string::npos);
  }
}

TEST_CASE("change stat: names cannot move the cursor") {
  const std::string text =
      table({{changed("a\x1b[2J\n", ipc::Change::modified), cli::LineCounts{0, 1}}});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}
