// SPDX-License-Identifier: Apache-2.0
// A folder with a watcher that the test controls, for tests of parts of a watched repository.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/places.hpp"
#include "agent/repository/watching.hpp"
#include "tests/support/no_watcher.hpp"
#include "tests/support/part_stage.hpp"
#include "tests/support/workshop.hpp"

namespace vcs::test {

// What the watchers of a test were asked, and how they answer.
struct Answers {
  std::vector<agent::watch::WatchSink> sinks;  // one for each started watcher
  std::vector<agent::watch::ProofToken> proofs;
  agent::watch::WatchUsage usage;
  bool refuses = false;
};

class AnsweringWatcher final : public NoWatcher {
 public:
  explicit AnsweringWatcher(Answers& answers) : answers_(answers) {}
  Result<void> start(const std::string&, const std::string&, agent::watch::WatchSink sink,
                     agent::watch::FolderFilter) override {
    if (answers_.refuses) return base::fail(ErrorCode::no_space, "no watch is left");
    answers_.sinks.push_back(std::move(sink));
    return {};
  }
  void ask_for_proof(agent::watch::ProofToken token) override { answers_.proofs.push_back(token); }
  agent::watch::WatchUsage usage() const override { return answers_.usage; }

 private:
  Answers& answers_;
};

struct WatchingStage : PartStage {
  WatchingStage() {
    agent.make_watcher = [this] { return std::make_unique<AnsweringWatcher>(answers); };
    agent.storage_of = [](const std::string&) { return agent::watch::StorageKind::solid; };
    agent.places = [] { return agent::Places{}; };
    workshop.save("file", "content");
    workshop.snap();
    description.edit().worktree = workshop.at("");
    description.edit().worktree.pop_back();  // the slash
    description.opened(must(filesystem.open_directory(workshop.data())));
  }
  agent::repository::Watching::Events events_to_log() {
    agent::repository::Watching::Events events;
    events.changed = [this](const auto&) { log.emplace_back("changed"); };
    events.started = [this] { log.emplace_back("started"); };
    events.settled = [this] { log.emplace_back("settled"); };
    events.root_is_away = [this](const std::string&) { log.emplace_back("away"); };
    events.root_is_back = [this] { log.emplace_back("back"); };
    events.look_at_everything = [this] { log.emplace_back("look"); };
    events.may_poll = [] { return true; };
    events.no_watcher = [this] { log.emplace_back("no watcher"); };
    return events;
  }
  // Answers all open requests for proof.
  void prove_all() {
    for (const agent::watch::ProofToken token : std::exchange(answers.proofs, {}))
      answers.sinks.back().proven(token);
    loop.turn();
  }
  std::vector<std::string> told_since() { return std::exchange(log, {}); }
  std::string root() const { return description->worktree; }

  Answers answers;
  Workshop workshop;
  agent::repository::Description description{agent, errands, file, workshop.data()};
  agent::repository::FolderUse folder_use{loop};
  config::Settings settings;
  std::vector<std::string> log;
  std::shared_ptr<const worktree::IgnorePatterns> ignore;
  object::Chunker chunker{{}};
  agent::repository::Watching watching{{description,
                                        folder_use,
                                        settings,
                                        ignore,
                                        chunker,
                                        {std::shared_ptr<void>(), &workshop.repository()}},
                                       events_to_log()};
};

}  // namespace vcs::test
