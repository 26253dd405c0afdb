// SPDX-License-Identifier: Apache-2.0
// Verifies in two passes: every frame of every pack on several threads, then every object that the
// heads reach.
#include "core/history/verifier.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/guarded.hpp"
#include "core/base/thread_pool.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/reachability.hpp"
#include "core/pack/frame_opener.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;
using object::ObjectKind;

constexpr std::size_t kNamesTold = 5;      // commits and paths that an error names
constexpr std::size_t kErrorsTold = 1000;  // then they are only counted
constexpr std::uint64_t kProgressStep = 4u << 20;

// Sentences from several threads, bounded.
class ErrorList {
 public:
  void add(std::string sentence) {
    const base::Lock lock(mutex_);
    if (sentences_.size() < kErrorsTold)
      sentences_.push_back(std::move(sentence));
    else
      ++untold_;
  }
  std::vector<std::string> take() {
    const base::Lock lock(mutex_);
    std::sort(sentences_.begin(), sentences_.end());
    // Opening the store reported some of them before.
    sentences_.erase(std::unique(sentences_.begin(), sentences_.end()), sentences_.end());
    if (untold_ > 0) sentences_.push_back(fmt::format("There are {} more errors.", untold_));
    return std::move(sentences_);
  }

 private:
  base::Mutex mutex_;
  std::vector<std::string> sentences_ VCS_GUARDED_BY(mutex_);
  std::size_t untold_ VCS_GUARDED_BY(mutex_) = 0;
};

// The ranges of packs that cannot be read, and the objects whose content does not match their id.
class DamageMap {
 public:
  void add_range(std::uint32_t pack, std::uint64_t begin, std::uint64_t end) {
    const base::Lock lock(mutex_);
    ranges_[{pack, begin}] = end;
  }
  void add_object(const ObjectId& id) {
    const base::Lock lock(mutex_);
    objects_.insert(id);
  }
  bool empty() const {
    const base::Lock lock(mutex_);
    return ranges_.empty() && objects_.empty();
  }
  bool hits(const ObjectId& id, const pack::Location& location) const {
    const base::Lock lock(mutex_);
    if (objects_.contains(id)) return true;
    auto range = ranges_.upper_bound({location.pack, location.frame_offset});
    if (range == ranges_.begin()) return false;
    --range;
    return range->first.first == location.pack && location.frame_offset < range->second;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> ranges_ VCS_GUARDED_BY(mutex_);
  std::set<ObjectId> objects_ VCS_GUARDED_BY(mutex_);
};

// One pass over one pack.
class PackPass {
 public:
  PackPass(std::uint32_t pack, bool read_data, pack::FrameOpener& opener, ErrorList& errors,
           DamageMap& damage)
      : pack_(pack), read_data_(read_data), opener_(opener), errors_(errors), damage_(damage) {}

  void frame(std::uint64_t offset, const pack::FrameHeader& header, ByteView frame) {
    end_damage(offset);
    if (!read_data_) return;
    const auto objects = opener_.open(header, frame);
    if (!objects) {
      errors_.add(pack::damage_sentence(pack_, offset, objects.error().message));
      damage_.add_range(pack_, offset, offset + header.total_length());
      return;
    }
    for (const pack::FrameInput& object : *objects) {
      if (opener_.is_right(object)) continue;
      errors_.add(fmt::format("The {} {} in {} at offset {} has another content than its id.",
                              base::name_of(header.kind), object.id.short_hex(),
                              pack::pack_name(pack_), offset));
      damage_.add_object(object.id);
    }
  }

  void damaged(std::uint64_t offset, const std::string& what) {
    end_damage(offset);
    errors_.add(pack::damage_sentence(pack_, offset, what));
    damage_begin_ = offset;
  }

  // A damaged range reaches to the next whole frame.
  void end_damage(std::uint64_t offset) {
    if (damage_begin_) damage_.add_range(pack_, *damage_begin_, offset);
    damage_begin_.reset();
  }

 private:
  const std::uint32_t pack_;
  const bool read_data_;
  pack::FrameOpener& opener_;
  ErrorList& errors_;
  DamageMap& damage_;
  std::optional<std::uint64_t> damage_begin_;
};

// The commits and paths that need a missing or damaged object; for one sentence of the result.
struct Needed {
  ObjectKind kind = ObjectKind::blob;
  std::string why;
  ObjectId last_commit;
  std::vector<std::string> commits;
  std::size_t commit_count = 0;
  std::set<std::string> paths;
  std::size_t paths_untold = 0;  // in the newest of these commits
};

template <typename Names>
std::string join_names(const Names& names, std::size_t count) {
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (count > names.size()) text += fmt::format(" and {} more", count - names.size());
  return text;
}

class Verification {
 public:
  Verification(store::ObjectStore& store, const VerifyOptions& options,
               object::HashProvider provider)
      : store_(store), options_(options), provider_(provider) {}

  Result<VerifyResult> run(std::span<const ObjectId> heads) {
    const store::StoreStats stats = store_.stats();
    bytes_total_ = stats.bytes_stored;
    for (const std::string& sentence : store_.known_damage()) errors_.add(sentence);
    if (!options_.references_only) {
      read_packs();
      tell_store();
    }
    check_heads(heads);
    if (cancelled()) return fail(ErrorCode::cancelled, "verification was cancelled");
    tell_damaged();
    VerifyResult result;
    result.objects = stats.objects;
    result.packs = stats.packs;
    result.bytes = bytes_done_;
    result.errors = errors_.take();
    for (auto& [place, damaged] : damaged_paths_) result.damaged.push_back(std::move(damaged));
    result.damaged_count = result.damaged.size() + untold_damaged_;
    result.lost.assign(lost_.begin(), lost_.end());
    return result;
  }

 private:
  bool cancelled() const { return options_.cancel && options_.cancel->load(); }

  void read_packs() {
    const std::vector<std::uint32_t> packs = store_.pack_numbers();
    const std::size_t lanes = std::clamp<std::size_t>(options_.threads, 1, packs.size() + 1);
    std::atomic<std::size_t> next{0};
    const auto lane = [&](std::size_t) {
      pack::FrameOpener opener(provider_);
      for (std::size_t i = next++; i < packs.size() && !cancelled(); i = next++) {
        PackPass pass(packs[i], options_.read_data, opener, errors_, damage_);
        read_pack(packs[i], pass);
        for (std::string& defect : store_.check_index(packs[i])) errors_.add(std::move(defect));
      }
    };
    if (lanes == 1) return lane(0);
    base::ThreadPool pool(lanes - 1, "verify");
    pool.run_lanes(lanes, lane);
  }

  void read_pack(std::uint32_t pack, PackPass& pass) {
    store::PackVisitor visitor;
    visitor.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                        ByteView frame) -> Result<void> {
      if (cancelled()) return fail(ErrorCode::cancelled, "verification was cancelled");
      pass.frame(offset, header, frame);
      advance(header.total_length());
      return {};
    };
    visitor.damage = [&](std::uint64_t offset, const std::string& what) {
      pass.damaged(offset, what);
    };
    auto visited = store_.visit_pack(pack, visitor);
    pass.end_damage(UINT64_MAX);
    if (visited || visited.error().code == ErrorCode::cancelled) return;
    errors_.add(
        fmt::format("{} cannot be read: {}.", pack::pack_name(pack), visited.error().message));
    damage_.add_range(pack, 0, UINT64_MAX);
  }

  void advance(std::uint64_t bytes) {
    const std::uint64_t before = bytes_done_.fetch_add(bytes);
    if (options_.progress && before / kProgressStep != (before + bytes) / kProgressStep)
      options_.progress({before + bytes, bytes_total_});
  }

  // Reads each damaged object once: the store learns of damage when a read fails.
  void tell_store() {
    if (damage_.empty()) return;
    std::vector<ObjectId> hit;
    store_.for_each([&](const ObjectId& id, ObjectKind) {
      const std::optional<pack::Location> location = store_.find(id);
      if (location && damage_.hits(id, *location)) hit.push_back(id);
    });
    for (const ObjectId& id : hit) {
      if (cancelled()) return;
      (void)store_.get(id);
    }
  }

  bool is_readable(const ObjectId& id) {
    if (options_.references_only) return !store_.lacks(id);
    const std::optional<pack::Location> location = store_.find(id);
    if (!location) return false;
    // The store may have another copy that is whole.
    return !damage_.hits(id, *location) || store_.get(id).has_value();
  }

  void check_heads(std::span<const ObjectId> heads) {
    Reachability walk(store_, [this](const ObjectId& id) { return is_readable(id); });
    store::IdSet seen;
    for (const ObjectId& head : heads) {
      std::string needed_by = "a ref";
      for (std::optional<ObjectId> at = head; at && !seen.contains(*at) && !cancelled();) {
        seen.insert(*at);
        const ObjectId id = *at;
        const auto commit = read_commit(store_, id);
        if (!commit) {
          errors_.add(fmt::format("Commit {}, needed by {}, cannot be read: {}.", id.short_hex(),
                                  needed_by, commit.error().message));
          note(id, ObjectKind::commit, "", commit.error(), id);
          break;
        }
        walk.check_tree(commit->tree,
                        [&](const ObjectId& object, ObjectKind kind, const std::string& path,
                            const Error& why) { add_damaged(object, kind, path, why, id); });
        needed_by = "commit " + id.short_hex();
        at = commit->parent;
      }
    }
  }

  void add_damaged(const ObjectId& object, ObjectKind kind, const std::string& path,
                   const Error& why, const ObjectId& commit) {
    note(object, kind, path, why, commit);
    if (damaged_.size() >= kErrorsTold && !damaged_.contains(object)) return;
    Needed& damaged = damaged_[object];
    damaged.kind = kind;
    damaged.why = why.message;
    if (damaged.last_commit != commit) {
      damaged.last_commit = commit;
      if (++damaged.commit_count <= kNamesTold) damaged.commits.push_back(commit.short_hex());
    }
    const std::string shown = "'" + path + "'";
    if (damaged.paths.contains(shown)) return;
    if (damaged.paths.size() < kNamesTold)
      damaged.paths.insert(shown);
    else if (damaged.commit_count == 1)
      ++damaged.paths_untold;
  }

  // Commits come newest first, each with all its paths. So an object's entry for a path has the
  // newest commit first, and each further commit becomes its oldest.
  void note(const ObjectId& object, ObjectKind kind, const std::string& path, const Error& why,
            const ObjectId& commit) {
    lost_.insert(object);
    const auto place = std::pair(path, object);
    auto found = damaged_paths_.find(place);
    if (found == damaged_paths_.end()) {
      if (damaged_paths_.size() >= options_.most_damaged) {
        ++untold_damaged_;
        return;
      }
      found = damaged_paths_
                  .emplace(place, DamagedObject{object, kind, why.message, path, commit, {}, 0})
                  .first;
    }
    DamagedObject& damaged = found->second;
    if (damaged.commits > 0 && damaged.oldest == commit) return;
    damaged.oldest = commit;
    ++damaged.commits;
  }

  void tell_damaged() {
    for (const auto& [id, damaged] : damaged_)
      errors_.add(
          fmt::format("The {} {} is missing or damaged ({}). Damaged commits: {}. Paths: {}.",
                      base::name_of(damaged.kind), id.short_hex(), damaged.why,
                      join_names(damaged.commits, damaged.commit_count),
                      join_names(damaged.paths, damaged.paths.size() + damaged.paths_untold)));
    std::size_t commits = 0;  // these have sentences of their own
    for (const auto& [place, damaged] : damaged_paths_)
      commits += damaged.kind == ObjectKind::commit;
    if (lost_.size() > damaged_.size() + commits)
      errors_.add(fmt::format("{} more objects are missing or damaged.",
                              lost_.size() - damaged_.size() - commits));
  }

  store::ObjectStore& store_;
  const VerifyOptions& options_;
  const object::HashProvider provider_;
  std::uint64_t bytes_total_ = 0;
  std::atomic<std::uint64_t> bytes_done_{0};
  ErrorList errors_;
  DamageMap damage_;
  std::map<ObjectId, Needed> damaged_;
  std::map<std::pair<std::string, ObjectId>, DamagedObject> damaged_paths_;
  std::uint64_t untold_damaged_ = 0;
  std::set<ObjectId> lost_;
};

}  // namespace

Result<VerifyResult> verify(store::ObjectStore& store, std::span<const ObjectId> heads,
                            const VerifyOptions& options) {
  VCS_ASSIGN(const object::HashProvider provider, object::choose_hash_provider(std::nullopt));
  return Verification(store, options, provider).run(heads);
}

}  // namespace vcs::history
