// SPDX-License-Identifier: Apache-2.0
// A Service whose every method is a function that a test may replace. Unreplaced, a method
// answers at once with the defaults of its response.
#pragma once

#include <functional>

#include "ipc/service.hpp"

namespace vcs::test {

class FakeService final : public ipc::Service {
 public:
  template <typename Request, typename Response>
  using Single = std::function<void(Request, ipc::Reply<Response>)>;
  template <typename Request, typename Item, typename Response>
  using Stream = std::function<void(Request, ipc::StreamReply<Item, Response>)>;

  Single<ipc::HelloRequest, ipc::HelloResponse> on_hello;
  Single<ipc::StatusRequest, ipc::StatusResponse> on_status;
  Single<ipc::InitRequest, ipc::RepositoryInfo> on_init;
  Single<ipc::RepoListRequest, ipc::RepoListResponse> on_repo_list;
  Single<ipc::RepoRemoveRequest, ipc::HistoryInfo> on_repo_remove;
  Single<ipc::HistoriesRequest, ipc::HistoriesResponse> on_repo_histories;
  Single<ipc::RepoMoveRequest, ipc::RepoMoveResponse> on_repo_move;
  Single<ipc::RepoRestoreRequest, ipc::RepoMoveResponse> on_repo_restore;
  Single<ipc::RepoRenameRequest, ipc::RepositoryInfo> on_repo_rename;
  Single<ipc::CommitRequest, ipc::CommitResponse> on_commit;
  Single<ipc::ResolveRequest, ipc::ResolveResponse> on_resolve;
  Stream<ipc::LogRequest, ipc::CommitInfo, ipc::StreamEnd> on_log;
  Stream<ipc::ShowRequest, ipc::ChangeInfo, ipc::CommitInfo> on_show;
  Stream<ipc::DiffRequest, ipc::ChangeInfo, ipc::DiffResponse> on_diff;
  Stream<ipc::LsRequest, ipc::EntryInfo, ipc::StreamEnd> on_ls;
  Single<ipc::ContentRequest, ipc::ContentResponse> on_content;
  Stream<ipc::ContentsRequest, ipc::ContentPiece, ipc::StreamEnd> on_contents;
  Stream<ipc::RestoreRequest, ipc::RestoreItem, ipc::RestoreResponse> on_restore;
  Stream<ipc::RestoreFromRequest, ipc::RestoreItem, ipc::RestoreFromResponse> on_restore_from;
  Stream<ipc::OwedRequest, ipc::RestoreItem, ipc::OwedResponse> on_owed;
  Stream<ipc::VerifyRequest, ipc::HurtInfo, ipc::VerifyResponse> on_verify;
  Stream<ipc::RepairRequest, ipc::HurtInfo, ipc::RepairResponse> on_repair;
  Single<ipc::BrakeRequest, ipc::BrakeResponse> on_brake;
  Single<ipc::MountsRequest, ipc::MountsResponse> on_mounts;
  Stream<ipc::CompactRequest, ipc::Empty, ipc::CompactResponse> on_compact;
  Single<ipc::RemoteAddRequest, ipc::RemoteStatus> on_remote_add;
  Single<ipc::RemoteRemoveRequest, ipc::Empty> on_remote_remove;
  Single<ipc::RemoteSetRequest, ipc::RemoteStatus> on_remote_set;
  Single<ipc::RemoteListRequest, ipc::RemoteListResponse> on_remote_list;
  Single<ipc::RemoteHeadsRequest, ipc::RemoteHeadsResponse> on_remote_heads;
  Single<ipc::RemoveHeadRequest, ipc::RemoveHeadResponse> on_remove_head;
  Single<ipc::SyncRequest, ipc::SyncResponse> on_sync;
  Stream<ipc::CloneRequest, ipc::RestoreItem, ipc::CloneResponse> on_clone;
  Stream<ipc::EventsRequest, ipc::EventInfo, ipc::StreamEnd> on_events;
  Single<ipc::DoctorRequest, ipc::DoctorResponse> on_doctor;
  Single<ipc::ReloadRequest, ipc::Empty> on_reload;
  Single<ipc::StopRequest, ipc::Empty> on_stop;

  void hello(ipc::HelloRequest request, ipc::Reply<ipc::HelloResponse> reply) override;
  void status(ipc::StatusRequest request, ipc::Reply<ipc::StatusResponse> reply) override;
  void init(ipc::InitRequest request, ipc::Reply<ipc::RepositoryInfo> reply) override;
  void repo_list(ipc::RepoListRequest request, ipc::Reply<ipc::RepoListResponse> reply) override;
  void repo_remove(ipc::RepoRemoveRequest request, ipc::Reply<ipc::HistoryInfo> reply) override;
  void repo_histories(ipc::HistoriesRequest request,
                      ipc::Reply<ipc::HistoriesResponse> reply) override;
  void repo_move(ipc::RepoMoveRequest request, ipc::Reply<ipc::RepoMoveResponse> reply) override;
  void repo_restore(ipc::RepoRestoreRequest request,
                    ipc::Reply<ipc::RepoMoveResponse> reply) override;
  void repo_rename(ipc::RepoRenameRequest request, ipc::Reply<ipc::RepositoryInfo> reply) override;
  void commit(ipc::CommitRequest request, ipc::Reply<ipc::CommitResponse> reply) override;
  void resolve(ipc::ResolveRequest request, ipc::Reply<ipc::ResolveResponse> reply) override;
  void log(ipc::LogRequest request,
           ipc::StreamReply<ipc::CommitInfo, ipc::StreamEnd> reply) override;
  void show(ipc::ShowRequest request,
            ipc::StreamReply<ipc::ChangeInfo, ipc::CommitInfo> reply) override;
  void diff(ipc::DiffRequest request,
            ipc::StreamReply<ipc::ChangeInfo, ipc::DiffResponse> reply) override;
  void ls(ipc::LsRequest request, ipc::StreamReply<ipc::EntryInfo, ipc::StreamEnd> reply) override;
  void content(ipc::ContentRequest request, ipc::Reply<ipc::ContentResponse> reply) override;
  void contents(ipc::ContentsRequest request,
                ipc::StreamReply<ipc::ContentPiece, ipc::StreamEnd> reply) override;
  void restore(ipc::RestoreRequest request,
               ipc::StreamReply<ipc::RestoreItem, ipc::RestoreResponse> reply) override;
  void restore_from(ipc::RestoreFromRequest request,
                    ipc::StreamReply<ipc::RestoreItem, ipc::RestoreFromResponse> reply) override;
  void owed(ipc::OwedRequest request,
            ipc::StreamReply<ipc::RestoreItem, ipc::OwedResponse> reply) override;
  void verify(ipc::VerifyRequest request,
              ipc::StreamReply<ipc::HurtInfo, ipc::VerifyResponse> reply) override;
  void repair(ipc::RepairRequest request,
              ipc::StreamReply<ipc::HurtInfo, ipc::RepairResponse> reply) override;
  void brake(ipc::BrakeRequest request, ipc::Reply<ipc::BrakeResponse> reply) override;
  void mounts(ipc::MountsRequest request, ipc::Reply<ipc::MountsResponse> reply) override;
  void compact(ipc::CompactRequest request,
               ipc::StreamReply<ipc::Empty, ipc::CompactResponse> reply) override;
  void remote_add(ipc::RemoteAddRequest request, ipc::Reply<ipc::RemoteStatus> reply) override;
  void remote_remove(ipc::RemoteRemoveRequest request, ipc::Reply<ipc::Empty> reply) override;
  void remote_set(ipc::RemoteSetRequest request, ipc::Reply<ipc::RemoteStatus> reply) override;
  void remote_list(ipc::RemoteListRequest request,
                   ipc::Reply<ipc::RemoteListResponse> reply) override;
  void remote_heads(ipc::RemoteHeadsRequest request,
                    ipc::Reply<ipc::RemoteHeadsResponse> reply) override;
  void remove_head(ipc::RemoveHeadRequest request,
                   ipc::Reply<ipc::RemoveHeadResponse> reply) override;
  void sync(ipc::SyncRequest request, ipc::Reply<ipc::SyncResponse> reply) override;
  void clone(ipc::CloneRequest request,
             ipc::StreamReply<ipc::RestoreItem, ipc::CloneResponse> reply) override;
  void events(ipc::EventsRequest request,
              ipc::StreamReply<ipc::EventInfo, ipc::StreamEnd> reply) override;
  void doctor(ipc::DoctorRequest request, ipc::Reply<ipc::DoctorResponse> reply) override;
  void reload(ipc::ReloadRequest request, ipc::Reply<ipc::Empty> reply) override;
  void stop(ipc::StopRequest request, ipc::Reply<ipc::Empty> reply) override;
};

}  // namespace vcs::test
