// SPDX-License-Identifier: Apache-2.0
// Builds the chunk list of one large file while several lanes store its pieces: pieces are done in
// any order, and the list grows in the order of the file.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/object/chunk_list.hpp"

namespace vcs::snapshot {

// Threads: only the lane that cuts the file calls the first group of methods; any lane the others.
class SharedChunkList {
 public:
  using Entries = std::vector<object::ChunkListEntry>;

  // `emit` gets the list's nodes; only grow() and finish() call it.
  explicit SharedChunkList(object::EmitObject emit) : builder_(std::move(emit)) {}

  // --- The lane that cuts ---

  // One more piece of the file is open.
  void opened();
  // Adds the pieces that are done to the list, up to the first that is not. Fails if `emit` fails.
  Result<void> grow();
  // The content of the file, once no piece is open; none if there was no piece. Fails if `emit`
  // fails.
  Result<object::ContentRef> finish();

  // --- Any lane ---

  // Enters the chunks of piece `number`, counted from 0.
  void entered(std::size_t number, Entries entries);
  // A piece is no longer open. If one lacked memory, the file gets no list.
  void closed(bool had_memory);

  bool has_open_pieces() const;
  bool lacked_memory() const;

 private:
  std::optional<Entries> take_next();

  mutable base::Mutex mutex_;
  std::map<std::size_t, Entries> done_ VCS_GUARDED_BY(mutex_);  // by piece
  std::size_t open_ VCS_GUARDED_BY(mutex_) = 0;
  bool lacked_memory_ VCS_GUARDED_BY(mutex_) = false;

  object::ChunkListBuilder builder_;  // only the cutting lane uses it and `next_`
  std::size_t next_ = 0;              // the piece that the list needs next
};

}  // namespace vcs::snapshot
