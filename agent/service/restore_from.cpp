// SPDX-License-Identifier: Apache-2.0
// Restores from a remote, without a repository: fetches the history into a folder of the agent's
// own, and restores what it can from there to the target. If that fails, the fetched objects stay,
// so that the same request goes on with them.
#include "agent/places.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/filled_folders.hpp"
#include "agent/service/forgiving_fetch.hpp"
#include "agent/service/restore_request.hpp"
#include "agent/service/restore_target.hpp"
#include "agent/service/revision.hpp"
#include "agent/service/salvage_report.hpp"
#include "agent/service/standing_files.hpp"
#include "core/object/hasher.hpp"
#include "core/remote/registry/remote_purpose.hpp"
#include "core/remote/registry/remote_registry.hpp"

namespace vcs::agent::service {
namespace {

using FromReply = ipc::Reply<ipc::RestoreFrom>;

constexpr const char* kFetchedFolder = "fetched";  // in the agent's data folder
constexpr base::Nanos kKept = std::chrono::days(7);

class RestoreFrom {
 public:
  RestoreFrom(Agent& agent, ipc::RestoreFromRequest request, std::string url, FromReply reply,
              const Places& places, StandingFiles& standing, FilledFolders& filled)
      : agent_(agent),
        context_(agent.context()),
        request_(std::move(request)),
        url_(std::move(url)),
        name_(object::hash_bytes(base::as_bytes(url_)).hex().substr(0, 16)),
        reply_(std::move(reply)),
        places_(places),
        standing_(standing),
        filled_(filled) {}

  Result<ipc::RestoreFromResponse> run() {
    VCS_TRY(check_target());
    VCS_ASSIGN(const auto remote, context_.remotes.open(url_, {.label = "restore"}));
    VCS_ASSIGN(auto fetched_folder, open_fetched_folder());
    VCS_ASSIGN(auto own, base::open_or_make_directory(*fetched_folder, name_));
    auto restored = restore(*remote, std::move(own));
    if (restored && restored->restored.failed == 0) (void)base::remove_tree(*fetched_folder, name_);
    return restored;
  }

 private:
  Result<void> check_target() const {
    if (request_.target.empty() || request_.target.front() != '/')
      return fail(ErrorCode::invalid,
                  "'{}' is not an absolute path; a restore from a remote needs a folder",
                  request_.target);
    return places_.check_target(context_.filesystem, request_.target).map([](const auto&) {});
  }

  // Removes fetched histories that no request has used for a week.
  Result<std::unique_ptr<base::Directory>> open_fetched_folder() const {
    VCS_ASSIGN(auto folder,
               context_.filesystem.make_directories(agent_.paths().data + "/" + kFetchedFolder));
    VCS_ASSIGN(const auto entries, base::list_sorted(*folder));
    for (const base::DirectoryEntry& entry : entries) {
      const auto stat = folder->stat(entry.name);
      if (entry.name != name_ && stat && stat->mtime < context_.clock.now() - kKept)
        (void)base::remove_tree(*folder, entry.name);
    }
    return folder;
  }

  Result<ipc::RestoreFromResponse> restore(remote::RemoteStore& remote,
                                           std::unique_ptr<base::Directory> own) {
    store::StoreOptions store_options;
    store_options.hash_provider = context_.hash_provider;
    store_options.writers = context_.writers;
    VCS_ASSIGN(auto opened, history::Repository::open(std::move(own), store_options,
                                                      "a restore that is under way", context_.log));
    const std::shared_ptr<history::Repository> repository = std::move(opened);
    VCS_ASSIGN(const sync::FetchReport fetched,
               fetch_what_is_whole(remote, repository->store(), reply_));
    for (const std::string& damage : fetched.damage)
      context_.log.warning("restore from {}: {}", remote::registry::redacted_remote_url(url_),
                           damage);
    VCS_TRY(repository->set_head(fetched.head));
    VCS_ASSIGN(const Revision revision,
               resolve_revision(*repository, request_.commit, context_.clock.now()));
    RestoreJob job{repository, revision.id, revision.commit.tree, request_.target, context_.random};
    for (const std::string& path : request_.paths) {
      VCS_ASSIGN(std::string decoded, decode_path(path));
      while (decoded.ends_with('/')) decoded.pop_back();
      if (!decoded.empty()) job.paths.push_back(std::move(decoded));
    }
    job.overwrite = request_.overwrite;
    job.dry_run = request_.dry_run;
    job.restore_owner = context_.privileged;
    job.threads = context_.workers.count;
    job.now = context_.clock.now();
    if (request_.overwrite) job.history = &standing_;
    job.open_target = [&]() -> Result<std::unique_ptr<base::Directory>> {
      VCS_ASSIGN(RestoreTarget place,
                 open_target(context_, places_, filled_, request_.target, request_.dry_run));
      job.is_new = place.is_new;
      if (request_.overwrite) standing_.begin(place.real, repository);
      return std::move(place.directory);
    };
    job.cancelled = [&] { return reply_.cancelled(); };
    const OlderVersions older(fetched);
    ipc::RestoreFromResponse response;
    VCS_ASSIGN(
        response.restored,
        run_restore(
            job, [&](const ipc::RestoreItem& item) { return reply_.item(older.with_older(item)); },
            [&](const ipc::Progress& progress) { reply_.progress(progress); }));
    response.restored.before = standing_.before();
    const bool all = job.paths.empty() && response.restored.failed == 0;
    response.restored.owed = filled_.owes() && !all;
    response.salvage = salvage_report(fetched);
    return response;
  }

  Agent& agent_;
  Context& context_;
  const ipc::RestoreFromRequest request_;
  const std::string url_;
  const std::string name_;  // of the folder that holds the objects fetched from url_
  FromReply reply_;
  const Places& places_;
  StandingFiles& standing_;
  FilledFolders& filled_;
};

}  // namespace

// `from` is the name of a remote of the repository, or a URL.
void AgentService::answer(ipc::RestoreFromRequest request, FromReply reply) {
  std::string url = request.from;
  if (!request.repository.empty()) {
    const auto found = agent_.find(request.repository);
    if (!found) return reply.finish(tl::unexpected(found.error()));
    const auto& remotes = (*found)->file().remotes;
    const auto named = std::find_if(remotes.begin(), remotes.end(), [&](const auto& remote) {
      return remote.name == request.from;
    });
    if (named == remotes.end())
      return reply.finish(
          fail(ErrorCode::not_found, "{} has no remote '{}'", (*found)->file().name, request.from));
    url = named->url;
  }
  in_background(
      [this, request = std::move(request), url, reply,
       standing = std::make_shared<StandingFiles>(agent_, [reply] { return reply.cancelled(); }),
       filled = std::make_shared<FilledFolders>(agent_), places = agent_.context().places()] {
        const auto work = [&] {
          return RestoreFrom(agent_, request, url, reply, places, *standing, *filled).run();
        };
        reply.finish(base::within_memory(work));
        filled->look_again(agent_.context().loop);
      },
      loop::Pool::remote);
}

}  // namespace vcs::agent::service
