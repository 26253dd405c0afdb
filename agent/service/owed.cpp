// SPDX-License-Identifier: Apache-2.0
// Lists, writes or gives up the files that a clone or a restore owes.
#include "agent/service/owed.hpp"

#include "agent/repository/watched_repository.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/restore_request.hpp"
#include "core/history/repository.hpp"

namespace vcs::agent::service {
namespace {

Result<void> check_owed(const repository::WatchedRepository& repository) {
  if (repository.repository()->owed()) return {};
  return fail(ErrorCode::not_found, "nothing is owed to {}: all of its files were written",
              repository.file().name);
}

}  // namespace

// Files on disk, changed or not, stay. Files that were deleted since are not in the head.
Result<ipc::RestoreResponse> write_owed_files(
    Context& context, const std::shared_ptr<history::Repository>& repository,
    const std::string& worktree, const std::function<bool(const ipc::RestoreItem&)>& item,
    const std::function<void(const ipc::Progress&)>& progress,
    const std::function<bool()>& cancelled) {
  const auto head = repository->head();
  if (!head) return fail(ErrorCode::not_found, "there is no commit yet");
  VCS_ASSIGN(const object::Commit commit, repository->read_commit(*head));
  RestoreJob job{repository, *head, commit.tree, worktree, context.random};
  job.restore_owner = context.privileged;
  job.is_new = true;              // the folder's own time, mode and attributes are owed as well
  job.now = context.clock.now();  // temporary files of a killed attempt are removed
  job.threads = context.workers.count;
  job.open_target = [&] { return context.filesystem.open_directory(worktree); };
  job.cancelled = cancelled;
  VCS_ASSIGN(ipc::RestoreResponse done, run_restore(job, item, progress));
  if (done.failed == 0) VCS_TRY(repository->owe_nothing());
  return done;
}

void AgentService::answer(ipc::OwedRequest request, ipc::Reply<ipc::Owed> reply) {
  with_repository(
      request.repository, reply,
      [this, action = request.action, reply](const RepositoryPtr& found) {
        const auto answer = [reply, found](ipc::RestoreResponse restored) {
          reply.finish(ipc::OwedResponse{found->file().name, found->owed_status(), restored});
        };
        if (action == ipc::OwedAction::tell) return answer({});
        if (auto any = check_owed(*found); !any)
          return reply.finish(tl::unexpected(std::move(any).error()));
        run_for_result(
            agent_.context().loop, loop::Pool::query,
            [this, reply, action, repository = found->repository(),
             worktree = found->file().worktree]() -> Result<ipc::RestoreResponse> {
              if (action == ipc::OwedAction::write)
                return write_owed_files(
                    agent_.context(), repository, worktree,
                    [&](const ipc::RestoreItem& item) { return reply.item(item); },
                    [&](const ipc::Progress& progress) { reply.progress(progress); },
                    [&] { return reply.cancelled(); });
              VCS_TRY(repository->owe_nothing());
              return ipc::RestoreResponse{};
            },
            [reply, answer, found](Result<ipc::RestoreResponse> done) {
              found->look_at_everything();
              if (!done) return reply.finish(tl::unexpected(std::move(done).error()));
              answer(std::move(*done));
            });
      });
}

}  // namespace vcs::agent::service
