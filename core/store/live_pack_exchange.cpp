// SPDX-License-Identifier: Apache-2.0
// Makes a new pack whole and durable before it replaces an old one.
#include "core/store/live_pack_exchange.hpp"

#include <algorithm>

#include "core/pack/pack_file.hpp"
#include "core/pack/pack_scan.hpp"

namespace vcs::store {

using object::ObjectId;

std::optional<Bytes> LivePackExchange::copy_outside(const ObjectId& id,
                                                    std::span<const pack::SealedPackPtr> without) {
  for (const pack::Location& copy : packs_.find_outside(id, without))
    if (Result<Bytes> bytes = reader_.read(copy, id)) return std::move(*bytes);
  return std::nullopt;
}

Result<std::unique_ptr<pack::PackWriter>> LivePackExchange::begin_pack() {
  VCS_ASSIGN(const std::uint32_t number, [this] {
    const base::Lock turn(packs_.turn());
    return packs_.take_number();
  }());
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory_.open_file(pack::unfinished_name(number), base::OpenMode::create_new));
  std::unique_ptr<pack::PackWriter> writer = pack::PackWriter::start(std::move(file), number);
  writer->append(pack::encode_merge_mark());
  return writer;
}

// Removes the file under the name that it has now. While it has its unfinished name, a file with
// the final name is not ours. A file that cannot be removed is a copy and harmless.
void LivePackExchange::drop_pack(std::uint32_t number) {
  const auto removed = directory_.remove_file(pack::unfinished_name(number));
  if (removed || removed.error().code != ErrorCode::not_found) return;
  if (directory_.remove_file(pack::index_name(number))) (void)directory_.sync();
  (void)directory_.remove_file(pack::pack_name(number));
}

// Makes the content durable first, then the name, then the index: at every moment there is either a
// pack that can be opened, or none.
Result<pack::SealedPackPtr> LivePackExchange::finish_pack(pack::PackWriter& written,
                                                          std::uint8_t level) {
  VCS_TRY(written.finish());
  auto pack = std::make_shared<pack::SealedPack>();
  pack->number = written.number();
  pack->length = written.durable_end();
  VCS_TRY(directory_.rename(pack::unfinished_name(pack->number), directory_,
                            pack::pack_name(pack->number), true));
  VCS_TRY(directory_.sync());
  pack->contents = written.give_up();
  pack->contents.merged = true;
  pack->contents.level = level;
  return pack::write_index(directory_, *pack);
}

Result<void> LivePackExchange::put_in_place(pack::SealedPackPtr merged,
                                            std::span<const pack::SealedPackPtr> replaced) {
  const base::Lock turn(packs_.turn());
  return packs_.replace(replaced, std::move(merged));
}

// Takes the turn, so that it writes no index for a pack whose files another thread removes. An
// opening would take an index without its pack for a loss.
template <typename Write>
Result<pack::SealedPackPtr> LivePackExchange::renew_index(const pack::SealedPackPtr& pack,
                                                          Write&& write) {
  const base::Lock turn(packs_.turn());
  if (!packs_.has(pack))
    return fail(ErrorCode::busy, "{} was replaced meanwhile", pack::pack_name(pack->number));
  VCS_ASSIGN(pack::SealedPackPtr anew, write());
  packs_.renew(pack, anew);
  return anew;
}

// --- Compaction ---

std::vector<pack::SealedPackPtr> LivePackExchange::replaceable() const {
  std::vector<pack::SealedPackPtr> packs = packs_.sealed();
  const bool is_behind = packs_.look_at_open(
      [](const pack::PackWriter* open) { return open && open->has_durable_commit_point(); });
  if (!is_behind) {
    const auto newest = std::find_if(
        packs.rbegin(), packs.rend(),
        [](const pack::SealedPackPtr& pack) { return !pack->commit_points().empty(); });
    if (newest != packs.rend()) packs.erase(std::next(newest).base());
  }
  std::erase_if(packs, [](const pack::SealedPackPtr& pack) { return !pack->index; });
  return packs;
}

Result<void> LivePackExchange::exchange(pack::PackWriter& written, std::uint8_t level,
                                        std::span<const pack::SealedPackPtr> replaced) {
  VCS_ASSIGN(pack::SealedPackPtr merged, finish_pack(written, level));
  VCS_TRY(put_in_place(std::move(merged), replaced));
  for (const pack::SealedPackPtr& pack : replaced) to_remove_.push_back(pack->number);
  if (auto removed = remove_replaced(); !removed)
    log_.warning("merged packs cannot be removed: {}; it is tried again later",
                 removed.error().message);
  return {};
}

// Removes the indexes first and makes that durable: an opening would take an index without its pack
// for a loss.
Result<void> LivePackExchange::remove_replaced() {
  const auto remove = [this](const std::string& name) -> Result<void> {
    auto removed = directory_.remove_file(name);
    if (!removed && removed.error().code == ErrorCode::not_found) return {};
    return removed;
  };
  for (const std::uint32_t number : to_remove_) VCS_TRY(remove(pack::index_name(number)));
  VCS_TRY(directory_.sync());
  while (!to_remove_.empty()) {
    VCS_TRY(remove(pack::pack_name(to_remove_.back())));
    files_.forget(to_remove_.back());
    to_remove_.pop_back();
  }
  return {};
}

Result<void> LivePackExchange::note_level(const pack::SealedPackPtr& pack, std::uint8_t level) {
  VCS_TRY(renew_index(pack, [&] { return pack::write_level(directory_, *pack, level); }));
  return {};
}

// --- Repair ---

Result<bool> LivePackExchange::has_file(const pack::SealedPackPtr& pack) const {
  const auto stat = directory_.stat(pack::pack_name(pack->number));
  if (stat) return stat->size >= pack->length;
  if (stat.error().code == ErrorCode::not_found) return false;
  return Failure(stat.error());
}

// Keeps the torn ranges of the old index only if that index is whole.
Result<pack::SealedPackPtr> LivePackExchange::index_anew(const pack::SealedPackPtr& pack) {
  VCS_ASSIGN(auto file, files_.get(pack->number));
  pack::PackReader reader(std::move(file), pack->length);
  VCS_ASSIGN(pack::PackScan scan, pack::scan_pack(reader, pack->number));
  pack::SealedPack anew;
  anew.number = pack->number;
  anew.length = pack->length;
  anew.contents = std::move(scan.contents);
  anew.contents.level = pack->level();
  if (!pack->index || pack->index->index.is_whole()) anew.contents.torn = pack->torn();
  return renew_index(pack, [&] { return pack::write_index(directory_, anew); });
}

Result<void> LivePackExchange::replace(const pack::SealedPackPtr& pack,
                                       pack::PackWriter* salvaged) {
  pack::SealedPackPtr whole;
  if (salvaged) {
    VCS_ASSIGN(whole, finish_pack(*salvaged, 0));
  }
  return put_in_place(std::move(whole), std::span(&pack, 1));
}

// Until both files are gone, an opening finds the damaged pack again, and so does another repair.
Result<void> LivePackExchange::put_aside(const pack::SealedPackPtr& pack, base::Directory& aside) {
  files_.forget(pack->number);
  VCS_TRY(move_aside(pack::index_name(pack->number), aside));
  return move_aside(pack::pack_name(pack->number), aside);
}

Result<void> LivePackExchange::put_unusable_aside(base::Directory& aside) {
  for (const std::string& name : unusable()) VCS_TRY(move_aside(name, aside));
  const base::Lock lock(damage_mutex_);
  unusable_.clear();
  return {};
}

// Moves the file under its own name, or under a free one. A missing file is no error.
Result<void> LivePackExchange::move_aside(const std::string& name, base::Directory& aside) {
  Result<void> moved = directory_.rename(name, aside, name, true);
  for (int n = 2; !moved && moved.error().code == ErrorCode::already_exists; ++n)
    moved = directory_.rename(name, aside, fmt::format("{}.{}", name, n), true);
  if (!moved) return moved.error().code == ErrorCode::not_found ? Result<void>() : moved;
  VCS_TRY(aside.sync());
  return directory_.sync();
}

}  // namespace vcs::store
