// SPDX-License-Identifier: Apache-2.0
// What the agent answers. One class for all requests, one source file for each group of them:
// status, repositories, history, restore, remotes.
//
// Requests arrive on the loop. Those that read the store run on the query pool; those that change
// something only poke the agent.
#pragma once

#include "agent/agent.hpp"
#include "core/history/verifier.hpp"
#include "ipc/envelope.hpp"
#include "ipc/service.hpp"

namespace vcs::agent::service {

class AgentService final : public ipc::Service {
 public:
  // `stop` begins the end of the process. The agent must outlive every request.
  AgentService(Agent& agent, std::function<void()> stop) : agent_(agent), stop_(std::move(stop)) {}

  // status.cpp
  void hello(ipc::HelloRequest request, ipc::Reply<ipc::HelloResponse> reply) override;
  void status(ipc::StatusRequest request, ipc::Reply<ipc::StatusResponse> reply) override;
  void commit(ipc::CommitRequest request, ipc::Reply<ipc::CommitResponse> reply) override;
  void events(ipc::EventsRequest request,
              ipc::StreamReply<ipc::EventInfo, ipc::StreamEnd> reply) override;
  void doctor(ipc::DoctorRequest request, ipc::Reply<ipc::DoctorResponse> reply) override;
  void reload(ipc::ReloadRequest request, ipc::Reply<ipc::Empty> reply) override;
  void stop(ipc::StopRequest request, ipc::Reply<ipc::Empty> reply) override;

  // repositories.cpp
  void init(ipc::InitRequest request, ipc::Reply<ipc::RepositoryInfo> reply) override;
  void repo_list(ipc::RepoListRequest request, ipc::Reply<ipc::RepoListResponse> reply) override;
  void brake(ipc::BrakeRequest request, ipc::Reply<ipc::BrakeResponse> reply) override;
  void mounts(ipc::MountsRequest request, ipc::Reply<ipc::MountsResponse> reply) override;
  void compact(ipc::CompactRequest request,
               ipc::StreamReply<ipc::Empty, ipc::CompactResponse> reply) override;
  void remote_add(ipc::RemoteAddRequest request, ipc::Reply<ipc::RemoteStatus> reply) override;
  void remote_remove(ipc::RemoteRemoveRequest request, ipc::Reply<ipc::Empty> reply) override;
  void remote_set(ipc::RemoteSetRequest request, ipc::Reply<ipc::RemoteStatus> reply) override;
  void remote_list(ipc::RemoteListRequest request,
                   ipc::Reply<ipc::RemoteListResponse> reply) override;
  void sync(ipc::SyncRequest request, ipc::Reply<ipc::SyncResponse> reply) override;

  // histories.cpp
  void repo_remove(ipc::RepoRemoveRequest request, ipc::Reply<ipc::HistoryInfo> reply) override;
  void repo_histories(ipc::HistoriesRequest request,
                      ipc::Reply<ipc::HistoriesResponse> reply) override;
  void repo_move(ipc::RepoMoveRequest request, ipc::Reply<ipc::RepoMoveResponse> reply) override;
  void repo_restore(ipc::RepoRestoreRequest request,
                    ipc::Reply<ipc::RepoMoveResponse> reply) override;
  void repo_rename(ipc::RepoRenameRequest request, ipc::Reply<ipc::RepositoryInfo> reply) override;

  // history.cpp
  void resolve(ipc::ResolveRequest request, ipc::Reply<ipc::ResolveResponse> reply) override;
  void log(ipc::LogRequest request,
           ipc::StreamReply<ipc::CommitInfo, ipc::StreamEnd> reply) override;
  void show(ipc::ShowRequest request,
            ipc::StreamReply<ipc::ChangeInfo, ipc::CommitInfo> reply) override;
  void diff(ipc::DiffRequest request,
            ipc::StreamReply<ipc::ChangeInfo, ipc::DiffResponse> reply) override;
  void ls(ipc::LsRequest request, ipc::StreamReply<ipc::EntryInfo, ipc::StreamEnd> reply) override;

  // content.cpp
  void content(ipc::ContentRequest request, ipc::Reply<ipc::ContentResponse> reply) override;
  void contents(ipc::ContentsRequest request,
                ipc::StreamReply<ipc::ContentPiece, ipc::StreamEnd> reply) override;

  // restore.cpp
  void restore(ipc::RestoreRequest request,
               ipc::StreamReply<ipc::RestoreItem, ipc::RestoreResponse> reply) override;
  void verify(ipc::VerifyRequest request,
              ipc::StreamReply<ipc::HurtInfo, ipc::VerifyResponse> reply) override;
  // restore_from.cpp
  void restore_from(ipc::RestoreFromRequest request,
                    ipc::StreamReply<ipc::RestoreItem, ipc::RestoreFromResponse> reply) override;
  // owed.cpp
  void owed(ipc::OwedRequest request,
            ipc::StreamReply<ipc::RestoreItem, ipc::OwedResponse> reply) override;
  // repair.cpp
  void repair(ipc::RepairRequest request,
              ipc::StreamReply<ipc::HurtInfo, ipc::RepairResponse> reply) override;
  // remote_heads.cpp
  void remote_heads(ipc::RemoteHeadsRequest request,
                    ipc::Reply<ipc::RemoteHeadsResponse> reply) override;
  void remove_head(ipc::RemoveHeadRequest request,
                   ipc::Reply<ipc::RemoveHeadResponse> reply) override;
  // clone.cpp
  void clone(ipc::CloneRequest request,
             ipc::StreamReply<ipc::RestoreItem, ipc::CloneResponse> reply) override;

 private:
  using RepositoryPtr = Agent::RepositoryPtr;
  // Calls `then` with the repository when it is open, or answers the request with why not.
  template <typename Reply, typename Then>
  void with_repository(const std::string& name, const Reply& reply, Then then) {
    auto found = agent_.find(name);
    if (!found) return reply.finish(tl::unexpected(std::move(found).error()));
    (*found)->when_open([this, repository = *found, reply,
                         then = std::move(then)](const base::Result<void>& opened) mutable {
      if (opened) return then(repository);
      // It was closed for that reason, and the next agent can be asked again.
      reply.finish(agent_.stopping()
                       ? base::fail(base::ErrorCode::unavailable, "{}", ipc::kIsStopping)
                       : tl::unexpected(opened.error()));
    });
  }
  // Runs `work` on the query pool; it replies itself.
  void in_background(std::function<void()> work) {
    agent_.context().loop.run_in_background(loop::Pool::query, std::move(work), [] {});
  }

  Agent& agent_;
  std::function<void()> stop_;
};

// Texts that several groups use.
ipc::CommitInfo commit_info(const object::ObjectId& id, const object::Commit& commit);
ipc::RepositoryInfo repository_info(const repository::WatchedRepository& repository, bool created);
ipc::HurtInfo hurt_info(const history::Hurt& hurt);
// What could not be saved, for an answer to one who asked for a save.
template <typename Response>
void tell_problems(const repository::WatchedRepository& repository, Response& response) {
  ipc::RepositoryStatus status = repository.status();
  response.problems = std::move(status.problems);
  response.problem_count = status.problem_count;
}
// As many sentences as an answer may hold.
std::vector<std::string> first_errors(std::vector<std::string> errors);

}  // namespace vcs::agent::service
