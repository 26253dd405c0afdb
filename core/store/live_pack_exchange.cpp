// SPDX-License-Identifier: Apache-2.0
// A new pack is whole and durable before an old one leaves its place.
#include "core/store/live_pack_exchange.hpp"

#include <algorithm>

#include "core/store/pack_file.hpp"
#include "core/store/pack_scan.hpp"

namespace vcs::store {

using base::Bytes;
using base::ErrorCode;
using base::fail;
using base::Result;
using object::ObjectId;

std::optional<Bytes> LivePackExchange::copy_outside(const ObjectId& id,
                                                    std::span<const SealedPackPtr> without) {
  for (const Location& copy : packs_.find_outside(id, without))
    if (Result<Bytes> bytes = reader_.read(copy, id)) return std::move(*bytes);
  return std::nullopt;
}

Result<std::unique_ptr<PackWriter>> LivePackExchange::begin_pack() {
  VCS_ASSIGN(const std::uint32_t number, [this] {
    const auto turn = packs_.take_turn();
    return packs_.take_number();
  }());
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory_.open_file(unfinished_name(number), base::OpenMode::create_new));
  std::unique_ptr<PackWriter> writer = PackWriter::start(std::move(file), number);
  writer->append(encode_merge_mark());
  return writer;
}

// Under the name it has got to: as long as it has its first one, a file with its last one is not
// ours. What cannot be removed is a copy, and harmless.
void LivePackExchange::drop_pack(std::uint32_t number) {
  const auto removed = directory_.remove_file(unfinished_name(number));
  if (removed || removed.error().code != ErrorCode::not_found) return;
  if (directory_.remove_file(index_name(number))) (void)directory_.sync();
  (void)directory_.remove_file(pack_name(number));
}

// The content first, then the name, then the index: at every moment there is a pack that can be
// opened, or none.
Result<SealedPackPtr> LivePackExchange::finish_pack(PackWriter& written, std::uint8_t level) {
  VCS_TRY(written.finish());
  auto pack = std::make_shared<SealedPack>();
  pack->number = written.number();
  pack->length = written.durable_end();
  VCS_TRY(
      directory_.rename(unfinished_name(pack->number), directory_, pack_name(pack->number), true));
  VCS_TRY(directory_.sync());
  pack->contents = written.give_up();
  pack->contents.merged = true;
  pack->contents.level = level;
  return write_index(directory_, *pack);
}

Result<void> LivePackExchange::put_in_place(SealedPackPtr merged,
                                            std::span<const SealedPackPtr> replaced) {
  const auto turn = packs_.take_turn();
  return packs_.replace(replaced, std::move(merged));
}

// In turn, so that none is written for a pack whose files are being taken away: an index without
// its pack would be taken for a loss.
template <typename Write>
Result<SealedPackPtr> LivePackExchange::renew_index(const SealedPackPtr& pack, Write&& write) {
  const auto turn = packs_.take_turn();
  if (!packs_.has(pack))
    return fail(ErrorCode::busy, "{} was replaced meanwhile", pack_name(pack->number));
  VCS_ASSIGN(SealedPackPtr anew, write());
  packs_.renew(pack, anew);
  return anew;
}

// --- Compaction ---

std::vector<SealedPackPtr> LivePackExchange::replaceable() const {
  std::vector<SealedPackPtr> packs = packs_.sealed();
  const bool is_behind = packs_.look_at_open(
      [](const PackWriter* open) { return open && open->has_durable_commit_point(); });
  if (!is_behind) {
    const auto newest = std::find_if(packs.rbegin(), packs.rend(), [](const SealedPackPtr& pack) {
      return !pack->commit_points().empty();
    });
    if (newest != packs.rend()) packs.erase(std::next(newest).base());
  }
  std::erase_if(packs, [](const SealedPackPtr& pack) { return !pack->index; });
  return packs;
}

Result<void> LivePackExchange::exchange(PackWriter& written, std::uint8_t level,
                                        std::span<const SealedPackPtr> replaced) {
  VCS_ASSIGN(SealedPackPtr merged, finish_pack(written, level));
  VCS_TRY(put_in_place(std::move(merged), replaced));
  for (const SealedPackPtr& pack : replaced) to_remove_.push_back(pack->number);
  if (auto removed = remove_replaced(); !removed)
    log_.warning("merged packs cannot be removed: {}; it is tried again later",
                 removed.error().message);
  return {};
}

// Indexes first, durably: an index without its pack would be taken for a loss.
Result<void> LivePackExchange::remove_replaced() {
  const auto remove = [this](const std::string& name) -> Result<void> {
    auto removed = directory_.remove_file(name);
    if (!removed && removed.error().code == ErrorCode::not_found) return {};
    return removed;
  };
  for (const std::uint32_t number : to_remove_) VCS_TRY(remove(index_name(number)));
  VCS_TRY(directory_.sync());
  while (!to_remove_.empty()) {
    VCS_TRY(remove(pack_name(to_remove_.back())));
    files_.forget(to_remove_.back());
    to_remove_.pop_back();
  }
  return {};
}

Result<void> LivePackExchange::note_level(const SealedPackPtr& pack, std::uint8_t level) {
  VCS_TRY(renew_index(pack, [&] { return write_level(directory_, *pack, level); }));
  return {};
}

// --- Repair ---

Result<bool> LivePackExchange::has_file(const SealedPackPtr& pack) const {
  const auto stat = directory_.stat(pack_name(pack->number));
  if (stat) return stat->size >= pack->length;
  if (stat.error().code == ErrorCode::not_found) return false;
  return base::Failure(stat.error());
}

// What the old index tells of torn bytes counts only if it is whole.
Result<SealedPackPtr> LivePackExchange::index_anew(const SealedPackPtr& pack) {
  VCS_ASSIGN(auto file, files_.get(pack->number));
  PackReader reader(std::move(file), pack->length);
  VCS_ASSIGN(PackScan scan, scan_pack(reader, pack->number));
  SealedPack anew;
  anew.number = pack->number;
  anew.length = pack->length;
  anew.contents = std::move(scan.contents);
  anew.contents.level = pack->level();
  if (!pack->index || pack->index->index.is_whole()) anew.contents.torn = pack->torn();
  return renew_index(pack, [&] { return write_index(directory_, anew); });
}

Result<void> LivePackExchange::replace(const SealedPackPtr& pack, PackWriter* salvaged) {
  SealedPackPtr whole;
  if (salvaged) {
    VCS_ASSIGN(whole, finish_pack(*salvaged, 0));
  }
  return put_in_place(std::move(whole), std::span(&pack, 1));
}

// Until both are gone an opening finds the damaged pack again, and so does another repair.
Result<void> LivePackExchange::put_aside(const SealedPackPtr& pack, base::Directory& aside) {
  files_.forget(pack->number);
  VCS_TRY(move_aside(index_name(pack->number), aside));
  return move_aside(pack_name(pack->number), aside);
}

Result<void> LivePackExchange::put_unusable_aside(base::Directory& aside) {
  for (const std::string& name : unusable()) VCS_TRY(move_aside(name, aside));
  const std::scoped_lock lock(damage_mutex_);
  unusable_.clear();
  return {};
}

// Under its own name, or one that is free. A file that is not there any more is no loss of ours.
Result<void> LivePackExchange::move_aside(const std::string& name, base::Directory& aside) {
  Result<void> moved = directory_.rename(name, aside, name, true);
  for (int n = 2; !moved && moved.error().code == ErrorCode::already_exists; ++n)
    moved = directory_.rename(name, aside, fmt::format("{}.{}", name, n), true);
  if (!moved) return moved.error().code == ErrorCode::not_found ? Result<void>() : moved;
  VCS_TRY(aside.sync());
  return directory_.sync();
}

}  // namespace vcs::store
