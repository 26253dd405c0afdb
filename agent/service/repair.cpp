// SPDX-License-Identifier: Apache-2.0
// Repair: packs and remotes in the background, then a read of every file, then a last verification.
#include "core/sync/repair.hpp"

#include "agent/records/damage_record.hpp"
#include "agent/service/agent_service.hpp"
#include "core/history/commit_graph.hpp"
#include "core/history/repository.hpp"
#include "core/remote/registry/remote_purpose.hpp"
#include "core/snapshot/snapshot_types.hpp"

namespace vcs::agent::service {
namespace {

using RepairReply = ipc::Reply<ipc::Repair>;

// One repair on its way from the loop to the background and back, twice.
struct Repairing {
  Repairing(Agent& owner, Agent::RepositoryPtr asked_for, ipc::RepairRequest asked,
            RepairReply answer)
      : agent(owner),
        watched(std::move(asked_for)),
        request(std::move(asked)),
        reply(std::move(answer)),
        repository(watched->repository()),
        file(watched->file()),
        device(watched->device()) {}

  Agent& agent;
  const Agent::RepositoryPtr watched;
  const ipc::RepairRequest request;
  const RepairReply reply;
  const std::shared_ptr<history::Repository> repository;
  const config::RepositoryFile file;
  const std::string device;
  std::atomic<bool> cancel{false};
  sync::RepairReport report;
  std::string files_note;
};
using RepairingPtr = std::shared_ptr<Repairing>;

ipc::Stage told_stage(sync::RepairStage stage) {
  switch (stage) {
    case sync::RepairStage::verifying:
      return ipc::Stage::verifying;
    case sync::RepairStage::fetching:
      return ipc::Stage::fetching;
    case sync::RepairStage::repairing:
      break;
  }
  return ipc::Stage::repairing;
}

Result<std::vector<sync::RepairSource>> sources_of(const Repairing& repairing) {
  const std::string& wanted = repairing.request.from;
  Context& context = repairing.agent.context();
  std::vector<sync::RepairSource> sources;
  for (const config::RemoteEntry& entry : repairing.file.remotes) {
    if (!wanted.empty() && entry.name != wanted) continue;
    const auto open = [&context, &repairing,
                       entry]() -> Result<std::unique_ptr<remote::RemoteStore>> {
      return context.remotes.open(entry.url, {.label = repairing.file.name + "/" + entry.name,
                                              .cancel = &repairing.cancel});
    };
    sources.push_back({entry.name, open});
  }
  if (sources.empty() && !wanted.empty())
    return fail(ErrorCode::not_found, "{} has no remote '{}'; see: vcsctl remote list",
                repairing.file.name, wanted);
  return sources;
}

Result<sync::RepairReport> begin(Repairing& repairing) {
  Context& context = repairing.agent.context();
  VCS_ASSIGN(const auto sources, sources_of(repairing));
  sync::RepairOptions options;
  options.dry_run = repairing.request.dry_run;
  options.repository_id = repairing.file.id;
  options.device = repairing.device;
  options.hash_provider = context.hash_provider;
  options.threads = context.workers.count;
  options.cancel = &repairing.cancel;
  options.progress = [&repairing](sync::RepairStage stage, std::uint64_t done,
                                  std::uint64_t total) {
    repairing.reply.progress({told_stage(stage), 0, 0, done, total});
    if (repairing.reply.cancelled()) repairing.cancel = true;
  };
  return sync::repair(*repairing.repository, sources, options, context.log);
}

// The commit graph is only a cache: drops it and builds it again.
Result<void> renew_graph(Repairing& repairing) {
  history::CommitGraph& graph = repairing.repository->graph();
  if (const auto known = graph.known())
    graph.drop(known, {ErrorCode::corrupt, "the commit graph may be wrong after damage", 0});
  return repairing.repository->catch_up_graph(repairing.cancel).map([](std::uint64_t) {});
}

Result<ipc::RepairResponse> finish(Repairing& repairing) {
  sync::RepairReport& report = repairing.report;
  ipc::RepairResponse response;
  response.dry_run = repairing.request.dry_run;
  response.damaged = report.damaged;
  response.indexes = report.packs.indexes;
  response.packs = report.packs.packs;
  response.fetched = report.fetched;
  response.aside = std::move(report.packs.aside);
  if (!response.aside.empty())
    response.aside_folder = repairing.watched->data() + "/" + sync::kDamagedFolder;
  if (report.rejoined) response.rejoined = report.rejoined->hex();
  response.notes = std::move(report.notes);
  if (!repairing.files_note.empty()) response.notes.push_back(repairing.files_note);
  history::VerifyResult left = std::move(report.left);
  if (!response.dry_run) {
    if (auto renewed = renew_graph(repairing); !renewed)
      response.notes.push_back(renewed.error().message);
    VCS_TRY(sync::settle_lost_head(*repairing.repository));
    if (repairing.request.give_up) VCS_TRY(sync::give_up_lost_heads(*repairing.repository));
    const std::size_t missing = left.lost.size();
    VCS_ASSIGN(const std::vector<object::ObjectId> heads, repairing.repository->heads());
    history::VerifyOptions options;
    options.threads = repairing.agent.context().workers.count;
    options.cancel = &repairing.cancel;
    VCS_ASSIGN(left, history::verify(repairing.repository->store(), heads, options));
    response.from_files = missing - std::min(missing, left.lost.size());
  }
  for (const history::DamagedObject& damaged : left.damaged)
    if (!repairing.reply.item(damaged_object_info(damaged)))
      return fail(ErrorCode::cancelled, "nobody listens any more");
  response.error_count = left.errors.size();
  response.errors = first_errors(std::move(left.errors));
  return response;
}

void finish_in_background(const RepairingPtr& repairing) {
  run_for_result(
      repairing->agent.context().loop, loop::Pool::remote,
      [repairing] { return finish(*repairing); },
      [repairing](const Result<ipc::RepairResponse>& response) {
        const auto end = [repairing, response] {
          repairing->watched->end_repair(
              [repairing, response] { repairing->reply.finish(response); });
        };
        const ipc::RepairRequest& asked = repairing->request;
        if (!response || asked.dry_run) return end();
        repairing->watched->verified({response->error_count, true, asked.give_up}, end);
      });
}

void look_at_files(const RepairingPtr& repairing) {
  repairing->watched->read_everything([repairing](const Result<snapshot::SnapshotOutcome>& result) {
    if (!result)
      repairing->files_note = fmt::format("The files of the folder could not be looked at: {}.",
                                          result.error().message);
    finish_in_background(repairing);
  });
}

}  // namespace

void AgentService::answer(ipc::RepairRequest request, RepairReply reply) {
  const std::string name = request.repository;
  with_repository(
      name, reply, [this, request = std::move(request), reply](const RepositoryPtr& found) mutable {
        if (!found->begin_repair())
          return reply.finish(
              fail(ErrorCode::busy, "{} is being repaired already", found->file().name));
        auto repairing =
            std::make_shared<Repairing>(agent_, found, std::move(request), std::move(reply));
        run_for_result(
            agent_.context().loop, loop::Pool::remote, [repairing] { return begin(*repairing); },
            [repairing](Result<sync::RepairReport> report) {
              if (!report) {
                repairing->watched->end_repair();
                return repairing->reply.finish(tl::unexpected(std::move(report).error()));
              }
              repairing->report = std::move(*report);
              repairing->request.dry_run ? finish_in_background(repairing)
                                         : look_at_files(repairing);
            });
      });
}

}  // namespace vcs::agent::service
