// SPDX-License-Identifier: Apache-2.0
// Asking the agent for work that names what is hurt, as verify and repair do.
#pragma once

#include <string>

#include "cli/context.hpp"
#include "cli/render/json.hpp"
#include "cli/render/progress.hpp"

namespace vcs::cli {

// Shows progress meanwhile. With --json, `hurts` is what is hurt, as a JSON array.
template <ipc::StreamMethod M>
base::Result<typename M::Response> ask_what_is_hurt(Context& context, ipc::Client& client,
                                                    const typename M::Request& request,
                                                    std::string& hurts) {
  ProgressBar bar(context);
  TextOutput items;
  JsonArray array(items);
  const auto keep = [&](const ipc::HurtInfo& hurt) {
    if (context.json()) array.add(hurt);
    return true;
  };
  auto answer = client.stream<M>(request, keep, bar.callback());
  array.close();
  hurts = items.text();
  return answer;
}

}  // namespace vcs::cli
