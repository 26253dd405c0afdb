// SPDX-License-Identifier: Apache-2.0
// Answers that can be told from each other.
#include "tests/support/fake_service.hpp"

#include <utility>

namespace vcs::test {
namespace {

template <typename Request, typename Response>
void answer(const FakeService::Single<Request, Response>& handler, Request request,
            ipc::Reply<Response> reply) {
  if (handler)
    handler(std::move(request), std::move(reply));
  else
    reply.finish(Response{});
}

template <typename Request, typename Item, typename Response>
void answer(const FakeService::Stream<Request, Item, Response>& handler, Request request,
            ipc::StreamReply<Item, Response> reply) {
  if (handler)
    handler(std::move(request), std::move(reply));
  else
    reply.finish(Response{});
}

}  // namespace

void FakeService::hello(ipc::HelloRequest request, ipc::Reply<ipc::HelloResponse> reply) {
  answer(on_hello, std::move(request), std::move(reply));
}
void FakeService::status(ipc::StatusRequest request, ipc::Reply<ipc::StatusResponse> reply) {
  answer(on_status, std::move(request), std::move(reply));
}
void FakeService::init(ipc::InitRequest request, ipc::Reply<ipc::RepositoryInfo> reply) {
  answer(on_init, std::move(request), std::move(reply));
}
void FakeService::repo_list(ipc::RepoListRequest request, ipc::Reply<ipc::RepoListResponse> reply) {
  answer(on_repo_list, std::move(request), std::move(reply));
}
void FakeService::repo_remove(ipc::RepoRemoveRequest request, ipc::Reply<ipc::HistoryInfo> reply) {
  answer(on_repo_remove, std::move(request), std::move(reply));
}
void FakeService::repo_histories(ipc::HistoriesRequest request,
                                 ipc::Reply<ipc::HistoriesResponse> reply) {
  answer(on_repo_histories, std::move(request), std::move(reply));
}
void FakeService::repo_move(ipc::RepoMoveRequest request, ipc::Reply<ipc::RepoMoveResponse> reply) {
  answer(on_repo_move, std::move(request), std::move(reply));
}
void FakeService::repo_restore(ipc::RepoRestoreRequest request,
                               ipc::Reply<ipc::RepoMoveResponse> reply) {
  answer(on_repo_restore, std::move(request), std::move(reply));
}
void FakeService::repo_rename(ipc::RepoRenameRequest request,
                              ipc::Reply<ipc::RepositoryInfo> reply) {
  answer(on_repo_rename, std::move(request), std::move(reply));
}
void FakeService::commit(ipc::CommitRequest request, ipc::Reply<ipc::CommitResponse> reply) {
  answer(on_commit, std::move(request), std::move(reply));
}
void FakeService::resolve(ipc::ResolveRequest request, ipc::Reply<ipc::ResolveResponse> reply) {
  answer(on_resolve, std::move(request), std::move(reply));
}
void FakeService::log(ipc::LogRequest request,
                      ipc::StreamReply<ipc::CommitInfo, ipc::StreamEnd> reply) {
  answer(on_log, std::move(request), std::move(reply));
}
void FakeService::show(ipc::ShowRequest request,
                       ipc::StreamReply<ipc::ChangeInfo, ipc::CommitInfo> reply) {
  answer(on_show, std::move(request), std::move(reply));
}
void FakeService::diff(ipc::DiffRequest request,
                       ipc::StreamReply<ipc::ChangeInfo, ipc::DiffResponse> reply) {
  answer(on_diff, std::move(request), std::move(reply));
}
void FakeService::ls(ipc::LsRequest request,
                     ipc::StreamReply<ipc::EntryInfo, ipc::StreamEnd> reply) {
  answer(on_ls, std::move(request), std::move(reply));
}
void FakeService::content(ipc::ContentRequest request, ipc::Reply<ipc::ContentResponse> reply) {
  answer(on_content, std::move(request), std::move(reply));
}
void FakeService::contents(ipc::ContentsRequest request,
                           ipc::StreamReply<ipc::ContentPiece, ipc::StreamEnd> reply) {
  answer(on_contents, std::move(request), std::move(reply));
}
void FakeService::restore(ipc::RestoreRequest request,
                          ipc::StreamReply<ipc::RestoreItem, ipc::RestoreResponse> reply) {
  answer(on_restore, std::move(request), std::move(reply));
}
void FakeService::restore_from(ipc::RestoreFromRequest request,
                               ipc::StreamReply<ipc::RestoreItem, ipc::RestoreFromResponse> reply) {
  answer(on_restore_from, std::move(request), std::move(reply));
}
void FakeService::owed(ipc::OwedRequest request,
                       ipc::StreamReply<ipc::RestoreItem, ipc::OwedResponse> reply) {
  answer(on_owed, std::move(request), std::move(reply));
}
void FakeService::verify(ipc::VerifyRequest request,
                         ipc::StreamReply<ipc::HurtInfo, ipc::VerifyResponse> reply) {
  answer(on_verify, std::move(request), std::move(reply));
}
void FakeService::repair(ipc::RepairRequest request,
                         ipc::StreamReply<ipc::HurtInfo, ipc::RepairResponse> reply) {
  answer(on_repair, std::move(request), std::move(reply));
}
void FakeService::mounts(ipc::MountsRequest request, ipc::Reply<ipc::MountsResponse> reply) {
  answer(on_mounts, std::move(request), std::move(reply));
}
void FakeService::brake(ipc::BrakeRequest request, ipc::Reply<ipc::BrakeResponse> reply) {
  answer(on_brake, std::move(request), std::move(reply));
}
void FakeService::compact(ipc::CompactRequest request,
                          ipc::StreamReply<ipc::Empty, ipc::CompactResponse> reply) {
  answer(on_compact, std::move(request), std::move(reply));
}
void FakeService::remote_add(ipc::RemoteAddRequest request, ipc::Reply<ipc::RemoteStatus> reply) {
  answer(on_remote_add, std::move(request), std::move(reply));
}
void FakeService::remote_remove(ipc::RemoteRemoveRequest request, ipc::Reply<ipc::Empty> reply) {
  answer(on_remote_remove, std::move(request), std::move(reply));
}
void FakeService::remote_set(ipc::RemoteSetRequest request, ipc::Reply<ipc::RemoteStatus> reply) {
  answer(on_remote_set, std::move(request), std::move(reply));
}
void FakeService::remote_list(ipc::RemoteListRequest request,
                              ipc::Reply<ipc::RemoteListResponse> reply) {
  answer(on_remote_list, std::move(request), std::move(reply));
}
void FakeService::remote_heads(ipc::RemoteHeadsRequest request,
                               ipc::Reply<ipc::RemoteHeadsResponse> reply) {
  answer(on_remote_heads, std::move(request), std::move(reply));
}
void FakeService::remove_head(ipc::RemoveHeadRequest request,
                              ipc::Reply<ipc::RemoveHeadResponse> reply) {
  answer(on_remove_head, std::move(request), std::move(reply));
}
void FakeService::sync(ipc::SyncRequest request, ipc::Reply<ipc::SyncResponse> reply) {
  answer(on_sync, std::move(request), std::move(reply));
}
void FakeService::clone(ipc::CloneRequest request,
                        ipc::StreamReply<ipc::RestoreItem, ipc::CloneResponse> reply) {
  answer(on_clone, std::move(request), std::move(reply));
}
void FakeService::events(ipc::EventsRequest request,
                         ipc::StreamReply<ipc::EventInfo, ipc::StreamEnd> reply) {
  answer(on_events, std::move(request), std::move(reply));
}
void FakeService::doctor(ipc::DoctorRequest request, ipc::Reply<ipc::DoctorResponse> reply) {
  answer(on_doctor, std::move(request), std::move(reply));
}
void FakeService::reload(ipc::ReloadRequest request, ipc::Reply<ipc::Empty> reply) {
  answer(on_reload, std::move(request), std::move(reply));
}
void FakeService::stop(ipc::StopRequest request, ipc::Reply<ipc::Empty> reply) {
  answer(on_stop, std::move(request), std::move(reply));
}

}  // namespace vcs::test
