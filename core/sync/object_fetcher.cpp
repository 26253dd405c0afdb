// SPDX-License-Identifier: Apache-2.0
// Fetches frames that lie close together in a remote pack with one request.
#include "core/sync/object_fetcher.hpp"

#include <algorithm>

#include "core/base/thread_pool.hpp"
#include "core/pack/frame_opener.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

using object::ObjectId;

namespace {

// A further request costs about as much as so many unwanted bytes.
constexpr std::uint32_t kSmallGap = 64 * 1024;
constexpr std::uint32_t kLongestRun = 8u << 20;
constexpr int kLevel = 3;

}  // namespace

// The range of one request, and the wanted frames in it.
struct ObjectFetcher::Run {
  std::uint32_t pack = 0, offset = 0, length = 0;
  std::vector<Place> frames;
};

// One thread's download, check and append.
class ObjectFetcher::Lane {
 public:
  explicit Lane(ObjectFetcher& fetcher)
      : fetcher_(fetcher), opener_(object::quickest_hash_provider()) {}

  Result<void> take(const Run& run) {
    const std::string& name = fetcher_.packs_[run.pack];
    const auto bytes = fetcher_.remote_.get(name, {run.offset, run.length});
    if (!bytes) {
      // invalid: the pack ends before the place that its index gives for a frame.
      const ErrorCode code = bytes.error().code;
      if (!tells_of_loss(code) && code != ErrorCode::invalid) return tl::unexpected(bytes.error());
      tell(fmt::format("{}: {}", name, bytes.error().message));
      return {};
    }
    for (const Place& place : run.frames) {
      const std::size_t at = place.offset - run.offset;
      if (at + place.length > bytes->size()) {
        tell(fmt::format("{} is cut off at byte {}", name, run.offset + bytes->size()));
        break;
      }
      auto taken = take_frame(ByteView(*bytes).subspan(at, place.length));
      if (taken) continue;
      if (taken.error().code != ErrorCode::corrupt) return taken;
      tell(fmt::format("{} at byte {}: {}", name, place.offset, taken.error().message));
    }
    const base::Lock lock(fetcher_.mutex_);
    fetcher_.bytes_ += bytes->size();
    if (fetcher_.options_.progress) fetcher_.options_.progress(fetcher_.bytes_);
    return {};
  }

  std::uint64_t objects() const { return objects_; }

 private:
  // Checks a frame and packs its missing objects anew: its commits are no commit points here.
  Result<void> take_frame(ByteView bytes) {
    VCS_ASSIGN(const pack::FrameHeader header, pack::decode_frame_header(bytes));
    if (!pack::frame_payload_is_whole(header, bytes))
      return fail(ErrorCode::corrupt, "the frame's checksum is wrong");
    VCS_ASSIGN(const std::span<const pack::FrameInput> objects, opener_.check(header, bytes));
    std::vector<pack::FrameInput> inputs;
    std::copy_if(objects.begin(), objects.end(), std::back_inserter(inputs),
                 [&](const pack::FrameInput& object) { return fetcher_.store_.lacks(object.id); });
    if (inputs.empty()) return {};
    VCS_ASSIGN(const pack::EncodedFrame frame,
               pack::encode_frame(header.kind, inputs, kLevel, compressor_));
    objects_ += inputs.size();
    return fetcher_.store_.append(frame);
  }

  void tell(std::string sentence) {
    const base::Lock lock(fetcher_.mutex_);
    fetcher_.damage_.push_back(std::move(sentence));
  }

  ObjectFetcher& fetcher_;
  pack::FrameOpener opener_;
  object::Compressor compressor_;
  std::uint64_t objects_ = 0;
};

Result<void> ObjectFetcher::read_catalog() {
  CatalogVisitor visitor;
  visitor.damage = [&](const std::string& sentence) {
    const base::Lock lock(mutex_);
    damage_.push_back(sentence);
  };
  visitor.pack = [&](CatalogPack&& found) -> Result<void> {
    if (options_.cancel && *options_.cancel) return fail(ErrorCode::cancelled, "it was stopped");
    if (found.state == PackState::missing) return {};
    const auto pack = static_cast<std::uint32_t>(packs_.size());
    packs_.push_back(remote::layout::pack_name(found.pack.id));
    std::size_t next = 0;
    for (const remote::layout::PackFrame& frame : found.pack.index.frames)
      for (std::uint32_t i = 0; i < frame.objects && next < found.pack.index.ids.size(); ++i) {
        const ObjectId id{found.pack.index.ids[next++]};
        if (!store_.lacks(id)) continue;
        places_.emplace(id, Place{pack, frame.offset, frame.length});
        if (frame.kind == static_cast<std::uint8_t>(object::ObjectKind::commit))
          commits_.push_back(id);
      }
    return {};
  };
  return visit_remote_packs(remote_, options_.threads, visitor);
}

std::vector<ObjectFetcher::Run> ObjectFetcher::plan(std::span<const ObjectId> wanted) const {
  std::vector<Place> frames;
  for (const ObjectId& id : wanted) {
    if (!store_.lacks(id)) continue;
    const auto [begin, end] = places_.equal_range(id);
    for (auto place = begin; place != end; ++place) frames.push_back(place->second);
  }
  std::sort(frames.begin(), frames.end());
  frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  std::vector<Run> runs;
  for (const Place& frame : frames) {
    const bool joins = !runs.empty() && runs.back().pack == frame.pack &&
                       frame.offset - runs.back().offset + frame.length <= kLongestRun &&
                       frame.offset <= runs.back().offset + runs.back().length + kSmallGap;
    if (!joins) runs.push_back({frame.pack, frame.offset, 0, {}});
    Run& run = runs.back();
    run.length = std::max(run.length, frame.offset + frame.length - run.offset);
    run.frames.push_back(frame);
  }
  return runs;
}

Result<std::uint64_t> ObjectFetcher::fetch(std::span<const ObjectId> wanted) {
  const std::vector<Run> runs = plan(wanted);
  if (runs.empty()) return 0;
  const std::size_t lanes = std::clamp<std::size_t>(options_.threads, 1, runs.size());
  base::ThreadPool pool(lanes, "repair");
  std::atomic<std::size_t> next{0};
  struct Sum {
    std::uint64_t objects = 0;
    Result<void> result;
  };
  base::Guarded<Sum> sum;
  pool.run_lanes(lanes, [&](std::size_t) {
    Lane lane(*this);
    Result<void> taken;
    for (std::size_t i; taken && (i = next++) < runs.size();)
      taken = options_.cancel && *options_.cancel
                  ? Result<void>(fail(ErrorCode::cancelled, "it was stopped"))
                  : lane.take(runs[i]);
    const auto all = sum.lock();
    all->objects += lane.objects();
    if (!taken && all->result) all->result = std::move(taken);
    if (!all->result) next = runs.size();
  });
  // The stored objects stay, even if a lane has failed.
  VCS_TRY(store_.sync());
  const auto all = sum.lock();
  VCS_TRY(all->result);
  return all->objects;
}

}  // namespace vcs::sync
