// SPDX-License-Identifier: Apache-2.0
// Requests that list the heads of a remote, or remove one.
#include "core/sync/remote_heads.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service/heads.hpp"
#include "core/remote/registry/remote_purpose.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::agent::service {
namespace {

// A head younger than this may belong to a machine that is only away.
constexpr base::Nanos kLongGone = std::chrono::hours(24 * 30);

// One request on its way from the loop to the background.
struct Heads {
  std::string url;
  std::set<std::string> devices_here;
  std::unique_ptr<remote::RemoteStore> remote;
  std::vector<sync::RemoteHead> heads;
  std::vector<std::string> damage;
};

// The given URL, or the URL of the repository's remote. On the loop.
Result<std::string> url_of(const Agent& agent, const std::string& repository,
                           const std::string& remote, const std::string& url) {
  if (!url.empty()) return url;
  VCS_ASSIGN(const Agent::RepositoryPtr found, agent.find(repository));
  for (const config::RemoteEntry& entry : found->file().remotes)
    if (entry.name == remote) return entry.url;
  return fail(ErrorCode::not_found,
              "{} has no remote '{}'; see: vcsctl remote list (a folder is written with a "
              "slash: ./{})",
              found->file().name, remote, remote);
}

// Runs in the background. A damaged configuration of the remote does not hide its heads.
Result<void> read_heads(Context& context, Heads& heads) {
  VCS_ASSIGN(heads.remote, context.remotes.open(heads.url, {.label = "heads"}));
  const auto config = sync::read_remote_config(*heads.remote);
  if (!config && config.error().code != ErrorCode::corrupt) return tl::unexpected(config.error());
  if (!config) heads.damage.push_back(config.error().message);
  VCS_ASSIGN(heads.heads, sync::list_remote_heads(*heads.remote, heads.damage));
  return {};
}

Result<void> check_removable(const Heads& heads, const sync::RemoteHead& head,
                             base::UnixNanos now) {
  if (head.is_kept()) return {};
  if (heads.devices_here.contains(head.device))
    return fail(ErrorCode::invalid,
                "{} is where a repository of this machine copies to; it cannot be removed",
                sync::describe(head));
  if (now - head.end.time < kLongGone)
    return fail(ErrorCode::invalid,
                "{} was saved to within the last 30 days: its machine may be in use, so it "
                "cannot be removed yet",
                sync::describe(head));
  return {};
}

// Removes a head; with the last head of a device, the description of the device, too.
Result<void> remove(const Heads& heads, const sync::RemoteHead& head) {
  VCS_TRY(heads.remote->remove(remote::layout::ref_name(head.device, head.ref)));
  for (const sync::RemoteHead& other : heads.heads)
    if (other.device == head.device && other.ref != head.ref) return {};
  return heads.remote->remove(remote::layout::device_name(head.device));
}

Result<ipc::RemoveHeadResponse> remove_one(Context& context, Heads& heads,
                                           const ipc::RemoveHeadRequest& request) {
  if (request.head.empty()) return fail(ErrorCode::invalid, "which head? Name one by its id");
  VCS_TRY(read_heads(context, heads));
  VCS_ASSIGN(const sync::RemoteHead head, sync::choose_remote_head(heads.heads, request.head));
  VCS_TRY(check_removable(heads, head, context.clock.now()));
  if (request.confirmed) {
    VCS_TRY(remove(heads, head));
    context.log.info("removed the head {} with commit {} from {}", sync::describe(head),
                     head.commit().hex(), remote::registry::redacted_remote_url(heads.url));
  }
  return ipc::RemoveHeadResponse{head_info(head, heads.devices_here), request.confirmed};
}

}  // namespace

std::set<std::string> devices_here(const Agent& agent) {
  std::set<std::string> devices;
  for (const auto& [name, repository] : agent.repositories()) devices.insert(repository->device());
  return devices;
}

ipc::HeadInfo head_info(const sync::RemoteHead& head, const std::set<std::string>& devices_here) {
  ipc::HeadInfo info;
  info.id = head.id();
  info.device = head.device;
  info.kept = head.is_kept();
  info.machine = head.about.machine;
  info.repository = head.about.repository;
  info.folder = head.about.folder;
  info.commit = head.commit().hex();
  info.time = head.end.time;
  info.commits = head.end.sequence;
  info.here = !head.is_kept() && devices_here.contains(head.device);
  return info;
}

void AgentService::answer(ipc::RemoteHeadsRequest request, ipc::Reply<ipc::RemoteHeads> reply) {
  auto url = url_of(agent_, request.repository, request.remote, request.url);
  if (!url) return reply.finish(tl::unexpected(std::move(url).error()));
  auto heads = std::make_shared<Heads>(Heads{std::move(*url), devices_here(agent_), {}, {}, {}});
  in_background(
      [this, heads, reply] {
        const auto work = [&]() -> Result<ipc::RemoteHeadsResponse> {
          VCS_TRY(read_heads(agent_.context(), *heads));
          ipc::RemoteHeadsResponse response;
          response.url = remote::registry::redacted_remote_url(heads->url);
          for (const sync::RemoteHead& head : heads->heads)
            response.heads.push_back(head_info(head, heads->devices_here));
          response.damage = std::move(heads->damage);
          return response;
        };
        reply.finish(base::within_memory(work));
      },
      loop::Pool::remote);
}

void AgentService::answer(ipc::RemoveHeadRequest request, ipc::Reply<ipc::RemoveHead> reply) {
  auto url = url_of(agent_, request.repository, request.remote, request.url);
  if (!url) return reply.finish(tl::unexpected(std::move(url).error()));
  auto heads = std::make_shared<Heads>(Heads{std::move(*url), devices_here(agent_), {}, {}, {}});
  in_background(
      [this, heads, reply, request = std::move(request)] {
        const auto work = [&] { return remove_one(agent_.context(), *heads, request); };
        reply.finish(base::within_memory(work));
      },
      loop::Pool::remote);
}

}  // namespace vcs::agent::service
