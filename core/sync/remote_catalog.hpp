// SPDX-License-Identifier: Apache-2.0
// What a remote holds, read from the remote itself: its configuration, refs, and the index of every
// pack.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/object/object_id.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

// The name of a pack or segment: the first half of the SHA-256 of its bytes. Putting one twice is
// harmless, and whoever reads one can tell that it is what was put.
std::string content_name(ByteView bytes);

// not_found: nothing was ever pushed there. unsupported: needs a newer program.
Result<remote::layout::RemoteConfig> read_remote_config(remote::RemoteStore& remote);
// invalid: it is the remote of another repository.
Result<void> check_repository(const remote::layout::RemoteConfig& config,
                              const std::string& repository_id);

// Whether there is anything else than a configuration: a remote that has lost it is not an empty
// one.
bool holds_packs(remote::RemoteStore& remote);

struct DeviceRef {
  std::string device, name;
  remote::layout::RemoteRef ref;
  Bytes bytes;  // as stored, for replace_if
  object::ObjectId commit() const { return object::ObjectId::from_bytes(ref.commit); }
};
// Refs that are damaged are told to `damage` as sentences and left out; one of a newer version is
// `unsupported`.
Result<std::vector<DeviceRef>> read_remote_refs(remote::RemoteStore& remote,
                                                std::vector<std::string>& damage);

// Whether what lies there is the history of `store`: a commit is named by all that was before it,
// so one head that both have is proof. Nothing: no head is there to tell by.
Result<std::optional<bool>> holds_history_of(remote::RemoteStore& remote,
                                             const store::ObjectStore& store);

enum class PackState {
  present,
  missing,  // an index names it, but it is gone
  damaged,  // not as long as its index says, or its index (then empty here) cannot be read
};

struct CatalogPack {
  remote::layout::SegmentPack pack;
  PackState state = PackState::present;
  bool covered = false;  // by an index segment
};

struct CatalogVisitor {
  // One call at a time, from any thread.
  std::function<Result<void>(CatalogPack&&)> pack;
  std::function<void(const std::string& sentence)> damage;
  // What cannot be read now counts as damaged: for the last copy, on a disk with bad places.
  bool forgiving = false;
};

// Every pack once. Reads the index segments, lists the packs, and reads the trailers of packs that
// no segment covers, `threads` at once. What damaged segments covered is found in trailers.
Result<void> visit_remote_packs(remote::RemoteStore& remote, std::size_t threads,
                                const CatalogVisitor& visitor);

}  // namespace vcs::sync
