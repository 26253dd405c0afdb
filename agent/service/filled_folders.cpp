// SPDX-License-Identifier: Apache-2.0
// Calls the root guard for each watched folder that the target touches.
#include "agent/service/filled_folders.hpp"

#include <algorithm>

#include "agent/places.hpp"
#include "agent/repository/root_guard.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/history/repository.hpp"

namespace vcs::agent::service {

FilledFolders::FilledFolders(const Agent& agent) {
  for (const auto& [name, watched] : agent.repositories())
    if (auto repository = watched->repository())
      watched_.push_back(
          {watched, std::move(repository), watched->file().worktree, watched->file().root});
}

Result<void> FilledFolders::begin(Context& context, const std::string& target) {
  target_ = target;
  for (Folder& folder : watched_) {
    folder.touched = lies_in(target, folder.path) || lies_in(folder.path, target);
    if (!folder.touched) continue;
    VCS_ASSIGN(folder.owes,
               repository::owe_if_replaced(context.filesystem, folder.path, folder.root,
                                           *folder.repository, context.clock.now()));
  }
  return {};
}

Result<void> FilledFolders::wrote_all_of(const history::Repository& history) {
  for (Folder& folder : watched_) {
    if (folder.repository.get() != &history || folder.path != target_) continue;
    if (history.owed()) VCS_TRY(folder.repository->owe_nothing());
    folder.owes = false;
  }
  return {};
}

bool FilledFolders::owes() const {
  return std::any_of(watched_.begin(), watched_.end(),
                     [](const Folder& folder) { return folder.owes; });
}

void FilledFolders::look_again(loop::EventLoop& loop) const {
  for (const Folder& folder : watched_)
    if (folder.touched && folder.repository->owed())
      loop.post([watched = folder.watched] { watched->look_at_everything(); });
}

}  // namespace vcs::agent::service
