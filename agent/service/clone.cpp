// SPDX-License-Identifier: Apache-2.0
// Clone: fetches a history from a remote into an empty folder, and watches the folder.
//
// It writes in this order: objects, the mark that the files of the head are owed, the head,
// repository.toml, files. After a kill before repository.toml the same command goes on with the
// fetched objects. After a later kill the folder is a repository, its missing files are owed and do
// not count as deleted, and the same command writes them. docs/format/owed.md
#include "agent/places.hpp"
#include "agent/process/debris.hpp"
#include "agent/repository/device.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/forgiving_fetch.hpp"
#include "agent/service/heads.hpp"
#include "agent/service/owed.hpp"
#include "agent/service/restore_request.hpp"
#include "agent/service/salvage_report.hpp"
#include "agent/unfinished_clone.hpp"
#include "core/base/memory.hpp"
#include "core/history/after_damage.hpp"
#include "core/history/repository.hpp"
#include "core/remote/registry/remote_purpose.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "core/sync/fetcher.hpp"
#include "core/sync/remote_catalog.hpp"
#include "core/sync/remote_heads.hpp"

namespace vcs::agent::service {
namespace {

using CloneReply = ipc::Reply<ipc::Clone>;

constexpr const char* kRemoteName = "origin";

// One clone on its way from the loop to the background and back. Each step adds its result, so it
// has many members.
struct Cloning {
  Cloning(Agent& owner, ipc::CloneRequest asked, CloneReply answer)
      : agent(owner), request(std::move(asked)), reply(std::move(answer)) {}

  Agent& agent;
  ipc::CloneRequest request;
  CloneReply reply;
  std::unique_ptr<remote::RemoteStore> remote;
  remote::layout::RemoteConfig config;
  bool config_is_lost = false;
  std::vector<sync::RemoteHead> heads;     // all heads of the remote
  std::optional<sync::RemoteHead> chosen;  // nothing: the newest
  sync::RemoteHead taken;
  std::string folder;                     // its real path
  std::vector<std::string> made_folders;  // for this clone, the outermost first
  Places places;                          // as they were when the request came, with the remote
  Agent::Prepared made;
  bool has_fetched = false;  // some objects were fetched: keep them for another attempt
  std::shared_ptr<history::Repository> repository;
  OlderVersions older;
  ipc::CloneResponse response;
  Result<void> written;  // the result of writing the files
};
using CloningPtr = std::shared_ptr<Cloning>;

// `path` and the folders above it that do not exist; the outermost first.
std::vector<std::string> missing_folders(base::FileSystem& filesystem, std::string path) {
  std::vector<std::string> missing;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  while (path.size() > 1) {
    const auto there = filesystem.stat(path);
    if (there || there.error().code != ErrorCode::not_found) break;
    missing.insert(missing.begin(), path);
    path = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  }
  return missing;
}

// A failed clone removes the folders that it made, if they are empty: another program's file stays.
void remove_made_folders(Cloning& cloning) {
  auto& made = cloning.made_folders;
  for (; !made.empty(); made.pop_back()) {
    const std::size_t cut = made.back().rfind('/') + 1;
    const auto parent =
        cloning.agent.context().filesystem.open_directory(made.back().substr(0, cut));
    if (parent) (void)(*parent)->remove_directory(made.back().substr(cut));
  }
}

Result<void> make_empty_folder(Cloning& cloning) {
  base::FileSystem& filesystem = cloning.agent.context().filesystem;
  const std::string& path = cloning.request.folder;
  if (path.empty() || path.front() != '/')
    return fail(ErrorCode::invalid, "'{}' is not an absolute path", path);
  auto folder = filesystem.open_directory(path);
  if (!folder && folder.error().code == ErrorCode::not_found) {
    cloning.made_folders = missing_folders(filesystem, path);
    folder = filesystem.make_directories(path, 0755);
  }
  if (!folder) return tl::unexpected(std::move(folder).error());
  bool empty = true;
  VCS_TRY((*folder)->list([&](const base::DirectoryEntry&) { return empty = false; }));
  if (!empty)
    return fail(ErrorCode::already_exists, "{} is not empty; clone into a new folder", path);
  return {};
}

Result<void> choose_head(Cloning& cloning) {
  std::vector<std::string> damage;  // not reported here: the fetch reports it, too
  VCS_ASSIGN(cloning.heads, sync::list_remote_heads(*cloning.remote, damage));
  if (cloning.request.head.empty()) return {};
  VCS_ASSIGN(cloning.chosen, sync::choose_remote_head(cloning.heads, cloning.request.head));
  return {};
}

// Adds the heads of the remote and the taken one to the answer. Loop thread only.
void tell_heads(Cloning& cloning) {
  const auto devices = devices_here(cloning.agent);
  for (const sync::RemoteHead& head : cloning.heads) {
    cloning.response.heads.push_back(head_info(head, devices));
    if (head.device == cloning.taken.device && head.ref == cloning.taken.ref)
      cloning.response.taken = cloning.response.heads.back();
  }
}

Result<void> reach_remote(Cloning& cloning) {
  Context& context = cloning.agent.context();
  VCS_ASSIGN(cloning.remote, context.remotes.open(cloning.request.url, {.label = "clone"}));
  auto config = sync::read_remote_config(*cloning.remote);
  if (config) {
    cloning.config = std::move(*config);
  } else {
    // The fetch reports the loss. The repository gets new values for the lost configuration.
    if (!tells_of_loss(config.error()) || !sync::holds_packs(*cloning.remote))
      return tl::unexpected(std::move(config).error());
    cloning.config_is_lost = true;
  }
  VCS_TRY(choose_head(cloning));
  // Check before any folder is made.
  VCS_TRY(cloning.places.check_watched(context.filesystem, cloning.request.folder));
  VCS_TRY(cloning.places.check_unwatched(context.filesystem, cloning.request.folder));
  VCS_TRY(make_empty_folder(cloning));
  VCS_ASSIGN(cloning.folder, cloning.agent.real_folder(cloning.request.folder, cloning.places));
  return {};
}

// Ends a clone that has made nothing yet but its folder. On the loop.
void refuse(const CloningPtr& cloning, Error why) {
  loop::Errands::send_off(cloning->agent.context().loop, loop::Pool::query,
                          [cloning, why = std::move(why)] {
                            remove_made_folders(*cloning);
                            cloning->reply.finish(tl::unexpected(why));
                          });
}

// Lists the heads again if a machine has pushed between the first list and the fetch.
Result<void> know_taken_head(Cloning& cloning, const object::ObjectId& taken) {
  const auto is_it = [&](const sync::RemoteHead& head) { return head.commit() == taken; };
  if (std::any_of(cloning.heads.begin(), cloning.heads.end(), is_it)) return {};
  std::vector<std::string> damage;
  VCS_ASSIGN(cloning.heads, sync::list_remote_heads(*cloning.remote, damage));
  return {};
}

// Fetches the history and makes the folder a repository in which all files are owed.
Result<void> fill(Cloning& cloning) {
  Context& context = cloning.agent.context();
  VCS_ASSIGN(auto own, context.filesystem.open_directory(cloning.made.data));
  // From here on the data folder is kept for the same command, even if this one is killed.
  VCS_TRY(mark_clone(*own, cloning.made.file.worktree, cloning.request.url));
  process::mark_finished(*own);
  store::StoreOptions store_options;
  store_options.hash_provider = context.hash_provider;
  store_options.writers = context.writers;
  VCS_ASSIGN(cloning.repository,
             history::Repository::open(std::move(own), store_options, "a clone that is under way",
                                       context.log));
  history::Repository& repository = *cloning.repository;

  sync::FetchOptions options;
  if (cloning.chosen) {
    options.device = cloning.chosen->device;
    options.ref = cloning.chosen->ref;
  }
  const auto report =
      fetch_what_is_whole(*cloning.remote, repository.store(), cloning.reply, options);
  cloning.has_fetched = repository.store().stats().objects > 0;
  VCS_TRY(report);
  for (const std::string& damage : report->damage) context.log.warning("clone: {}", damage);
  cloning.taken.device = report->device;
  cloning.taken.ref = report->ref;
  VCS_TRY(know_taken_head(cloning, report->head));
  cloning.response.salvage = salvage_report(*report);
  cloning.older = OlderVersions(*report);
  VCS_TRY(repository.set_owed(history::Owed{report->head, context.clock.now()}));
  // The newest save could not be fetched: status shows it, and repair fetches it once a remote has
  // it.
  if (report->missed_head && !report->missed_head->is_zero())
    VCS_TRY(repository.after_damage().name_commit(history::kLostHead, *report->missed_head));
  VCS_TRY(repository.set_head(report->head));
  cloning.response.head = report->head.hex();
  cloning.made.file.remotes.push_back({kRemoteName, cloning.request.url, !cloning.request.no_push});
  (void)repository::settle_device(context, cloning.made.data, cloning.made.file);
  VCS_TRY(config::write_repository_file(repository.directory(), cloning.made.file));
  return unmark_clone(repository.directory());
}

// Writes the files that are owed, and keeps the result for the answer.
void write_files(Cloning& cloning, const std::shared_ptr<history::Repository>& repository,
                 const std::string& worktree) {
  auto written = base::within_memory([&] {
    return write_owed_files(
        cloning.agent.context(), repository, worktree,
        [&](const ipc::RestoreItem& item) {
          return cloning.reply.item(cloning.older.with_older(item));
        },
        [&](const ipc::Progress& progress) { cloning.reply.progress(progress); },
        [&] { return cloning.reply.cancelled(); });
  });
  if (written)
    cloning.response.restored = std::move(*written);
  else
    cloning.written = tl::unexpected(std::move(written).error());
}

// Runs in the background. An error: the folder did not become a repository.
Result<void> fill_and_write(Cloning& cloning) {
  cloning.agent.go_on_with_clone(cloning.made, cloning.request.url);
  const bool goes_on = !cloning.made.goes_on_with.empty();
  Result<void> filled = goes_on ? Result<void>() : cloning.agent.make_data_folder(cloning.made);
  if (filled) filled = base::within_memory([&] { return fill(cloning); });
  if (filled) write_files(cloning, cloning.repository, cloning.made.file.worktree);
  // Closed here, because the watched repository opens it again.
  cloning.repository.reset();
  if (!filled && !cloning.has_fetched) {
    cloning.agent.discard(cloning.made.data);
    remove_made_folders(cloning);
  }
  return filled;
}

Failure not_written(const Cloning& cloning, const Error& why, const std::string& repository) {
  return fail(why.code,
              "{}; {} is watched as {}, and files that are not written there yet do not count as "
              "deleted; to go on, repeat the command, or run: vcsctl owed --write -r {}",
              why.message, cloning.folder, repository, repository);
}

void answer(const CloningPtr& cloning, const repository::WatchedRepository& repository,
            bool created) {
  if (!cloning->written)
    return cloning->reply.finish(
        not_written(*cloning, cloning->written.error(), repository.file().name));
  cloning->response.repository = repository_info(repository, created);
  tell_heads(*cloning);
  cloning->reply.finish(std::move(cloning->response));
}

void watch_clone(const CloningPtr& cloning) {
  cloning->agent.open_made(
      cloning->made.file, cloning->made.data, [cloning](Result<Agent::Made> made) {
        if (!made) return cloning->reply.finish(tl::unexpected(std::move(made).error()));
        answer(cloning, *made->repository, true);
      });
}

void fill_in_background(const CloningPtr& cloning) {
  Agent& agent = cloning->agent;
  config::ChunkerEntry chunker;
  if (cloning->config_is_lost) {
    const auto average = agent.configuration().settings.core.chunk_average;
    chunker.average = static_cast<decltype(chunker.average)>(average);
    chunker.seed = agent.context().random.next();
  } else {
    chunker.algorithm = cloning->config.chunker_algorithm;
    chunker.average = cloning->config.chunker_average;
    chunker.seed = cloning->config.chunker_seed;
  }
  auto made =
      agent.prepare(cloning->folder, cloning->request.name, cloning->config.repository_id, chunker);
  if (!made) return refuse(cloning, std::move(made).error());
  cloning->made = std::move(*made);
  run_for_result(
      agent.context().loop, loop::Pool::remote, [cloning] { return fill_and_write(*cloning); },
      [cloning](const Result<void>& filled) {
        if (filled) return watch_clone(cloning);
        cloning->agent.release(cloning->made);
        cloning->reply.finish(tl::unexpected(filled.error()));
      });
}

// The repository that this very command has made before: a client that lost its connection does not
// know whether the clone was finished. Null: none.
Agent::RepositoryPtr find_made(const Cloning& cloning) {
  for (const auto& [name, repository] : cloning.agent.repositories()) {
    const config::RepositoryFile& file = repository->file();
    const bool is_it =
        file.worktree == cloning.folder &&
        std::any_of(file.remotes.begin(), file.remotes.end(), [&](const auto& remote) {
          return remote.name == kRemoteName && remote.url == cloning.request.url;
        });
    if (is_it) return repository;
  }
  return nullptr;
}

// A request that names a head means another clone, unless this one is not finished.
bool is_the_same(const Cloning& cloning, const repository::WatchedRepository& made) {
  return made.repository() && (made.repository()->owed() || cloning.request.head.empty());
}

// An unfinished clone has taken a head already and owes its files: another head is refused.
Result<void> check_same_head(Cloning& cloning, const history::Repository& repository,
                             const std::string& name) {
  if (cloning.request.head.empty()) return {};
  VCS_ASSIGN(cloning.remote,
             cloning.agent.context().remotes.open(cloning.request.url, {.label = "clone"}));
  VCS_TRY(choose_head(cloning));
  const auto owed = repository.owed();
  if (!owed || cloning.chosen->commit() == owed->commit) return {};
  return fail(
      ErrorCode::precondition_failed,
      "{} already has an unfinished clone of another head, or of an older state of this one, as "
      "{}; to finish it: vcsctl owed --write -r {}; for another head, clone into a new folder",
      cloning.folder, name, name);
}

// Fetches objects that the remote did not have the first time. On an error the objects that are
// here are written all the same.
void fetch_what_is_missing(Cloning& cloning, history::Repository& repository) {
  Context& context = cloning.agent.context();
  const auto fetch = [&]() -> Result<void> {
    if (!cloning.remote) {
      VCS_ASSIGN(cloning.remote, context.remotes.open(cloning.request.url, {.label = "clone"}));
    }
    VCS_ASSIGN(const auto report,
               fetch_what_is_whole(*cloning.remote, repository.store(), cloning.reply));
    cloning.response.salvage = salvage_report(report);
    cloning.older = OlderVersions(report);
    return {};
  };
  if (auto fetched = fetch(); !fetched)
    context.log.warning("clone: the missing objects cannot be fetched: {}",
                        fetched.error().message);
}

Failure without_newest(history::Repository& repository, const object::ObjectId& newest,
                       const std::string& name) {
  return fail(ErrorCode::unavailable,
              "it was cloned from there before, without the newest save {}, which {}: vcsctl "
              "repair -r {}",
              newest.short_hex(),
              repository.store().lacks(newest) ? "cannot be fetched yet; once the remote is whole"
                                               : "can be fetched now; to get it",
              name);
}

// Runs in the background. An error: all files are written, but the newest save is not here.
Result<void> fetch_and_write_rest(Cloning& cloning,
                                  const std::shared_ptr<history::Repository>& repository,
                                  const config::RepositoryFile& file) {
  if (const auto head = repository->head()) cloning.response.head = head->hex();
  const auto lost = repository->after_damage().lost_head();
  const bool misses_head = lost && *lost;
  if (!repository->owed() && !misses_head) return {};
  const bool tried = base::has_memory_for([&] { fetch_what_is_missing(cloning, *repository); });
  if (repository->owed())
    write_files(cloning, repository, file.worktree);
  else if (tried && misses_head)
    return without_newest(*repository, **lost, file.name);
  return {};
}

void write_the_rest(const CloningPtr& cloning, const Agent::RepositoryPtr& found) {
  run_for_result(
      cloning->agent.context().loop, loop::Pool::remote,
      [cloning, repository = found->repository(), file = found->file()] {
        return fetch_and_write_rest(*cloning, repository, file);
      },
      [cloning, found](const Result<void>& written) {
        found->look_at_everything();
        if (!written) return cloning->reply.finish(tl::unexpected(written.error()));
        answer(cloning, *found, false);
      });
}

// Goes on with the repository that an earlier clone into this folder has made, with the push
// setting of the present request.
void go_on(const CloningPtr& cloning, const Agent::RepositoryPtr& found) {
  const auto write = [cloning, found](const Result<void>& allowed) {
    if (!allowed) return cloning->reply.finish(tl::unexpected(allowed.error()));
    write_the_rest(cloning, found);
  };
  run_for_result(
      cloning->agent.context().loop, loop::Pool::remote,
      [cloning, repository = found->repository(), name = found->file().name] {
        return check_same_head(*cloning, *repository, name);
      },
      [cloning, found, write](const Result<void>& same) {
        if (!same || !cloning->request.no_push) return write(same);
        found->set_remote_push(kRemoteName, false, write);
      });
}

}  // namespace

void AgentService::answer(ipc::CloneRequest request, CloneReply reply) {
  auto cloning = std::make_shared<Cloning>(agent_, std::move(request), std::move(reply));
  cloning->places = agent_.places();
  if (std::string folder = folder_of_remote(cloning->request.url); !folder.empty())
    cloning->places.remotes.push_back({std::move(folder), "the remote itself"});
  const auto begin = [cloning] {
    run_for_result(
        cloning->agent.context().loop, loop::Pool::remote,
        [cloning] { return reach_remote(*cloning); },
        [cloning](const Result<void>& reached) {
          if (!reached) return refuse(cloning, reached.error());
          fill_in_background(cloning);
        });
  };
  run_for_result(
      agent_.context().loop, loop::Pool::query,
      [cloning] { return cloning->agent.real_folder(cloning->request.folder, cloning->places); },
      [cloning, begin](Result<std::string> real) {
        if (real) cloning->folder = std::move(*real);
        const Agent::RepositoryPtr made = find_made(*cloning);
        if (!made) return begin();
        // If the agent was killed, too, the new agent may be opening it at this moment.
        made->when_open([cloning, made, begin](const Result<void>&) {
          is_the_same(*cloning, *made) ? go_on(cloning, made) : begin();
        });
      });
}

}  // namespace vcs::agent::service
