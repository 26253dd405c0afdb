// SPDX-License-Identifier: Apache-2.0
// The requests restore and verify.
#include <unistd.h>

#include "agent/places.hpp"
#include "agent/records/damage_record.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/entry.hpp"
#include "agent/service/filled_folders.hpp"
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

constexpr std::size_t kMostErrorsTold = 1000;
constexpr std::string_view kBase64Prefix = "b64:";

ipc::FileAction told_action(restore::RestoreAction action) {
  switch (action) {
    case restore::RestoreAction::create:
      return ipc::FileAction::create;
    case restore::RestoreAction::replace:
      return ipc::FileAction::replace;
    case restore::RestoreAction::unchanged:
      return ipc::FileAction::unchanged;
    case restore::RestoreAction::refused:
      return ipc::FileAction::refused;
    case restore::RestoreAction::failed:
      return ipc::FileAction::failed;
    case restore::RestoreAction::metadata:
      return ipc::FileAction::metadata;
    case restore::RestoreAction::incomplete:
      return ipc::FileAction::incomplete;
  }
  return ipc::FileAction::failed;
}

}  // namespace

Result<std::string> decode_path(const std::string& text) {
  if (!text.starts_with(kBase64Prefix)) return text;
  std::string path;
  if (!ipc::from_base64(std::string_view(text).substr(kBase64Prefix.size()), path))
    return fail(ErrorCode::invalid, "'{}' is not base64", text);
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
  std::string last;  // the path written last
  restore::RestoreObserver observer;
  observer.entry = [&](const std::string& path, restore::RestoreAction action,
                       const std::string& detail) {
    if (action == restore::RestoreAction::create || action == restore::RestoreAction::replace)
      last = path;
    const bool news = job.dry_run || action == restore::RestoreAction::refused ||
                      action == restore::RestoreAction::failed ||
                      action == restore::RestoreAction::incomplete;
    if (news && !item({path, told_action(action), detail})) cancel = true;
  };
  options.sleep = [&](base::Nanos pause) {
    job.sleep(pause);
    if (job.cancelled && job.cancelled()) cancel = true;
    return !cancel;
  };
  observer.progress = [&](const restore::RestoreProgress& done) {
    progress({ipc::Stage::restoring, done.files_done, done.files_total, done.bytes_done,
              done.bytes_total});
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

namespace {

// One request to restore from the history of a watched folder.
class Restoring {
 public:
  // On the loop.
  Restoring(Agent& agent, const repository::WatchedRepository& watched,
            const ipc::RestoreRequest& request, const ipc::Reply<ipc::Restore>& reply)
      : context_(agent.context()),
        repository_(watched.repository()),
        request_(request),
        reply_(reply),
        target_(request.target.empty() ? watched.file().worktree : request.target),
        now_(context_.clock.now()),
        places_(context_.places()),
        standing_(agent, [reply] { return reply.cancelled(); }),
        filled_(agent) {}

  // Blocks; not for the loop.
  void run() {
    reply_.finish(base::within_memory([this] { return restore(); }));
    filled_.look_again(context_.loop);
  }

 private:
  Result<ipc::RestoreResponse> restore() {
    // HEAD means the head at the time of the request, before the sync point.
    VCS_ASSIGN(const Revision revision, resolve_revision(*repository_, request_.commit, now_));
    RestoreJob job{repository_, revision.id, revision.commit.tree, target_, context_.random};
    VCS_ASSIGN(job.paths, wanted_paths(revision));
    job.overwrite = request_.overwrite;
    job.dry_run = request_.dry_run;
    job.now = now_;
    job.restore_owner = context_.privileged;
    job.threads = context_.workers.count;
    job.open_target = [this, &job] { return open(job); };
    if (request_.overwrite) job.history = &standing_;
    job.cancelled = [this] { return reply_.cancelled(); };
    VCS_ASSIGN(ipc::RestoreResponse done,
               run_restore(
                   job, [this](const ipc::RestoreItem& item) { return reply_.item(item); },
                   [this](const ipc::Progress& progress) { reply_.progress(progress); }));
    done.before = standing_.before();
    if (job.paths.empty() && done.failed == 0) VCS_TRY(filled_.wrote_all_of(*repository_));
    done.owed = filled_.owes();
    return done;
  }

  Result<std::vector<std::string>> wanted_paths(const Revision& revision) const {
    std::vector<std::string> paths;
    for (const std::string& text : request_.paths) {
      VCS_ASSIGN(std::string path, decode_path(text));
      while (path.ends_with('/')) path.pop_back();
      // To restore everything a client names no path: an empty path is a mistake.
      if (path.empty()) return fail(ErrorCode::invalid, "a path to restore is empty");
      VCS_TRY(existing_entry(*repository_, revision, path));
      paths.push_back(std::move(path));
    }
    return paths;
  }

  Result<std::unique_ptr<base::Directory>> open(RestoreJob& job) {
    VCS_ASSIGN(RestoreTarget opened,
               open_target(context_, places_, filled_, target_, request_.dry_run));
    job.is_new = opened.is_new;
    if (request_.overwrite) standing_.begin(opened.real, repository_);
    return std::move(opened.directory);
  }

  Context& context_;
  const std::shared_ptr<history::Repository> repository_;
  const ipc::RestoreRequest request_;
  const ipc::Reply<ipc::Restore> reply_;
  const std::string target_;
  const base::UnixNanos now_;
  const Places places_;
  StandingFiles standing_;
  FilledFolders filled_;
};

}  // namespace

void AgentService::answer(ipc::RestoreRequest request, ipc::Reply<ipc::Restore> reply) {
  with_repository(request.repository, reply, [this, request, reply](const RepositoryPtr& found) {
    const auto restoring = std::make_shared<Restoring>(agent_, *found, request, reply);
    in_background([restoring] { restoring->run(); });
  });
}

ipc::DamagedObjectInfo damaged_object_info(const history::DamagedObject& damaged) {
  return {damaged.object.hex(), std::string(base::name_of(damaged.kind)),
          damaged.why,          damaged.path,
          damaged.newest.hex(), damaged.oldest.hex(),
          damaged.commits};
}

std::vector<std::string> first_errors(std::vector<std::string> errors) {
  errors.resize(std::min(errors.size(), kMostErrorsTold));
  return errors;
}

namespace {

Result<history::VerifyResult> verify_heads(history::Repository& repository, bool read_data,
                                           std::size_t threads,
                                           const ipc::Reply<ipc::Verify>& reply) {
  VCS_ASSIGN(const std::vector<object::ObjectId> heads, repository.heads());
  std::atomic<bool> cancel{false};
  history::VerifyOptions options;
  options.read_data = read_data;
  options.threads = threads;
  options.cancel = &cancel;
  options.progress = [&](const history::VerifyProgress& done) {
    reply.progress({ipc::Stage::verifying, 0, 0, done.bytes_done, done.bytes_total});
    if (reply.cancelled()) cancel = true;
  };
  return history::verify(repository.store(), heads, options);
}

Result<ipc::VerifyResponse> tell_verified(history::VerifyResult result,
                                          const ipc::Reply<ipc::Verify>& reply) {
  for (const history::DamagedObject& damaged : result.damaged)
    if (!reply.item(damaged_object_info(damaged)))
      return fail(ErrorCode::cancelled, "nobody listens any more");
  const std::size_t count = result.errors.size();
  return ipc::VerifyResponse{result.objects, result.packs, result.bytes,
                             first_errors(std::move(result.errors)), count};
}

}  // namespace

// The result is on disk before the answer, so that status shows the same, also after a kill.
void AgentService::answer(ipc::VerifyRequest request, ipc::Reply<ipc::Verify> reply) {
  struct Verification {
    records::Verified verified;
    Result<ipc::VerifyResponse> response;
  };
  const bool read_data = request.read_data;
  with_repository(request.repository, reply, [this, read_data, reply](const RepositoryPtr& found) {
    run_for_result(
        agent_.context().loop, loop::Pool::query,
        [repository = found->repository(), read_data, reply,
         threads = agent_.context().workers.count]() -> Result<Verification> {
          VCS_ASSIGN(history::VerifyResult result,
                     verify_heads(*repository, read_data, threads, reply));
          const records::Verified verified{result.errors.size(), read_data};
          return Verification{verified, tell_verified(std::move(result), reply)};
        },
        [found, reply](const Result<Verification>& done) {
          if (!done) return reply.finish(Failure(done.error()));
          found->verified(done->verified,
                          [reply, response = done->response] { reply.finish(response); });
        });
  });
}

}  // namespace vcs::agent::service
