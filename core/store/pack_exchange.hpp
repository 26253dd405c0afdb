// SPDX-License-Identifier: Apache-2.0
// The interface of a store for compaction and repair: which packs may be replaced, a file for a new
// pack, and the exchange itself. docs/decisions/idle-compaction.md docs/decisions/repair.md
//
// Thread-safe. One compaction and one repair of a store may run at a time. If both want to replace
// the same pack, the second one gets `busy`.
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

  // Sealed packs with an index, by number, except the pack whose commit points give the head after
  // a crash.
  virtual std::vector<pack::SealedPackPtr> replaceable() const = 0;
  virtual Result<std::shared_ptr<base::File>> open_pack(std::uint32_t number) const = 0;
  // Reads the object from a sealed pack outside `without`, hash-checked. Nothing: there is no good
  // copy.
  virtual std::optional<Bytes> copy_outside(const object::ObjectId& id,
                                            std::span<const pack::SealedPackPtr> without) = 0;

  // An empty pack with a new number. No reader and no opening takes its file for a pack yet.
  virtual Result<std::unique_ptr<pack::PackWriter>> begin_pack() = 0;
  // Removes the file of a pack from begin_pack() again.
  virtual void drop_pack(std::uint32_t number) = 0;
  // Makes the written pack durable with its name and its index, lets readers find it instead of
  // `replaced`, and then removes the files of `replaced`. Every object of theirs must be in the new
  // pack or in another sealed pack. After an error the old packs are unchanged.
  virtual Result<void> exchange(pack::PackWriter& written, std::uint8_t level,
                                std::span<const pack::SealedPackPtr> replaced) = 0;
  // Notes durably that compaction has examined `pack` for `level` and leaves it as it is.
  virtual Result<void> note_level(const pack::SealedPackPtr& pack, std::uint8_t level) = 0;

  // --- Repair ---

  // All sealed packs, by number.
  virtual std::vector<pack::SealedPackPtr> sealed() const = 0;
  // Seals the open pack.
  virtual Result<void> seal() = 0;
  // False: the pack's file is gone, or shorter than the pack.
  virtual Result<bool> has_file(const pack::SealedPackPtr& pack) const = 0;
  // Reads the pack from end to end, writes its index again and makes it durable.
  virtual Result<pack::SealedPackPtr> index_anew(const pack::SealedPackPtr& pack) = 0;
  // Makes `salvaged` durable and replaces `pack` by it; null: no object was salvaged. The files of
  // `pack` stay.
  virtual Result<void> replace(const pack::SealedPackPtr& pack, pack::PackWriter* salvaged) = 0;
  // Moves the files of a replaced pack to `aside`.
  virtual Result<void> put_aside(const pack::SealedPackPtr& pack, base::Directory& aside) = 0;
  // Files of packs that opening could not use.
  virtual std::vector<std::string> unusable() const = 0;
  virtual Result<void> put_unusable_aside(base::Directory& aside) = 0;
  // Forgets the damage that opening reported.
  virtual void forget_damage() = 0;
};

}  // namespace vcs::store
