// SPDX-License-Identifier: Apache-2.0
// Requests that prove or bring back: restore and verify.
#include <unistd.h>

#include "agent/repository/damage_record.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/entry.hpp"
#include "agent/service/restore_request.hpp"
#include "agent/service/restore_target.hpp"
#include "agent/service/revision.hpp"
#include "agent/service/standing_files.hpp"
#include "core/base/memory.hpp"
#include "core/history/verifier.hpp"
#include "core/restore/restorer.hpp"
#include "ipc/base64.hpp"

namespace vcs::agent::service {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMostErrorsTold = 1000;
constexpr std::string_view kBase64Prefix = "b64:";

const char* action_name(restore::RestoreAction action) {
  switch (action) {
    case restore::RestoreAction::create:
      return "create";
    case restore::RestoreAction::replace:
      return "replace";
    case restore::RestoreAction::unchanged:
      return "unchanged";
    case restore::RestoreAction::refused:
      return "refused";
    case restore::RestoreAction::failed:
      return "failed";
    case restore::RestoreAction::metadata:
      return "metadata";
    case restore::RestoreAction::incomplete:
      return "incomplete";
  }
  return "failed";
}

}  // namespace

Result<std::string> decode_path(const std::string& text) {
  if (!text.starts_with(kBase64Prefix)) return text;
  std::string path;
  if (!ipc::from_base64(std::string_view(text).substr(kBase64Prefix.size()), path))
    return base::fail(ErrorCode::invalid, "'{}' is not base64", text);
  return path;
}

Result<ipc::RestoreResponse> run_restore(
    const RestoreJob& job, const std::function<bool(const ipc::RestoreItem&)>& item,
    const std::function<void(const ipc::Progress&)>& progress) {
  restore::RestoreOptions options;
  options.paths = job.paths;
  options.overwrite = job.overwrite;
  options.history = job.history;
  options.now = job.now;
  options.dry_run = job.dry_run;
  options.restore_owner = job.restore_owner;
  options.user = geteuid();
  options.threads = job.threads;
  std::atomic<bool> cancel{false};
  options.cancel = &cancel;
  std::string last;  // that was written
  restore::RestoreObserver observer;
  observer.entry = [&](const std::string& path, restore::RestoreAction action,
                       const std::string& detail) {
    if (action == restore::RestoreAction::create || action == restore::RestoreAction::replace)
      last = path;
    const bool news = job.dry_run || action == restore::RestoreAction::refused ||
                      action == restore::RestoreAction::failed ||
                      action == restore::RestoreAction::incomplete;
    if (news && !item({path, action_name(action), detail})) cancel = true;
  };
  options.sleep = [&](base::Nanos pause) {
    job.sleep(pause);
    if (job.cancelled && job.cancelled()) cancel = true;
    return !cancel;
  };
  observer.progress = [&](const restore::RestoreProgress& done) {
    progress({"restoring", done.files_done, done.files_total, done.bytes_done, done.bytes_total});
    if (job.cancelled && job.cancelled()) cancel = true;
  };
  VCS_ASSIGN(auto target, job.open_target());
  if (job.paths.empty() && (job.overwrite || job.is_new)) {
    VCS_ASSIGN(const object::Commit commit, job.repository->read_commit(job.commit));
    options.top = commit.root;
  }
  VCS_ASSIGN(const auto result,
             restore::restore(job.repository->nodes(), job.repository->store(), job.tree,
                              std::move(target), job.random, options, observer));
  ipc::RestoreResponse response;
  response.commit = job.commit.hex();
  response.target = job.target;
  response.created = result.created;
  response.replaced = result.replaced;
  response.unchanged = result.unchanged;
  response.refused = result.refused;
  response.failed = result.failed;
  response.metadata = result.metadata;
  response.incomplete = result.incomplete;
  response.bytes = result.bytes;
  response.dry_run = job.dry_run;
  if (response.created + response.replaced == 1) response.only = last;
  if (const auto commit = job.repository->read_commit(job.commit))
    response.commit_time = commit->time;
  return response;
}

void AgentService::answer(ipc::RestoreRequest request, ipc::Reply<ipc::Restore> reply) {
  const std::string name = request.repository;
  with_repository(
      name, reply, [this, request = std::move(request), reply](const RepositoryPtr& found) mutable {
        const std::string target = request.target.empty() ? found->file().worktree : request.target;
        auto standing =
            std::make_shared<StandingFiles>(agent_, [reply] { return reply.cancelled(); });
        auto filled = std::make_shared<FilledFolders>(agent_);
        in_background([this, repository = found->repository(), request = std::move(request), target,
                       reply, standing, filled, now = agent_.context().clock.now(),
                       places = agent_.context().places()] {
          const auto work = [&]() -> Result<ipc::RestoreResponse> {
            // HEAD is what it was when it was asked for, before the sync point.
            VCS_ASSIGN(const Revision revision, resolve_revision(*repository, request.commit, now));
            RestoreJob job{repository, revision.id, revision.commit.tree, target,
                           agent_.context().random};
            for (const std::string& path : request.paths) {
              VCS_ASSIGN(job.paths.emplace_back(), decode_path(path));
              while (job.paths.back().ends_with('/')) job.paths.back().pop_back();
              // Whoever wants everything names nothing: an empty name is somebody's mistake.
              if (job.paths.back().empty())
                return base::fail(ErrorCode::invalid, "a path to restore is empty");
              VCS_TRY(existing_entry(*repository, revision, job.paths.back()));
            }
            job.overwrite = request.overwrite;
            job.dry_run = request.dry_run;
            job.now = now;
            job.restore_owner = agent_.context().privileged;
            job.threads = agent_.context().workers.count;
            job.open_target = [&]() -> Result<std::unique_ptr<base::Directory>> {
              VCS_ASSIGN(RestoreTarget opened,
                         open_target(agent_.context(), places, *filled, target, request.dry_run));
              job.is_new = opened.is_new;
              if (request.overwrite) standing->begin(opened.real, repository);
              return std::move(opened.directory);
            };
            if (request.overwrite) job.history = standing.get();
            job.cancelled = [&] { return reply.cancelled(); };
            VCS_ASSIGN(ipc::RestoreResponse done,
                       run_restore(
                           job, [&](const ipc::RestoreItem& item) { return reply.item(item); },
                           [&](const ipc::Progress& progress) { reply.progress(progress); }));
            done.before = standing->before();
            if (job.paths.empty() && done.failed == 0) VCS_TRY(filled->wrote_all_of(*repository));
            done.owed = filled->owes();
            return done;
          };
          reply.finish(base::within_memory(work));
          filled->look_again(agent_.context().loop);
        });
      });
}

ipc::HurtInfo hurt_info(const history::Hurt& hurt) {
  return {hurt.object.hex(), object::object_kind_name(hurt.kind),
          hurt.why,          hurt.path,
          hurt.newest.hex(), hurt.oldest.hex(),
          hurt.commits};
}

std::vector<std::string> first_errors(std::vector<std::string> errors) {
  errors.resize(std::min(errors.size(), kMostErrorsTold));
  return errors;
}

void AgentService::answer(ipc::VerifyRequest request, ipc::Reply<ipc::Verify> reply) {
  const std::string name = request.repository;
  with_repository(
      name, reply, [this, request = std::move(request), reply](const RepositoryPtr& found) mutable {
        in_background(
            [this, found, repository = found->repository(), request = std::move(request), reply] {
              const auto work = [&]() -> Result<ipc::VerifyResponse> {
                VCS_ASSIGN(const std::vector<object::ObjectId> heads, repository->heads());
                std::atomic<bool> cancel{false};
                history::VerifyOptions options;
                options.read_data = request.read_data;
                options.threads = agent_.context().workers.count;
                options.cancel = &cancel;
                options.progress = [&](const history::VerifyProgress& done) {
                  reply.progress({"verifying", 0, 0, done.bytes_done, done.bytes_total});
                  if (reply.cancelled()) cancel = true;
                };
                VCS_ASSIGN(history::VerifyResult result,
                           history::verify(repository->store(), heads, options));
                const std::size_t count = result.errors.size();
                // Before the answer, so that whoever has it is told the same by status.
                agent_.context().loop.post(
                    [found, verified = repository::Verified{count, request.read_data}] {
                      found->verified(verified);
                    });
                for (const history::Hurt& hurt : result.hurts)
                  if (!reply.item(hurt_info(hurt)))
                    return base::fail(base::ErrorCode::cancelled, "nobody listens any more");
                return ipc::VerifyResponse{result.objects, result.packs, result.bytes,
                                           first_errors(std::move(result.errors)), count};
              };
              reply.finish(base::within_memory(work));
            });
      });
}

}  // namespace vcs::agent::service
