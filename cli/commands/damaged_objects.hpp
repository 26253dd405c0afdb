// SPDX-License-Identifier: Apache-2.0
// Calls a method whose items are damaged objects, as verify and repair do.
#pragma once

#include "cli/context.hpp"
#include "cli/render/json.hpp"
#include "cli/render/progress.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {

// Shows progress meanwhile. With --json, adds the damaged objects to `damaged`.
template <ipc::StreamMethod M>
Result<typename M::Response> ask_what_is_damaged(Context& context, ipc::Client& client,
                                                 const typename M::Request& request,
                                                 JsonItems& damaged) {
  ProgressBar bar(context);
  const auto keep = [&](const ipc::DamagedObjectInfo& object) {
    if (context.json()) damaged.add(object);
    return true;
  };
  return client.stream<M>(request, keep, bar.callback());
}

}  // namespace vcs::cli
