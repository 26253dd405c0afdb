// SPDX-License-Identifier: Apache-2.0
// Decides which existing files a restore may replace: only those that are in a history. For a file
// in a watched folder it searches that folder's history, after a sync point has brought it up to
// date; for any other file the history that is restored.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "core/restore/restorer.hpp"

namespace vcs::agent::service {

class StandingFiles final : public restore::StandingHistory {
 public:
  // On the loop.
  StandingFiles(Agent& agent, std::function<bool()> cancelled);

  // All of these block; not for the loop. begin() comes first: `target` is a real path, `source`
  // the history that is restored. It takes a sync point of each watched folder that the target
  // touches.
  void begin(const std::string& target, std::shared_ptr<history::Repository> source);
  // The commit that has the former files of the target; "" if no history has them.
  std::string before() const;

  Result<bool> has(const std::string& path, const IsIt& is_it) override;
  bool catch_up() override;
  std::string why_not(const std::string& path) override;

 private:
  // A watched folder that the target lies in, or that lies in the target.
  struct Place {
    Agent::RepositoryPtr watched;
    std::shared_ptr<history::Repository> repository;
    std::string below;   // the folder's path in the target, if it lies below it
    std::string prefix;  // the target's path in the folder, if it lies below it
    object::ObjectId head, tree;
    std::string trouble;                          // why it could not be brought up to date
    std::map<std::string, std::string> problems;  // in the folder: path and why
    std::string path_of(const std::string& path) const;
  };
  const Place* place_of(const std::string& path) const;
  bool bring_up_to_date(Place& place);
  Result<bool> is_in_history(history::Repository& repository, const std::string& path,
                             const IsIt& is_it);

  Agent& agent_;
  std::shared_ptr<history::Repository> source_;
  const std::function<bool()> cancelled_;
  std::vector<std::pair<Agent::RepositoryPtr, std::string>> watched_;  // with their folders
  std::vector<Place> places_;
  int rounds_ = 0;
};

}  // namespace vcs::agent::service
