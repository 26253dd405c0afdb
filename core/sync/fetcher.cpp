// SPDX-License-Identifier: Apache-2.0
// Fetches in this order: catalogue, download, import, proof, head.
#include "core/sync/fetcher.hpp"

#include <algorithm>

#include "core/base/guarded.hpp"
#include "core/base/thread_pool.hpp"
#include "core/history/commit_chain.hpp"
#include "core/sync/frame_importer.hpp"
#include "core/sync/history_walk.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

namespace {

using object::ObjectId;
using remote::RemoteStore;

// Sentences on damage that an error message repeats.
constexpr std::size_t kToldDamage = 5;

struct WantedPack {
  std::string id;
  std::uint64_t size = 0;
};

// A pack that an index segment covers and that the remote lacks.
struct MissingPack {
  std::string sentence;  // reports it
  std::vector<remote::layout::RemoteObjectId> ids;
};

// What lanes have brought so far.
struct Arrived {
  FetchProgress progress;
  std::uint64_t packs = 0, objects = 0, bytes = 0;
  std::vector<std::string> damage;
  std::optional<Bytes> head;
  Result<void> result;
};

class Fetch {
 public:
  Fetch(RemoteStore& remote, store::ObjectStore& store, const FetchOptions& options)
      : remote_(remote), store_(store), options_(options) {}

  Result<FetchReport> run() {
    VCS_TRY(take_config());
    VCS_TRY(choose_head());
    if (options_.have && options_.have == report_.head) {
      VCS_ASSIGN(report_.commit, history::StoreCommits(store_).read_commit(report_.head));
      return std::move(report_);
    }
    VCS_TRY(find_wanted());
    auto stored = download();
    tell_of_missing_packs();
    if (stored) stored = complete();
    if (!stored) {
      // Keeps the objects fetched so far for the next fetch.
      (void)store_.sync();
      return tl::unexpected(std::move(stored).error());
    }
    return std::move(report_);
  }

 private:
  Result<void> check_cancel() const {
    if (options_.cancel != nullptr && options_.cancel->load())
      return fail(ErrorCode::cancelled, "the fetch was stopped");
    return {};
  }

  Result<void> take_config() {
    auto config = read_remote_config(remote_);
    const bool forgiven =
        !config && options_.salvage && tells_of_loss(config.error()) && holds_packs(remote_);
    if (!config && !forgiven) return tl::unexpected(std::move(config).error());
    if (config) {
      report_.config = std::move(*config);
    } else {
      report_.config_is_lost = true;
      report_.damage.push_back(
          fmt::format("{}: {}", remote::layout::kConfigName, config.error().message));
    }
    return {};
  }

  Result<void> choose_head() {
    VCS_ASSIGN(const auto refs, read_remote_refs(remote_, report_.damage));
    const DeviceRef* chosen = nullptr;
    for (const DeviceRef& found : refs) {
      if (found.name != options_.ref) continue;
      if (!options_.device.empty() && found.device != options_.device) continue;
      if (chosen == nullptr || found.ref.time > chosen->ref.time) chosen = &found;
    }
    if (chosen == nullptr && options_.salvage && holds_packs(remote_)) {
      report_.device = options_.device;
      return {};
    }
    if (chosen == nullptr) return no_head();
    report_.device = chosen->device;
    report_.ref = chosen->name;
    report_.head = chosen->commit();
    return {};
  }

  Failure no_head() const {
    const std::string whose = options_.device.empty() ? "any device" : "device " + options_.device;
    return fail(report_.damage.empty() ? ErrorCode::not_found : ErrorCode::corrupt,
                "this remote has no head of {}{}", whose, told_damage());
  }

  std::string told_damage() const {
    std::string text;
    for (std::size_t i = 0; i < std::min(kToldDamage, report_.damage.size()); ++i)
      text += "; " + report_.damage[i];
    if (report_.damage.size() > kToldDamage)
      text += fmt::format("; and {} more", report_.damage.size() - kToldDamage);
    return text;
  }

  // Finds packs that have an object which the store lacks, or whose index is damaged.
  Result<void> find_wanted() {
    CatalogVisitor visitor;
    visitor.damage = [&](const std::string& sentence) { report_.damage.push_back(sentence); };
    visitor.forgiving = options_.salvage;
    visitor.pack = [&](CatalogPack&& found) -> Result<void> {
      VCS_TRY(check_cancel());
      const auto& ids = found.pack.index.ids;
      const bool unknown = found.state == PackState::damaged;
      // visitor.damage has added its sentence just before.
      if (found.state == PackState::missing) {
        missing_.push_back({std::move(report_.damage.back()), std::move(found.pack.index.ids)});
        report_.damage.pop_back();
        return {};
      }
      const bool news = std::any_of(ids.begin(), ids.end(),
                                    [&](const auto& id) { return store_.lacks(ObjectId{id}); });
      if (news || unknown) wanted_.push_back({std::move(found.pack.id), found.pack.size});
      return {};
    };
    VCS_TRY(visit_remote_packs(remote_, options_.threads, visitor));
    for (const WantedPack& pack : wanted_) progress_.bytes_total += pack.size;
    progress_.packs_total = wanted_.size();
    return {};
  }

  // Reports removed packs, unless a later push has sent all of their objects again.
  void tell_of_missing_packs() {
    for (MissingPack& pack : missing_)
      if (std::any_of(pack.ids.begin(), pack.ids.end(),
                      [&](const auto& id) { return store_.lacks(ObjectId{id}); }))
        report_.damage.push_back(std::move(pack.sentence));
  }

  Result<void> download() {
    if (wanted_.empty()) return {};
    const std::size_t lanes = std::clamp<std::size_t>(options_.threads, 1, wanted_.size());
    base::ThreadPool pool(lanes, "fetch");
    std::atomic<std::size_t> next{0};
    base::Guarded<Arrived> arrived;
    arrived.lock()->progress = progress_;
    pool.run_lanes(lanes, [&](std::size_t) {
      FrameImporter importer(store_, report_.head, options_.compression_level);
      if (options_.salvage) importer.salvage(options_.cancel);
      auto fetched = download_lane(importer, next, arrived);
      const auto all = arrived.lock();
      all->objects += importer.objects();
      if (auto head = importer.take_head(); head) all->head = std::move(head);
      if (!fetched && all->result) all->result = std::move(fetched);
      if (!all->result) next = wanted_.size();
    });
    const auto all = arrived.lock();
    report_.packs = all->packs;
    report_.objects = all->objects;
    report_.bytes = all->bytes;
    report_.damage.insert(report_.damage.end(), all->damage.begin(), all->damage.end());
    head_bytes_ = std::move(all->head);
    return std::move(all->result);
  }

  Result<void> download_lane(FrameImporter& importer, std::atomic<std::size_t>& next,
                             base::Guarded<Arrived>& arrived) {
    for (std::size_t i; (i = next++) < wanted_.size();) {
      VCS_TRY(check_cancel());
      std::vector<std::string> damage;
      VCS_TRY(download_pack(wanted_[i], importer, damage, arrived));
      const auto all = arrived.lock();
      all->damage.insert(all->damage.end(), damage.begin(), damage.end());
      ++all->progress.packs_done;
      all->progress.bytes_done += wanted_[i].size;
      if (options_.progress) options_.progress(all->progress);
    }
    return {};
  }

  Result<void> download_pack(const WantedPack& pack, FrameImporter& importer,
                             std::vector<std::string>& damage, base::Guarded<Arrived>& arrived) {
    const std::string name = remote::layout::pack_name(pack.id);
    auto bytes = remote_.get(name);
    if (!bytes && options_.salvage && bytes.error().code == ErrorCode::unavailable) {
      damage.push_back(name + ": " + bytes.error().message);
      bytes = read_in_pieces(name, pack.size, std::move(bytes));
    }
    if (!bytes) {
      if (!tells_of_loss(bytes.error())) return tl::unexpected(std::move(bytes).error());
      damage.push_back(name + ": " + bytes.error().message);
      return {};
    }
    if (content_name(*bytes) != pack.id)
      damage.push_back(name + " is not what was put there; what can be read of it is taken");
    {
      const auto all = arrived.lock();
      ++all->packs;
      all->bytes += bytes->size();
    }
    return importer.import_pack(name, *bytes, damage);
  }

  // Reads the pack around bad places of a disk. If nothing can be read and the pack cannot be found
  // either, returns `error`: then the remote is away.
  Result<Bytes> read_in_pieces(const std::string& name, std::uint64_t size, Result<Bytes> error) {
    constexpr std::uint64_t kPiece = 256 * 1024;
    Bytes bytes(size);
    bool any = false;
    for (std::uint64_t at = 0; at < size; at += kPiece) {
      VCS_TRY(check_cancel());
      const auto piece = remote_.get(name, {at, kPiece});
      if (!piece) {
        if (!any && at != 0) break;
        continue;
      }
      any = true;
      std::copy_n(piece->begin(), std::min<std::uint64_t>(piece->size(), size - at),
                  bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (any) return bytes;
    // An unreadable object at a remote that answers is damage; a remote that is away is none.
    if (!remote_.stat(name)) return error;
    return fail(ErrorCode::corrupt, "nothing of it can be read");
  }

  // Called when all objects but the head's own commit are here or cannot be had.
  Result<void> complete() {
    VCS_TRY(store_.sync());
    auto taken = take_head();
    if (taken || !options_.salvage || !tells_of_loss(taken.error())) return taken;
    return take_what_is_whole(std::move(taken).error());
  }

  Result<void> take_head() {
    if (report_.head.is_zero()) return no_head();
    VCS_ASSIGN(const Bytes head, head_commit());
    VCS_ASSIGN(report_.commit, object::decode_commit(head));
    VCS_TRY(prove_complete());
    return commit(head);
  }

  // Takes the newest commit that can be had, with a list of its lost files.
  Result<void> take_what_is_whole(Error why) {
    VCS_TRY(store_head_among_others());
    const std::optional<ObjectId> wanted =
        report_.head.is_zero() ? std::nullopt : std::optional(report_.head);
    VCS_ASSIGN(auto best, find_best_commit(store_, wanted, report_.device));
    if (!best) return tl::unexpected(std::move(why));
    report_.complete = false;
    report_.incomplete = std::move(why.message);
    if (wanted != best->id) report_.missed_head = wanted.value_or(ObjectId{});
    report_.head = best->id;
    report_.commit = std::move(best->commit);
    report_.lost = best->lost;
    report_.lost_files = std::move(best->files);
    VCS_ASSIGN(const Bytes bytes, store_.get(report_.head));
    return commit(bytes);
  }

  Result<void> store_head_among_others() {
    if (!head_bytes_) return {};
    object::Compressor compressor;
    const pack::FrameInput input{report_.head, *head_bytes_};
    VCS_ASSIGN(const pack::EncodedFrame frame,
               pack::encode_frame(object::ObjectKind::commit, {&input, 1},
                                  options_.compression_level, compressor));
    VCS_TRY(store_.append(frame));
    return store_.sync();
  }

  Result<void> commit(const Bytes& head) {
    object::Compressor compressor;
    const pack::FrameInput input{report_.head, head};
    VCS_ASSIGN(const pack::EncodedFrame frame,
               pack::encode_frame(object::ObjectKind::commit, {&input, 1},
                                  options_.compression_level, compressor, true));
    VCS_TRY(store_.commit(frame));
    ++report_.objects;
    return {};
  }

  // It came in a pack, or an earlier fetch of another head has stored it.
  Result<Bytes> head_commit() {
    if (head_bytes_) return *head_bytes_;
    auto bytes = store_.get(report_.head);
    if (bytes) return bytes;
    return fail(ErrorCode::corrupt, "the head of this remote, commit {}, cannot be fetched: {}{}",
                report_.head.short_hex(), bytes.error().message, told_damage());
  }

  Result<void> prove_complete() {
    VCS_TRY(check_cancel());
    auto proved = walk_history();
    if (proved) return {};
    if (!tells_of_loss(proved.error())) return proved;
    return fail(ErrorCode::corrupt, "the history at this remote is not complete: {}{}",
                proved.error().message, told_damage());
  }

  Result<void> walk_history() {
    const auto is_complete = [&](const ObjectId& id) { return options_.have == id; };
    CommitChain chain;
    if (report_.commit.parent) {
      VCS_ASSIGN(chain, read_chain(store_, *report_.commit.parent, is_complete));
    }
    chain.commits.insert(chain.commits.begin(),
                         {report_.head, report_.commit.tree, report_.commit.time});
    return walk_chain(store_, chain, [&](const NeededObject& needed) -> Result<void> {
      VCS_TRY(check_cancel());
      if (needed.id == report_.head || !store_.lacks(needed.id)) return {};
      return fail(ErrorCode::not_found, "{} {}{}{} is missing", base::name_of(needed.kind),
                  needed.id.short_hex(), needed.path.empty() ? "" : " of ", needed.path);
    });
  }

  RemoteStore& remote_;
  store::ObjectStore& store_;
  const FetchOptions& options_;
  std::vector<WantedPack> wanted_;
  std::vector<MissingPack> missing_;
  std::optional<Bytes> head_bytes_;
  FetchProgress progress_;
  FetchReport report_;
};

}  // namespace

Result<FetchReport> fetch(RemoteStore& remote, store::ObjectStore& store,
                          const FetchOptions& options) {
  return Fetch(remote, store, options).run();
}

}  // namespace vcs::sync
