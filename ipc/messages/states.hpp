// SPDX-License-Identifier: Apache-2.0
// The states and kinds in messages, each with its names in the text.
#pragma once

#include "core/base/names.hpp"

namespace vcs::ipc {

enum class RepositoryState { none, opening, scanning, watching, suspended, error, stopping };
constexpr auto names_of(RepositoryState) {
  using enum RepositoryState;
  return base::names<RepositoryState>({{none, ""},
                                       {opening, "opening"},
                                       {scanning, "scanning"},
                                       {watching, "watching"},
                                       {suspended, "suspended"},
                                       {error, "error"},
                                       {stopping, "stopping"}});
}

enum class RemoteState {
  off,  // nothing is copied there
  synced,
  pending,
  syncing,
  waiting,  // tries again later
  error,
};
constexpr auto names_of(RemoteState) {
  using enum RemoteState;
  return base::names<RemoteState>({{off, "off"},
                                   {synced, "synced"},
                                   {pending, "pending"},
                                   {syncing, "syncing"},
                                   {waiting, "waiting"},
                                   {error, "error"}});
}

// What a long request is doing.
enum class Stage {
  none,
  scanning,
  reading,
  committing,
  restoring,
  verifying,
  repairing,
  sending,
  fetching,
  compacting,
};
constexpr auto names_of(Stage) {
  using enum Stage;
  return base::names<Stage>({{none, ""},
                             {scanning, "scanning"},
                             {reading, "reading"},
                             {committing, "committing"},
                             {restoring, "restoring"},
                             {verifying, "verifying"},
                             {repairing, "repairing"},
                             {sending, "sending"},
                             {fetching, "fetching"},
                             {compacting, "compacting"}});
}

// Why a file could not be saved.
enum class ProblemKind {
  other,
  too_large,
  path_too_long,
  lacking,  // descriptors or memory
  unreadable,
};
constexpr auto names_of(ProblemKind) {
  using enum ProblemKind;
  return base::names<ProblemKind>({{other, ""},
                                   {too_large, "too_large"},
                                   {path_too_long, "path_too_long"},
                                   {lacking, "lacking"},
                                   {unreadable, "unreadable"}});
}

// A history that is no longer watched, or whose folder lies elsewhere.
enum class HistoryState {
  kept,
  deleted,  // it is deleted when it expires
  moved,    // it is watched, and its folder lies elsewhere
};
constexpr auto names_of(HistoryState) {
  using enum HistoryState;
  return base::names<HistoryState>({{kept, "kept"}, {deleted, "deleted"}, {moved, "moved"}});
}

enum class MountState {
  mounted,
  covering,  // mounted, and it hides files of the folder, which are kept
  away,
};
constexpr auto names_of(MountState) {
  using enum MountState;
  return base::names<MountState>({{mounted, "mounted"}, {covering, "covering"}, {away, "away"}});
}

// What a restore did with a file, or would do.
enum class FileAction { create, replace, metadata, unchanged, refused, failed, incomplete };
constexpr auto names_of(FileAction) {
  using enum FileAction;
  return base::names<FileAction>({{create, "create"},
                                  {replace, "replace"},
                                  {metadata, "metadata"},
                                  {unchanged, "unchanged"},
                                  {refused, "refused"},
                                  {failed, "failed"},
                                  {incomplete, "incomplete"}});
}

// What to do with files that are owed.
enum class OwedAction {
  tell,
  write,    // into the folder
  give_up,  // they count as deleted
};
constexpr auto names_of(OwedAction) {
  using enum OwedAction;
  return base::names<OwedAction>({{tell, ""}, {write, "write"}, {give_up, "give_up"}});
}

// The change of a path.
enum class Change {
  none,
  added,
  modified,
  deleted,
  type,      // a file became a folder, or the like
  metadata,  // only its metadata changed
};
constexpr auto names_of(Change) {
  using enum Change;
  return base::names<Change>({{none, ""},
                              {added, "added"},
                              {modified, "modified"},
                              {deleted, "deleted"},
                              {type, "type"},
                              {metadata, "metadata"}});
}

enum class FileType { none, file, directory, symlink };
constexpr auto names_of(FileType) {
  using enum FileType;
  return base::names<FileType>(
      {{none, ""}, {file, "file"}, {directory, "directory"}, {symlink, "symlink"}});
}

enum class CommitKind { automatic, manual };
constexpr auto names_of(CommitKind) {
  using enum CommitKind;
  return base::names<CommitKind>({{automatic, "auto"}, {manual, "manual"}});
}

// The result of one check of `doctor`.
enum class CheckResult { ok, warning, error };
constexpr auto names_of(CheckResult) {
  using enum CheckResult;
  return base::names<CheckResult>({{ok, "ok"}, {warning, "warning"}, {error, "error"}});
}

// Why the alarm rings: what happened to many files.
enum class AlarmReason { none, deletion, encryption };
constexpr auto names_of(AlarmReason) {
  using enum AlarmReason;
  return base::names<AlarmReason>({{none, ""}, {deletion, "deletion"}, {encryption, "encryption"}});
}

}  // namespace vcs::ipc
