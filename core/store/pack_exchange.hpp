// What compaction needs of a store: which packs may be replaced, a place for a new one, and the
// exchange itself. docs/decisions/idle-compaction.md
//
// Thread-safe. One compaction of a store at a time.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/store/pack_writer.hpp"
#include "core/store/sealed_pack.hpp"

namespace vcs::store {

class PackExchange {
 public:
  virtual ~PackExchange() = default;

  // Sealed packs with an index, by number, without the pack whose commit points tell the head after
  // a crash.
  virtual std::vector<SealedPackPtr> replaceable() const = 0;
  virtual base::Result<std::shared_ptr<base::File>> open_pack(std::uint32_t number) const = 0;
  // The object from a sealed pack that is none of `without`, hash-checked. Nothing: there is no
  // good copy.
  virtual std::optional<base::Bytes> copy_outside(const object::ObjectId& id,
                                                  std::span<const SealedPackPtr> without) = 0;

  // An empty pack with a number of its own, in a file that no reader and no opening takes for one.
  virtual base::Result<std::unique_ptr<PackWriter>> begin_pack() = 0;
  // Takes its file away again.
  virtual void drop_pack(std::uint32_t number) = 0;
  // Makes the written pack durable with its name and its index, lets readers find it in place of
  // `replaced`, and then removes their files. Every object of theirs must be in it or in another
  // sealed pack. After an error the old packs are as they were.
  virtual base::Result<void> exchange(PackWriter& written, std::uint8_t level,
                                      std::span<const SealedPackPtr> replaced) = 0;
  // Notes durably that `pack` has been looked at for `level` and is best left as it is.
  virtual base::Result<void> note_level(const SealedPackPtr& pack, std::uint8_t level) = 0;
};

}  // namespace vcs::store
