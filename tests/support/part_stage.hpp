// SPDX-License-Identifier: Apache-2.0
// What a part of a watched repository needs around it: the test's loop and clock, a folder, and a
// list of all announced events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/repository/repository_context.hpp"
#include "core/base/thread_pool.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

struct PartStage {
  explicit PartStage(base::FileSystem* other = nullptr)
      : filesystem(other == nullptr ? *posix : *other) {
    file.name = "work";
    agent.announce = [this](const auto&, const auto& event, const auto& text, const auto&) {
      told.push_back(event + ": " + text);
    };
  }

  void work_all() {
    loop.turn();
    while (loop.work_once()) continue;
    loop.turn();
  }
  void pass(base::Nanos time) {
    work_all();
    loop.advance(time);
    work_all();
  }
  std::shared_ptr<base::Directory> open() { return must(filesystem.open_directory(folder.path())); }

  TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  base::FileSystem& filesystem;
  ManualClock clock;
  ManualLoop loop{clock};
  SeededRandom random{1};
  base::ThreadPool lanes{1, "lanes"};
  std::vector<std::string> told;  // "event: text"
  agent::Context agent{
      {.loop = loop, .filesystem = filesystem, .clock = clock, .random = random, .lanes = lanes}};
  agent::loop::Errands errands{loop};
  config::RepositoryFile file;
  const std::string data = folder.path();
  const agent::repository::RepositoryContext context{agent, errands, file, data};
};

}  // namespace vcs::test
