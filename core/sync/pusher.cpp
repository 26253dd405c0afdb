// SPDX-License-Identifier: Apache-2.0
// Pushes in this order: plan, packs, index, ref.
#include "core/sync/pusher.hpp"

#include <algorithm>
#include <cassert>

#include "core/history/commit_chain.hpp"
#include "core/pack/frame.hpp"
#include "core/sync/history_walk.hpp"
#include "core/sync/remote_catalog.hpp"
#include "core/sync/sync_plan.hpp"

namespace vcs::sync {

namespace {

using object::ObjectId;
using object::ObjectKind;
using remote::RemoteStore;

// Most ids of needed objects that are held in memory before the objects are sent.
constexpr std::size_t kBatch = 64 * 1024;
// For more commits than this it is quicker to read the local packs from end to end.
constexpr std::size_t kManyCommits = 1000;

// One push. It has many members because the steps (what is missing, packs, refs, cache) share them.
class Push {
 public:
  Push(store::ObjectStore& store, const ObjectId& head, RemoteStore& remote, RemoteCache& cache,
       const PushOptions& options)
      : store_(store),
        head_(head),
        remote_(remote),
        cache_(cache),
        options_(options),
        uploader_(remote, cache,
                  std::min(options.pack_bytes, remote.properties().largest_object / 4 * 3),
                  options.threads, options.memory, options.progress) {}

  Result<PushReport> run() {
    auto done = do_all();
    if (done) return std::move(report_);
    Error error = std::move(done).error();
    if (has_hole_) error.message += "; see: vcsctl repair";
    return Failure(std::move(error));
  }

 private:
  Result<void> do_all() {
    VCS_TRY(prepare());
    if (asked_) count_missing();
    if (missing_ != 0 || cache_.head() != head_) {
      VCS_TRY(send_what_is_missing());
      VCS_TRY(write_segment_if_due());
      VCS_TRY(check_cancel());
      if (cache_.head() != head_) VCS_TRY(move_ref());
    }
    if ((asked_ || options_.check_remote) && !report_.taken_by) tell_device();
    report_.sent = uploader_.totals();
    return {};
  }

  Result<void> check_cancel() const {
    if (options_.cancel != nullptr && options_.cancel->load())
      return fail(ErrorCode::cancelled, "the push was stopped");
    return {};
  }

  // --- Meeting the remote ---

  Result<void> prepare() {
    VCS_TRY(check_cancel());
    if (options_.audit || cache_.needs_refresh() ||
        cache_.repository_id() != options_.config.repository_id)
      return meet_remote();
    if (options_.check_remote) {
      VCS_ASSIGN(const bool was_there, read_config());
      // The remote was emptied, so the cache is no longer true.
      if (!was_there) return refresh_cache();
      VCS_ASSIGN(const auto lost, cache_.count_lost_packs(remote_));
      if (lost && *lost != 0)
        options_.log.warning(
            "{} packs that were at the remote are gone; what they held is sent again", *lost);
      lost_there_ = lost && *lost != 0;
      if (lost != std::size_t{0}) return refresh_cache();
    }
    return cache_.resolve_unconfirmed(remote_);
  }

  Result<void> meet_remote() {
    VCS_TRY(read_config());
    return refresh_cache();
  }

  // Sends this device's description. It is only for people, so a failure is only logged.
  void tell_device() {
    if (!options_.about) return;
    const std::string name = remote::layout::device_name(options_.device);
    const Bytes wanted = remote::layout::encode_remote_device(*options_.about);
    const auto there = remote_.get(name);
    if (there ? *there == wanted : there.error().code == ErrorCode::unavailable) return;
    if (auto put = remote_.put(name, wanted, remote::PutMode::overwrite); !put)
      options_.log.warning("cannot write the description of this device to the remote: {}",
                           put.error().message);
  }

  Result<void> refresh_cache() {
    asked_ = true;
    return cache_.refresh(remote_, options_.config.repository_id, options_.device,
                          std::max<std::size_t>(options_.threads, 1));
  }

  // Reads the remote's configuration, or writes it if there is none; it must be this repository's.
  // False: there was none.
  Result<bool> read_config() {
    auto config = read_remote_config(remote_);
    const bool was_there = config || config.error().code != ErrorCode::not_found;
    if (!config && config.error().code == ErrorCode::corrupt)
      return write_config_again(config.error());
    if (!config && config.error().code == ErrorCode::not_found) {
      auto put = remote_.put(remote::layout::kConfigName,
                             remote::layout::encode_remote_config(options_.config),
                             remote::PutMode::if_absent);
      if (!put && put.error().code != ErrorCode::already_exists) return tl::unexpected(put.error());
      config = read_remote_config(remote_);
    }
    if (!config) return tl::unexpected(std::move(config).error());
    VCS_TRY(check_repository(*config, options_.config.repository_id));
    return was_there;
  }

  // Writes a damaged configuration anew from ours, if the remote certainly has this history.
  Result<bool> write_config_again(const Error& damage) {
    VCS_ASSIGN(const auto proved, holds_history_of(remote_, store_));
    const bool ours = proved.value_or(cache_.repository_id() == options_.config.repository_id ||
                                      !holds_packs(remote_));
    if (!ours)
      return fail(ErrorCode::corrupt,
                  "{}, and nothing else there shows that it holds this repository's history; put "
                  "its object '{}' back from a copy of the remote, or use an empty remote",
                  damage.message, remote::layout::kConfigName);
    VCS_TRY(remote_.put(remote::layout::kConfigName,
                        remote::layout::encode_remote_config(options_.config),
                        remote::PutMode::overwrite));
    options_.log.warning(
        "{}; the remote holds this history, so its configuration was written again",
        damage.message);
    return true;
  }

  // --- Sending the missing objects ---

  // A ref says that the remote has all objects of its commit; if packs were removed, that is
  // untrue. If the remote has every object of ours, it is proved; else the push walks the history.
  // Some of the missing objects may be needed by no commit.
  void count_missing() {
    store_.for_each([&](const ObjectId& id, ObjectKind) {
      ++stored_;
      missing_ += !cache_.knows(id);
    });
  }

  Result<void> send_what_is_missing() {
    const bool doubted = missing_ != 0;
    auto sent = send_history(doubted);
    if (sent || !doubted) return sent;
    if (!tells_of_loss(sent.error())) return sent;
    // Our own history has a hole. If the remote has lost no packs, trust its refs.
    if (lost_there_) return sent;
    batch_.clear();
    return cache_.head() == head_ ? Result<void>() : send_history(false);
  }

  Result<void> send_history(bool doubted) {
    const auto is_complete = [&](const ObjectId& id) { return !doubted && cache_.is_complete(id); };
    const LostVisitor lost = [this](const ObjectId& id, const Error& why) {
      return may_leave_out(id, why.code);
    };
    VCS_ASSIGN(const CommitChain chain, read_chain(store_, head_, is_complete, SIZE_MAX, lost));
    if (chain.base) base_ = chain.base->id;
    const bool most = doubted ? missing_ > stored_ / 2 : !chain.base;
    if (most || chain.commits.size() > kManyCommits) VCS_TRY(copy_all_packs());
    const auto need = [&](const NeededObject& needed) -> Result<void> {
      if (cache_.knows(needed.id) || !batch_.insert(needed.id).second) return {};
      return batch_.size() < kBatch ? Result<void>() : send_batch();
    };
    auto walked = walk_chain(store_, chain, need, lost);
    if (!walked) {
      (void)uploader_.flush();
      return walked;
    }
    return send_batch();
  }

  bool may_leave_out(const ObjectId& id, ErrorCode why) {
    if (!tells_of_loss(why)) return false;
    if (!options_.without_lost) {
      has_hole_ = true;
      return false;
    }
    // An object that the remote has is not left out, even if it is lost here.
    if (!cache_.knows(id)) report_.left_out.insert(id);
    return true;
  }

  // Copies every frame that has an object which the remote lacks, in the order of the packs. It
  // decompresses nothing, and may also copy garbage that the history no longer needs.
  Result<void> copy_all_packs() {
    uploader_.expect(store_.stats().bytes_stored);
    for (const std::uint32_t pack : store_.pack_numbers())
      VCS_TRY(copy_frames(pack, [](std::uint64_t) { return true; }));
    return uploader_.flush();
  }

  Result<void> copy_frames(std::uint32_t pack, const std::function<bool(std::uint64_t)>& wanted) {
    store::PackVisitor visitor;
    visitor.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                        ByteView frame) -> Result<void> {
      if (!wanted(offset)) return {};
      VCS_TRY(check_cancel());
      return copy_frame(pack, offset, header, frame);
    };
    visitor.damage = [&](std::uint64_t offset, const std::string& what) {
      tell_damage(pack, offset, what);
    };
    return store_.visit_pack(pack, visitor);
  }

  Result<void> copy_frame(std::uint32_t pack, std::uint64_t offset, const pack::FrameHeader& header,
                          ByteView frame) {
    ids_.clear();
    bool missing = false;
    for (const pack::FrameObject& object : header.objects) {
      ids_.push_back(object.id);
      missing = missing || !cache_.knows(object.id);
    }
    if (!missing) {
      uploader_.skip(frame.size());
      return {};
    }
    if (!pack::frame_payload_is_whole(header, frame)) {
      tell_damage(pack, offset, "a frame's checksum is wrong");
      return {};
    }
    VCS_TRY(write_segment_if_due());
    return uploader_.add(header.kind, ids_, frame);
  }

  void tell_damage(std::uint32_t pack, std::uint64_t offset, const std::string& what) {
    report_.local_damage.push_back(
        fmt::format("local pack {:08} at byte {}: {}", pack, offset, what));
    options_.log.warning("not sent: {}", report_.local_damage.back());
  }

  Result<void> send_batch() {
    std::vector<LocatedObject> needed;
    needed.reserve(batch_.size());
    for (const ObjectId& id : batch_) {
      const auto location = store_.find(id);
      if (!location && may_leave_out(id, ErrorCode::not_found)) continue;
      if (!location)
        return fail(ErrorCode::not_found, "object {}, which the history needs, is not stored here",
                    id.short_hex());
      needed.push_back({id, *location});
    }
    SyncPlan plan = make_sync_plan(std::move(needed));
    for (const auto& [pack, offsets] : plan.copy) {
      const auto is_wanted = [&wanted = offsets](std::uint64_t offset) {
        return wanted.contains(offset);
      };
      VCS_TRY(copy_frames(pack, is_wanted));
    }
    VCS_TRY(repack(plan.repack));
    VCS_TRY(uploader_.flush());
    return send_what_is_left();
  }

  // Sends objects that were not copied, because their frame is damaged or their place has changed.
  Result<void> send_what_is_left() {
    std::vector<LocatedObject> left;
    for (const ObjectId& id : batch_)
      if (!cache_.knows(id) && !report_.left_out.contains(id))
        left.push_back({id, store_.find(id).value_or(pack::Location{})});
    batch_.clear();
    if (left.empty()) return {};
    VCS_TRY(repack(left));
    return uploader_.flush();
  }

  // Reads objects, which checks their hashes, and packs them into solid frames.
  Result<void> repack(const std::vector<LocatedObject>& objects) {
    std::vector<std::pair<ObjectId, Bytes>> gathered;
    std::size_t gathered_bytes = 0;
    ObjectKind kind = ObjectKind::blob;
    for (const LocatedObject& object : objects) {
      VCS_TRY(check_cancel());
      if (object.location.kind != kind || gathered_bytes >= pack::solid_frame_target(kind)) {
        VCS_TRY(send_frame(kind, gathered));
        gathered_bytes = 0;
        kind = object.location.kind;
      }
      auto bytes = store_.get(object.id);
      if (!bytes && may_leave_out(object.id, bytes.error().code)) continue;
      if (!bytes)
        return tl::unexpected(
            std::move(bytes).error().with_context("object " + object.id.short_hex()));
      gathered_bytes += bytes->size() + 1;
      gathered.emplace_back(object.id, std::move(*bytes));
    }
    return send_frame(kind, gathered);
  }

  Result<void> send_frame(ObjectKind kind, std::vector<std::pair<ObjectId, Bytes>>& gathered) {
    if (gathered.empty()) return {};
    std::vector<pack::FrameInput> inputs;
    ids_.clear();
    for (const auto& [id, bytes] : gathered) {
      inputs.push_back({id, bytes});
      ids_.push_back(id);
    }
    VCS_ASSIGN(const pack::EncodedFrame frame,
               pack::encode_frame(kind, inputs, options_.compression_level, compressor_));
    gathered.clear();
    return uploader_.add(kind, ids_, frame.bytes);
  }

  // --- Index and ref ---

  // The segment has only packs that have arrived.
  Result<void> write_segment_if_due() {
    if (!cache_.wants_segment()) return {};
    VCS_TRY(uploader_.flush());
    const Bytes segment = remote::layout::encode_segment(cache_.loose_packs());
    auto put = remote_.put(remote::layout::index_name(content_name(segment)), segment,
                           remote::PutMode::if_absent);
    if (!put && put.error().code != ErrorCode::already_exists) return put;
    return cache_.segment_written();
  }

  Result<void> move_ref() {
    VCS_ASSIGN(const object::Commit commit, history::StoreCommits(store_).read_commit(head_));
    const Bytes wanted =
        remote::layout::encode_remote_ref({head_.bytes, commit.time, commit.sequence});
    const std::string name = remote::layout::ref_name(options_.device, remote::layout::kHeadRef);
    const std::optional<Bytes> expected = cache_.head_bytes();
    const std::optional<ObjectId> remote_head = cache_.head();
    if (remote_head && remote_head != base_ && !is_ours(*remote_head)) {
      // The cache may be from a time when this device had another id.
      if (!asked_) return fail(ErrorCode::precondition_failed, "{} is not in this history", name);
      report_.taken_by = remote_head;
      return {};
    }
    auto replaced = remote_.replace_if(name, expected, wanted);
    if (replaced) return moved(wanted);
    if (replaced.error().code != ErrorCode::precondition_failed) return replaced;
    // An earlier push may have moved the ref and lost the answer.
    const auto there = remote_.get(name);
    if (there && *there == wanted) return moved(wanted);
    // Replace a damaged ref: nobody can read it, so nothing is lost.
    const auto ref =
        there ? remote::layout::decode_remote_ref(*there) : remote::layout::RemoteRef{};
    if (!ref && ref.error().code == ErrorCode::unsupported)
      return tl::unexpected(Error(ref.error()).with_context(name));
    if (!ref && ref.error().code == ErrorCode::corrupt) {
      VCS_TRY(remote_.replace_if(name, *there, wanted));
      return moved(wanted);
    }
    return fail(ErrorCode::precondition_failed, "{} at the remote was changed meanwhile", name);
  }

  Result<void> moved(const Bytes& ref_bytes) {
    report_.ref_moved = true;
    return cache_.set_head(ref_bytes);
  }

  // A remote head that is none of our ancestors is the end of another history: of a copy with this
  // device's id, or of this one before it was set back.
  bool is_ours(const ObjectId& remote_head) {
    const auto chain =
        read_chain(store_, head_, [&](const ObjectId& id) { return id == remote_head; });
    return chain && chain->base;
  }

  store::ObjectStore& store_;
  const ObjectId head_;
  RemoteStore& remote_;
  RemoteCache& cache_;
  const PushOptions& options_;
  PackUploader uploader_;
  object::Compressor compressor_;
  bool asked_ = false;            // the cache was refreshed from the remote
  bool has_hole_ = false;         // our own history needs objects that are lost here
  bool lost_there_ = false;       // the remote has lost packs
  std::uint64_t stored_ = 0;      // number of objects here
  std::uint64_t missing_ = 0;     // those of them that the remote lacks; counted if asked_
  std::optional<ObjectId> base_;  // the newest of our commits that is complete at the remote
  std::unordered_set<ObjectId> batch_;
  std::vector<ObjectId> ids_;
  PushReport report_;
};

}  // namespace

Result<PushReport> push(store::ObjectStore& store, const ObjectId& head, RemoteStore& remote,
                        RemoteCache& cache, const PushOptions& options) {
  assert(remote::layout::is_valid_device_id(options.device));
  auto result = Push(store, head, remote, cache, options).run();
  if (result || result.error().code != ErrorCode::precondition_failed) return result;
  // The remote differs from the cache: it was emptied or replaced by an older copy.
  options.log.warning("{}; asking the remote what it has", result.error().message);
  PushOptions again = options;
  again.audit = true;
  result = Push(store, head, remote, cache, again).run();
  if (!result && result.error().code == ErrorCode::precondition_failed)
    return fail(ErrorCode::unavailable,
                "{}; this happened twice: another machine is copying under the same name",
                result.error().message);
  return result;
}

}  // namespace vcs::sync
