// SPDX-License-Identifier: Apache-2.0
// Requests that move, rename, remove and bring back a repository.
#include "agent/service/agent_service.hpp"

namespace vcs::agent::service {
namespace {

ipc::HistoryInfo history_info(const records::RemovedHistory& history) {
  ipc::HistoryInfo info;
  info.name = history.file.name;
  info.id = history.file.id;
  info.worktree = history.file.worktree;
  info.key = history.key;
  info.state =
      history.expires == base::UnixNanos{} ? ipc::HistoryState::kept : ipc::HistoryState::deleted;
  info.removed = history.removed;
  info.expires = history.expires;
  return info;
}

ipc::HistoryInfo history_info(const Agent::Resumable& resumable) {
  ipc::HistoryInfo info = history_info(resumable.history);
  if (resumable.watched) info.state = ipc::HistoryState::moved;
  info.certain = resumable.certain;
  info.commits = resumable.commits;
  info.bytes = resumable.bytes;
  info.head_time = resumable.head_time;
  info.problem = resumable.problem;
  return info;
}

ipc::RepoMoveResponse move_response(const Agent::Moved& moved) {
  ipc::RepoMoveResponse response;
  response.done = moved.repository != nullptr;
  response.repository =
      response.done
          ? repository_info(*moved.repository, false)
          : ipc::RepositoryInfo{moved.file.name, moved.file.id, moved.file.worktree, {}, moved.data,
                                false,           false};
  response.repository.resumed = response.done;
  response.from = moved.from;
  response.same_folder = moved.likeness.same_folder;
  response.empty = moved.likeness.empty;
  response.names = moved.likeness.names;
  response.names_there = moved.likeness.there;
  return response;
}

template <typename Reply>
Agent::MovedDone answer_with_move(const Reply& reply) {
  return [reply](Result<Agent::Moved> moved) { reply.finish(std::move(moved).map(move_response)); };
}

Agent::Removal removal_of(const ipc::RepoRemoveRequest& request) {
  if (!request.delete_history) return Agent::Removal::keeps;
  return request.now ? Agent::Removal::deletes_now : Agent::Removal::deletes_later;
}

// Deleting needs the name as confirmation: a client that does not know this has not asked a person.
Result<void> check_removal(const ipc::RepoRemoveRequest& request,
                           const ipc::RepositoryStatus& status) {
  if (request.now && !request.delete_history)
    return fail(ErrorCode::invalid, "'now' needs 'delete_history': without it nothing is deleted");
  if (!request.delete_history || request.confirm == status.name) return {};
  return fail(
      ErrorCode::precondition_failed,
      "this deletes {} saves of {}, and nobody has confirmed it; the request has to give the name "
      "'{}' in its field confirm (vcsctl asks for it, or takes --yes)",
      status.commits, status.worktree, status.name);
}

}  // namespace

void AgentService::answer(ipc::RepoRemoveRequest request, ipc::Reply<ipc::RepoRemove> reply) {
  if (request.repository.empty())
    return reply.finish(fail(ErrorCode::invalid, "which repository shall go? None was named"));
  auto found = agent_.find(request.repository);
  if (!found) return reply.finish(tl::unexpected(std::move(found).error()));
  if (auto may = check_removal(request, (*found)->status()); !may)
    return reply.finish(tl::unexpected(std::move(may).error()));
  agent_.remove(*found, removal_of(request), [reply](Result<records::RemovedHistory> removed) {
    reply.finish(std::move(removed).map(
        [](const records::RemovedHistory& history) { return history_info(history); }));
  });
}

void AgentService::answer(ipc::HistoriesRequest request, ipc::Reply<ipc::RepoHistories> reply) {
  agent_.histories(request.folder, [reply](Result<std::vector<Agent::Resumable>> all) {
    if (!all) return reply.finish(tl::unexpected(std::move(all).error()));
    ipc::HistoriesResponse response;
    for (const Agent::Resumable& each : *all) response.histories.push_back(history_info(each));
    reply.finish(std::move(response));
  });
}

void AgentService::answer(ipc::RepoMoveRequest request, ipc::Reply<ipc::RepoMove> reply) {
  if (request.repository.empty())
    return reply.finish(fail(ErrorCode::invalid, "which repository has moved? None was named"));
  with_repository(request.repository, reply, [this, request, reply](const RepositoryPtr& found) {
    agent_.move(found, {request.folder, request.confirmed, request.dry_run},
                answer_with_move(reply));
  });
}

void AgentService::answer(ipc::RepoRestoreRequest request, ipc::Reply<ipc::RepoRestore> reply) {
  if (request.history.empty())
    return reply.finish(fail(ErrorCode::invalid, "which history? None was named"));
  agent_.take_back(request.history, request.name,
                   {request.folder, request.confirmed, request.dry_run}, answer_with_move(reply));
}

void AgentService::answer(ipc::RepoRenameRequest request, ipc::Reply<ipc::RepoRename> reply) {
  if (request.repository.empty())
    return reply.finish(fail(ErrorCode::invalid, "which repository? None was named"));
  with_repository(request.repository, reply, [this, request, reply](const RepositoryPtr& found) {
    agent_.rename(found, request.name, [reply, found](Result<void> renamed) {
      reply.finish(renamed.map([&] { return repository_info(*found, false); }));
    });
  });
}

}  // namespace vcs::agent::service
