// SPDX-License-Identifier: Apache-2.0
// Checks the target, calls filled.begin(), makes the target and opens it, in this order.
#include "agent/service/restore_target.hpp"

#include "agent/context.hpp"
#include "agent/places.hpp"
#include "agent/service/filled_folders.hpp"

namespace vcs::agent::service {

Result<RestoreTarget> open_target(Context& context, const Places& places, FilledFolders& filled,
                                  const std::string& target, bool dry_run) {
  if (target.empty() || target.front() != '/')
    return fail(ErrorCode::invalid, "'{}' is not an absolute path", target);
  base::FileSystem& filesystem = context.filesystem;
  RestoreTarget opened;
  VCS_ASSIGN(opened.real, places.check_target(filesystem, target));
  // Before the folder is made, because it may get the inode number of the folder that is gone.
  if (!dry_run) VCS_TRY(filled.begin(context, opened.real));
  auto directory = filesystem.open_directory(target);
  opened.is_new = !directory && directory.error().code == ErrorCode::not_found;
  if (opened.is_new && dry_run) return RestoreTarget{nullptr, target, false};
  if (opened.is_new) directory = filesystem.make_directories(target, 0755);
  VCS_ASSIGN(opened.directory, std::move(directory));
  return opened;
}

}  // namespace vcs::agent::service
