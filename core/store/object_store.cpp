// SPDX-License-Identifier: Apache-2.0
// Puts together the parts that read, write and replace the packs of a store.
#include "core/store/object_store.hpp"

#include <algorithm>

#include "core/pack/index_check.hpp"
#include "core/pack/pack_file.hpp"
#include "core/store/claim_set.hpp"
#include "core/store/live_pack_exchange.hpp"
#include "core/store/pack_visit.hpp"
#include "core/store/store_opener.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;
using object::ObjectKind;

class PackedObjectStore final : public ObjectStore {
 public:
  PackedObjectStore(std::unique_ptr<base::Directory> directory, const StoreOptions& options,
                    const base::Log& log, OpenedPacks opened)
      : directory_(std::move(directory)),
        log_(log),
        recovery_(std::move(opened.report)),
        packs_(std::move(opened.sealed), std::move(opened.open), opened.next_number),
        files_(*directory_),
        reader_(packs_, files_, options.hash_provider, options.frame_cache_bytes),
        appender_(*directory_, packs_, files_, reader_.bad_copies(), options, log_),
        exchange_(*directory_, packs_, files_, reader_, appender_, recovery_, log_) {
    packs_.trim_indexes();  // the opening has read them as a whole to check them
  }

  const RecoveryReport& recovery() const override { return recovery_; }
  std::vector<std::string> known_damage() const override { return exchange_.known_damage(); }

  // --- Reading ---
  std::optional<pack::Location> find(const ObjectId& id) const override { return packs_.find(id); }
  Result<Bytes> get(const ObjectId& id) override { return reader_.get(id); }
  bool lacks(const ObjectId& id) const override {
    const std::optional<pack::Location> newest = packs_.find_filtered(id);
    return !newest || reader_.bad_copies().has(id, *newest);
  }
  StoreStats stats() const override { return packs_.stats(); }
  void trim_memory() const override { packs_.trim_indexes(); }
  std::vector<std::pair<ObjectId, ObjectKind>> find_by_prefix(
      std::string_view hex_prefix) const override;
  void for_each(const IdVisitor& visitor) const override;

  // --- Writing ---
  bool claim(const ObjectId& id) override {
    return claims_.claim(id, [&] { return !lacks(id); });
  }
  void release_claims() override {
    claims_.release_all();
    packs_.forget_filters();
    packs_.trim_after_many_look_ups();
  }
  void give_up_claim(const ObjectId& id) override {
    if (claims_.give_up(id) && lacks(id)) appender_.note_loss();
  }
  Result<void> append(const pack::EncodedFrame& frame) override {
    VCS_TRY(appender_.append(frame));
    for (const pack::FrameObject& object : frame.header.objects) claims_.release(object.id);
    return {};
  }
  std::uint64_t losses() const override { return appender_.losses(); }
  Result<void> commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses) override {
    return appender_.commit(commit_frame, losses);
  }
  Result<void> sync() override { return appender_.sync(); }
  void abandon() override { appender_.abandon(); }

  // --- Whole packs ---
  std::vector<std::uint32_t> pack_numbers() const override { return packs_.numbers(); }
  Result<void> visit_pack(std::uint32_t pack, const PackVisitor& visitor) const override {
    return store::visit_pack(packs_, *directory_, pack, visitor);
  }
  std::vector<std::string> check_index(std::uint32_t pack) const override;
  PackExchange* pack_exchange() override { return &exchange_; }

 private:
  const std::unique_ptr<base::Directory> directory_;
  const base::Log log_;
  const RecoveryReport recovery_;
  ClaimSet claims_;
  PackSet packs_;
  mutable pack::PackFiles files_;
  ObjectReader reader_;
  PackAppender appender_;
  LivePackExchange exchange_;
};

std::vector<std::pair<ObjectId, ObjectKind>> PackedObjectStore::find_by_prefix(
    std::string_view hex_prefix) const {
  const std::optional<pack::IdPrefix> prefix = pack::IdPrefix::parse(hex_prefix);
  if (!prefix) return {};
  std::vector<std::pair<ObjectId, ObjectKind>> found;
  for (const pack::IndexRecord& record : packs_.find_prefix(*prefix))
    found.emplace_back(record.id, record.kind());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// Holds no lock while the visitor runs, because the visitor may call the store.
void PackedObjectStore::for_each(const IdVisitor& visitor) const {
  const auto [sealed, open] = packs_.everything();
  for (const pack::SealedPackPtr& pack : sealed)
    for (std::size_t i = 0; i < pack->size(); ++i) {
      const pack::IndexRecord record = pack->record(i);
      visitor(record.id, record.kind());
    }
  for (const pack::IndexRecord& record : open) visitor(record.id, record.kind());
}

std::vector<std::string> PackedObjectStore::check_index(std::uint32_t pack) const {
  const pack::SealedPackPtr sealed = packs_.sealed(pack);
  if (!sealed) return {};
  auto file = files_.get(pack);
  if (!file && packs_.was_replaced(pack)) return {};
  if (!file) return {fmt::format("{}: {}", pack::pack_name(pack), file.error().message)};
  return pack::check_pack_index(*sealed, std::move(*file));
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> ObjectStore::open(std::unique_ptr<base::Directory> directory,
                                                       const StoreOptions& options,
                                                       const base::Log& log) {
  VCS_ASSIGN(OpenedPacks opened, open_packs(*directory, log));
  return std::unique_ptr<ObjectStore>(
      std::make_unique<PackedObjectStore>(std::move(directory), options, log, std::move(opened)));
}

}  // namespace vcs::store
