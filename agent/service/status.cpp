// SPDX-License-Identifier: Apache-2.0
// Requests about the agent itself, and commits on request.
#include <unistd.h>

#include <fstream>

#include "agent/process/version.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/await_remotes.hpp"
#include "agent/service/doctor.hpp"
#include "core/object/commit.hpp"
#include "core/snapshot/snapshot_types.hpp"

namespace vcs::agent::service {
namespace {

// Bytes of the process that are in memory now; 0 if the system does not show it.
std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

ipc::AgentStatus agent_status(Agent& agent) {
  ipc::AgentStatus status;
  status.version = process::kVersion;
  status.pid = static_cast<ipc::Count>(getpid());
  status.uptime_seconds = base::in_seconds(agent.context().clock.steady() - agent.started());
  status.rss_bytes = resident_bytes();
  status.home = agent.paths().data;
  status.hash_provider = base::name_of(agent.context().hash_provider);
  status.workers = agent.context().workers.count;
  return status;
}

std::vector<Agent::RepositoryPtr> wanted_repositories(Agent& agent,
                                                      const Agent::RepositoryPtr& one) {
  if (one) return {one};
  std::vector<Agent::RepositoryPtr> all;
  for (const auto& [name, repository] : agent.repositories()) all.push_back(repository);
  return all;
}

ipc::StatusResponse status_of(Agent& agent, const std::vector<Agent::RepositoryPtr>& repositories) {
  ipc::StatusResponse response;
  response.agent = agent_status(agent);
  for (const auto& repository : repositories) response.repositories.push_back(repository->status());
  return response;
}

// A number that is no possible time means no limit.
base::Nanos patience_of(const ipc::StatusRequest& request) {
  constexpr double kLongest = 1e9;  // seconds
  if (!(request.patience_seconds > 0) || request.patience_seconds > kLongest) return {};
  return std::chrono::duration_cast<base::Nanos>(
      std::chrono::duration<double>(request.patience_seconds));
}

}  // namespace

ipc::CommitInfo commit_info(const object::ObjectId& id, const object::Commit& commit) {
  ipc::CommitInfo info;
  info.id = id.hex();
  if (commit.parent) info.parent = commit.parent->hex();
  info.time = commit.time;
  info.kind = commit.kind == object::CommitKind::manual ? ipc::CommitKind::manual
                                                        : ipc::CommitKind::automatic;
  info.message = commit.message;
  info.changed = {commit.changed.added, commit.changed.modified, commit.changed.deleted};
  info.device = commit.device;
  info.sequence = commit.sequence;
  info.unstable = commit.unstable;
  return info;
}

void AgentService::answer(ipc::HelloRequest, ipc::Reply<ipc::Hello> reply) {
  reply.finish(ipc::HelloResponse{process::kVersion,
                                  1,
                                  static_cast<ipc::Count>(getpid()),
                                  {"items", "progress", "cancel", ipc::kRawFeature, "synced"},
                                  agent_.context().clock.now()});
}

void AgentService::answer(ipc::StatusRequest request, ipc::Reply<ipc::Status> reply) {
  Agent::RepositoryPtr one;
  if (!request.repository.empty()) {
    auto found = agent_.find(request.repository);
    if (!found) return reply.finish(tl::unexpected(std::move(found).error()));
    one = *found;
  }
  const auto repositories = wanted_repositories(agent_, one);
  if (!(request.wait || request.synced) || repositories.empty())
    return reply.finish(status_of(agent_, repositories));
  const std::function<void()> answer = [this, repositories, request, reply] {
    if (!request.synced) return reply.finish(status_of(agent_, repositories));
    await_remotes(
        agent_, repositories, patience_of(request),
        [reply](const ipc::Progress& progress) { reply.progress(progress); },
        [this, repositories, reply](Unsynced unsynced) {
          ipc::StatusResponse response = status_of(agent_, repositories);
          response.unsynced = std::move(unsynced);
          reply.finish(std::move(response));
        });
  };
  // A repository that cannot settle shows it in its state; the request does not wait for it.
  auto left = std::make_shared<std::size_t>(repositories.size());
  for (const auto& repository : repositories) {
    const auto settled = [left, answer] {
      if (--*left == 0) answer();
    };
    repository->when_open([repository, settled](const Result<void>& opened) {
      if (opened)
        repository->settle([settled](const auto&) { settled(); });
      else
        settled();
    });
  }
}

void AgentService::answer(ipc::CommitRequest request, ipc::Reply<ipc::Commit> reply) {
  const std::string name = request.repository;
  with_repository(
      name, reply, [request = std::move(request), reply](const RepositoryPtr& found) mutable {
        found->commit(request.message, request.full,
                      [reply, found](const Result<snapshot::SnapshotOutcome>& outcome) {
                        if (!outcome) return reply.finish(tl::unexpected(outcome.error()));
                        const ipc::CommitInfo info = commit_info(outcome->id, outcome->commit);
                        ipc::CommitResponse response{info.id,          info.parent,  info.time,
                                                     info.kind,        info.message, info.changed,
                                                     outcome->created, {},           0};
                        tell_problems(*found, response);
                        reply.finish(std::move(response));
                      });
      });
}

void AgentService::answer(ipc::EventsRequest request, ipc::Reply<ipc::Events> reply) {
  std::string name;
  if (!request.repository.empty()) {
    auto found = agent_.find(request.repository);
    if (!found) return reply.finish(tl::unexpected(std::move(found).error()));
    name = (*found)->file().name;
  }
  agent_.listen(name, [reply](const ipc::EventInfo& event) {
    if (!reply.cancelled() && reply.item(event)) return true;
    reply.finish(ipc::StreamEnd{});
    return false;
  });
}

void AgentService::answer(ipc::DoctorRequest, ipc::Reply<ipc::Doctor> reply) {
  auto statuses = std::make_shared<std::vector<ipc::RepositoryStatus>>();
  for (const auto& [name, repository] : agent_.repositories())
    statuses->push_back(repository->status());
  in_background([this, statuses, reply] {
    reply.finish(base::within_memory([&]() -> Result<ipc::DoctorResponse> {
      return ipc::DoctorResponse{examine(agent_, *statuses)};
    }));
  });
}

void AgentService::answer(ipc::ReloadRequest, ipc::Reply<ipc::Reload> reply) {
  agent_.reload(
      [reply](Result<void> reloaded) { reply.finish(reloaded.map([] { return ipc::Empty{}; })); });
}

void AgentService::answer(ipc::StopRequest, ipc::Reply<ipc::Stop> reply) {
  reply.finish(ipc::Empty{});
  stop_();
}

}  // namespace vcs::agent::service
