// SPDX-License-Identifier: Apache-2.0
// Asking the agent for work that names what is hurt, as verify and repair do.
#pragma once

#include <string>

#include "cli/context.hpp"
#include "cli/render/json.hpp"
#include "cli/render/progress.hpp"

namespace vcs::cli {

// Shows progress meanwhile. With --json, `hurts` is what is hurt, as a JSON array.
template <typename Request, typename Response>
base::Result<Response> ask_what_is_hurt(
    Context& context, ipc::Client& client,
    const ipc::StreamMethod<Request, ipc::HurtInfo, Response>& method, const Request& request,
    std::string& hurts) {
  ProgressBar bar(context);
  TextOutput items;
  JsonArray array(items);
  const auto keep = [&](const ipc::HurtInfo& hurt) {
    if (context.json()) array.add(hurt);
    return true;
  };
  auto answer = client.stream(method, request, keep, bar.callback());
  array.close();
  hurts = items.text();
  return answer;
}

}  // namespace vcs::cli
