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
  Result<void> append_in_turn(const pack::EncodedFrame& frame);
  bool hides_behind_bad_copy(const pack::EncodedFrame& frame);
  bool is_full(const pack::PackWriter& open, std::size_t frame_size) const;
  Result<void> prepare_open_pack(std::size_t frame_size);
  Result<void> write_behind();
  Result<void> end_write();
  Result<void> write_buffer();
  Result<void> make_durable();
  void give_up();
  Result<void> seal_open_pack();
  void do_what_was_left();

  base::Directory& directory_;
  PackSet& packs_;
  pack::PackFiles& files_;
  const BadCopies& bad_copies_;
  const std::uint64_t seal_at_;
  const std::size_t seal_at_objects_;
  std::optional<pack::WriteBehind> behind_;  // in turn; writes the open pack's leaving() bytes
  const base::Log& log_;
  Result<void> written_;  // in turn; a failed write, until the open pack is given up for it
  std::vector<std::uint32_t> worthless_;  // in turn; files of packs without any durable byte
  std::atomic<std::uint64_t> losses_{0};
};

}  // namespace vcs::store
