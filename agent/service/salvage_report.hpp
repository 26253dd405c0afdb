// SPDX-License-Identifier: Apache-2.0
// What a remote could not give, as it is answered and as it is told of single files.
#pragma once

#include <string>
#include <unordered_map>

#include "core/sync/fetcher.hpp"
#include "ipc/messages/clone.hpp"

namespace vcs::agent::service {

ipc::SalvageReport salvage_report(const sync::FetchReport& fetched);

// Adds to what is told of files that could not be written where their older versions are.
class OlderVersions {
 public:
  OlderVersions() = default;
  explicit OlderVersions(const sync::FetchReport& fetched);
  ipc::RestoreItem with_older(ipc::RestoreItem item) const;

 private:
  std::unordered_map<std::string, std::string> commits_;  // by path
};

}  // namespace vcs::agent::service
