// SPDX-License-Identifier: Apache-2.0
// Reads the content of a remote from the remote itself: its configuration, its refs, and the index
// of every pack.
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

// The name of a pack or segment: the first half of the SHA-256 of its bytes. So a second put is
// harmless, and a reader can check the bytes.
std::string content_name(ByteView bytes);

// not_found: nothing was ever pushed there. unsupported: needs a newer program.
Result<remote::layout::RemoteConfig> read_remote_config(remote::RemoteStore& remote);
// invalid: it is the remote of another repository.
Result<void> check_repository(const remote::layout::RemoteConfig& config,
                              const std::string& repository_id);

// Whether the remote has packs: a remote that has lost its configuration is not an empty one.
bool holds_packs(remote::RemoteStore& remote);

struct DeviceRef {
  std::string device, name;
  remote::layout::RemoteRef ref;
  Bytes bytes;  // as stored, for replace_if
  object::ObjectId commit() const { return object::ObjectId::from_bytes(ref.commit); }
};
// Leaves out damaged refs and reports them in `damage` as sentences; a ref of a newer version is
// `unsupported`.
Result<std::vector<DeviceRef>> read_remote_refs(remote::RemoteStore& remote,
                                                std::vector<std::string>& damage);

// Whether the remote has the history of `store`: a commit's id depends on all commits before it, so
// one head that both have proves it. Nothing: the remote has no head to compare.
Result<std::optional<bool>> holds_history_of(remote::RemoteStore& remote,
                                             const store::ObjectStore& store);

enum class PackState {
  present,
  missing,  // an index names it, but it is gone
  damaged,  // its length differs from its index, or its index (then empty here) cannot be read
};

struct CatalogPack {
  remote::layout::SegmentPack pack;
  PackState state = PackState::present;
  bool covered = false;  // an index segment has its index
};

struct CatalogVisitor {
  // One call at a time, from any thread.
  std::function<Result<void>(CatalogPack&&)> pack;
  std::function<void(const std::string& sentence)> damage;
  // An object that cannot be read now counts as damaged: for the last copy, on a disk with bad
  // places.
  bool forgiving = false;
};

// Visits every pack once. Reads the index segments, lists the packs, and reads the trailers of
// packs that no readable segment covers, `threads` at once.
Result<void> visit_remote_packs(remote::RemoteStore& remote, std::size_t threads,
                                const CatalogVisitor& visitor);

}  // namespace vcs::sync
