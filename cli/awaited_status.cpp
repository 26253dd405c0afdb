// SPDX-License-Identifier: Apache-2.0
// First the saves, then the copies: each has a bar of its own.
#include "cli/awaited_status.hpp"

#include <algorithm>

#include "cli/render/progress.hpp"
#include "core/base/duration.hpp"

namespace vcs::cli {

base::Result<ipc::StatusResponse> status_when_asked(const Context& context, ipc::Client& client,
                                                    const ipc::StatusRequest& request) {
  base::Result<ipc::StatusResponse> status;
  const ipc::StatusRequest saved{request.repository, request.wait};
  const auto ask = [&] { status = client.call(ipc::methods::status, saved); };
  request.wait ? with_snapshot_progress(context, request.repository, ask) : ask();
  if (!status || !request.synced) return status;
  // One that does not know the question would answer as if all were copied.
  const std::vector<std::string>& features = client.agent().features;
  if (std::find(features.begin(), features.end(), "synced") == features.end())
    return base::fail(base::ErrorCode::unsupported,
                      "the agent that runs is of an older release, {}, and cannot wait for copies; "
                      "stop it with vcsctl stop, and ask again",
                      client.agent().version);
  ProgressBar bar(context);
  return client.call(ipc::methods::status, request, bar.callback());
}

base::Result<double> patience(const Context& context, base::Nanos usual) {
  base::Nanos longest = usual;
  if (context.line().has("--timeout")) {
    VCS_ASSIGN(longest, base::parse_duration(context.line().text("--timeout")));
  }
  return static_cast<double>(longest.count()) / 1e9;
}

}  // namespace vcs::cli
