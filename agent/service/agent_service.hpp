// SPDX-License-Identifier: Apache-2.0
// Answers all requests: one class, and one source file for each group of requests.
//
// Requests arrive on the loop. Requests that read the store run on the query pool; requests that
// change something call the agent on the loop.
#pragma once

#include "agent/agent.hpp"
#include "agent/loop/errands.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/memory.hpp"
#include "ipc/envelope.hpp"
#include "ipc/service.hpp"

namespace vcs::history {
class Repository;
struct DamagedObject;
}  // namespace vcs::history
namespace vcs::object {
struct Commit;
struct ObjectId;
}  // namespace vcs::object

namespace vcs::agent::service {

// The history that a request is about, and the time of the request: "2 hours ago" counts from it.
struct Asked {
  std::shared_ptr<history::Repository> history;
  base::UnixNanos now;
};

class AgentService final : public ipc::Service {
 public:
  // `stop` begins the end of the process. The agent must outlive every request.
  AgentService(Agent& agent, std::function<void()> stop) : agent_(agent), stop_(std::move(stop)) {}

  // status.cpp
  void answer(ipc::HelloRequest, ipc::Reply<ipc::Hello>) override;
  void answer(ipc::StatusRequest, ipc::Reply<ipc::Status>) override;
  void answer(ipc::CommitRequest, ipc::Reply<ipc::Commit>) override;
  void answer(ipc::EventsRequest, ipc::Reply<ipc::Events>) override;
  void answer(ipc::DoctorRequest, ipc::Reply<ipc::Doctor>) override;
  void answer(ipc::ReloadRequest, ipc::Reply<ipc::Reload>) override;
  void answer(ipc::StopRequest, ipc::Reply<ipc::Stop>) override;

  // repositories.cpp
  void answer(ipc::InitRequest, ipc::Reply<ipc::RepoInit>) override;
  void answer(ipc::RepoListRequest, ipc::Reply<ipc::RepoList>) override;
  void answer(ipc::AlarmRequest, ipc::Reply<ipc::Alarm>) override;
  void answer(ipc::MountsRequest, ipc::Reply<ipc::Mounts>) override;
  void answer(ipc::CompactRequest, ipc::Reply<ipc::RepoCompact>) override;
  void answer(ipc::RemoteAddRequest, ipc::Reply<ipc::RemoteAdd>) override;
  void answer(ipc::RemoteRemoveRequest, ipc::Reply<ipc::RemoteRemove>) override;
  void answer(ipc::RemoteSetRequest, ipc::Reply<ipc::RemoteSet>) override;
  void answer(ipc::RemoteListRequest, ipc::Reply<ipc::RemoteList>) override;
  void answer(ipc::SyncRequest, ipc::Reply<ipc::Sync>) override;

  // histories.cpp
  void answer(ipc::RepoRemoveRequest, ipc::Reply<ipc::RepoRemove>) override;
  void answer(ipc::HistoriesRequest, ipc::Reply<ipc::RepoHistories>) override;
  void answer(ipc::RepoMoveRequest, ipc::Reply<ipc::RepoMove>) override;
  void answer(ipc::RepoRestoreRequest, ipc::Reply<ipc::RepoRestore>) override;
  void answer(ipc::RepoRenameRequest, ipc::Reply<ipc::RepoRename>) override;

  // history.cpp
  void answer(ipc::ResolveRequest, ipc::Reply<ipc::Resolve>) override;
  void answer(ipc::LogRequest, ipc::Reply<ipc::Log>) override;
  void answer(ipc::ShowRequest, ipc::Reply<ipc::Show>) override;
  void answer(ipc::DiffRequest, ipc::Reply<ipc::Diff>) override;
  void answer(ipc::LsRequest, ipc::Reply<ipc::Ls>) override;

  // content.cpp
  void answer(ipc::ContentRequest, ipc::Reply<ipc::Content>) override;
  void answer(ipc::ContentsRequest, ipc::Reply<ipc::Contents>) override;

  // restore.cpp
  void answer(ipc::RestoreRequest, ipc::Reply<ipc::Restore>) override;
  void answer(ipc::VerifyRequest, ipc::Reply<ipc::Verify>) override;
  // restore_from.cpp
  void answer(ipc::RestoreFromRequest, ipc::Reply<ipc::RestoreFrom>) override;
  // owed.cpp
  void answer(ipc::OwedRequest, ipc::Reply<ipc::Owed>) override;
  // repair.cpp
  void answer(ipc::RepairRequest, ipc::Reply<ipc::Repair>) override;
  // remote_heads.cpp
  void answer(ipc::RemoteHeadsRequest, ipc::Reply<ipc::RemoteHeads>) override;
  void answer(ipc::RemoveHeadRequest, ipc::Reply<ipc::RemoveHead>) override;
  // clone.cpp
  void answer(ipc::CloneRequest, ipc::Reply<ipc::Clone>) override;

 private:
  using RepositoryPtr = Agent::RepositoryPtr;
  // Calls `then` with the repository when it is open, or answers the request with the error.
  template <typename Reply, typename Then>
  void with_repository(const std::string& name, const Reply& reply, Then then) {
    auto found = agent_.find(name);
    if (!found) return reply.finish(tl::unexpected(std::move(found).error()));
    (*found)->when_open([this, repository = *found, reply,
                         then = std::move(then)](const Result<void>& opened) mutable {
      if (opened) return then(repository);
      // If the agent is stopping, that closed the repository: the client may ask the next agent.
      reply.finish(agent_.stopping() ? fail(ErrorCode::unavailable, "{}", ipc::kIsStopping)
                                     : tl::unexpected(opened.error()));
    });
  }
  // Answers with the result of `work`, which reads the history in the background and may block:
  //   Result<Response> work(const Asked&, const Request&, const ipc::Reply<M>&)
  template <ipc::Method M, typename Work>
  void from_history(typename M::Request request, const ipc::Reply<M>& reply, Work work) {
    const std::string name = request.repository;
    with_repository(
        name, reply, [=, this, request = std::move(request)](const RepositoryPtr& found) mutable {
          const Asked asked{found->repository(), agent_.context().clock.now()};
          in_background([=, request = std::move(request)] {
            reply.finish(base::within_memory([&] { return work(asked, request, reply); }));
          });
        });
  }
  // Runs `work`, which replies itself.
  void in_background(std::function<void()> work, loop::Pool pool = loop::Pool::query) {
    loop::Errands::send_off(agent_.context().loop, pool, std::move(work));
  }

  Agent& agent_;
  std::function<void()> stop_;
};

// Parts of answers that several groups use.
ipc::CommitInfo commit_info(const object::ObjectId& id, const object::Commit& commit);
ipc::RepositoryInfo repository_info(const repository::WatchedRepository& repository, bool created);
ipc::DamagedObjectInfo damaged_object_info(const history::DamagedObject& damaged);
// Adds the files that could not be saved to the answer of a request for a save.
template <typename Response>
void tell_problems(const repository::WatchedRepository& repository, Response& response) {
  ipc::RepositoryStatus status = repository.status();
  response.problems = std::move(status.problems);
  response.problem_count = status.problem_count;
}
// The first sentences, as many as an answer may hold.
std::vector<std::string> first_errors(std::vector<std::string> errors);

}  // namespace vcs::agent::service
