// SPDX-License-Identifier: Apache-2.0
// Lists every method of the socket. The service, the dispatcher, the client, the fake of the tests
// and the check of docs/protocol.md all follow from this list.
#pragma once

#include "ipc/messages/agent.hpp"
#include "ipc/messages/clone.hpp"
#include "ipc/messages/content.hpp"
#include "ipc/messages/history.hpp"
#include "ipc/messages/remotes.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"
#include "ipc/messages/status.hpp"
#include "ipc/messages/upkeep.hpp"
#include "ipc/method.hpp"

namespace vcs::ipc {

// clang-format off
using Methods = MethodList<
    Hello, Status, Events, Doctor, Reload, Stop,
    RepoInit, RepoList, RepoRemove, RepoHistories, RepoMove, RepoRestore, RepoRename,
    Commit, Resolve, Log, Show, Diff, Ls,
    Content, Contents,
    Restore, Owed,
    Verify, Repair, Alarm, Mounts, RepoCompact,
    RemoteAdd, RemoteRemove, RemoteSet, RemoteList, Sync, RemoteHeads, RemoveHead,
    Clone, RestoreFrom>;
// clang-format on

}  // namespace vcs::ipc
