// SPDX-License-Identifier: Apache-2.0
// Everything that an agent can be asked, as an abstract class: the agent implements it, the
// dispatcher calls it, tests fake it.
#pragma once

#include <functional>
#include <memory>

#include "core/base/result.hpp"
#include "ipc/messages.hpp"

namespace vcs::ipc {

// The way back to one request. Copies share one request. Thread-safe: work that runs elsewhere
// replies from there.
template <typename Response>
class Reply {
 public:
  struct Channel {
    virtual ~Channel() = default;
    virtual void finish(base::Result<Response> result) = 0;
    virtual void progress(const Progress& progress) = 0;
  };
  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  // Exactly once.
  void finish(base::Result<Response> result) const { channel_->finish(std::move(result)); }
  // Any number of times before that.
  void progress(const Progress& progress) const { channel_->progress(progress); }

 private:
  std::shared_ptr<Channel> channel_;
};

// The way back of a request that streams items before its response.
template <typename Item, typename Response>
class StreamReply {
 public:
  struct Channel {
    virtual ~Channel() = default;
    // Blocks while the client reads too slowly (never call it on the loop with many items;
    // EventStream is the exception). False: the client has gone or has asked to cancel; stop the
    // work.
    virtual bool item(const Item& item) = 0;
    virtual void finish(base::Result<Response> result) = 0;
    virtual void progress(const Progress& progress) = 0;
    virtual bool cancelled() const = 0;
  };
  explicit StreamReply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  bool item(const Item& item) const { return channel_->item(item); }
  void finish(base::Result<Response> result) const { channel_->finish(std::move(result)); }
  void progress(const Progress& progress) const { channel_->progress(progress); }
  bool cancelled() const { return channel_->cancelled(); }

 private:
  std::shared_ptr<Channel> channel_;
};

// Methods are called on the loop thread and must not block it; they may reply later from any
// thread.
class Service {
 public:
  virtual ~Service() = default;

  virtual void hello(HelloRequest request, Reply<HelloResponse> reply) = 0;
  virtual void status(StatusRequest request, Reply<StatusResponse> reply) = 0;
  virtual void init(InitRequest request, Reply<RepositoryInfo> reply) = 0;
  virtual void repo_list(RepoListRequest request, Reply<RepoListResponse> reply) = 0;
  virtual void repo_remove(RepoRemoveRequest request, Reply<HistoryInfo> reply) = 0;
  virtual void repo_histories(HistoriesRequest request, Reply<HistoriesResponse> reply) = 0;
  virtual void repo_move(RepoMoveRequest request, Reply<RepoMoveResponse> reply) = 0;
  virtual void repo_restore(RepoRestoreRequest request, Reply<RepoMoveResponse> reply) = 0;
  virtual void repo_rename(RepoRenameRequest request, Reply<RepositoryInfo> reply) = 0;
  virtual void commit(CommitRequest request, Reply<CommitResponse> reply) = 0;
  virtual void resolve(ResolveRequest request, Reply<ResolveResponse> reply) = 0;
  virtual void log(LogRequest request, StreamReply<CommitInfo, StreamEnd> reply) = 0;
  virtual void show(ShowRequest request, StreamReply<ChangeInfo, CommitInfo> reply) = 0;
  virtual void diff(DiffRequest request, StreamReply<ChangeInfo, DiffResponse> reply) = 0;
  virtual void ls(LsRequest request, StreamReply<EntryInfo, StreamEnd> reply) = 0;
  virtual void content(ContentRequest request, Reply<ContentResponse> reply) = 0;
  virtual void contents(ContentsRequest request, StreamReply<ContentPiece, StreamEnd> reply) = 0;
  virtual void restore(RestoreRequest request, StreamReply<RestoreItem, RestoreResponse> reply) = 0;
  virtual void restore_from(RestoreFromRequest request,
                            StreamReply<RestoreItem, RestoreFromResponse> reply) = 0;
  virtual void owed(OwedRequest request, StreamReply<RestoreItem, OwedResponse> reply) = 0;
  virtual void verify(VerifyRequest request, StreamReply<HurtInfo, VerifyResponse> reply) = 0;
  virtual void repair(RepairRequest request, StreamReply<HurtInfo, RepairResponse> reply) = 0;
  virtual void brake(BrakeRequest request, Reply<BrakeResponse> reply) = 0;
  virtual void mounts(MountsRequest request, Reply<MountsResponse> reply) = 0;
  virtual void compact(CompactRequest request, StreamReply<Empty, CompactResponse> reply) = 0;
  virtual void remote_add(RemoteAddRequest request, Reply<RemoteStatus> reply) = 0;
  virtual void remote_remove(RemoteRemoveRequest request, Reply<Empty> reply) = 0;
  virtual void remote_set(RemoteSetRequest request, Reply<RemoteStatus> reply) = 0;
  virtual void remote_list(RemoteListRequest request, Reply<RemoteListResponse> reply) = 0;
  virtual void remote_heads(RemoteHeadsRequest request, Reply<RemoteHeadsResponse> reply) = 0;
  virtual void remove_head(RemoveHeadRequest request, Reply<RemoveHeadResponse> reply) = 0;
  virtual void sync(SyncRequest request, Reply<SyncResponse> reply) = 0;
  virtual void clone(CloneRequest request, StreamReply<RestoreItem, CloneResponse> reply) = 0;
  virtual void events(EventsRequest request, StreamReply<EventInfo, StreamEnd> reply) = 0;
  virtual void doctor(DoctorRequest request, Reply<DoctorResponse> reply) = 0;
  virtual void reload(ReloadRequest request, Reply<Empty> reply) = 0;
  virtual void stop(StopRequest request, Reply<Empty> reply) = 0;
};

}  // namespace vcs::ipc
