// SPDX-License-Identifier: Apache-2.0
// Clone: a history from a remote into a folder that is empty, and the folder under watch.
#include "agent/debris.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/restore_request.hpp"
#include "core/base/memory.hpp"
#include "core/remote/remote_registry.hpp"
#include "core/sync/fetcher.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::agent::service {
namespace {

using base::ErrorCode;
using base::Result;
using CloneReply = ipc::StreamReply<ipc::RestoreItem, ipc::CloneResponse>;

constexpr const char* kRemoteName = "origin";

// One clone on its way from the loop to the background and back.
struct Cloning {
  Cloning(Agent& owner, ipc::CloneRequest asked, CloneReply answer)
      : agent(owner), request(std::move(asked)), reply(std::move(answer)) {}

  Agent& agent;
  ipc::CloneRequest request;
  CloneReply reply;
  std::unique_ptr<remote::RemoteStore> remote;
  remote::RemoteConfig config;
  std::string folder;  // as the system knows it
  Agent::Prepared made;
  ipc::CloneResponse response;
  Result<void> result;
};
using CloningPtr = std::shared_ptr<Cloning>;

Result<void> make_empty_folder(base::FileSystem& filesystem, const std::string& path) {
  if (path.empty() || path.front() != '/')
    return base::fail(ErrorCode::invalid, "'{}' is not an absolute path", path);
  auto folder = filesystem.open_directory(path);
  if (!folder && folder.error().code == ErrorCode::not_found)
    folder = filesystem.make_directories(path, 0755);
  if (!folder) return tl::unexpected(std::move(folder).error());
  bool empty = true;
  VCS_TRY((*folder)->list([&](const base::DirectoryEntry&) { return empty = false; }));
  if (!empty)
    return base::fail(ErrorCode::already_exists, "{} is not empty; clone into a new folder", path);
  return {};
}

Result<void> reach_remote(Cloning& cloning) {
  Context& context = cloning.agent.context();
  const remote::RemoteServices services{context.filesystem, context.clock, context.random,
                                        context.log};
  remote::WrapOptions wrap;
  wrap.label = "clone";
  VCS_ASSIGN(cloning.remote, context.open_remote(cloning.request.url, remote::OpenRemote::existing,
                                                 wrap, services));
  VCS_ASSIGN(cloning.config, sync::read_remote_config(*cloning.remote));
  VCS_TRY(remote::check_supported(cloning.config));
  VCS_TRY(make_empty_folder(context.filesystem, cloning.request.folder));
  VCS_ASSIGN(cloning.folder, cloning.agent.real_folder(cloning.request.folder));
  return {};
}

// Fetches the history, restores its head, and only then writes what makes the folder a repository.
Result<void> fill(Cloning& cloning) {
  Context& context = cloning.agent.context();
  VCS_ASSIGN(auto own, context.filesystem.open_directory(cloning.made.data));
  store::StoreOptions store_options;
  store_options.hash_provider = context.hash_provider;
  store_options.writers = context.writers;
  VCS_ASSIGN(auto opened, snapshot::Repository::open(std::move(own), store_options,
                                                     "a clone that is under way", context.log));
  const std::shared_ptr<snapshot::Repository> repository = std::move(opened);

  std::atomic<bool> cancel{false};
  sync::FetchOptions options;
  options.cancel = &cancel;
  options.progress = [&](const sync::FetchProgress& done) {
    cloning.reply.progress(
        {"fetching", done.packs_done, done.packs_total, done.bytes_done, done.bytes_total});
    if (cloning.reply.cancelled()) cancel = true;
  };
  VCS_ASSIGN(const sync::FetchReport report,
             sync::fetch(*cloning.remote, repository->store(), options));
  for (const std::string& damage : report.damage) context.log.warning("clone: {}", damage);
  VCS_TRY(repository->set_head(report.head));
  cloning.response.head = report.head.hex();

  RestoreJob job{repository, report.head, report.commit.tree, cloning.made.file.worktree,
                 context.random};
  job.restore_owner = context.privileged;
  job.is_new = true;
  job.threads = context.workers.count;
  job.open_target = [&] { return context.filesystem.open_directory(cloning.made.file.worktree); };
  job.cancelled = [&] { return cloning.reply.cancelled(); };
  VCS_ASSIGN(cloning.response.restored,
             run_restore(
                 job, [&](const ipc::RestoreItem& item) { return cloning.reply.item(item); },
                 [&](const ipc::Progress& progress) { cloning.reply.progress(progress); }));
  cloning.made.file.remotes.push_back({kRemoteName, cloning.request.url});
  VCS_TRY(config::write_repository_file(repository->directory(), cloning.made.file));
  mark_finished(repository->directory());
  return {};
}

void watch_clone(const CloningPtr& cloning) {
  cloning->agent.open_made(
      cloning->made.file, cloning->made.data, [cloning](Result<Agent::Made> made) {
        if (!made) return cloning->reply.finish(tl::unexpected(std::move(made).error()));
        cloning->response.repository = repository_info(*made->repository, true);
        cloning->reply.finish(std::move(cloning->response));
      });
}

void fill_in_background(const CloningPtr& cloning) {
  Agent& agent = cloning->agent;
  config::ChunkerEntry chunker;
  chunker.algorithm = cloning->config.chunker_algorithm;
  chunker.average = cloning->config.chunker_average;
  chunker.seed = cloning->config.chunker_seed;
  auto made =
      agent.prepare(cloning->folder, cloning->request.name, cloning->config.repository_id, chunker);
  if (!made) return cloning->reply.finish(tl::unexpected(std::move(made).error()));
  cloning->made = std::move(*made);
  agent.context().loop.run_in_background(
      Pool::remote,
      [cloning] {
        cloning->result = cloning->agent.make_data_folder(cloning->made);
        if (cloning->result) cloning->result = base::within_memory([&] { return fill(*cloning); });
        // Without its repository.toml the half-filled folder is nobody's; a new attempt starts
        // afresh.
        if (!cloning->result) cloning->agent.discard(cloning->made.data);
      },
      [cloning] {
        if (!cloning->result) {
          cloning->agent.release(cloning->made);
          return cloning->reply.finish(tl::unexpected(cloning->result.error()));
        }
        watch_clone(cloning);
      });
}

}  // namespace

void AgentService::clone(ipc::CloneRequest request, CloneReply reply) {
  auto cloning = std::make_shared<Cloning>(agent_, std::move(request), std::move(reply));
  agent_.context().loop.run_in_background(
      Pool::remote, [cloning] { cloning->result = reach_remote(*cloning); },
      [cloning] {
        if (!cloning->result) return cloning->reply.finish(tl::unexpected(cloning->result.error()));
        fill_in_background(cloning);
      });
}

}  // namespace vcs::agent::service
