// SPDX-License-Identifier: Apache-2.0
// The journal: records of  length:u32 type:u8 body checksum64(type, body):u64, applied in order;
// the first incomplete record ends it. It starts with the remote's repository id.
#include "core/sync/remote_cache.hpp"

#include <algorithm>

#include "core/object/checksum.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

namespace {

using object::ObjectId;
using remote::layout::SegmentPack;

constexpr const char* kJournal = "journal";
constexpr const char* kKnownIds = "known-ids";

enum Record : std::uint8_t {
  kIdentity = 1,   // the remote's repository id
  kSending = 2,    // a segment of one pack
  kConfirmed = 3,  // a pack id that is being sent
  kLoose = 4,      // a segment of one pack whose ids are known already
  kCovered = 5,    // all loose packs are in a segment now
  kHead = 6,       // this device's ref, as stored; empty: none
  kComplete = 7,   // a commit id
  kPacks = 8,      // ids and lengths of all packs that are there
};

constexpr std::size_t kPackIdLength = 32, kPackRecord = kPackIdLength + 8;
constexpr std::size_t kSegmentPacks = 64;
constexpr std::size_t kSegmentIds = (4u << 20) / ObjectId::kSize;
constexpr std::size_t kRecentIds = 64 * 1024;  // plus a part of what the base holds

Bytes encode_record(std::uint8_t type, ByteView body) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(body.size()));
  writer.u8(type);
  writer.bytes(body);
  writer.u64(object::checksum64(ByteView(out).subspan(4)));
  return out;
}

ByteView text_bytes(const std::string& text) {
  return base::as_bytes(text);
}

Bytes encode_one(const SegmentPack& pack) {
  return remote::layout::encode_segment({&pack, 1});
}

std::optional<SegmentPack> decode_one(ByteView body) {
  auto packs = remote::layout::decode_segment(body);
  if (!packs || packs->size() != 1) return std::nullopt;
  return std::move(packs->front());
}

}  // namespace

RemoteCache::RemoteCache(std::unique_ptr<base::Directory> directory, const base::Log& log)
    : directory_(std::move(directory)), log_(log) {}

Result<std::unique_ptr<RemoteCache>> RemoteCache::open(std::unique_ptr<base::Directory> directory,
                                                       const base::Log& log) {
  std::unique_ptr<RemoteCache> cache(new RemoteCache(std::move(directory), log));
  Result<void> loaded;
  {
    const base::Lock lock(cache->mutex_);
    loaded = cache->load();
    if (!loaded) cache->clear();
  }
  if (loaded) return cache;
  if (!tells_of_loss(loaded.error())) return tl::unexpected(std::move(loaded).error());
  if (loaded.error().code == ErrorCode::corrupt)
    log.warning("the local cache about a remote is damaged and is rebuilt from the remote: {}",
                loaded.error().message);
  return cache;
}

Result<void> RemoteCache::load() {
  VCS_ASSIGN(journal_, directory_->open_file(kJournal, base::OpenMode::write_existing));
  VCS_ASSIGN(const base::FileStat stat, journal_->stat());
  Bytes bytes(stat.size);
  VCS_ASSIGN(const std::size_t got, journal_->read_at(bytes, 0));
  bytes.resize(got);
  std::size_t end = 0;
  while (bytes.size() - end >= 13) {
    const ByteView rest = ByteView(bytes).subspan(end);
    const std::uint64_t length = base::ByteReader(rest).u32();
    if (length > rest.size() - 13) break;
    const ByteView checked = rest.subspan(4, length + 1);
    if (base::ByteReader(rest.subspan(length + 5)).u64() != object::checksum64(checked)) break;
    if (!apply(checked[0], checked.subspan(1))) break;
    end += length + 13;
  }
  // Bytes that a crash left behind a gap must not join records that are written into the gap.
  if (end < bytes.size()) VCS_TRY(journal_->truncate(end));
  journal_end_ = end;
  if (repository_id_.empty()) return fail(ErrorCode::corrupt, "its journal has no beginning");
  VCS_ASSIGN(base_, KnownIds::open(*directory_, kKnownIds, repository_id_));
  return {};
}

// False: it is no valid record; the journal ends before it.
bool RemoteCache::apply(std::uint8_t type, ByteView body) {
  if (type != kIdentity && repository_id_.empty()) return false;
  switch (type) {
    case kIdentity:
      if (!repository_id_.empty() || !remote::layout::is_valid_pack_id(base::as_text(body)))
        return false;
      repository_id_ = base::as_text(body);
      return true;
    case kSending:
    case kLoose: {
      auto pack = decode_one(body);
      if (!pack) return false;
      if (type == kSending)
        add_sending(std::move(*pack));
      else
        loose_.push_back(std::move(*pack));
      return true;
    }
    case kConfirmed:
      return apply_confirmed(std::string(base::as_text(body)));
    case kCovered:
      loose_.clear();
      return true;
    case kHead: {
      if (body.empty()) return head_bytes_.reset(), true;
      const auto ref = remote::layout::decode_remote_ref(body);
      if (!ref) return false;
      head_bytes_ = Bytes(body.begin(), body.end());
      complete_.insert(ObjectId::from_bytes(ref->commit));
      return true;
    }
    case kComplete:
      if (body.size() != ObjectId::kSize) return false;
      complete_.insert(ObjectId::from_bytes(body));
      return true;
    case kPacks:
      if (body.size() % kPackRecord != 0) return false;
      packs_.emplace();
      for (; !body.empty(); body = body.subspan(kPackRecord))
        packs_->emplace(base::as_text(body.first(kPackIdLength)),
                        base::ByteReader(body.subspan(kPackIdLength)).u64());
      return true;
    default:
      return false;
  }
}

void RemoteCache::add_sending(SegmentPack pack) {
  std::erase_if(sending_, [&](const SegmentPack& other) { return other.id == pack.id; });
  sending_.push_back(std::move(pack));
}

bool RemoteCache::apply_confirmed(const std::string& pack_id) {
  const auto found = std::find_if(sending_.begin(), sending_.end(),
                                  [&](const SegmentPack& pack) { return pack.id == pack_id; });
  if (found == sending_.end()) return false;
  learn(found->index);
  if (packs_) packs_->insert_or_assign(pack_id, found->size);
  loose_.push_back(std::move(*found));
  sending_.erase(found);
  return true;
}

void RemoteCache::learn(const remote::layout::PackIndex& index) {
  for (const remote::layout::RemoteObjectId& id : index.ids) recent_.insert(ObjectId{id});
}

void RemoteCache::clear() {
  journal_.reset();
  journal_end_ = 0;
  repository_id_.clear();
  base_ = {};
  recent_.clear();
  head_bytes_.reset();
  complete_.clear();
  sending_.clear();
  loose_.clear();
  packs_.reset();
}

Result<void> RemoteCache::append(std::uint8_t type, ByteView body) {
  const Bytes record = encode_record(type, body);
  VCS_TRY(journal_->write_at(record, journal_end_));
  journal_end_ += record.size();
  return {};
}

// Writes the base first: it also fits the old journal, which only repeats ids of the new base.
Result<void> RemoteCache::rewrite() {
  VCS_TRY(KnownIds::write(*directory_, kKnownIds, repository_id_, base_,
                          {recent_.begin(), recent_.end()}));
  VCS_ASSIGN(base_, KnownIds::open(*directory_, kKnownIds, repository_id_));
  recent_.clear();
  Bytes journal;
  const auto add = [&](Record type, ByteView body) {
    const Bytes record = encode_record(type, body);
    journal.insert(journal.end(), record.begin(), record.end());
  };
  add(kIdentity, text_bytes(repository_id_));
  for (const ObjectId& commit : complete_) add(kComplete, commit.view());
  if (head_bytes_) add(kHead, *head_bytes_);
  if (packs_) {
    Bytes packs;
    base::ByteWriter writer(packs);
    for (const auto& [id, size] : *packs_) {
      writer.bytes(text_bytes(id));
      writer.u64(size);
    }
    add(kPacks, packs);
  }
  for (const SegmentPack& pack : loose_) add(kLoose, encode_one(pack));
  for (const SegmentPack& pack : sending_) add(kSending, encode_one(pack));
  VCS_TRY(base::replace_file(*directory_, kJournal, journal));
  VCS_ASSIGN(journal_, directory_->open_file(kJournal, base::OpenMode::write_existing));
  journal_end_ = journal.size();
  return {};
}

bool RemoteCache::knows(const ObjectId& id) const {
  const base::Lock lock(mutex_);
  return recent_.contains(id) || base_.contains(id);
}

std::string RemoteCache::repository_id() const {
  const base::Lock lock(mutex_);
  return repository_id_;
}

std::optional<Bytes> RemoteCache::head_bytes() const {
  const base::Lock lock(mutex_);
  return head_bytes_;
}

bool RemoteCache::is_complete(const ObjectId& commit) const {
  const base::Lock lock(mutex_);
  return complete_.contains(commit);
}

std::optional<ObjectId> RemoteCache::head() const {
  const std::optional<Bytes> bytes = head_bytes();
  if (!bytes) return std::nullopt;
  const auto ref = remote::layout::decode_remote_ref(*bytes);
  if (!ref) return std::nullopt;
  return ObjectId::from_bytes(ref->commit);
}

Result<void> RemoteCache::refresh(remote::RemoteStore& remote, const std::string& repository_id,
                                  const std::string& device, std::size_t threads) {
  const base::Lock lock(mutex_);
  clear();
  std::vector<std::string> damage;
  // Reads refs before packs: a ref names only objects of packs that are there already.
  VCS_ASSIGN(const auto refs, read_remote_refs(remote, damage));
  bool whole = true;
  packs_.emplace();
  CatalogVisitor visitor;
  visitor.damage = [&](const std::string& sentence) { damage.push_back(sentence); };
  visitor.pack = [&](CatalogPack&& found) VCS_REQUIRES(mutex_) -> Result<void> {
    if (found.state != PackState::present) {
      whole = false;
      return {};
    }
    learn(found.pack.index);
    packs_->insert_or_assign(found.pack.id, found.pack.size);
    if (!found.covered) loose_.push_back(std::move(found.pack));
    return {};
  };
  auto visited = visit_remote_packs(remote, threads, visitor);
  if (!visited) {
    clear();
    return visited;
  }
  for (const std::string& sentence : damage) log_.warning("a remote is damaged: {}", sentence);
  for (const DeviceRef& found : refs) {
    if (whole) complete_.insert(found.commit());
    if (found.device == device && found.name == remote::layout::kHeadRef) head_bytes_ = found.bytes;
  }
  repository_id_ = repository_id;
  auto written = rewrite();
  if (!written) clear();
  return written;
}

Result<void> RemoteCache::set_head(const Bytes& ref_bytes) {
  const base::Lock lock(mutex_);
  const auto ref = remote::layout::decode_remote_ref(ref_bytes);
  head_bytes_.reset();
  if (ref) {
    head_bytes_ = ref_bytes;
    complete_.insert(ObjectId::from_bytes(ref->commit));
  }
  return append(kHead, ref ? ByteView(ref_bytes) : ByteView());
}

Result<void> RemoteCache::note_sending(const SegmentPack& pack) {
  const base::Lock lock(mutex_);
  add_sending(pack);
  return append(kSending, encode_one(pack));
}

Result<void> RemoteCache::confirm(const std::string& pack_id) {
  const base::Lock lock(mutex_);
  if (!apply_confirmed(pack_id)) return {};
  VCS_TRY(append(kConfirmed, text_bytes(pack_id)));
  if (recent_.size() > kRecentIds + base_.size() / 32) return rewrite();
  return {};
}

Result<void> RemoteCache::resolve_unconfirmed(remote::RemoteStore& remote) {
  std::vector<SegmentPack> packs;
  {
    const base::Lock lock(mutex_);
    packs = sending_;
  }
  for (const SegmentPack& pack : packs) {
    VCS_ASSIGN(const auto info, remote.stat(remote::layout::pack_name(pack.id)));
    if (info && info->size == pack.size) VCS_TRY(confirm(pack.id));
  }
  const base::Lock lock(mutex_);
  sending_.clear();
  return {};
}

Result<std::optional<std::size_t>> RemoteCache::count_lost_packs(
    remote::RemoteStore& remote) const {
  std::unordered_map<std::string, std::uint64_t> lost;
  {
    const base::Lock lock(mutex_);
    if (!packs_) return std::nullopt;
    lost = *packs_;
  }
  VCS_TRY(remote.list(remote::layout::kPacksPrefix, [&](const remote::ObjectInfo& info) {
    const auto id = remote::layout::parse_pack_name(info.name);
    const auto known = id ? lost.find(*id) : lost.end();
    if (known != lost.end() && known->second == info.size) lost.erase(known);
    return true;
  }));
  return lost.size();
}

std::vector<SegmentPack> RemoteCache::loose_packs() const {
  const base::Lock lock(mutex_);
  return loose_;
}

bool RemoteCache::wants_segment() const {
  const base::Lock lock(mutex_);
  std::size_t ids = 0;
  for (const SegmentPack& pack : loose_) ids += pack.index.ids.size();
  return loose_.size() >= kSegmentPacks || ids >= kSegmentIds;
}

Result<void> RemoteCache::segment_written() {
  const base::Lock lock(mutex_);
  loose_.clear();
  VCS_TRY(append(kCovered, {}));
  return {};
}

}  // namespace vcs::sync
