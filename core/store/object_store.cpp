// The object store over packs.
//
// Two locks: append_mutex_ lets one writer in at a time and is held during its reads and writes of
// files; state_mutex_ guards what readers look at and is never held during input or output. A
// writer takes them in this order.
#include "core/store/object_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "core/store/bad_copies.hpp"
#include "core/store/claim_set.hpp"
#include "core/store/frame_cache.hpp"
#include "core/store/frame_walk.hpp"
#include "core/store/index_check.hpp"
#include "core/store/pack_exchange.hpp"
#include "core/store/pack_file.hpp"
#include "core/store/pack_files.hpp"
#include "core/store/pack_scan.hpp"
#include "core/store/store_opener.hpp"

namespace vcs::store {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;
using object::ObjectId;
using object::ObjectKind;

// Appended frames are written in pieces of about this size, or at the commit.
constexpr std::size_t kWriteSize = std::size_t{1} << 20;
// After so many the indexes lie in memory nearly as a whole; a save makes some ten.
constexpr std::uint64_t kManyLookUps = 1024;

ObjectId hash_with(object::HashProvider provider, ByteView bytes) {
  thread_local std::array<std::optional<object::Hasher>, 2> hashers;
  std::optional<object::Hasher>& hasher = hashers[static_cast<std::size_t>(provider)];
  if (!hasher) hasher.emplace(provider);
  return hasher->hash(bytes);
}

class PackedObjectStore final : public ObjectStore, private PackExchange {
 public:
  PackedObjectStore(std::unique_ptr<base::Directory> directory, const StoreOptions& options,
                    const base::Log& log, OpenedPacks opened)
      : directory_(std::move(directory)),
        options_(options),
        log_(log),
        recovery_(std::move(opened.report)),
        next_number_(opened.next_number),
        sealed_(std::move(opened.sealed)),
        open_(std::move(opened.open)),
        damage_(recovery_.damage),
        unusable_(recovery_.unusable),
        files_(*directory_),
        cache_(options.frame_cache_bytes) {
    trim_indexes();  // which were read as a whole, to check them
  }

  const RecoveryReport& recovery() const override { return recovery_; }
  std::vector<std::string> known_damage() const override {
    const std::shared_lock lock(state_mutex_);
    return damage_;
  }

  std::optional<Location> find(const ObjectId& id) const override { return locate(id, 0); }
  Result<Bytes> get(const ObjectId& id) override;

  bool lacks(const ObjectId& id) const override {
    const std::optional<Location> newest = locate(id, 0);
    return !newest || bad_copies_.has(id, *newest);
  }
  bool claim(const ObjectId& id) override {
    return claims_.claim(id, [&] { return !lacks(id); });
  }
  void release_claims() override {
    claims_.release_all();
    if (looked_up_.exchange(0, std::memory_order_relaxed) >= kManyLookUps) trim_indexes();
  }

  Result<void> append(const EncodedFrame& frame) override {
    const std::scoped_lock lock(append_mutex_);
    return append_locked(frame);
  }
  Result<void> commit(const EncodedFrame& commit_frame) override;
  Result<void> sync() override;
  void abandon() override;

  StoreStats stats() const override;
  std::vector<std::pair<ObjectId, ObjectKind>> find_by_prefix(
      std::string_view hex_prefix) const override;
  void for_each(const IdVisitor& visitor) const override;
  std::vector<std::uint32_t> pack_numbers() const override;
  Result<void> visit_pack(std::uint32_t pack, const PackVisitor& visitor) const override;
  std::vector<std::string> check_index(std::uint32_t pack) const override;
  PackExchange* pack_exchange() override { return this; }

 private:
  // --- Reading ---
  // The `skip`-th copy of an object, from the newest; a damaged one must not hide an older.
  std::optional<Location> locate(const ObjectId& id, std::size_t skip) const;
  Result<Bytes> read_object(const Location& location, const ObjectId& id);
  Result<FrameCache::Content> frame_content(const Location& location);
  Result<StoredFrame> fetch_frame(const Location& location) const;
  SealedPackPtr sealed_pack(std::uint32_t number) const;
  std::vector<SealedPackPtr> sealed_packs() const {
    const std::shared_lock lock(state_mutex_);
    return sealed_;
  }
  void trim_indexes() const;
  Result<PackReader> reader_of(std::uint32_t pack, std::vector<TornRange>& torn) const;
  // Replaced by compaction: what lay in it is found in another pack.
  bool is_replaced(std::uint32_t pack) const {
    const std::shared_lock lock(state_mutex_);
    return replaced_.contains(pack);
  }

  // --- Writing, under append_mutex_ ---
  Result<void> append_locked(const EncodedFrame& frame);
  bool hides_behind_bad_copy(const EncodedFrame& frame) const;
  Result<void> prepare_open_pack(std::size_t frame_size);
  Result<void> write_buffer();
  Result<void> make_durable();
  void give_up();
  Result<void> seal_open_pack();
  Result<void> do_what_was_left();
  Result<void> settle_given_up();
  void insert_sealed(SealedPackPtr pack);  // under state_mutex_ too

  // --- Compaction ---
  std::vector<SealedPackPtr> replaceable() const override;
  Result<std::shared_ptr<base::File>> open_pack(std::uint32_t number) const override {
    return files_.get(number);
  }
  std::optional<Bytes> copy_outside(const ObjectId& id,
                                    std::span<const SealedPackPtr> without) override;
  Result<std::unique_ptr<PackWriter>> begin_pack() override;
  void drop_pack(std::uint32_t number) override;
  Result<void> exchange(PackWriter& written, std::uint8_t level,
                        std::span<const SealedPackPtr> replaced) override;
  Result<void> note_level(const SealedPackPtr& pack, std::uint8_t level) override;
  Result<SealedPackPtr> finish_pack(PackWriter& written, std::uint8_t level);
  Result<void> swap_packs(SealedPackPtr merged, std::span<const SealedPackPtr> replaced);
  Result<void> remove_replaced();

  // --- Repair ---
  std::vector<SealedPackPtr> sealed() const override { return sealed_packs(); }
  Result<void> seal() override;
  Result<bool> has_file(const SealedPackPtr& pack) const override;
  Result<SealedPackPtr> index_anew(const SealedPackPtr& pack) override;
  Result<void> replace(const SealedPackPtr& pack, PackWriter* salvaged) override;
  Result<void> put_aside(const SealedPackPtr& pack, base::Directory& aside) override;
  std::vector<std::string> unusable() const override {
    const std::shared_lock lock(state_mutex_);
    return unusable_;
  }
  Result<void> put_unusable_aside(base::Directory& aside) override;
  void forget_damage() override {
    const std::unique_lock lock(state_mutex_);
    damage_.clear();
  }
  Result<void> move_aside(const std::string& name, base::Directory& aside);

  const std::unique_ptr<base::Directory> directory_;
  const StoreOptions options_;
  const base::Log log_;
  const RecoveryReport recovery_;
  ClaimSet claims_;
  BadCopies bad_copies_;

  std::mutex append_mutex_;
  std::uint32_t next_number_ = 1;         // under append_mutex_
  std::vector<std::uint32_t> worthless_;  // under append_mutex_; files without anything durable
  bool given_up_ = false;                 // under append_mutex_; a pack was, and is not settled

  mutable std::shared_mutex state_mutex_;
  std::vector<SealedPackPtr> sealed_;           // by number
  std::unique_ptr<PackWriter> open_;            // none: the next append makes one
  std::set<std::uint32_t> replaced_;            // by compaction or repair, since the opening
  std::vector<std::string> damage_, unusable_;  // of the opening, not repaired yet

  std::vector<std::uint32_t> to_remove_;  // replaced, with files still; of the one compaction

  mutable PackFiles files_;
  FrameCache cache_;
  mutable std::atomic<std::uint64_t> looked_up_{0};  // ids, since the indexes were trimmed
};

// --- Reading ---

std::optional<Location> PackedObjectStore::locate(const ObjectId& id, std::size_t skip) const {
  looked_up_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_lock lock(state_mutex_);
  if (open_) {
    const IndexRecord* record = open_->contents().table.find(id);
    if (record && skip-- == 0) return record->location(open_->number());
  }
  for (auto pack = sealed_.rbegin(); pack != sealed_.rend(); ++pack) {
    const std::optional<IndexRecord> record = (*pack)->find(id);
    if (record && skip-- == 0) return record->location((*pack)->number);
  }
  return std::nullopt;
}

void PackedObjectStore::trim_indexes() const {
  for (const SealedPackPtr& pack : sealed_packs())
    if (pack->index) pack->index->mapping->trim();
}

Result<Bytes> PackedObjectStore::get(const ObjectId& id) {
  std::optional<base::Error> first_error;
  std::optional<Location> newest;
  for (std::size_t copy = 0;; ++copy) {
    const std::optional<Location> location = locate(id, copy);
    if (!location) break;
    Result<Bytes> bytes = read_object(*location, id);
    if (bytes) return bytes;
    if (is_replaced(location->pack)) {
      copy = SIZE_MAX;  // from the newest again
      continue;
    }
    if (!newest) newest = location;
    if (!first_error)
      first_error = std::move(bytes).error().with_context(
          fmt::format("object {} in {} at offset {}", id.short_hex(), pack_name(location->pack),
                      location->frame_offset));
  }
  if (newest) bad_copies_.add(id, *newest);
  if (first_error) return base::Failure(std::move(*first_error));
  return fail(ErrorCode::not_found, "there is no object {}", id.hex());
}

Result<Bytes> PackedObjectStore::read_object(const Location& location, const ObjectId& id) {
  VCS_ASSIGN(const FrameCache::Content content, frame_content(location));
  if (location.object_offset > content->size() ||
      location.length > content->size() - location.object_offset)
    return fail(ErrorCode::corrupt, "the index points beyond its frame");
  const ByteView object = ByteView(*content).subspan(location.object_offset, location.length);
  if (hash_with(options_.hash_provider, object) != id)
    return fail(ErrorCode::corrupt, "the content does not have this id");
  return Bytes(object.begin(), object.end());
}

Result<FrameCache::Content> PackedObjectStore::frame_content(const Location& location) {
  if (auto cached = cache_.find(location.pack, location.frame_offset)) return cached;
  thread_local object::Decompressor decompressor;
  VCS_ASSIGN(const StoredFrame frame, fetch_frame(location));
  VCS_ASSIGN(Bytes plain, decode_frame_payload(frame.header, frame.bytes, decompressor));
  auto content = std::make_shared<const Bytes>(std::move(plain));
  cache_.insert(location.pack, location.frame_offset, content);
  return FrameCache::Content(std::move(content));
}

Result<StoredFrame> PackedObjectStore::fetch_frame(const Location& location) const {
  std::shared_ptr<base::File> file;
  {
    const std::shared_lock lock(state_mutex_);
    if (open_ && open_->number() == location.pack) {
      if (location.frame_offset >= open_->written()) {
        const ByteView bytes =
            ByteView(open_->buffer())
                .subspan(static_cast<std::size_t>(location.frame_offset - open_->written()));
        VCS_ASSIGN(FrameHeader header, decode_frame_header(bytes));
        const ByteView frame = bytes.first(header.total_length());
        return StoredFrame{std::move(header), Bytes(frame.begin(), frame.end())};
      }
      file = open_->file();
    }
  }
  if (!file) {
    VCS_ASSIGN(file, files_.get(location.pack));
  }
  return read_frame(*file, location.frame_offset);
}

SealedPackPtr PackedObjectStore::sealed_pack(std::uint32_t number) const {
  const std::shared_lock lock(state_mutex_);
  for (const SealedPackPtr& pack : sealed_)
    if (pack->number == number) return pack;
  return nullptr;
}

StoreStats PackedObjectStore::stats() const {
  const std::shared_lock lock(state_mutex_);
  StoreStats stats;
  for (const SealedPackPtr& pack : sealed_) {
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

std::vector<std::pair<ObjectId, ObjectKind>> PackedObjectStore::find_by_prefix(
    std::string_view hex_prefix) const {
  const std::optional<IdPrefix> prefix = IdPrefix::parse(hex_prefix);
  if (!prefix) return {};
  std::vector<IndexRecord> records;
  {
    const std::shared_lock lock(state_mutex_);
    for (const SealedPackPtr& pack : sealed_) pack->find_prefix(*prefix, records);
    if (open_)
      for (const IndexRecord& record : open_->contents().table.records())
        if (prefix->matches(record.id)) records.push_back(record);
  }
  std::vector<std::pair<ObjectId, ObjectKind>> found;
  found.reserve(records.size());
  for (const IndexRecord& record : records) found.emplace_back(record.id, record.kind());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void PackedObjectStore::for_each(const IdVisitor& visitor) const {
  for (const SealedPackPtr& pack : sealed_packs())
    for (std::size_t i = 0; i < pack->size(); ++i) {
      const IndexRecord record = pack->record(i);
      visitor(record.id, record.kind());
    }
  // The visitor may ask the store, so the lock cannot be held while it runs.
  std::vector<IndexRecord> records;
  {
    const std::shared_lock lock(state_mutex_);
    if (open_) records = open_->contents().table.records();
  }
  for (const IndexRecord& record : records) visitor(record.id, record.kind());
}

std::vector<std::uint32_t> PackedObjectStore::pack_numbers() const {
  const std::shared_lock lock(state_mutex_);
  std::vector<std::uint32_t> numbers;
  for (const SealedPackPtr& pack : sealed_) numbers.push_back(pack->number);
  if (open_) numbers.push_back(open_->number());
  return numbers;
}

Result<PackReader> PackedObjectStore::reader_of(std::uint32_t pack,
                                                std::vector<TornRange>& torn) const {
  {
    const std::shared_lock lock(state_mutex_);
    if (open_ && open_->number() == pack)
      return PackReader(open_->file(), open_->written(), open_->buffer());
  }
  const SealedPackPtr sealed = sealed_pack(pack);
  if (!sealed) return fail(ErrorCode::not_found, "there is no pack {}", pack);
  torn = sealed->torn();
  // Not one that is open since before: its name may be gone, and with it the pack at the next
  // start.
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory_->open_file(pack_name(pack), base::OpenMode::read));
  return PackReader(std::move(file), sealed->length);
}

Result<void> PackedObjectStore::visit_pack(std::uint32_t pack, const PackVisitor& visitor) const {
  std::vector<TornRange> torn;
  Result<PackReader> opened = reader_of(pack, torn);
  if (!opened && is_replaced(pack)) return {};
  VCS_ASSIGN(PackReader reader, std::move(opened));
  FrameWalk walk;
  walk.skip_unreadable = true;
  walk.frame = [&](std::uint64_t offset, const FrameHeader& header,
                   ByteView frame) -> Result<void> {
    if (header.objects.empty()) return {};  // a mark of the store's own
    return visitor.frame(offset, header, frame);
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string& why) {
    const bool known = std::any_of(torn.begin(), torn.end(), [&](const TornRange& range) {
      return range.offset <= begin && end <= std::uint64_t{range.offset} + range.length;
    });
    if (!known) visitor.damage(begin, why);
  };
  const Result<ByteView> head = reader.view(0, kPackHeaderSize);
  if (!head)
    walk.gap(0, kPackHeaderSize, head.error().message);
  else if (!is_pack_header(*head, pack))
    walk.gap(0, kPackHeaderSize, "the header of the pack is wrong");
  return walk_frames(reader, kPackHeaderSize, walk);
}

std::vector<std::string> PackedObjectStore::check_index(std::uint32_t pack) const {
  const SealedPackPtr sealed = sealed_pack(pack);
  if (!sealed) return {};
  auto file = files_.get(pack);
  if (!file && is_replaced(pack)) return {};
  if (!file) return {fmt::format("{}: {}", pack_name(pack), file.error().message)};
  return check_pack_index(*sealed, std::move(*file));
}

// --- Writing ---

// The first copy of an object in a pack is the one that is found there.
bool PackedObjectStore::hides_behind_bad_copy(const EncodedFrame& frame) const {
  if (!open_ || !bad_copies_.any()) return false;
  return std::any_of(
      frame.header.objects.begin(), frame.header.objects.end(), [&](const FrameObject& object) {
        const IndexRecord* record = open_->contents().table.find(object.id);
        return record && bad_copies_.has(object.id, record->location(open_->number()));
      });
}

Result<void> PackedObjectStore::append_locked(const EncodedFrame& frame) {
  if (hides_behind_bad_copy(frame)) VCS_TRY(seal_open_pack());
  VCS_TRY(prepare_open_pack(frame.bytes.size()));
  {
    const std::unique_lock lock(state_mutex_);
    open_->append(frame);
  }
  for (const FrameObject& object : frame.header.objects) claims_.release(object.id);
  if (open_->buffered() < kWriteSize) return {};
  Result<void> written = write_buffer();
  if (!written) give_up();
  return written;
}

Result<void> PackedObjectStore::prepare_open_pack(std::size_t frame_size) {
  if (open_ && (open_->end() >= options_.seal_at || open_->end() + frame_size > kLargestPack))
    VCS_TRY(seal_open_pack());
  if (open_) return {};
  VCS_TRY(settle_given_up());
  // A failed creation may leave a file behind, so its number is not used again.
  VCS_ASSIGN(auto created, PackWriter::create(*directory_, next_number_++));
  const std::unique_lock lock(state_mutex_);
  open_ = std::move(created);
  return {};
}

Result<void> PackedObjectStore::write_buffer() {
  VCS_TRY(open_->write_buffer());
  const std::unique_lock lock(state_mutex_);
  open_->drop_buffer();
  return {};
}

Result<void> PackedObjectStore::make_durable() {
  if (!open_ || open_->is_durable()) return {};
  Result<void> done = write_buffer();
  if (done) done = open_->sync(*directory_);
  if (!done) {
    give_up();
    return done;
  }
  const std::unique_lock lock(state_mutex_);  // a merge asks what of it is durable
  open_->mark_durable();
  return {};
}

Result<void> PackedObjectStore::commit(const EncodedFrame& commit_frame) {
  const std::scoped_lock lock(append_mutex_);
  VCS_TRY(append_locked(commit_frame));
  VCS_TRY(make_durable());
  (void)do_what_was_left();
  return {};
}

Result<void> PackedObjectStore::sync() {
  const std::scoped_lock lock(append_mutex_);
  if (!open_ || open_->is_durable()) return {};
  VCS_TRY(append_locked(encode_sync_mark()));
  return make_durable();
}

void PackedObjectStore::abandon() {
  const std::scoped_lock lock(append_mutex_);
  const std::unique_lock state_lock(state_mutex_);
  if (open_) open_->forget_since_durable();
}

// After an error nobody knows what the kernel kept of the file: it is left alone, up to its last
// durable point it is a sealed pack, and the next append begins a new one.
void PackedObjectStore::give_up() {
  const std::uint32_t number = open_->number();
  const bool kept = open_->durable_end() > 0;
  // Else the next process might take what is left there for durable once its own sync says so.
  (void)open_->file()->truncate(open_->durable_end());
  {
    const std::unique_lock lock(state_mutex_);
    if (kept) {
      auto pack = std::make_shared<SealedPack>();
      pack->number = number;
      pack->length = open_->durable_end();
      pack->contents = open_->give_up();
      insert_sealed(std::move(pack));
    }
    open_.reset();
  }
  log_.warning("{} is not written to any more after an error", pack_name(number));
  if (!kept) worthless_.push_back(number);
  given_up_ = true;
  (void)do_what_was_left();
}

// Behind the durable end of a pack that was given up lies what only its index tells from damage. As
// long as it is the newest one, opening takes that for an unfinished write; so its index is there,
// or the file is gone, before the next one is begun.
Result<void> PackedObjectStore::settle_given_up() {
  if (!given_up_) return {};
  VCS_TRY(do_what_was_left());
  VCS_TRY(directory_->sync());
  given_up_ = false;
  return {};
}

Result<void> PackedObjectStore::seal_open_pack() {
  VCS_TRY(make_durable());
  files_.keep(open_->number(), open_->file());
  {
    const std::unique_lock lock(state_mutex_);
    auto pack = std::make_shared<SealedPack>();
    pack->number = open_->number();
    pack->length = open_->durable_end();
    pack->contents = open_->give_up();
    insert_sealed(std::move(pack));
    open_.reset();
  }
  trim_indexes();  // making one takes as much memory as several others
  (void)do_what_was_left();
  return {};
}

// Indexes to be written and files to be removed. A pack without an index file is whole and is
// searched in memory meanwhile, so an error here is no error of the caller's append; the next
// commit tries again.
Result<void> PackedObjectStore::do_what_was_left() {
  while (!worthless_.empty()) {
    auto removed = directory_->remove_file(pack_name(worthless_.back()));
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
    worthless_.pop_back();
  }
  for (SealedPackPtr& pack : sealed_) {
    if (pack->index) continue;
    auto indexed = write_index(*directory_, *pack);
    if (!indexed) {
      log_.warning("{}: {}; it is tried again later", index_name(pack->number),
                   indexed.error().message);
      return base::Failure(std::move(indexed).error());
    }
    const std::unique_lock lock(state_mutex_);
    pack = std::move(*indexed);
  }
  return {};
}

void PackedObjectStore::insert_sealed(SealedPackPtr pack) {
  const auto place = std::upper_bound(
      sealed_.begin(), sealed_.end(), pack->number,
      [](std::uint32_t number, const SealedPackPtr& other) { return number < other->number; });
  sealed_.insert(place, std::move(pack));
}

// --- Compaction ---

std::vector<SealedPackPtr> PackedObjectStore::replaceable() const {
  const std::shared_lock lock(state_mutex_);
  std::vector<SealedPackPtr> packs = sealed_;
  if (!open_ || !open_->has_durable_commit_point()) {
    const auto newest = std::find_if(packs.rbegin(), packs.rend(), [](const SealedPackPtr& pack) {
      return !pack->commit_points().empty();
    });
    if (newest != packs.rend()) packs.erase(std::next(newest).base());
  }
  std::erase_if(packs, [](const SealedPackPtr& pack) { return !pack->index; });
  return packs;
}

std::optional<Bytes> PackedObjectStore::copy_outside(const ObjectId& id,
                                                     std::span<const SealedPackPtr> without) {
  std::vector<Location> copies;
  {
    const std::shared_lock lock(state_mutex_);
    for (const SealedPackPtr& pack : sealed_) {
      const auto is_it = [&](const SealedPackPtr& other) { return other->number == pack->number; };
      if (std::any_of(without.begin(), without.end(), is_it)) continue;
      if (const auto record = pack->find(id)) copies.push_back(record->location(pack->number));
    }
  }
  for (const Location& copy : copies)
    if (Result<Bytes> bytes = read_object(copy, id)) return std::move(*bytes);
  return std::nullopt;
}

Result<std::unique_ptr<PackWriter>> PackedObjectStore::begin_pack() {
  std::uint32_t number = 0;
  {
    const std::scoped_lock lock(append_mutex_);
    number = next_number_++;
  }
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory_->open_file(unfinished_name(number), base::OpenMode::create_new));
  std::unique_ptr<PackWriter> writer = PackWriter::start(std::move(file), number);
  writer->append(encode_merge_mark());
  return writer;
}

// Under whatever name it has got to; what cannot be removed is a copy, and harmless.
void PackedObjectStore::drop_pack(std::uint32_t number) {
  (void)directory_->remove_file(unfinished_name(number));
  if (directory_->remove_file(index_name(number))) (void)directory_->sync();
  (void)directory_->remove_file(pack_name(number));
}

Result<void> PackedObjectStore::exchange(PackWriter& written, std::uint8_t level,
                                         std::span<const SealedPackPtr> replaced) {
  VCS_ASSIGN(SealedPackPtr merged, finish_pack(written, level));
  VCS_TRY(swap_packs(std::move(merged), replaced));
  for (const SealedPackPtr& pack : replaced) to_remove_.push_back(pack->number);
  if (auto removed = remove_replaced(); !removed)
    log_.warning("merged packs cannot be removed: {}; it is tried again later",
                 removed.error().message);
  return {};
}

// The content first, then the name, then the index: at every moment there is a pack that can be
// opened, or none.
Result<SealedPackPtr> PackedObjectStore::finish_pack(PackWriter& written, std::uint8_t level) {
  VCS_TRY(written.write_buffer());
  written.drop_buffer();
  VCS_TRY(written.file()->sync());
  written.mark_durable();
  auto pack = std::make_shared<SealedPack>();
  pack->number = written.number();
  pack->length = written.durable_end();
  VCS_TRY(directory_->rename(unfinished_name(pack->number), *directory_, pack_name(pack->number),
                             true));
  VCS_TRY(directory_->sync());
  pack->contents = written.give_up();
  pack->contents.merged = true;
  pack->contents.level = level;
  return write_index(*directory_, *pack);
}

Result<void> PackedObjectStore::swap_packs(SealedPackPtr merged,
                                           std::span<const SealedPackPtr> replaced) {
  const std::scoped_lock lock(append_mutex_);
  const std::unique_lock state_lock(state_mutex_);
  const auto is_replaced = [&](const SealedPackPtr& pack) {
    return std::find(replaced.begin(), replaced.end(), pack) != replaced.end();
  };
  if (std::count_if(sealed_.begin(), sealed_.end(), is_replaced) !=
      static_cast<std::ptrdiff_t>(replaced.size()))
    return fail(ErrorCode::busy, "the packs were replaced by somebody else");
  std::erase_if(sealed_, is_replaced);
  if (merged) insert_sealed(std::move(merged));
  for (const SealedPackPtr& pack : replaced) replaced_.insert(pack->number);
  return {};
}

// Indexes first, durably: an index without its pack would be taken for a loss.
Result<void> PackedObjectStore::remove_replaced() {
  const auto remove = [this](const std::string& name) -> Result<void> {
    auto removed = directory_->remove_file(name);
    if (!removed && removed.error().code == ErrorCode::not_found) return {};
    return removed;
  };
  for (const std::uint32_t number : to_remove_) VCS_TRY(remove(index_name(number)));
  VCS_TRY(directory_->sync());
  while (!to_remove_.empty()) {
    VCS_TRY(remove(pack_name(to_remove_.back())));
    files_.forget(to_remove_.back());
    to_remove_.pop_back();
  }
  return {};
}

Result<void> PackedObjectStore::note_level(const SealedPackPtr& pack, std::uint8_t level) {
  VCS_ASSIGN(SealedPackPtr noted, write_level(*directory_, *pack, level));
  const std::scoped_lock lock(append_mutex_);
  const std::unique_lock state_lock(state_mutex_);
  std::replace(sealed_.begin(), sealed_.end(), pack, noted);
  return {};
}

// --- Repair ---

Result<void> PackedObjectStore::seal() {
  const std::scoped_lock lock(append_mutex_);
  return open_ ? seal_open_pack() : Result<void>();
}

Result<bool> PackedObjectStore::has_file(const SealedPackPtr& pack) const {
  const auto stat = directory_->stat(pack_name(pack->number));
  if (stat) return stat->size >= pack->length;
  if (stat.error().code == ErrorCode::not_found) return false;
  return base::Failure(stat.error());
}

// What the old index tells of torn bytes counts only if it is whole.
Result<SealedPackPtr> PackedObjectStore::index_anew(const SealedPackPtr& pack) {
  VCS_ASSIGN(auto file, files_.get(pack->number));
  PackReader reader(std::move(file), pack->length);
  VCS_ASSIGN(PackScan scan, scan_pack(reader, pack->number));
  SealedPack anew;
  anew.number = pack->number;
  anew.length = pack->length;
  anew.contents = std::move(scan.contents);
  anew.contents.level = pack->level();
  if (!pack->index || pack->index->index.is_whole()) anew.contents.torn = pack->torn();
  VCS_ASSIGN(SealedPackPtr indexed, write_index(*directory_, anew));
  const std::scoped_lock lock(append_mutex_);
  const std::unique_lock state_lock(state_mutex_);
  if (std::find(sealed_.begin(), sealed_.end(), pack) == sealed_.end())
    return fail(ErrorCode::busy, "{} was replaced meanwhile", pack_name(pack->number));
  std::replace(sealed_.begin(), sealed_.end(), pack, indexed);
  return indexed;
}

Result<void> PackedObjectStore::replace(const SealedPackPtr& pack, PackWriter* salvaged) {
  SealedPackPtr whole;
  if (salvaged) {
    VCS_ASSIGN(whole, finish_pack(*salvaged, 0));
  }
  return swap_packs(std::move(whole), std::span(&pack, 1));
}

// Until both are gone an opening finds the damaged pack again, and so does another repair.
Result<void> PackedObjectStore::put_aside(const SealedPackPtr& pack, base::Directory& aside) {
  files_.forget(pack->number);
  VCS_TRY(move_aside(index_name(pack->number), aside));
  return move_aside(pack_name(pack->number), aside);
}

Result<void> PackedObjectStore::put_unusable_aside(base::Directory& aside) {
  for (const std::string& name : unusable()) VCS_TRY(move_aside(name, aside));
  const std::unique_lock lock(state_mutex_);
  unusable_.clear();
  return {};
}

// Under its own name, or one that is free. A file that is not there any more is no loss of ours.
Result<void> PackedObjectStore::move_aside(const std::string& name, base::Directory& aside) {
  Result<void> moved = directory_->rename(name, aside, name, true);
  for (int n = 2; !moved && moved.error().code == ErrorCode::already_exists; ++n)
    moved = directory_->rename(name, aside, fmt::format("{}.{}", name, n), true);
  if (!moved) return moved.error().code == ErrorCode::not_found ? Result<void>() : moved;
  VCS_TRY(aside.sync());
  return directory_->sync();
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
