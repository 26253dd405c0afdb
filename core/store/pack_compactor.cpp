// SPDX-License-Identifier: Apache-2.0
// Chooses, merges and exchanges packs; leaves packs alone that gain nothing or are damaged.
#include "core/store/pack_compactor.hpp"

#include <algorithm>

#include "core/store/pack_merger.hpp"

namespace vcs::store {
namespace {

PackFacts facts_of(const pack::SealedPack& pack) {
  return {pack.number, pack.length, pack.raw_bytes(), pack.size(), pack.level()};
}

std::uint64_t total_length(std::span<const pack::SealedPackPtr> packs) {
  std::uint64_t sum = 0;
  for (const pack::SealedPackPtr& pack : packs) sum += pack->length;
  return sum;
}

}  // namespace

PackCompactor::PackCompactor(ObjectStore& store, const CompactionOptions& options,
                             const base::Log& log)
    : store_(store), options_(options), log_(log) {}

PackCompactor::~PackCompactor() = default;

std::vector<pack::SealedPackPtr> PackCompactor::packs() const {
  PackExchange* exchange = store_.pack_exchange();
  if (exchange == nullptr) return {};
  std::vector<pack::SealedPackPtr> packs = exchange->replaceable();
  std::erase_if(
      packs, [&](const pack::SealedPackPtr& pack) { return left_alone_.contains(pack->number); });
  return packs;
}

std::vector<pack::SealedPackPtr> PackCompactor::choose() const {
  std::vector<pack::SealedPackPtr> chosen = packs();
  std::vector<PackFacts> facts;
  facts.reserve(chosen.size());
  for (const pack::SealedPackPtr& pack : chosen) facts.push_back(facts_of(*pack));
  const std::vector<std::uint32_t> numbers = choose_packs(facts, options_.policy);
  std::erase_if(chosen, [&](const pack::SealedPackPtr& pack) {
    return std::find(numbers.begin(), numbers.end(), pack->number) == numbers.end();
  });
  return chosen;
}

bool PackCompactor::has_work() const {
  return merger_ != nullptr || !choose().empty();
}

void PackCompactor::abandon() {
  merger_.reset();
}

Result<bool> PackCompactor::step() {
  if (!merger_) {
    std::vector<pack::SealedPackPtr> sources = choose();
    if (sources.empty()) return false;
    MergeOptions options;
    options.level = options_.policy.level;
    options.hash_provider = options_.hash_provider;
    VCS_ASSIGN(merger_, PackMerger::start(*store_.pack_exchange(), std::move(sources), options));
    return true;
  }
  if (auto advanced = advance(); !advanced) {
    const pack::SealedPackPtr damaged = merger_->damaged_source();
    if (damaged) leave_alone(advanced.error());
    merger_.reset();
    if (!damaged) return Failure(std::move(advanced).error());
  }
  return true;
}

Result<void> PackCompactor::advance() {
  VCS_ASSIGN(const bool written, merger_->step());
  if (written) return finish();
  if (merger_->bytes_read() < options_.policy.trial_bytes || !is_in_vain()) return {};
  return leave_as_they_are();
}

// True if only one pack was read and the saving is too small. With several packs, fewer packs are a
// gain in any case.
bool PackCompactor::is_in_vain() const {
  const std::uint64_t saving = options_.policy.least_saving_per_cent;
  return merger_->begun().size() == 1 &&
         merger_->bytes_written() >= merger_->bytes_read() / 100 * (100 - saving);
}

Result<void> PackCompactor::finish() {
  if (merger_->sources().size() == 1 && is_in_vain()) return leave_as_they_are();
  VCS_TRY(merger_->finish());
  const std::uint64_t before = total_length(merger_->sources());
  const std::uint64_t after = merger_->bytes_written();
  ++totals_.runs;
  totals_.packs_before += merger_->sources().size();
  ++totals_.packs_after;
  totals_.bytes_before += before;
  totals_.bytes_after += after;
  bytes_done_ += before;
  log_.info("{} packs of {} bytes merged into one of {}", merger_->sources().size(), before, after);
  merger_.reset();
  return {};
}

Result<void> PackCompactor::leave_as_they_are() {
  const pack::SealedPackPtr pack = merger_->begun().front();
  merger_.reset();
  bytes_done_ += pack->length;
  auto noted = store_.pack_exchange()->note_level(pack, options_.policy.level);
  // Otherwise every later step would try this pack again.
  if (!noted) left_alone_.insert(pack->number);
  return {};
}

void PackCompactor::leave_alone(const Error& why) {
  left_alone_.insert(merger_->damaged_source()->number);
  log_.error("not merged: {}", why.message);
  totals_.damage.push_back(why.message);
}

PackCompactor::Progress PackCompactor::progress() const {
  Progress progress;
  progress.bytes_done = bytes_done_ + (merger_ ? merger_->bytes_read() : 0);
  progress.bytes_total = bytes_done_;
  for (const pack::SealedPackPtr& pack : packs()) {
    if (is_stale(facts_of(*pack), options_.policy)) progress.bytes_total += pack->length;
  }
  progress.bytes_total = std::max(progress.bytes_total, progress.bytes_done);
  return progress;
}

}  // namespace vcs::store
