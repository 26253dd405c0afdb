// The pipeline of one snapshot's reading: lanes that take batches of files, and a short queue of
// chunk runs that any lane may hash and compress.
#include "core/snapshot/ingest.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "core/object/chunk_list.hpp"
#include "core/snapshot/frame_builder.hpp"

namespace vcs::snapshot {
namespace {

using base::Bytes;
using base::ByteView;
using base::Directory;
using base::Error;
using base::ErrorCode;
using base::Result;
using object::ChunkListEntry;
using object::ContentKind;
using object::ObjectKind;

// A batch is what one lane takes at a time: neighbours, so that they share a folder and a frame.
constexpr std::size_t kBatchFiles = 128;
constexpr std::uint64_t kBatchBytes = 4u << 20;
// File bytes that are read at once from a large file, and that one chunk run holds.
constexpr std::size_t kSegment = 2u << 20;
// Timestamps may lag the clock by a tick of the kernel.
constexpr base::Nanos kGranularity = std::chrono::milliseconds(10);
constexpr base::Nanos kCoarseGranularity = std::chrono::seconds(2);

struct Batch {
  std::size_t first = 0, count = 0;
};

// A large file while its chunks are on several lanes. Guarded by the pipeline's mutex.
struct LargeFile {
  std::vector<ChunkListEntry> chunks;
  std::size_t runs_open = 0;
};

// Consecutive chunks of one file in one buffer.
struct ChunkRun {
  std::shared_ptr<LargeFile> file;
  std::size_t first_chunk = 0;
  std::vector<std::uint32_t> lengths;
  Bytes buffer;
};

bool is_gone(const Error& error) {
  return error.code == ErrorCode::not_found || error.os_error == ENOTDIR ||
         error.os_error == ELOOP || error.os_error == ESTALE;
}

bool same_state(const base::FileStat& a, const base::FileStat& b) {
  return a.type == b.type && a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime &&
         a.inode == b.inode;
}

bool looks_racy(const base::FileStat& stat, base::UnixNanos read_start) {
  const bool whole_seconds = stat.mtime % 1'000'000'000 == 0 && stat.ctime % 1'000'000'000 == 0;
  return index::is_racy(stat, read_start, whole_seconds ? kCoarseGranularity : kGranularity);
}

std::vector<Batch> make_batches(std::span<const Candidate> candidates) {
  std::vector<Batch> batches;
  Batch batch;
  std::uint64_t bytes = 0;
  const auto close = [&] {
    if (batch.count > 0) batches.push_back(batch);
    batch = {batch.first + batch.count, 0};
    bytes = 0;
  };
  for (const Candidate& candidate : candidates) {
    const std::uint64_t size = candidate.stat ? candidate.stat->size : 0;
    if (batch.count == kBatchFiles || (batch.count > 0 && bytes + size > kBatchBytes)) close();
    ++batch.count;
    bytes += size;
  }
  close();
  return batches;
}

class Pipeline {
 public:
  Pipeline(Directory& root, std::span<const Candidate> candidates, store::ObjectStore& store,
           const object::Chunker& chunker, const base::Clock& clock, const IngestOptions& options,
           IngestProgress& progress)
      : root_(root),
        candidates_(candidates),
        store_(store),
        chunker_(chunker),
        clock_(clock),
        options_(options),
        progress_(progress),
        batches_(make_batches(candidates)),
        results_(candidates.size()) {
    const std::uint64_t run_bytes = kSegment + chunker.parameters().maximum();
    const std::uint64_t runs = options.memory_limit / run_bytes;
    const std::uint64_t held_by_lanes = 2 * options.lanes;
    most_queued_ =
        runs > held_by_lanes ? std::min<std::uint64_t>(runs - held_by_lanes, 2 * options.lanes) : 0;
  }

  Result<std::vector<Ingested>> run(base::ThreadPool& pool);

 private:
  friend class Lane;
  bool stopped() const {
    return failed_.load(std::memory_order_relaxed) ||
           (options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed));
  }
  void fail(Error error) {
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    failed_ = true;
    wake_.notify_all();
  }

  Directory& root_;
  std::span<const Candidate> candidates_;
  store::ObjectStore& store_;
  const object::Chunker& chunker_;
  const base::Clock& clock_;
  const IngestOptions& options_;
  IngestProgress& progress_;
  const std::vector<Batch> batches_;
  std::vector<Ingested> results_;
  std::size_t most_queued_ = 0;

  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Error> failure_;
  std::size_t next_batch_ = 0;
  std::size_t busy_ = 0;  // lanes that may still queue runs
  std::deque<ChunkRun> runs_;
  std::vector<Bytes> spare_buffers_;
};

// One thread's share of the work, with the contexts that it reuses.
class Lane {
 public:
  explicit Lane(Pipeline& pipeline)
      : p_(pipeline),
        hasher_(pipeline.options_.hash_provider),
        blobs_(pipeline.store_, ObjectKind::blob, pipeline.options_.level),
        lists_(pipeline.store_, ObjectKind::chunk_list, pipeline.options_.level) {}

  void run();

 private:
  Result<void> work();
  Result<void> take_batch(const Batch& batch);
  Result<void> take(const Candidate& candidate, Ingested& out);
  Result<void> take_file(Directory& folder, const std::string& name, const std::string& path,
                         Ingested& out);
  void take_directory(Directory& folder, const std::string& name, Ingested& out);
  void take_symlink(Directory& folder, const std::string& name, Ingested& out);
  Result<void> read_small(base::File& file, Ingested& out);
  Result<void> read_large(base::File& file, Ingested& out);
  Result<void> share(ChunkRun run);
  Result<void> hash_run(ChunkRun run);
  Result<void> finish_large(LargeFile& file, std::unique_lock<std::mutex>& lock, Ingested& out);
  Result<void> store_blob(const object::ObjectId& id, ByteView bytes);
  Result<Directory*> folder_of(const std::string& path);
  void refuse(Ingested& out, const Error& error);
  Bytes spare_buffer();

  Pipeline& p_;
  object::Hasher hasher_;
  FrameBuilder blobs_, lists_;
  Bytes small_;
  std::string folder_path_;
  std::unique_ptr<Directory> folder_;
};

Bytes Lane::spare_buffer() {
  std::lock_guard lock(p_.mutex_);
  if (p_.spare_buffers_.empty()) return {};
  Bytes buffer = std::move(p_.spare_buffers_.back());
  p_.spare_buffers_.pop_back();
  return buffer;
}

Result<void> Lane::store_blob(const object::ObjectId& id, ByteView bytes) {
  if (!p_.store_.claim(id)) return {};
  return blobs_.add(id, bytes);
}

// Opens the parent folder component by component; neighbours in a batch mostly share it.
Result<Directory*> Lane::folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return &p_.root_;
  const std::string wanted = path.substr(0, slash);
  if (folder_ && folder_path_ == wanted) return folder_.get();
  folder_.reset();
  Directory* at = &p_.root_;
  std::size_t start = 0;
  while (start < wanted.size()) {
    const std::size_t end = std::min(wanted.find('/', start), wanted.size());
    VCS_ASSIGN(auto next, at->open_directory(wanted.substr(start, end - start)));
    folder_ = std::move(next);
    at = folder_.get();
    start = end + 1;
  }
  folder_path_ = wanted;
  return at;
}

void Lane::refuse(Ingested& out, const Error& error) {
  out.state = is_gone(error) ? Ingested::State::vanished : Ingested::State::unreadable;
  out.error = error;
}

void Lane::take_directory(Directory& folder, const std::string& name, Ingested& out) {
  auto directory = folder.open_directory(name);
  if (!directory) return refuse(out, directory.error());
  auto stat = (*directory)->stat_self();
  if (!stat) return refuse(out, stat.error());
  out.stat = *stat;
  if (p_.options_.read_attributes) {
    auto attributes = (*directory)->extended_attributes_self();
    if (attributes) out.attributes = std::move(*attributes);
  }
  out.state = Ingested::State::captured;
}

void Lane::take_symlink(Directory& folder, const std::string& name, Ingested& out) {
  auto target = folder.read_link(name);
  if (!target) return refuse(out, target.error());
  auto stat = folder.stat(name);
  if (!stat) return refuse(out, stat.error());
  if (stat->type != base::FileType::symlink) {
    out.state = Ingested::State::vanished;  // replaced by something else meanwhile
    return;
  }
  out.stat = *stat;
  out.content = {ContentKind::blob, hasher_.hash(base::as_bytes(*target))};
  out.symlink_target = std::move(*target);
  out.state = Ingested::State::captured;
}

Result<void> Lane::read_small(base::File& file, Ingested& out) {
  small_.resize(out.stat.size);
  auto got = file.read_at(small_, 0);
  if (!got) return refuse(out, got.error()), Result<void>();
  if (*got != small_.size()) {
    out.state = Ingested::State::unstable;
    return {};
  }
  const auto id = hasher_.hash(small_);
  out.content = {ContentKind::blob, id};
  out.state = Ingested::State::captured;
  p_.progress_.bytes_done += small_.size();
  return store_blob(id, small_);
}

// Hashes and stores the chunks of one run and enters them in their file.
Result<void> Lane::hash_run(ChunkRun run) {
  std::vector<ChunkListEntry> entries;
  entries.reserve(run.lengths.size());
  std::size_t offset = 0;
  for (const std::uint32_t length : run.lengths) {
    const ByteView chunk = ByteView(run.buffer).subspan(offset, length);
    const auto id = hasher_.hash(chunk);
    VCS_TRY(store_blob(id, chunk));
    entries.push_back({id, length});
    offset += length;
  }
  p_.progress_.bytes_done += offset;
  std::lock_guard lock(p_.mutex_);
  auto& chunks = run.file->chunks;
  if (chunks.size() < run.first_chunk + entries.size())
    chunks.resize(run.first_chunk + entries.size());
  std::copy(entries.begin(), entries.end(),
            chunks.begin() + static_cast<std::ptrdiff_t>(run.first_chunk));
  --run.file->runs_open;
  p_.spare_buffers_.push_back(std::move(run.buffer));
  p_.wake_.notify_all();
  return {};
}

// Queues a run for whoever is free; with a full queue this lane does it itself, which keeps memory
// bounded and cannot dead-lock.
Result<void> Lane::share(ChunkRun run) {
  {
    std::lock_guard lock(p_.mutex_);
    ++run.file->runs_open;
    if (p_.runs_.size() < p_.most_queued_) {
      p_.runs_.push_back(std::move(run));
      p_.wake_.notify_one();
      return {};
    }
  }
  return hash_run(std::move(run));
}

// Waits for the file's open runs, working on the queue meanwhile, then builds its chunk list.
Result<void> Lane::finish_large(LargeFile& file, std::unique_lock<std::mutex>& lock,
                                Ingested& out) {
  while (file.runs_open > 0) {
    if (p_.stopped()) return {};
    if (p_.runs_.empty()) {
      p_.wake_.wait(lock);
      continue;
    }
    ChunkRun run = std::move(p_.runs_.front());
    p_.runs_.pop_front();
    lock.unlock();
    VCS_TRY(hash_run(std::move(run)));
    lock.lock();
  }
  lock.unlock();
  if (file.chunks.size() == 1) {
    out.content = {ContentKind::blob, file.chunks[0].id};
    return {};
  }
  VCS_ASSIGN(const auto root,
             object::build_chunk_list(file.chunks, [&](const object::ObjectId& id, Bytes node) {
               return p_.store_.claim(id) ? lists_.add(id, node) : Result<void>();
             }));
  out.content = {ContentKind::chunks, root};
  return {};
}

Result<void> Lane::read_large(base::File& file, Ingested& out) {
  const std::size_t maximum = p_.chunker_.parameters().maximum();
  auto large = std::make_shared<LargeFile>();
  Bytes carry;  // read, but not cut yet
  std::uint64_t offset = 0;
  std::size_t chunks = 0;
  bool at_end = false;
  while (!at_end && !p_.stopped()) {
    Bytes buffer = spare_buffer();
    buffer.resize(carry.size() + kSegment);
    std::copy(carry.begin(), carry.end(), buffer.begin());
    // Never past the size of the first stat: a file that is being appended to would have no end.
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(kSegment, out.stat.size - offset));
    auto got = file.read_at(std::span(buffer).subspan(carry.size(), wanted), offset);
    if (!got) {
      refuse(out, got.error());
      break;
    }
    offset += *got;
    buffer.resize(carry.size() + *got);
    at_end = *got < wanted || offset >= out.stat.size;

    ChunkRun run{large, chunks, {}, {}};
    std::size_t cut = 0;
    while (cut < buffer.size() && (at_end || buffer.size() - cut >= maximum)) {
      const std::size_t length = p_.chunker_.next_cut(ByteView(buffer).subspan(cut));
      run.lengths.push_back(static_cast<std::uint32_t>(length));
      cut += length;
    }
    carry.assign(buffer.begin() + static_cast<std::ptrdiff_t>(cut), buffer.end());
    chunks += run.lengths.size();
    run.buffer = std::move(buffer);
    if (!run.lengths.empty()) VCS_TRY(share(std::move(run)));
  }
  std::unique_lock lock(p_.mutex_);
  VCS_TRY(finish_large(*large, lock, out));
  if (out.state == Ingested::State::unreadable || p_.stopped()) return {};
  out.state = offset == out.stat.size ? Ingested::State::captured : Ingested::State::unstable;
  return {};
}

Result<void> Lane::take_file(Directory& folder, const std::string& name, const std::string& path,
                             Ingested& out) {
  const base::UnixNanos read_start = p_.clock_.now();
  auto file = folder.open_file(name, base::OpenMode::read);
  if (!file) {
    refuse(out, file.error());
    // No regular file any more: what it is now will be seen at the next look.
    if (file.error().code == ErrorCode::invalid) out.state = Ingested::State::vanished;
    return {};
  }
  auto before = (*file)->stat();
  if (!before) return refuse(out, before.error()), Result<void>();
  out.stat = *before;
  out.state = Ingested::State::vanished;
  if (before->size <= p_.chunker_.parameters().minimum())
    VCS_TRY(read_small(**file, out));
  else
    VCS_TRY(read_large(**file, out));
  if (out.state == Ingested::State::unreadable || p_.stopped()) return {};

  auto after = (*file)->stat();
  if (!after) return refuse(out, after.error()), Result<void>();
  const auto writer = (*file)->has_writer();
  const bool moving =
      out.state != Ingested::State::captured || !same_state(*before, *after) || (writer && *writer);
  if (moving) {
    const bool wanted = out.content.kind != ContentKind::none && p_.options_.capture_unstable &&
                        p_.options_.capture_unstable(path);
    out.state = wanted ? Ingested::State::captured : Ingested::State::unstable;
    out.unstable = true;
  }
  out.racy = looks_racy(*after, read_start);
  if (p_.options_.read_attributes && out.state == Ingested::State::captured) {
    auto attributes = (*file)->extended_attributes();
    if (attributes) out.attributes = std::move(*attributes);
  }
  return {};
}

Result<void> Lane::take(const Candidate& candidate, Ingested& out) {
  auto folder = folder_of(candidate.path);
  if (!folder) return refuse(out, folder.error()), Result<void>();
  const std::size_t slash = candidate.path.rfind('/');
  const std::string name =
      slash == std::string::npos ? candidate.path : candidate.path.substr(slash + 1);
  switch (candidate.stat->type) {
    case base::FileType::regular:
      return take_file(**folder, name, candidate.path, out);
    case base::FileType::directory:
      take_directory(**folder, name, out);
      break;
    case base::FileType::symlink:
      take_symlink(**folder, name, out);
      break;
    case base::FileType::other:
      break;
  }
  return {};
}

Result<void> Lane::take_batch(const Batch& batch) {
  for (std::size_t i = batch.first; i < batch.first + batch.count && !p_.stopped(); ++i) {
    if (!p_.candidates_[i].stat) continue;
    VCS_TRY(take(p_.candidates_[i], p_.results_[i]));
    ++p_.progress_.files_done;
  }
  return {};
}

Result<void> Lane::work() {
  std::unique_lock lock(p_.mutex_);
  while (!p_.stopped()) {
    if (!p_.runs_.empty()) {
      ChunkRun run = std::move(p_.runs_.front());
      p_.runs_.pop_front();
      lock.unlock();
      VCS_TRY(hash_run(std::move(run)));
      lock.lock();
    } else if (p_.next_batch_ < p_.batches_.size()) {
      const Batch batch = p_.batches_[p_.next_batch_++];
      ++p_.busy_;
      lock.unlock();
      auto done = take_batch(batch);
      lock.lock();
      if (--p_.busy_ == 0) p_.wake_.notify_all();
      if (!done) return done;
    } else if (p_.busy_ > 0) {
      p_.wake_.wait(lock);
    } else {
      break;
    }
  }
  lock.unlock();
  VCS_TRY(blobs_.flush());
  return lists_.flush();
}

void Lane::run() {
  auto done = work();
  if (!done) p_.fail(std::move(done).error());
}

Result<std::vector<Ingested>> Pipeline::run(base::ThreadPool& pool) {
  pool.run_lanes(std::min(options_.lanes, std::max<std::size_t>(batches_.size(), 1) + most_queued_),
                 [&](std::size_t) { Lane(*this).run(); });
  if (failure_) return tl::unexpected(std::move(*failure_));
  if (stopped()) return base::fail(ErrorCode::cancelled, "the snapshot was cancelled");
  return std::move(results_);
}

}  // namespace

Result<std::vector<Ingested>> ingest(Directory& root, std::span<const Candidate> candidates,
                                     store::ObjectStore& store, const object::Chunker& chunker,
                                     const base::Clock& clock, const IngestOptions& options,
                                     IngestProgress& progress, base::ThreadPool& pool) {
  for (const Candidate& candidate : candidates) {
    if (!candidate.stat) continue;
    ++progress.files_total;
    if (candidate.stat->type == base::FileType::regular)
      progress.bytes_total += candidate.stat->size;
  }
  return Pipeline(root, candidates, store, chunker, clock, options, progress).run(pool);
}

}  // namespace vcs::snapshot
