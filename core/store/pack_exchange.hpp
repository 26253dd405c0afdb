// SPDX-License-Identifier: Apache-2.0
// What compaction and repair need of a store: which packs may be replaced, a place for a new one,
// and the exchange itself. docs/decisions/idle-compaction.md docs/decisions/repair.md
//
// Thread-safe. One compaction and one repair of a store at a time; the one that comes second to a
// pack gets `busy`.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/pack/pack_writer.hpp"
#include "core/pack/sealed_pack.hpp"

namespace vcs::store {

class PackExchange {
 public:
  virtual ~PackExchange() = default;

  // Sealed packs with an index, by number, without the pack whose commit points tell the head after
  // a crash.
  virtual std::vector<pack::SealedPackPtr> replaceable() const = 0;
  virtual Result<std::shared_ptr<base::File>> open_pack(std::uint32_t number) const = 0;
  // The object from a sealed pack that is none of `without`, hash-checked. Nothing: there is no
  // good copy.
  virtual std::optional<Bytes> copy_outside(const object::ObjectId& id,
                                            std::span<const pack::SealedPackPtr> without) = 0;

  // An empty pack with a number of its own, in a file that no reader and no opening takes for one.
  virtual Result<std::unique_ptr<pack::PackWriter>> begin_pack() = 0;
  // Takes its file away again.
  virtual void drop_pack(std::uint32_t number) = 0;
  // Makes the written pack durable with its name and its index, lets readers find it in place of
  // `replaced`, and then removes their files. Every object of theirs must be in it or in another
  // sealed pack. After an error the old packs are as they were.
  virtual Result<void> exchange(pack::PackWriter& written, std::uint8_t level,
                                std::span<const pack::SealedPackPtr> replaced) = 0;
  // Notes durably that `pack` has been looked at for `level` and is best left as it is.
  virtual Result<void> note_level(const pack::SealedPackPtr& pack, std::uint8_t level) = 0;

  // --- Repair ---

  // All of them, by number.
  virtual std::vector<pack::SealedPackPtr> sealed() const = 0;
  // Ends the open pack, so that it is one of them.
  virtual Result<void> seal() = 0;
  // False: the pack's file is gone, or shorter than the pack.
  virtual Result<bool> has_file(const pack::SealedPackPtr& pack) const = 0;
  // Reads the pack from end to end and writes its index anew, durable.
  virtual Result<pack::SealedPackPtr> index_anew(const pack::SealedPackPtr& pack) = 0;
  // Puts `salvaged` (null: nothing was) durably in the place of `pack`, whose files stay.
  virtual Result<void> replace(const pack::SealedPackPtr& pack, pack::PackWriter* salvaged) = 0;
  // Then they go to `aside`.
  virtual Result<void> put_aside(const pack::SealedPackPtr& pack, base::Directory& aside) = 0;
  // Files that opening could make nothing of.
  virtual std::vector<std::string> unusable() const = 0;
  virtual Result<void> put_unusable_aside(base::Directory& aside) = 0;
  // What opening told of damage is told no more.
  virtual void forget_damage() = 0;
};

}  // namespace vcs::store
