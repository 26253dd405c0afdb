// SPDX-License-Identifier: Apache-2.0
// Reports the objects that a remote has lost: in the answer, and for single files.
#pragma once

#include <string>
#include <unordered_map>

#include "core/sync/fetcher.hpp"
#include "ipc/messages/clone.hpp"

namespace vcs::agent::service {

ipc::SalvageReport salvage_report(const sync::FetchReport& fetched);

// Adds the commit of an older version to each item of a file that could not be written.
class OlderVersions {
 public:
  OlderVersions() = default;
  explicit OlderVersions(const sync::FetchReport& fetched);
  ipc::RestoreItem with_older(ipc::RestoreItem item) const;

 private:
  std::unordered_map<std::string, std::string> commits_;  // by path
};

}  // namespace vcs::agent::service
