// SPDX-License-Identifier: Apache-2.0
// Runs the work that follows saves, one second after a save; saves that come meanwhile share it.
// It judges the saves for the alarm, lets the commit graph catch up, and gives memory back.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "agent/loop/timer.hpp"
#include "agent/repository/repository_context.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

// Loop thread only.
class AfterSaves {
 public:
  // Judges the saves, and calls `judged` if that needed work in the background.
  using Judge = std::function<void(loop::EventLoop::Task judged)>;

  AfterSaves(const RepositoryContext& context, std::shared_ptr<history::Repository> history,
             Judge judge)
      : context_(context), history_(std::move(history)), judge_(std::move(judge)) {}

  void soon();
  void stop();

 private:
  void run();
  void catch_up_graph();
  void trim_memory();

  const RepositoryContext& context_;
  const std::shared_ptr<history::Repository> history_;
  const Judge judge_;
  std::shared_ptr<std::atomic<bool>> cancelled_;  // null: the graph is not catching up
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
