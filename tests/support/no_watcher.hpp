// SPDX-License-Identifier: Apache-2.0
// A watcher that reports no changes and gives no proofs, so that its caller scans the folder
// itself. Test watchers that answer some calls derive from it.
#pragma once

#include <string>

#include "agent/watch/watcher.hpp"

namespace vcs::test {

class NoWatcher : public agent::watch::Watcher {
 public:
  base::Result<void> start(const std::string&, const std::string&, agent::watch::WatchSink,
                           agent::watch::FolderFilter) override {
    return {};
  }
  void ask_for_proof(agent::watch::ProofToken) override {}
  void refresh(const std::string&) override {}
  agent::watch::WatchUsage usage() const override { return {}; }
};

}  // namespace vcs::test
