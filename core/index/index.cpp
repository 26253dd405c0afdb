// SPDX-License-Identifier: Apache-2.0
// The index: generations of base file and journal, and the changes from one to the next.
//
// Two acts change the index: it appends a record to the journal, or it writes a whole new
// generation (merge, clear, a very large apply), which is valid once the file `current` names it.
// If an act fails, memory keeps the state before it. The disk then has that state or the new one,
// and both are true.
#include "core/index/index.hpp"

#include <algorithm>
#include <cassert>

#include "core/index/generation_writer.hpp"
#include "core/index/merged_cursor.hpp"

namespace vcs::index {
namespace {

constexpr std::uint64_t kLeastMergeSize = std::uint64_t{4} << 20;
constexpr std::uint64_t kMergeShare = 16;  // of the base's size; keeps the overlay small as well
constexpr std::uint64_t kDocketLimit = 4096;

class StoredIndex final : public Index {
 public:
  StoredIndex(std::unique_ptr<base::Directory> directory, const base::Log& log)
      : directory_(std::move(directory)), log_(log) {}

  Result<void> load();

  bool was_reset() const override { return was_reset_ || base_->damaged(); }
  object::ObjectId tag() const override;
  std::optional<IndexEntry> find(std::string_view path) const override;
  std::unique_ptr<IndexCursor> cursor() const override;
  std::unique_ptr<Update> update() override;
  bool wants_merge() const override { return journal_->size() > merge_size(); }
  Result<void> merge() override;
  Result<void> clear() override;
  IndexStats stats() const override { return {entries_, base_->size(), journal_->size()}; }
  void trim_memory() const override { base_->trim(); }

 private:
  class StoredUpdate;

  Result<void> load_current();
  Result<void> find_last_generation();
  void replay(const JournalRecord& record);
  void put(std::string_view path, const std::optional<IndexEntry>& entry);
  std::uint64_t merge_size() const {
    return std::max(kLeastMergeSize, base_->size() / kMergeShare);
  }
  std::uint64_t entries_after(ByteView run) const;
  Result<void> append_to_journal(ByteView run, const object::ObjectId& tag);
  Result<std::unique_ptr<GenerationWriter>> new_generation(bool with_entries);
  // Finishes the generation of `writer` and makes it the valid one.
  Result<void> switch_to(GenerationWriter& writer, const object::ObjectId& tag);
  Result<void> drop_damaged();
  void remove_all_but(std::uint32_t generation);

  std::unique_ptr<base::Directory> directory_;
  base::Log log_;
  std::unique_ptr<BaseFile> base_;
  std::unique_ptr<Journal> journal_;
  Overlay overlay_;
  std::uint64_t entries_ = 0;
  object::ObjectId tag_;
  // The highest number so far. A number is used once: a `current` that reached the disk although
  // its write failed must not name files of a later attempt.
  std::uint32_t last_generation_ = 0;
  bool was_reset_ = false;
};

// --- Opening ---

Result<void> StoredIndex::load() {
  VCS_TRY(find_last_generation());
  const bool has_files = last_generation_ > 0;
  auto loaded = load_current();
  if (loaded) return {};
  const ErrorCode code = loaded.error().code;
  if (!tells_of_loss(code) && code != ErrorCode::invalid) return loaded;
  if (has_files || code != ErrorCode::not_found) {
    was_reset_ = true;
    log_.warning("{}; the index starts empty, and the agent checks all files again",
                 loaded.error().message);
  }
  return clear();
}

Result<void> StoredIndex::load_current() {
  VCS_ASSIGN(const Bytes docket, base::read_file(*directory_, kDocketName, kDocketLimit));
  VCS_ASSIGN(const std::uint32_t generation, decode_docket(docket));
  last_generation_ = std::max(last_generation_, generation);

  VCS_ASSIGN(const auto file, directory_->open_file(base_name(generation), base::OpenMode::read));
  VCS_ASSIGN(const base::FileStat stat, file->stat());
  if (stat.size == 0) return fail(ErrorCode::corrupt, "the index's base file is empty");
  VCS_ASSIGN(auto mapping, file->map(stat.size));
  VCS_ASSIGN(base_, BaseFile::open(std::move(mapping), generation));
  entries_ = base_->entries();
  tag_ = base_->tag();
  VCS_ASSIGN(journal_, Journal::open(*directory_, journal_name(generation), generation,
                                     [this](const JournalRecord& record) { replay(record); }));
  if (journal_->torn_bytes() > 0)
    log_.info("the index's journal had a torn end of {} bytes, now cut", journal_->torn_bytes());
  remove_all_but(generation);
  return {};
}

Result<void> StoredIndex::find_last_generation() {
  return directory_->list([this](const base::DirectoryEntry& entry) {
    last_generation_ = std::max(last_generation_, generation_of(entry.name).value_or(0));
    return true;
  });
}

void StoredIndex::replay(const JournalRecord& record) {
  RunReader reader(record.run);
  while (reader.next())
    put(reader.path(), reader.removed() ? std::nullopt : std::optional(reader.entry()));
  entries_ = record.entries;
  tag_ = record.tag;
}

void StoredIndex::put(std::string_view path, const std::optional<IndexEntry>& entry) {
  const auto found = overlay_.lower_bound(path);
  if (found != overlay_.end() && found->first == path) {
    found->second = entry;
  } else {
    overlay_.emplace_hint(found, path, entry);
  }
}

// --- Reading ---

object::ObjectId StoredIndex::tag() const {
  return base_->damaged() ? object::ObjectId{} : tag_;
}

std::optional<IndexEntry> StoredIndex::find(std::string_view path) const {
  if (const auto change = overlay_.find(path); change != overlay_.end()) return change->second;
  BaseCursor cursor(*base_);
  cursor.seek(path);
  if (!cursor.valid() || cursor.path() != path) return std::nullopt;
  return cursor.entry();
}

std::unique_ptr<IndexCursor> StoredIndex::cursor() const {
  return std::make_unique<MergedCursor>(*base_, overlay_);
}

// --- Writing ---

// Keeps the changes as a run. When the run is too large for the journal, it writes them into a new
// base file instead; the journal would be merged at once anyway.
class StoredIndex::StoredUpdate final : public Index::Update {
 public:
  explicit StoredUpdate(StoredIndex& index) : index_(index), writer_(run_) {}

  Result<void> add(std::string_view path, const IndexEntry* entry) override {
    assert(!path.empty());
    if (generation_) return generation_->add(path, entry);
    writer_.add(path, entry);
    return run_.size() > index_.merge_size() ? outgrow() : Result<void>();
  }

  Result<void> finish(const object::ObjectId& tag) override {
    if (index_.base_->damaged()) return index_.drop_damaged();
    VCS_TRY(generation_ ? index_.switch_to(*generation_, tag)
                        : index_.append_to_journal(run_, tag));
    index_.was_reset_ = false;
    return {};
  }

 private:
  Result<void> outgrow() {
    VCS_ASSIGN(generation_, index_.new_generation(true));
    RunReader reader(run_);
    while (reader.next())
      VCS_TRY(generation_->add(reader.path(), reader.removed() ? nullptr : &reader.entry()));
    run_ = {};
    return {};
  }

  StoredIndex& index_;
  Bytes run_;
  RunWriter writer_;
  std::unique_ptr<GenerationWriter> generation_;
};

std::unique_ptr<Index::Update> StoredIndex::update() {
  return std::make_unique<StoredUpdate>(*this);
}

std::uint64_t StoredIndex::entries_after(ByteView run) const {
  MergedCursor cursor(*base_, overlay_);
  std::uint64_t entries = entries_;
  for (RunReader reader(run); reader.next();) {
    cursor.seek(reader.path());
    const bool existed = cursor.valid() && cursor.path() == reader.path();
    if (existed && reader.removed()) --entries;
    if (!existed && !reader.removed()) ++entries;
  }
  return entries;
}

Result<void> StoredIndex::append_to_journal(ByteView run, const object::ObjectId& tag) {
  const std::uint64_t entries = entries_after(run);
  if (base_->damaged()) return drop_damaged();
  const JournalRecord record{tag, entries, run};
  VCS_TRY(journal_->append(record));
  replay(record);
  return {};
}

Result<void> StoredIndex::merge() {
  if (base_->damaged()) return drop_damaged();
  VCS_ASSIGN(const auto writer, new_generation(true));
  return switch_to(*writer, tag_);
}

Result<void> StoredIndex::clear() {
  VCS_ASSIGN(const auto writer, new_generation(false));
  return switch_to(*writer, {});
}

// Clears an index that has lost entries. It cannot be repaired, and it must not get the tag of a
// new commit: no later save would notice that a file without an entry was deleted.
Result<void> StoredIndex::drop_damaged() {
  was_reset_ = true;
  VCS_TRY(clear());
  constexpr const char* kMessage =
      "the index's base file was damaged; the index starts empty, and the agent checks all files "
      "again";
  log_.warning("{}", kMessage);
  return fail(ErrorCode::corrupt, "{}", kMessage);
}

Result<std::unique_ptr<GenerationWriter>> StoredIndex::new_generation(bool with_entries) {
  return GenerationWriter::start(*directory_, ++last_generation_,
                                 with_entries ? cursor() : nullptr);
}

Result<void> StoredIndex::switch_to(GenerationWriter& writer, const object::ObjectId& tag) {
  auto written = writer.finish(tag);
  // A copy of a damaged base lacks entries. (Without a first generation there is no base yet.)
  if (base_ && base_->damaged() && writer.copies()) return drop_damaged();
  if (!written) return tl::unexpected(std::move(written).error());
  // If this fails, the disk may name either generation; so the files of both must stay.
  VCS_TRY(base::replace_file(*directory_, kDocketName, encode_docket(writer.generation())));
  base_ = std::move(written->base);
  journal_ = std::move(written->journal);
  overlay_.clear();
  entries_ = base_->entries();
  tag_ = tag;
  remove_all_but(writer.generation());
  return {};
}

void StoredIndex::remove_all_but(std::uint32_t generation) {
  std::vector<std::string> stale;
  const std::string temporary = std::string(kDocketName) + ".tmp";
  (void)directory_->list([&](const base::DirectoryEntry& entry) {
    const auto found = generation_of(entry.name);
    if (found ? *found != generation : entry.name.starts_with(temporary))
      stale.push_back(entry.name);
    return true;
  });
  for (const std::string& name : stale) (void)directory_->remove_file(name);
}

}  // namespace

Result<void> Index::apply(const std::vector<IndexChange>& changes, const object::ObjectId& tag) {
  const auto whole = update();
  for (const IndexChange& change : changes)
    VCS_TRY(whole->add(change.path, change.entry ? &*change.entry : nullptr));
  return whole->finish(tag);
}

Result<std::unique_ptr<Index>> Index::open(std::unique_ptr<base::Directory> directory,
                                           const base::Log& log) {
  auto index = std::make_unique<StoredIndex>(std::move(directory), log);
  VCS_TRY(index->load());
  return index;
}

}  // namespace vcs::index
