// SPDX-License-Identifier: Apache-2.0
// Messages about remotes and the heads there.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/status.hpp"

namespace vcs::ipc {

// --- remote.add ---
struct RemoteAddRequest {
  std::string repository, name, url;
  VCS_FIELDS(repository, name, url)
};
struct RemoteAdd {
  static constexpr auto kName = "remote.add";
  using Request = RemoteAddRequest;
  using Response = RemoteStatus;
};

// --- remote.remove ---
struct RemoteRemoveRequest {
  std::string repository, name;
  VCS_FIELDS(repository, name)
};
struct RemoteRemove {
  static constexpr auto kName = "remote.remove";
  using Request = RemoteRemoveRequest;
  using Response = Empty;
};

// --- remote.set ---
struct RemoteSetRequest {
  std::string repository, name;
  bool push = true;
  VCS_FIELDS(repository, name, push)
};
struct RemoteSet {
  static constexpr auto kName = "remote.set";
  using Request = RemoteSetRequest;
  using Response = RemoteStatus;
};

// --- remote.list ---
struct RemoteListRequest {
  std::string repository;
  VCS_FIELDS(repository)
};
struct RemoteListResponse {
  std::vector<RemoteStatus> remotes;
  VCS_FIELDS(remotes)
};
struct RemoteList {
  static constexpr auto kName = "remote.list";
  using Request = RemoteListRequest;
  using Response = RemoteListResponse;
};

// --- sync ---
struct SyncRequest {
  std::string repository, remote;  // remote "": all
  bool wait = false;               // answer when all that was committed before the call is there
  VCS_FIELDS(repository, remote, wait)
};
struct SyncResponse {
  std::vector<RemoteStatus> remotes;
  std::vector<ProblemPath> problems;  // with `wait`: files that could not be saved (the first 100)
  Count problem_count = 0;
  VCS_FIELDS(remotes, problems, problem_count)
};
struct Sync {
  static constexpr auto kName = "sync";
  using Request = SyncRequest;
  using Response = SyncResponse;
};

// --- remote.heads: the head of each machine or clone at a remote ---
struct HeadInfo {
  std::string id;      // names the head in requests: "DEVICE", or "DEVICE/REF" for a kept head
  std::string device;  // 16 hexadecimal digits
  bool kept = false;   // moved aside when another history took its device's name
  std::string machine, repository, folder;  // as its machine recorded them; "": not recorded
  std::string commit;
  Time time{};        // of the commit
  Count commits = 0;  // in its history
  bool here = false;  // a repository of this agent copies to it
  VCS_FIELDS(id, device, kept, machine, repository, VCS_PATH(folder), commit, time, commits, here)
};
struct RemoteHeadsRequest {
  std::string repository, remote;  // a remote of this repository, or:
  std::string url;                 // the URL of the remote
  VCS_FIELDS(repository, remote, url)
};
struct RemoteHeadsResponse {
  std::string url;  // without its secret
  std::vector<HeadInfo> heads;
  std::vector<std::string> damage;  // what could not be read; sentences for people
  VCS_FIELDS(url, heads, damage)
};
struct RemoteHeads {
  static constexpr auto kName = "remote.heads";
  using Request = RemoteHeadsRequest;
  using Response = RemoteHeadsResponse;
};

// --- remote.remove_head ---
struct RemoveHeadRequest {
  std::string repository, remote, url;  // as in RemoteHeadsRequest
  std::string head;                     // its id, or a unique prefix
  bool confirmed = false;               // false: only show what would be removed
  VCS_FIELDS(repository, remote, url, head, confirmed)
};
struct RemoveHeadResponse {
  HeadInfo head;
  bool removed = false;
  VCS_FIELDS(head, removed)
};
struct RemoveHead {
  static constexpr auto kName = "remote.remove_head";
  using Request = RemoveHeadRequest;
  using Response = RemoveHeadResponse;
};

}  // namespace vcs::ipc
