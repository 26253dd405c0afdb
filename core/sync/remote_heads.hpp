// SPDX-License-Identifier: Apache-2.0
// The heads that a remote holds, with what people call their machines, and the choice of one.
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
  std::string ref;     // "head", or "kept-…": one that was moved aside
  remote::layout::RemoteRef end;
  remote::layout::RemoteDevice about;  // empty where the device has told nothing

  bool is_kept() const { return ref != remote::layout::kHeadRef; }
  object::ObjectId commit() const { return object::ObjectId::from_bytes(end.commit); }
  // How it is named to choose it: the device, and behind a slash the ref of a kept one.
  std::string id() const { return is_kept() ? device + "/" + ref : device; }
};

// The heads of devices, the newest first, then those that were kept. What cannot be read is told to
// `damage` as sentences and left out.
Result<std::vector<RemoteHead>> list_remote_heads(remote::RemoteStore& remote,
                                                  std::vector<std::string>& damage);

// The head whose id begins with `wanted` (in upper or lower case; of a kept one also without its
// device), or of a device whose machine, repository or folder is called so; "": the newest that was
// not kept. not_found, or `invalid` for one that fits several: the message lists what there is.
Result<RemoteHead> choose_remote_head(const std::vector<RemoteHead>& heads,
                                      std::string_view wanted);

// One head in a sentence: its id, machine and folder.
std::string describe(const RemoteHead& head);

}  // namespace vcs::sync
