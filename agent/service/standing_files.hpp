// SPDX-License-Identifier: Apache-2.0
// What a restore may take away: files that stand are looked for in the history of the watched
// folder that they lie in, after a sync point has brought it up to date; elsewhere in the history
// that the restore takes its files from.
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

  // All of these block; not for the loop. First: `target` as the system knows it, and what is
  // restored from. Takes the sync point of each watched folder that the target touches.
  void begin(const std::string& target, std::shared_ptr<history::Repository> source);
  // The commit that has what stood in the target before; "" where no history of it is kept.
  std::string before() const;

  Result<bool> has(const std::string& path, const IsIt& is_it) override;
  bool catch_up() override;
  std::string why_not(const std::string& path) override;

 private:
  // A watched folder that the target lies in, or that lies in the target.
  struct Place {
    Agent::RepositoryPtr watched;
    std::shared_ptr<history::Repository> repository;
    std::string below;   // in the target: what of it is this folder's
    std::string prefix;  // in the folder: where the target begins
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
