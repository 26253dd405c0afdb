// SPDX-License-Identifier: Apache-2.0
// Requests about watched folders and their remotes.
#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "agent/schedule/maintenance.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "agent/service/agent_service.hpp"
#include "core/snapshot/snapshot_types.hpp"

namespace vcs::agent::service {

ipc::RepositoryInfo repository_info(const repository::WatchedRepository& repository, bool created) {
  const auto& file = repository.file();
  return {file.name,         file.id, file.worktree, repository.status().state,
          repository.data(), created, false};
}

void AgentService::answer(ipc::InitRequest request, ipc::Reply<ipc::RepoInit> reply) {
  agent_.init(request.folder, request.name,
              [reply](Result<Agent::Made> made) {
                if (!made) return reply.finish(tl::unexpected(std::move(made).error()));
                ipc::RepositoryInfo info = repository_info(*made->repository, made->created);
                info.resumed = made->resumed;
                reply.finish(std::move(info));
              },
              {request.anew, request.history});
}

void AgentService::answer(ipc::RepoListRequest, ipc::Reply<ipc::RepoList> reply) {
  ipc::RepoListResponse response;
  for (const auto& [name, repository] : agent_.repositories())
    response.repositories.push_back(repository_info(*repository, false));
  reply.finish(std::move(response));
}

void AgentService::answer(ipc::AlarmRequest request, ipc::Reply<ipc::Alarm> reply) {
  const bool acknowledge = request.acknowledge;
  with_repository(request.repository, reply, [acknowledge, reply](const RepositoryPtr& found) {
    ipc::AlarmResponse response{found->file().name, repository::alarm_status(found->file())};
    if (!acknowledge) return reply.finish(response);
    found->acknowledge_alarm([reply, response](Result<void> done) mutable {
      reply.finish(done.map([&] { return std::move(response); }));
    });
  });
}

namespace {

ipc::MountState state_of(const index::Mount& mount) {
  if (!mount.is_away()) return ipc::MountState::mounted;
  return mount.here.device == 0 ? ipc::MountState::covering : ipc::MountState::away;
}

ipc::MountsResponse mounts_of(const repository::WatchedRepository& repository) {
  ipc::MountsResponse response{repository.file().name, {}};
  for (const auto& [path, mount] : repository.mounts())
    response.mounts.push_back({path, state_of(mount)});
  return response;
}

}  // namespace

void AgentService::answer(ipc::MountsRequest request, ipc::Reply<ipc::Mounts> reply) {
  with_repository(request.repository, reply, [request, reply](const RepositoryPtr& found) {
    if (request.forget.empty()) return reply.finish(mounts_of(*found));
    found->dismiss_mount(request.forget, [reply, found](Result<void> done) {
      reply.finish(done.map([&] { return mounts_of(*found); }));
    });
  });
}

void AgentService::answer(ipc::CompactRequest request, ipc::Reply<ipc::RepoCompact> reply) {
  with_repository(request.repository, reply, [reply](const RepositoryPtr& found) {
    if (found->file().alarm)
      return reply.finish(fail(ErrorCode::invalid,
                               "the alarm of {0} rings, so nothing old is touched; see: "
                               "vcsctl alarm -r {0}",
                               found->file().name));
    found->maintenance().run_now(
        [reply](const store::PackCompactor::Progress& done) {
          reply.progress({ipc::Stage::compacting, 0, 0, done.bytes_done, done.bytes_total});
          return !reply.cancelled();
        },
        [reply](Result<store::CompactionTotals> done) {
          reply.finish(std::move(done).map([](store::CompactionTotals totals) {
            return ipc::CompactResponse{totals.runs,        totals.packs_before,
                                        totals.packs_after, totals.bytes_before,
                                        totals.bytes_after, std::move(totals.damage)};
          }));
        });
  });
}

namespace {

// Answers with the status of a remote that was just added or changed.
template <typename Reply>
void answer_with_remote(const Result<void>& done, repository::WatchedRepository& repository,
                        const std::string& name, const Reply& reply) {
  if (!done) return reply.finish(tl::unexpected(done.error()));
  for (ipc::RemoteStatus& remote : repository.sync().status())
    if (remote.name == name) return reply.finish(std::move(remote));
  reply.finish(fail(ErrorCode::not_found, "the remote {} was removed meanwhile", name));
}

}  // namespace

void AgentService::answer(ipc::RemoteAddRequest request, ipc::Reply<ipc::RemoteAdd> reply) {
  with_repository(request.repository, reply, [request, reply](const RepositoryPtr& found) {
    const auto added = [reply, found, name = request.name](const Result<void>& done) {
      answer_with_remote(done, *found, name, reply);
    };
    found->add_remote(request.name, request.url, added);
  });
}

void AgentService::answer(ipc::RemoteSetRequest request, ipc::Reply<ipc::RemoteSet> reply) {
  with_repository(request.repository, reply, [request, reply](const RepositoryPtr& found) {
    const auto set = [reply, found, name = request.name](const Result<void>& done) {
      answer_with_remote(done, *found, name, reply);
    };
    found->set_remote_push(request.name, request.push, set);
  });
}

void AgentService::answer(ipc::RemoteRemoveRequest request, ipc::Reply<ipc::RemoteRemove> reply) {
  with_repository(request.repository, reply, [request, reply](const RepositoryPtr& found) {
    found->remove_remote(request.name, [reply](Result<void> removed) {
      reply.finish(removed.map([] { return ipc::Empty{}; }));
    });
  });
}

void AgentService::answer(ipc::RemoteListRequest request, ipc::Reply<ipc::RemoteList> reply) {
  with_repository(request.repository, reply, [reply](const RepositoryPtr& found) {
    reply.finish(ipc::RemoteListResponse{found->sync().status()});
  });
}

namespace {

using SyncReply = ipc::Reply<ipc::Sync>;

// `unsaved`: why the folder cannot be saved now; "" if it can.
ipc::SyncResponse synced(repository::WatchedRepository& repository, bool waited,
                         const std::string& unsaved) {
  ipc::SyncResponse response;
  if (waited) tell_problems(repository, response);
  if (!unsaved.empty()) {
    response.problems.push_back({repository.file().worktree, unsaved, {}});
    ++response.problem_count;
  }
  response.remotes = repository.sync().status();
  return response;
}

void push_now(const Agent::RepositoryPtr& found, const ipc::SyncRequest& request,
              const std::string& unsaved, const SyncReply& reply) {
  const auto answer = [reply, found, unsaved, wait = request.wait] {
    reply.finish(synced(*found, wait, unsaved));
  };
  auto begun = found->sync().push_now(
      request.remote, [reply](const ipc::Progress& progress) { reply.progress(progress); },
      request.wait ? std::function<void()>(answer) : [] {});
  if (!begun) return reply.finish(tl::unexpected(std::move(begun).error()));
  if (!request.wait) answer();
}

// A waiting request means the files on disk now: saves them first. While the folder is away, copies
// the existing saves.
void settle_and_push(const Agent::RepositoryPtr& found, const ipc::SyncRequest& request,
                     const SyncReply& reply) {
  found->settle([found, request, reply](const Result<snapshot::SnapshotOutcome>& settled) {
    if (settled) return push_now(found, request, "", reply);
    Error error = settled.error();
    if (error.code == ErrorCode::unavailable) return push_now(found, request, error.message, reply);
    reply.finish(
        tl::unexpected(std::move(error).with_context("what was written last could not be saved")));
  });
}

}  // namespace

void AgentService::answer(ipc::SyncRequest request, ipc::Reply<ipc::Sync> reply) {
  with_repository(request.repository, reply, [request, reply](const RepositoryPtr& found) {
    if (request.wait) return settle_and_push(found, request, reply);
    push_now(found, request, "", reply);
  });
}

}  // namespace vcs::agent::service
