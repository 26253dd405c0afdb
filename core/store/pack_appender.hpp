// SPDX-License-Identifier: Apache-2.0
// The writing half of a store: it appends frames to the open pack, makes them durable together, and
// seals full packs.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/log.hpp"
#include "core/pack/pack_files.hpp"
#include "core/pack/write_behind.hpp"
#include "core/store/bad_copies.hpp"
#include "core/store/pack_set.hpp"

namespace vcs::store {

// Thread-safe: one thread at a time has the turn of the pack set, also during its input and output.
class PackAppender {
 public:
  PackAppender(base::Directory& directory, PackSet& packs, pack::PackFiles& files,
               const BadCopies& bad_copies, const StoreOptions& options, const base::Log& log)
      : directory_(directory),
        packs_(packs),
        files_(files),
        bad_copies_(bad_copies),
        seal_at_(options.seal_at),
        seal_at_objects_(options.seal_at_objects),
        log_(log) {
    if (options.writers != nullptr) behind_.emplace(*options.writers);
  }

  // As ObjectStore's.
  Result<void> append(const pack::EncodedFrame& frame);
  Result<void> commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses);
  Result<void> sync();
  void abandon();
  std::uint64_t losses() const { return losses_; }
  // Another caller counted on an object, but it was not appended.
  void note_loss() { ++losses_; }

  // Ends the open pack, if there is one.
  Result<void> seal();

 private:
  Result<void> append_in_turn(const pack::EncodedFrame& frame) VCS_REQUIRES(packs_.turn());
  bool hides_behind_bad_copy(const pack::EncodedFrame& frame) VCS_REQUIRES(packs_.turn());
  bool is_full(const pack::PackWriter& open, std::size_t frame_size) const;
  Result<void> prepare_open_pack(std::size_t frame_size) VCS_REQUIRES(packs_.turn());
  Result<void> write_behind() VCS_REQUIRES(packs_.turn());
  Result<void> end_write() VCS_REQUIRES(packs_.turn());
  Result<void> write_buffer() VCS_REQUIRES(packs_.turn());
  Result<void> make_durable() VCS_REQUIRES(packs_.turn());
  void give_up() VCS_REQUIRES(packs_.turn());
  Result<void> seal_open_pack() VCS_REQUIRES(packs_.turn());
  void do_what_was_left() VCS_REQUIRES(packs_.turn());

  base::Directory& directory_;
  PackSet& packs_;
  pack::PackFiles& files_;
  const BadCopies& bad_copies_;
  const std::uint64_t seal_at_;
  const std::size_t seal_at_objects_;
  // Writes what the open pack has handed over.
  std::optional<pack::WriteBehind> behind_ VCS_GUARDED_BY(packs_.turn());
  const base::Log& log_;
  // An error until the open pack is given up for it.
  Result<void> written_ VCS_GUARDED_BY(packs_.turn());
  // Files without anything durable.
  std::vector<std::uint32_t> worthless_ VCS_GUARDED_BY(packs_.turn());
  std::atomic<std::uint64_t> losses_{0};
};

}  // namespace vcs::store
