// SPDX-License-Identifier: Apache-2.0
// Turns the losses that a fetch has found into parts of the answer.
#include "agent/service/salvage_report.hpp"

#include "agent/service/agent_service.hpp"

namespace vcs::agent::service {

ipc::SalvageReport salvage_report(const sync::FetchReport& fetched) {
  ipc::SalvageReport report;
  report.incomplete = fetched.incomplete;
  if (fetched.missed_head) report.missed_head = fetched.missed_head->hex();
  report.lost = fetched.lost;
  for (const sync::LostFile& file : fetched.lost_files)
    report.files.push_back({file.path, file.why, file.older ? file.older->hex() : ""});
  report.damage = first_errors(fetched.damage);
  return report;
}

OlderVersions::OlderVersions(const sync::FetchReport& fetched) {
  for (const sync::LostFile& file : fetched.lost_files)
    if (file.older) commits_.emplace(file.path, file.older->short_hex());
}

ipc::RestoreItem OlderVersions::with_older(ipc::RestoreItem item) const {
  const auto known = commits_.find(item.path);
  if (item.action == ipc::FileAction::failed && known != commits_.end())
    item.detail += fmt::format("; commit {} has the file as it was before", known->second);
  return item;
}

}  // namespace vcs::agent::service
