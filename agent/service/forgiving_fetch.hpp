// SPDX-License-Identifier: Apache-2.0
// A fetch for a person who waits, from a remote that may be the last copy: it takes all objects
// that are whole.
#pragma once

#include <atomic>

#include "core/sync/fetcher.hpp"
#include "ipc/messages/clone.hpp"

namespace vcs::agent::service {

// Sends its progress to `reply`, and ends when the client has gone. `options` choose the head.
// Blocks; not for the loop.
template <typename Reply>
Result<sync::FetchReport> fetch_what_is_whole(remote::RemoteStore& remote,
                                              store::ObjectStore& store, const Reply& reply,
                                              sync::FetchOptions options = {}) {
  std::atomic<bool> cancel{false};
  options.cancel = &cancel;
  options.salvage = true;
  options.progress = [&](const sync::FetchProgress& done) {
    reply.progress({ipc::Stage::fetching, done.packs_done, done.packs_total, done.bytes_done,
                    done.bytes_total});
    if (reply.cancelled()) cancel = true;
  };
  return sync::fetch(remote, store, options);
}

}  // namespace vcs::agent::service
