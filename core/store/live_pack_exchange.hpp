// SPDX-License-Identifier: Apache-2.0
// Replaces packs, writes their indexes again and puts them aside while the store is in use.
#pragma once

#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/store/object_reader.hpp"
#include "core/store/pack_appender.hpp"
#include "core/store/pack_exchange.hpp"

namespace vcs::store {

class LivePackExchange final : public PackExchange {
 public:
  // `opening` has the damage that opening found. It is known damage until a repair.
  LivePackExchange(base::Directory& directory, PackSet& packs, pack::PackFiles& files,
                   ObjectReader& reader, PackAppender& appender, const RecoveryReport& opening,
                   const base::Log& log)
      : directory_(directory),
        packs_(packs),
        files_(files),
        reader_(reader),
        appender_(appender),
        log_(log),
        damage_(opening.damage),
        unusable_(opening.unusable) {}

  std::vector<std::string> known_damage() const {
    const base::Lock lock(damage_mutex_);
    return damage_;
  }

  Result<std::shared_ptr<base::File>> open_pack(std::uint32_t number) const override {
    return files_.get(number);
  }
  std::optional<Bytes> copy_outside(const object::ObjectId& id,
                                    std::span<const pack::SealedPackPtr> without) override;
  Result<std::unique_ptr<pack::PackWriter>> begin_pack() override;
  void drop_pack(std::uint32_t number) override;

  // --- Compaction ---
  std::vector<pack::SealedPackPtr> replaceable() const override;
  Result<void> exchange(pack::PackWriter& written, std::uint8_t level,
                        std::span<const pack::SealedPackPtr> replaced) override;
  Result<void> note_level(const pack::SealedPackPtr& pack, std::uint8_t level) override;

  // --- Repair ---
  std::vector<pack::SealedPackPtr> sealed() const override { return packs_.sealed(); }
  Result<void> seal() override { return appender_.seal(); }
  Result<bool> has_file(const pack::SealedPackPtr& pack) const override;
  Result<pack::SealedPackPtr> index_anew(const pack::SealedPackPtr& pack) override;
  Result<void> replace(const pack::SealedPackPtr& pack, pack::PackWriter* salvaged) override;
  Result<void> put_aside(const pack::SealedPackPtr& pack, base::Directory& aside) override;
  std::vector<std::string> unusable() const override {
    const base::Lock lock(damage_mutex_);
    return unusable_;
  }
  Result<void> put_unusable_aside(base::Directory& aside) override;
  void forget_damage() override {
    const base::Lock lock(damage_mutex_);
    damage_.clear();
  }

 private:
  Result<pack::SealedPackPtr> finish_pack(pack::PackWriter& written, std::uint8_t level);
  Result<void> put_in_place(pack::SealedPackPtr merged,
                            std::span<const pack::SealedPackPtr> replaced);
  Result<void> remove_replaced();
  template <typename Write>
  Result<pack::SealedPackPtr> renew_index(const pack::SealedPackPtr& pack, Write&& write);
  Result<void> move_aside(const std::string& name, base::Directory& aside);

  base::Directory& directory_;
  PackSet& packs_;
  pack::PackFiles& files_;
  ObjectReader& reader_;
  PackAppender& appender_;
  const base::Log& log_;
  std::vector<std::uint32_t> to_remove_;  // replaced packs with files; only compaction uses it
  mutable base::Mutex damage_mutex_;
  std::vector<std::string> damage_ VCS_GUARDED_BY(damage_mutex_);
  std::vector<std::string> unusable_ VCS_GUARDED_BY(damage_mutex_);
};

}  // namespace vcs::store
