// SPDX-License-Identifier: Apache-2.0
// Lists the heads of a remote with the names of their machines, and chooses one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/object/object_id.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::sync {

struct RemoteHead {
  std::string device;  // 16 hexadecimal digits
  std::string ref;     // "head", or "kept-…": a head that was moved aside
  remote::layout::RemoteRef end;
  remote::layout::RemoteDevice about;  // empty if the device has sent no description

  bool is_kept() const { return ref != remote::layout::kHeadRef; }
  object::ObjectId commit() const { return object::ObjectId::from_bytes(end.commit); }
  // The id to choose it by: the device; for a kept head followed by a slash and the ref.
  std::string id() const { return is_kept() ? device + "/" + ref : device; }
};

// The heads of devices, the newest first, then the kept heads. Leaves out unreadable refs and
// reports them in `damage` as sentences.
Result<std::vector<RemoteHead>> list_remote_heads(remote::RemoteStore& remote,
                                                  std::vector<std::string>& damage);

// The head whose id begins with `wanted` (in upper or lower case; for a kept head also without its
// device), or whose device has a machine, repository or folder of that name; "": the newest head
// that is not kept. not_found, or `invalid` if several fit: the message lists the heads.
Result<RemoteHead> choose_remote_head(const std::vector<RemoteHead>& heads,
                                      std::string_view wanted);

// Describes a head for a sentence: its id, machine and folder.
std::string describe(const RemoteHead& head);

}  // namespace vcs::sync
