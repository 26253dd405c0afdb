// SPDX-License-Identifier: Apache-2.0
// Finds objects in packs, and changes the set of packs.
#include "core/store/pack_set.hpp"

#include <algorithm>

#include "core/pack/pack_file.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;

// After so many lookups nearly all of the indexes is in memory; a save makes about ten.
constexpr std::uint64_t kManyLookUps = 64;
// Each mistake reads an index: one lookup maps as much as the page cache has in one piece, up to
// two megabytes.
constexpr std::uint64_t kManyMistakes = 8;

}  // namespace

PackSet::PackSet(std::vector<pack::SealedPackPtr> sealed, std::unique_ptr<pack::PackWriter> open,
                 std::uint32_t next_number)
    : next_number_(next_number), sealed_(std::move(sealed)), open_(std::move(open)) {}

// --- Readers ---

// Nearly all objects of a first save are new: without filters it would touch every page of all
// indexes that it has written so far.
const pack::IdFilter* PackSet::filter_of(const pack::SealedPack& pack) const {
  const auto filter = filters_.find(pack.number);
  return filter == filters_.end() ? nullptr : &filter->second;
}

std::optional<pack::Location> PackSet::locate(const ObjectId& id, std::size_t skip,
                                              bool filtered) const {
  looked_up_.fetch_add(1, std::memory_order_relaxed);
  const base::ReadLock lock(mutex_);
  if (open_) {
    const pack::IndexRecord* record = open_->contents().table.find(id);
    if (record && skip-- == 0) return record->location(open_->number());
  }
  for (auto pack = sealed_.rbegin(); pack != sealed_.rend(); ++pack) {
    const pack::IdFilter* const filter = filtered ? filter_of(**pack) : nullptr;
    if (filter && !filter->may_contain(id)) continue;
    const std::optional<pack::IndexRecord> record = (*pack)->find(id);
    if (record && skip-- == 0) return record->location((*pack)->number);
    if (filter) mistakes_.fetch_add(1, std::memory_order_relaxed);
  }
  return std::nullopt;
}

std::optional<pack::Location> PackSet::find_filtered(const ObjectId& id) const {
  const std::optional<pack::Location> found = locate(id, 0, true);
  if (mistakes_.load(std::memory_order_relaxed) >= kManyMistakes) {
    mistakes_ = 0;
    trim_indexes();
  }
  return found;
}

std::vector<pack::Location> PackSet::find_outside(
    const ObjectId& id, std::span<const pack::SealedPackPtr> without) const {
  std::vector<pack::Location> copies;
  const base::ReadLock lock(mutex_);
  for (const pack::SealedPackPtr& pack : sealed_) {
    const auto is_it = [&](const pack::SealedPackPtr& other) {
      return other->number == pack->number;
    };
    if (std::any_of(without.begin(), without.end(), is_it)) continue;
    if (const auto record = pack->find(id)) copies.push_back(record->location(pack->number));
  }
  return copies;
}

void PackSet::forget_filters() {
  std::map<std::uint32_t, pack::IdFilter> forgotten;
  const base::WriteLock lock(mutex_);
  forgotten.swap(filters_);
}

std::vector<pack::IndexRecord> PackSet::find_prefix(const pack::IdPrefix& prefix) const {
  std::vector<pack::IndexRecord> records;
  const base::ReadLock lock(mutex_);
  for (const pack::SealedPackPtr& pack : sealed_) pack->find_prefix(prefix, records);
  if (open_)
    for (const pack::IndexRecord& record : open_->contents().table.records())
      if (prefix.matches(record.id)) records.push_back(record);
  return records;
}

std::vector<pack::SealedPackPtr> PackSet::sealed() const {
  const base::ReadLock lock(mutex_);
  return sealed_;
}

pack::SealedPackPtr PackSet::sealed(std::uint32_t number) const {
  const base::ReadLock lock(mutex_);
  for (const pack::SealedPackPtr& pack : sealed_)
    if (pack->number == number) return pack;
  return nullptr;
}

std::pair<std::vector<pack::SealedPackPtr>, std::vector<pack::IndexRecord>> PackSet::everything()
    const {
  const base::ReadLock lock(mutex_);
  return {sealed_, open_ ? open_->contents().table.records() : std::vector<pack::IndexRecord>()};
}

std::vector<std::uint32_t> PackSet::numbers() const {
  const base::ReadLock lock(mutex_);
  std::vector<std::uint32_t> numbers;
  for (const pack::SealedPackPtr& pack : sealed_) numbers.push_back(pack->number);
  if (open_) numbers.push_back(open_->number());
  return numbers;
}

std::vector<pack::SealedPackPtr> PackSet::without_index() const {
  std::vector<pack::SealedPackPtr> packs;
  const base::ReadLock lock(mutex_);
  for (const pack::SealedPackPtr& pack : sealed_)
    if (!pack->index) packs.push_back(pack);
  return packs;
}

StoreStats PackSet::stats() const {
  const base::ReadLock lock(mutex_);
  StoreStats stats;
  for (const pack::SealedPackPtr& pack : sealed_) {
    stats.objects += pack->size();
    stats.bytes_raw += pack->raw_bytes();
    stats.bytes_stored += pack->length;
  }
  stats.packs = sealed_.size();
  if (open_) {
    ++stats.packs;
    stats.objects += open_->contents().table.size();
    stats.bytes_raw += open_->contents().table.raw_bytes();
    stats.bytes_stored += open_->end();
  }
  return stats;
}

bool PackSet::was_replaced(std::uint32_t number) const {
  const base::ReadLock lock(mutex_);
  return replaced_.contains(number);
}

void PackSet::trim_indexes() const {
  for (const pack::SealedPackPtr& pack : sealed())
    if (pack->index) pack->index->mapping->trim();
}

void PackSet::trim_after_many_look_ups() const {
  if (looked_up_.exchange(0, std::memory_order_relaxed) >= kManyLookUps) trim_indexes();
}

// --- For the thread that has the turn ---

Result<std::uint32_t> PackSet::take_number() {
  if (next_number_ > pack::kLargestPackNumber)
    return fail(ErrorCode::invalid, "there is no pack number after {}; move that file away",
                pack::pack_name(pack::kLargestPackNumber));
  return next_number_++;
}

void PackSet::start(std::unique_ptr<pack::PackWriter> pack) {
  const base::WriteLock lock(mutex_);
  open_ = std::move(pack);
}

void PackSet::end_open() {
  const std::vector<pack::IndexRecord>& records = open()->contents().table.records();
  pack::IdFilter filter(records.size());
  for (const pack::IndexRecord& record : records) filter.insert(record.id);
  const base::WriteLock lock(mutex_);
  if (open_->durable_end() > 0) {
    filters_.emplace(open_->number(), std::move(filter));
    auto pack = std::make_shared<pack::SealedPack>();
    pack->number = open_->number();
    pack->length = open_->durable_end();
    pack->contents = open_->give_up();
    insert(std::move(pack));
  }
  open_.reset();
}

// Without the readers' lock: nobody else changes which there are.
bool PackSet::has(const pack::SealedPackPtr& pack) const VCS_NO_THREAD_CHECK {
  return std::find(sealed_.begin(), sealed_.end(), pack) != sealed_.end();
}

void PackSet::renew(const pack::SealedPackPtr& pack, pack::SealedPackPtr anew) {
  const base::WriteLock lock(mutex_);
  std::replace(sealed_.begin(), sealed_.end(), pack, anew);
  if (pack->index) filters_.erase(pack->number);  // a repair may have found more in it
}

Result<void> PackSet::replace(std::span<const pack::SealedPackPtr> replaced,
                              pack::SealedPackPtr merged) {
  for (const pack::SealedPackPtr& pack : replaced)
    if (!has(pack))
      return fail(ErrorCode::busy, "{} was replaced meanwhile", pack::pack_name(pack->number));
  const base::WriteLock lock(mutex_);
  for (const pack::SealedPackPtr& pack : replaced) {
    std::erase(sealed_, pack);
    replaced_.insert(pack->number);
  }
  if (merged) insert(std::move(merged));
  return {};
}

void PackSet::insert(pack::SealedPackPtr pack) {
  const auto place = std::upper_bound(sealed_.begin(), sealed_.end(), pack->number,
                                      [](std::uint32_t number, const pack::SealedPackPtr& other) {
                                        return number < other->number;
                                      });
  sealed_.insert(place, std::move(pack));
}

}  // namespace vcs::store
