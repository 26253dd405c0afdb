// SPDX-License-Identifier: Apache-2.0
// The chunk list of one large file while its pieces are on several lanes: they come back in any
// order, and the list grows in the order of the file.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/object/chunk_list.hpp"

namespace vcs::snapshot {

// Methods of the lane that cuts the file are called on that one thread; the others on any.
class SharedChunkList {
 public:
  using Entries = std::vector<object::ChunkListEntry>;

  // `emit` gets the list's nodes, and is called by grow() and finish() only.
  explicit SharedChunkList(object::EmitObject emit) : builder_(std::move(emit)) {}

  // --- The lane that cuts ---

  // One more piece of the file is on its way.
  void opened();
  // Takes over what is done, up to the first piece that is not. Fails when `emit` does.
  Result<void> grow();
  // The content of the file, once no piece is open; none if there was none. Fails when `emit` does.
  Result<object::ContentRef> finish();

  // --- Any lane ---

  // The chunks of piece `number`, counted from 0.
  void entered(std::size_t number, Entries entries);
  // A piece is open no longer. Without memory for it there is no list of this file.
  void closed(bool had_memory);

  bool has_open_pieces() const;
  bool lacked_memory() const;

 private:
  std::optional<Entries> take_next();

  mutable base::Mutex mutex_;
  std::map<std::size_t, Entries> done_ VCS_GUARDED_BY(mutex_);  // by piece
  std::size_t open_ VCS_GUARDED_BY(mutex_) = 0;
  bool lacked_memory_ VCS_GUARDED_BY(mutex_) = false;

  object::ChunkListBuilder builder_;  // with `next_`, of the lane that cuts
  std::size_t next_ = 0;              // piece that the list grows by
};

}  // namespace vcs::snapshot
