// SPDX-License-Identifier: Apache-2.0
// Waits first for the saves, then for the copies; each has its own progress bar.
#include "cli/agent/awaited_status.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/render/progress.hpp"
#include "core/base/duration.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {
namespace {

// An agent that has just started opens its repositories within moments.
constexpr auto kLongestOpening = std::chrono::seconds(2);
constexpr auto kPause = std::chrono::milliseconds(20);

}  // namespace

Result<ipc::StatusResponse> status_once_open(const Context& context, ipc::Client& client,
                                             const ipc::StatusRequest& request) {
  const auto end = std::chrono::steady_clock::now() + kLongestOpening;
  for (;;) {
    VCS_ASSIGN(ipc::StatusResponse status, client.call<ipc::Status>(request));
    const bool known =
        std::none_of(status.repositories.begin(), status.repositories.end(),
                     [](const auto& each) { return each.state == ipc::RepositoryState::opening; });
    if (known || context.cancelled() || std::chrono::steady_clock::now() >= end) return status;
    std::this_thread::sleep_for(kPause);
  }
}

Result<ipc::StatusResponse> status_when_asked(const Context& context, ipc::Client& client,
                                              const ipc::StatusRequest& request) {
  Result<ipc::StatusResponse> status;
  const ipc::StatusRequest saved{request.repository, request.wait};
  const auto ask = [&] { status = status_once_open(context, client, saved); };
  request.wait ? with_snapshot_progress(context, request.repository, ask) : ask();
  if (!status || !request.synced) return status;
  // An agent without the feature would answer at once, as if all were copied.
  const std::vector<std::string>& features = client.agent().features;
  if (std::find(features.begin(), features.end(), "synced") == features.end())
    return fail(ErrorCode::unsupported,
                "the agent that runs is of an older release, {}, and cannot wait for copies; "
                "stop it with vcsctl stop, and ask again",
                client.agent().version);
  ProgressBar bar(context);
  return client.call<ipc::Status>(request, bar.callback());
}

Result<double> patience(const Context& context, base::Nanos usual) {
  base::Nanos longest = usual;
  if (context.line().has("--timeout")) {
    VCS_ASSIGN(longest, base::parse_duration(context.line().text("--timeout")));
  }
  return base::in_seconds(longest);
}

}  // namespace vcs::cli
