// SPDX-License-Identifier: Apache-2.0
// Fetches both contents and compares them here, not in the agent.
#include "cli/contents/changed_contents.hpp"

#include <algorithm>

#include "cli/contents/content.hpp"
#include "cli/render/unified_diff.hpp"

namespace vcs::cli {
namespace {

using Kind = ChangedContents::Kind;

constexpr std::uint64_t kLargestShown = std::uint64_t{8} << 20;
constexpr std::size_t kMostKept = std::size_t{64} << 20;

std::size_t size_of(const ChangedContents& both) {
  return both.before.size() + both.after.size();
}

// The content of one side; "" if the file does not exist there.
Result<std::string> side(ipc::Client& client, const std::string& repository,
                         const std::string& commit, const std::string& path, ipc::FileType type) {
  std::string text;
  if (type != ipc::FileType::file && type != ipc::FileType::symlink) return text;
  VCS_TRY(
      read_content(client, {repository, commit, path}, [&](std::string_view bytes) -> Result<void> {
        text += bytes;
        return {};
      }));
  return text;
}

}  // namespace

bool has_content(ipc::FileType type) {
  return type == ipc::FileType::file || type == ipc::FileType::symlink;
}

Result<ChangedContents> ChangeReader::read(const ipc::ChangeInfo& change) {
  if (auto kept = kept_.extract(change.path)) {
    kept_bytes_ -= size_of(kept.mapped());
    return std::move(kept.mapped());
  }
  VCS_ASSIGN(ChangedContents both, fetch(change));
  if (twice_ && kept_bytes_ + size_of(both) <= kMostKept) {
    kept_bytes_ += size_of(both);
    kept_.emplace(change.path, both);
  }
  return both;
}

Result<ChangedContents> ChangeReader::fetch(const ipc::ChangeInfo& change) {
  ChangedContents both;
  const bool any = has_content(change.type_before) || has_content(change.type_after);
  if (change.id_before == change.id_after || !any) return both;
  if (std::max(change.size_before, change.size_after) > kLargestShown) {
    both.kind = Kind::too_large;
    return both;
  }
  VCS_ASSIGN(both.before,
             side(client_, sides_.repository, sides_.before, change.path, change.type_before));
  VCS_ASSIGN(both.after,
             side(client_, sides_.repository, sides_.after, change.path, change.type_after));
  both.kind = is_binary(both.before) || is_binary(both.after) ? Kind::binary : Kind::text;
  return both;
}

}  // namespace vcs::cli
