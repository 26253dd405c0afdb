// SPDX-License-Identifier: Apache-2.0
// The pipeline of one snapshot: lanes that do whatever is next, a window of batches that keeps
// results in order, and a short queue of pieces of large files that any lane may hash and compress.
#include "core/snapshot/ingest.hpp"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "core/base/memory.hpp"
#include "core/object/chunk_list.hpp"
#include "core/snapshot/entry_reader.hpp"
#include "core/snapshot/large_file.hpp"
#include "core/store/frame_builder.hpp"

namespace vcs::snapshot {
namespace {

using base::ByteView;
using base::Error;
using base::Result;
using object::ChunkListEntry;
using object::ContentKind;
using object::ObjectId;
using object::ObjectKind;
using State = Ingested::State;

// Batches that may wait, done, for one before them: a large file in it takes its time.
constexpr std::size_t kWindowPerLane = 8;
// A batch ends early behind so many bytes: large files are spread over the lanes that read.
constexpr std::uint64_t kBatchBytes = 8u << 20;
// Or behind paths of so many bytes, which only very deep trees have.
constexpr std::size_t kBatchPathBytes = std::size_t{1} << 20;
// Work that is still going on after this long is worth counting.
constexpr base::Nanos kSurveyAfter = std::chrono::seconds(2);

struct Batch : IngestedBatch {
  bool done = false;
};

// A large file while its pieces are on several lanes. Guarded by the pipeline's mutex.
struct LargeFile {
  std::map<std::size_t, std::vector<ChunkListEntry>> done;  // by piece; taken by the list in order
  std::size_t pieces_open = 0;
  bool lacked_memory = false;
};

// New chunks that are claimed and held. Those that are not taken are given up.
struct FreshChunks {
  explicit FreshChunks(store::ObjectStore& of) : store(of) {}
  ~FreshChunks() {
    for (std::size_t i = taken; i < all.size(); ++i) store.give_up_claim(all[i].id);
  }
  FreshChunks(const FreshChunks&) = delete;
  FreshChunks& operator=(const FreshChunks&) = delete;

  store::ObjectStore& store;
  std::vector<pack::FrameInput> all;
  std::size_t taken = 0;
};

struct Share {
  std::shared_ptr<LargeFile> file;
  std::size_t number = 0;  // of the piece
  Piece piece;
};

// The list of a large file, as far as its pieces are known without a gap.
struct GrowingList {
  object::ChunkListBuilder builder;
  std::size_t next = 0;  // piece
};

class Pipeline {
 public:
  explicit Pipeline(const IngestParts& parts)
      : root_(parts.root),
        scan_(parts.scan),
        store_(parts.store),
        chunker_(parts.chunker),
        clock_(parts.clock),
        options_(parts.options),
        progress_(parts.progress),
        sink_(parts.sink),
        zeros_(parts.chunker),
        began_(clock_.steady()),
        governor_(options_.lanes, began_) {}

  Result<void> run(base::ThreadPool& pool);

 private:
  friend class Lane;
  using Lock = std::unique_lock<std::mutex>;

  bool stopped() const {
    return failed_.load(std::memory_order_relaxed) ||
           (options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed));
  }
  void fail(Error error);
  // Tells waiting lanes that something is new.
  void news() {
    ++events_;
    wake_.notify_all();
  }
  bool is_small();
  std::shared_ptr<Batch> next_batch();
  bool take_candidates(Batch& batch);
  void tell_choice(std::size_t lanes);
  bool wanted(std::size_t number);
  void finished(Batch& batch, base::SteadyNanos began, Lock& lock);
  void drain(Lock& lock);
  bool all_done() const {
    return busy_ == 0 && shares_.empty() && window_.empty() && scan_.finished();
  }
  bool take_survey(Lock& lock);

  base::Directory& root_;
  worktree::TreeScan& scan_;
  store::ObjectStore& store_;
  const object::Chunker& chunker_;
  const base::Clock& clock_;
  const IngestOptions& options_;
  IngestProgress& progress_;
  const IngestSink& sink_;
  const ZeroChunk zeros_;
  const base::SteadyNanos began_;

  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable wake_;    // of lanes that found nothing to do
  std::condition_variable unpark_;  // of lanes that are more than wanted
  std::uint64_t events_ = 0;
  std::optional<Error> failure_;
  LaneGovernor governor_;
  std::shared_ptr<Batch> first_;               // taken to see how much there is
  std::deque<std::shared_ptr<Batch>> window_;  // in tree order; the first is the next to be drained
  bool draining_ = false;
  std::size_t busy_ = 0;  // lanes that may still bring shares or batches
  std::size_t most_shares_ = 0;
  std::deque<Share> shares_;
  std::vector<base::Buffer> spare_buffers_;
  std::size_t reading_ = 0;  // lanes that read files now
  std::uint64_t files_taken_ = 0, bytes_taken_ = 0;
  std::uint64_t small_cost_ = 0, large_cost_ = 0;
  bool surveyed_ = false;
  bool is_alone_ = false;  // there is so little to do that one lane does it
};

// One thread's share of the work, with the contexts that it reuses.
class Lane final : public ContentTaker {
 public:
  explicit Lane(Pipeline& pipeline)
      : p_(pipeline),
        hasher_(pipeline.options_.hash_provider),
        reader_(pipeline.root_, pipeline.clock_, pipeline.options_, hasher_, *this),
        blobs_(pipeline.store_, ObjectKind::blob, pipeline.options_.level),
        lists_(pipeline.store_, ObjectKind::chunk_list, pipeline.options_.level) {}

  Result<void> work(std::size_t number);
  Result<void> take_content(base::File& file, Ingested& out) override;

 private:
  using Lock = Pipeline::Lock;
  bool parked(std::size_t number) const { return number >= p_.governor_.lanes(); }
  bool do_share(Lock& lock, Result<void>& done);
  bool do_batch(Lock& lock, Result<void>& done);
  bool do_scan(Lock& lock);
  Result<void> take_batch(Batch& batch);
  Result<void> take_small(base::File& file, Ingested& out);
  Result<void> take_large(base::File& file, Ingested& out);
  Result<void> share(Share share);
  Result<void> hash(Share share);
  Result<void> hash_piece(Share& share);
  Result<void> hash_chunks(const Piece& piece, std::vector<ChunkListEntry>& entries);
  Result<void> hash_zeros(std::uint64_t count, std::vector<ChunkListEntry>& entries);
  Result<void> grow(LargeFile& file, GrowingList& list);
  Result<void> finish_large(LargeFile& file, GrowingList& list, Ingested& out);
  base::Buffer spare_buffer();

  Pipeline& p_;
  object::Hasher hasher_;
  EntryReader reader_;
  store::FrameBuilder blobs_, lists_;
  std::optional<ObjectId> id_of_zeros_;
};

// --- Content ---

Result<void> Lane::take_content(base::File& file, Ingested& out) {
  return out.stat.size <= p_.chunker_.parameters().minimum() ? take_small(file, out)
                                                             : take_large(file, out);
}

// Read straight to where the frame is made of.
Result<void> Lane::take_small(base::File& file, Ingested& out) {
  const std::span<std::uint8_t> room = blobs_.room(out.stat.size);
  auto got = file.read_at(room, 0);
  if (!got) return refuse(out, got.error()), Result<void>();
  if (*got != room.size()) {
    out.state = State::unstable;
    return {};
  }
  const ObjectId id = hasher_.hash(room);
  out.content = {ContentKind::blob, id};
  out.state = State::captured;
  p_.progress_.bytes_done += room.size();
  return p_.store_.claim(id) ? blobs_.keep(id) : Result<void>();
}

base::Buffer Lane::spare_buffer() {
  const std::scoped_lock lock(p_.mutex_);
  if (p_.spare_buffers_.empty()) return {};
  base::Buffer buffer = std::move(p_.spare_buffers_.back());
  p_.spare_buffers_.pop_back();
  return buffer;
}

Result<void> Lane::take_large(base::File& file, Ingested& out) {
  const bool sparse = out.stat.blocks * 512 < out.stat.size;
  LargeFileCutter cutter(file, out.stat.size, sparse, p_.chunker_, p_.zeros_);
  const auto large = std::make_shared<LargeFile>();
  GrowingList list{object::ChunkListBuilder([this](const ObjectId& id, base::Bytes node) {
    return p_.store_.claim(id) ? lists_.add(id, node) : Result<void>();
  })};
  for (std::size_t number = 0; !p_.stopped() && !cutter.ended(); ++number) {
    Share next{large, number, {}};
    next.piece.buffer = spare_buffer();
    auto more = cutter.next(next.piece);
    if (!more) refuse(out, more.error());
    if (!more || !*more) break;
    VCS_TRY(share(std::move(next)));
    VCS_TRY(grow(*large, list));
  }
  VCS_TRY(finish_large(*large, list, out));
  if (out.error || p_.stopped()) return {};
  out.state = cutter.complete() ? State::captured : State::unstable;
  // Of a file that became shorter, what was read is told.
  out.stat.size = cutter.length();
  return {};
}

// Queues a share for whoever is free; with a full queue this lane does it itself, which keeps
// memory bounded and cannot dead-lock.
Result<void> Lane::share(Share share) {
  {
    const std::scoped_lock lock(p_.mutex_);
    // Counted once it is sure that somebody does it: the queue may find no memory.
    if (p_.shares_.size() < p_.most_shares_) {
      const std::shared_ptr<LargeFile> file = share.file;
      p_.shares_.push_back(std::move(share));
      ++file->pieces_open;
      p_.news();
      return {};
    }
    ++share.file->pieces_open;
  }
  return hash(std::move(share));
}

// Without memory for a piece its file is refused, whichever lane took it.
Result<void> Lane::hash(Share share) {
  Result<void> done;
  const bool had_memory = base::has_memory_for([&] { done = hash_piece(share); });
  const std::scoped_lock lock(p_.mutex_);
  if (!had_memory) share.file->lacked_memory = true;
  --share.file->pieces_open;
  p_.news();
  return done;
}

// Hashes and stores the chunks of one share and enters them in their file.
Result<void> Lane::hash_piece(Share& share) {
  std::vector<ChunkListEntry> entries;
  if (share.piece.zero_chunks > 0)
    VCS_TRY(hash_zeros(share.piece.zero_chunks, entries));
  else
    VCS_TRY(hash_chunks(share.piece, entries));
  for (const ChunkListEntry& entry : entries) p_.progress_.bytes_done += entry.bytes;
  const std::scoped_lock lock(p_.mutex_);
  share.file->done.emplace(share.number, std::move(entries));
  p_.spare_buffers_.push_back(std::move(share.piece.buffer));
  return {};
}

Result<void> Lane::hash_zeros(std::uint64_t count, std::vector<ChunkListEntry>& entries) {
  const ByteView zeros = p_.zeros_.view();
  if (!id_of_zeros_) id_of_zeros_ = hasher_.hash(zeros);
  if (p_.store_.claim(*id_of_zeros_)) VCS_TRY(blobs_.add(*id_of_zeros_, zeros));
  entries.push_back({*id_of_zeros_, count * zeros.size(), count});
  return {};
}

// Neighbouring chunks share a frame, like small files do; what is left of them joins those.
Result<void> Lane::hash_chunks(const Piece& piece, std::vector<ChunkListEntry>& entries) {
  constexpr std::size_t kTarget = pack::solid_frame_target(ObjectKind::blob);
  FreshChunks fresh(p_.store_);
  fresh.all.reserve(piece.lengths.size());
  std::size_t offset = 0, gathered = 0;
  for (const std::uint32_t length : piece.lengths) {
    const ByteView chunk = piece.buffer.view().subspan(offset, length);
    const ObjectId id = hasher_.hash(chunk);
    if (p_.store_.claim(id)) {
      fresh.all.push_back({id, chunk});
      gathered += length;
      if (gathered >= kTarget) {
        VCS_TRY(blobs_.append(fresh.all));
        fresh.all.clear();
        gathered = 0;
      }
    }
    entries.push_back({id, length});
    offset += length;
  }
  if (gathered >= kTarget / 2) {
    VCS_TRY(blobs_.append(fresh.all));
    fresh.all.clear();
  }
  while (fresh.taken < fresh.all.size()) {
    const pack::FrameInput& chunk = fresh.all[fresh.taken++];
    VCS_TRY(blobs_.add(chunk.id, chunk.bytes));
  }
  return {};
}

// Takes over what is done of the file's pieces, up to the first that is not.
Result<void> Lane::grow(LargeFile& file, GrowingList& list) {
  Lock lock(p_.mutex_);
  for (auto done = file.done.begin(); done != file.done.end() && done->first == list.next;
       done = file.done.begin()) {
    const std::vector<ChunkListEntry> entries = std::move(done->second);
    file.done.erase(done);
    ++list.next;
    lock.unlock();
    for (const ChunkListEntry& entry : entries) VCS_TRY(list.builder.add(entry));
    lock.lock();
  }
  return {};
}

// Waits for the file's open pieces, working on the queue meanwhile, then ends its chunk list.
Result<void> Lane::finish_large(LargeFile& file, GrowingList& list, Ingested& out) {
  Lock lock(p_.mutex_);
  while (file.pieces_open > 0) {
    if (p_.stopped()) return {};
    Result<void> done;
    if (!do_share(lock, done)) p_.wake_.wait(lock);
    if (!done) return done;
  }
  lock.unlock();
  if (file.lacked_memory) return refuse(out, base::out_of_memory().value()), Result<void>();
  VCS_TRY(grow(file, list));
  if (list.builder.empty()) return {};
  VCS_ASSIGN(out.content, list.builder.finish());
  return {};
}

// --- What a lane does next ---

bool Lane::do_share(Lock& lock, Result<void>& done) {
  if (p_.shares_.empty()) return false;
  Share share = std::move(p_.shares_.front());
  p_.shares_.pop_front();
  lock.unlock();
  done = hash(std::move(share));
  lock.lock();
  return true;
}

bool Lane::do_batch(Lock& lock, Result<void>& done) {
  const std::size_t readers = p_.options_.lanes.readers;
  if (readers != 0 && p_.reading_ >= readers) return false;
  const std::shared_ptr<Batch> batch = p_.next_batch();
  if (!batch) return false;
  const base::SteadyNanos began = p_.clock_.steady();
  ++p_.busy_;
  ++p_.reading_;
  lock.unlock();
  done = take_batch(*batch);
  lock.lock();
  --p_.reading_;
  if (done) p_.finished(*batch, began, lock);
  --p_.busy_;
  p_.news();
  return true;
}

bool Lane::do_scan(Lock& lock) {
  lock.unlock();
  const bool moved = p_.scan_.advance();
  lock.lock();
  if (moved) p_.news();
  return moved;
}

Result<void> Lane::take_batch(Batch& batch) {
  for (std::size_t i = 0; i < batch.candidates.size() && !p_.stopped(); ++i) {
    if (!batch.candidates[i].stat) continue;
    VCS_TRY(reader_.read(batch.candidates[i], batch.results[i]));
    ++p_.progress_.files_done;
  }
  return {};
}

Result<void> Lane::work(std::size_t number) {
  Lock lock(p_.mutex_);
  while (!p_.stopped() && !p_.all_done()) {
    if (parked(number)) {
      p_.unpark_.wait(lock);
      continue;
    }
    const std::uint64_t seen = p_.events_;
    Result<void> done;
    const bool did =
        do_share(lock, done) || p_.take_survey(lock) || do_batch(lock, done) || do_scan(lock);
    if (!done) return done;
    if (!did && p_.events_ == seen) p_.wake_.wait(lock);
  }
  p_.news();
  p_.unpark_.notify_all();
  lock.unlock();
  if (p_.stopped()) return {};
  VCS_TRY(blobs_.flush());
  return lists_.flush();
}

// --- The pipeline ---

void Pipeline::fail(Error error) {
  const std::scoped_lock lock(mutex_);
  if (!failure_) failure_ = std::move(error);
  failed_ = true;
  news();
  unpark_.notify_all();
}

// The next files in tree order, while the window has room.
std::shared_ptr<Batch> Pipeline::next_batch() {
  if (first_) return std::exchange(first_, nullptr);
  if (window_.size() >= kWindowPerLane * governor_.lanes()) return nullptr;
  auto batch = std::make_shared<Batch>();
  const bool moved = take_candidates(*batch);
  if (batch->candidates.empty()) {
    // Nobody has to read what was taken: more may follow, or nothing, and then all is done.
    if (moved) news();
    return nullptr;
  }
  batch->results.resize(batch->candidates.size());
  if (!surveyed_ && scan_.finished()) {
    surveyed_ = true;
    progress_.files_total = files_taken_;
    progress_.bytes_total = bytes_taken_;
  }
  window_.push_back(batch);
  return batch;
}

// False: the scan is where it was.
bool Pipeline::take_candidates(Batch& batch) {
  const std::uint64_t large = chunker_.parameters().minimum();
  const std::size_t most = governor_.batch_files();
  const std::uint64_t bytes_before = bytes_taken_;
  const bool was_finished = scan_.finished();
  std::size_t path_bytes = 0;
  std::vector<worktree::Candidate>& all = batch.candidates;
  while (all.size() < most && bytes_taken_ - bytes_before < kBatchBytes &&
         path_bytes < kBatchPathBytes) {
    const std::size_t before = all.size();
    const std::size_t portion = std::min(most - before, LaneGovernor::kLeastBatch);
    if (scan_.take(portion, all) == 0) break;
    for (std::size_t i = before; i < all.size(); ++i) {
      path_bytes += all[i].path.size();
      if (!all[i].stat || (options_.known && options_.known(all[i]))) continue;
      const base::FileStat& stat = *all[i].stat;
      const std::uint64_t bytes = stat.type == base::FileType::regular ? stat.size : 0;
      ++files_taken_;
      bytes_taken_ += bytes;
      (bytes > large ? large_cost_ : small_cost_) += bytes + kFileCost;
    }
  }
  // A look that finds nothing leaves standing what is told of the last one that did.
  if (files_taken_ > 0) progress_.small_cost = small_cost_, progress_.large_cost = large_cost_;
  const bool moved = !all.empty() || scan_.finished() != was_finished;
  if (options_.known) std::erase_if(all, options_.known);
  return moved;
}

void Pipeline::tell_choice(std::size_t lanes) {
  const std::size_t readers = options_.lanes.readers;
  progress_.lanes = static_cast<std::uint32_t>(lanes);
  progress_.readers = static_cast<std::uint32_t>(readers == 0 ? lanes : std::min(readers, lanes));
  progress_.batch_files = static_cast<std::uint32_t>(governor_.batch_files());
}

void Pipeline::finished(Batch& batch, base::SteadyNanos began, Lock& lock) {
  batch.done = true;
  const base::SteadyNanos now = clock_.steady();
  governor_.batch_took(batch.candidates.size(), base::Nanos(now - began));
  const std::size_t lanes = governor_.lanes();
  governor_.measure(progress_.bytes_done + kFileCost * progress_.files_done, now);
  if (governor_.lanes() > lanes) unpark_.notify_all();
  tell_choice(is_alone_ ? 1 : governor_.lanes());
  drain(lock);
}

// Gives what is done to the sink, in order, whichever lane comes by.
void Pipeline::drain(Lock& lock) {
  if (draining_) return;
  draining_ = true;
  while (!window_.empty() && window_.front()->done && !failure_) {
    const std::shared_ptr<Batch> batch = window_.front();
    lock.unlock();
    Result<void> taken = sink_(*batch);
    lock.lock();
    window_.pop_front();
    if (!taken && !failure_) {
      failure_ = std::move(taken).error();
      failed_ = true;
    }
  }
  draining_ = false;
}

// Counts what there is to do, once, when the work takes long: for the bar on the screen.
bool Pipeline::take_survey(Lock& lock) {
  if (surveyed_ || !options_.survey || clock_.steady() - began_ < kSurveyAfter.count())
    return false;
  surveyed_ = true;
  ++busy_;
  lock.unlock();
  std::uint64_t files = 0, bytes = 0;
  auto scan = options_.survey();
  std::vector<worktree::Candidate> found;
  while (scan && !(*scan)->finished() && !stopped()) {
    (*scan)->advance();
    found.clear();
    (*scan)->take(std::size_t{1} << 20, found);
    for (const worktree::Candidate& candidate : found) {
      if (!candidate.stat) continue;
      ++files;
      if (candidate.stat->type == base::FileType::regular) bytes += candidate.stat->size;
    }
  }
  lock.lock();
  --busy_;
  progress_.files_total = files;
  progress_.bytes_total = bytes;
  news();
  return true;
}

// A save of a few files: other threads would be awake too late to help.
bool Pipeline::is_small() {
  constexpr std::size_t kFewFiles = 64;
  constexpr std::uint64_t kFewBytes = std::uint64_t{2} << 20;
  const std::scoped_lock lock(mutex_);
  first_ = next_batch();
  return scan_.finished() && files_taken_ <= kFewFiles && bytes_taken_ <= kFewBytes;
}

// Waits until there is a need for this lane. False: it never came.
bool Pipeline::wanted(std::size_t number) {
  Lock lock(mutex_);
  const auto needed = [&] { return number < governor_.lanes(); };
  unpark_.wait(lock, [&] { return needed() || stopped() || all_done(); });
  return needed() && !stopped();
}

Result<void> Pipeline::run(base::ThreadPool& pool) {
  const LaneLimits& limits = options_.lanes;
  const std::uint64_t share_bytes = LargeFileCutter::kSegment + chunker_.parameters().maximum();
  const std::uint64_t affordable = options_.memory_limit / share_bytes;
  const std::uint64_t held_by_lanes = 2 * std::max(limits.most, limits.start);
  most_shares_ = affordable > held_by_lanes
                     ? std::min<std::uint64_t>(affordable - held_by_lanes, 2 * limits.start)
                     : 0;
  const auto run_lane = [&](std::size_t number) {
    if (!wanted(number)) return;
    Result<void> done = base::within_memory([&] { return Lane(*this).work(number); });
    if (!done) fail(std::move(done).error());
  };
  is_alone_ = is_small();
  pool.run_lanes(is_alone_ ? 1 : std::max(limits.most, limits.start), run_lane);
  if (failure_) return tl::unexpected(std::move(*failure_));
  if (stopped()) return base::fail(base::ErrorCode::cancelled, "the snapshot was cancelled");
  return {};
}

}  // namespace

Result<void> ingest(const IngestParts& parts, base::ThreadPool& pool) {
  return Pipeline(parts).run(pool);
}

}  // namespace vcs::snapshot
