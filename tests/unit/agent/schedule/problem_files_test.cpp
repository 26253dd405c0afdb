// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/problem_files.
#include "agent/schedule/problem_files.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/manual_loop.hpp"

using namespace vcs;
using agent::schedule::ProblemFiles;
using std::chrono::minutes;
using std::chrono::seconds;
using worktree::Mark;
using worktree::Problem;

namespace {

Problem problem(const std::string& path, int os_error) {
  return {path, base::fail_errno(os_error, path).value()};
}

struct Stage {
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::vector<std::string> tried;
  ProblemFiles files{loop, [this](const Mark& mark) {
                       CHECK(mark.recursive);
                       tried.push_back(mark.path);
                     }};

  // How long until something is tried, at most `limit`, in seconds.
  int pause(int limit) {
    tried.clear();
    for (int second = 1; second <= limit; ++second) {
      loop.advance(seconds(1));
      if (!tried.empty()) return second;
    }
    return 0;
  }
};

}  // namespace

TEST_CASE("problem files: what lacked descriptors or memory is tried again in seconds") {
  const int lacking = GENERATE(EMFILE, ENFILE, ENOMEM, EAGAIN);
  Stage stage;
  const std::vector<Problem> found{problem("a", lacking), problem("d/b", EACCES)};
  stage.files.looked({{"", true}}, {}, found);
  std::vector<int> pauses;
  for (int i = 0; i < 6; ++i) {
    pauses.push_back(stage.pause(60));
    CHECK(stage.tried == std::vector<std::string>{"a"});
    stage.files.looked({{"a", true}}, {}, {problem("a", lacking)});
  }
  CHECK(pauses == std::vector<int>{1, 2, 4, 8, 8, 8});

  // After the lack has ended, the pauses of the next one begin at one second again.
  stage.files.looked({{"a", true}}, {}, {});
  CHECK(stage.files.all().size() == 1);
  CHECK(stage.pause(60) == 0);
  stage.files.looked({{"a", true}}, {}, {problem("a", lacking)});
  CHECK(stage.pause(60) == 1);
}

TEST_CASE("problem files: the others are tried after minutes, whatever comes meanwhile") {
  Stage stage;
  stage.files.looked({{"", true}}, {}, {problem("a", EIO), problem("b", EACCES)});
  for (int minute = 0; minute < 4; ++minute) {
    stage.loop.advance(minutes(1));
    stage.files.looked({{"c", true}}, {}, {});
  }
  CHECK(stage.tried.empty());
  CHECK(stage.pause(60) == 60);
  CHECK(stage.tried == std::vector<std::string>{"a", "b"});
  CHECK(stage.files.all().size() == 2);
}

TEST_CASE("problem files: one stays in the list until a look at it has shown otherwise") {
  Stage stage;
  const std::vector<Problem> found{problem("d", EIO), problem("d/a", EIO), problem("da", EIO)};
  const auto known = [&] {
    std::string all;
    for (const auto& each : stage.files.all()) all += each.first + " ";
    return all;
  };
  stage.files.looked({{"", true}}, {}, found);
  CHECK(known() == "d d/a da ");
  // A scan of the folder alone does not cover the files in it.
  stage.files.looked({{"d", false}}, {}, {});
  CHECK(known() == "d d/a da ");
  stage.files.looked({{"d", true}}, {{"d/a", false}}, {});
  CHECK(known() == "d/a da ");
  // The files that the snapshot put off stay known.
  stage.files.looked({{"", true}}, {{"", true}}, {});
  CHECK(known() == "d/a da ");
  stage.files.looked({{"", true}}, {}, {problem("da", EACCES)});
  CHECK(known() == "da ");
  CHECK(stage.files.all().at("da").error.os_error == EACCES);
  stage.files.looked({{"da", true}}, {}, {});
  CHECK(known().empty());
  CHECK(stage.loop.timers() == 0);
}
