// SPDX-License-Identifier: Apache-2.0
// Reads index segments first, then the trailers of packs that no segment covers.
#include "core/sync/remote_catalog.hpp"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <unordered_set>

#include "core/base/guarded.hpp"
#include "core/base/thread_pool.hpp"
#include "core/object/hasher.hpp"

namespace vcs::sync {

namespace {

using remote::ObjectInfo;
using remote::RemoteStore;
using remote::layout::SegmentPack;

constexpr std::uint64_t kFirstTail = 64 * 1024;  // holds the trailer of most packs

Result<remote::layout::PackIndex> read_trailer(RemoteStore& remote, const std::string& id,
                                               std::uint64_t size) {
  const std::string name = remote::layout::pack_name(id);
  std::uint64_t tail_length = std::min(size, kFirstTail);
  VCS_ASSIGN(Bytes tail, remote.get(name, {size - tail_length, tail_length}));
  if (tail.size() < remote::layout::kPackFooter || tail.size() != tail_length)
    return fail(ErrorCode::corrupt, "{} is cut off", name);
  VCS_ASSIGN(const std::size_t needed,
             remote::layout::pack_trailer_length(ByteView(tail).last(remote::layout::kPackFooter)));
  if (needed > size) return fail(ErrorCode::corrupt, "the index of {} is damaged", name);
  if (needed > tail.size()) {
    VCS_ASSIGN(tail, remote.get(name, {size - needed, needed}));
  }
  return remote::layout::read_pack_trailer(tail, size);
}

class Catalog {
 public:
  Catalog(RemoteStore& remote, std::size_t threads, const CatalogVisitor& visitor)
      : remote_(remote), threads_(threads), visitor_(visitor) {}

  // Lists segments before packs, so that a segment that appears meanwhile cannot name a pack that
  // the listing missed.
  Result<void> run() {
    std::vector<std::string> segments;
    VCS_TRY(remote_.list(remote::layout::kIndexPrefix, [&](const ObjectInfo& info) {
      if (remote::layout::parse_index_name(info.name)) segments.push_back(info.name);
      return true;
    }));
    VCS_TRY(remote_.list(remote::layout::kPacksPrefix, [&](const ObjectInfo& info) {
      if (const auto id = remote::layout::parse_pack_name(info.name))
        sizes_.emplace(*id, info.size);
      return true;
    }));
    for (const std::string& name : segments) VCS_TRY(visit_segment(name));
    return visit_uncovered();
  }

 private:
  bool is_forgiven(const Error& error) const {
    return tells_of_loss(error) || (visitor_.forgiving && error.code == ErrorCode::unavailable);
  }

  Result<void> visit_segment(const std::string& name) {
    auto bytes = remote_.get(name);
    if (!bytes && !is_forgiven(bytes.error())) return tl::unexpected(std::move(bytes).error());
    auto packs = bytes ? remote::layout::decode_segment(*bytes)
                       : Result<std::vector<SegmentPack>>(tl::unexpected(bytes.error()));
    if (!packs && packs.error().code == ErrorCode::unsupported)
      return tl::unexpected(std::move(packs).error().with_context(name));
    if (!packs) {
      visitor_.damage(fmt::format("{}: {}", name, packs.error().message));
      return {};
    }
    for (SegmentPack& pack : *packs) VCS_TRY(visit_covered(std::move(pack)));
    return {};
  }

  Result<void> visit_covered(SegmentPack pack) {
    if (!covered_.insert(pack.id).second) return {};
    const auto listed = sizes_.find(pack.id);
    PackState state = PackState::present;
    if (listed == sizes_.end()) {
      state = PackState::missing;
      visitor_.damage(fmt::format("{} is missing; {} objects were in it",
                                  remote::layout::pack_name(pack.id), pack.index.ids.size()));
    } else if (listed->second != pack.size) {
      state = PackState::damaged;
      visitor_.damage(fmt::format("{} has {} bytes instead of {}",
                                  remote::layout::pack_name(pack.id), listed->second, pack.size));
    }
    return visitor_.pack({std::move(pack), state, true});
  }

  Result<void> visit_uncovered() {
    std::vector<SegmentPack> packs;
    for (const auto& [id, size] : sizes_)
      if (!covered_.contains(id)) packs.push_back({id, size, {}});
    std::sort(packs.begin(), packs.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    if (packs.empty()) return {};
    const std::size_t lanes = std::clamp<std::size_t>(threads_, 1, packs.size());
    base::ThreadPool pool(lanes, "catalog");
    std::atomic<std::size_t> next{0};
    base::Guarded<Result<void>> result;
    pool.run_lanes(lanes, [&](std::size_t) {
      for (std::size_t i; (i = next++) < packs.size();) {
        auto index = read_trailer(remote_, packs[i].id, packs[i].size);
        const auto so_far = result.lock();
        if (!*so_far) return;
        *so_far = visit_trailer(std::move(packs[i]), std::move(index));
      }
    });
    const auto all = result.lock();
    return std::move(*all);
  }

  Result<void> visit_trailer(SegmentPack pack, Result<remote::layout::PackIndex> index) {
    if (!index && !is_forgiven(index.error())) return tl::unexpected(std::move(index).error());
    if (!index) {
      visitor_.damage(
          fmt::format("{}: {}", remote::layout::pack_name(pack.id), index.error().message));
      return visitor_.pack({std::move(pack), PackState::damaged, false});
    }
    pack.index = std::move(*index);
    return visitor_.pack({std::move(pack), PackState::present, false});
  }

  RemoteStore& remote_;
  const std::size_t threads_;
  const CatalogVisitor& visitor_;
  std::unordered_map<std::string, std::uint64_t> sizes_;  // of the packs that are there
  std::unordered_set<std::string> covered_;
};

}  // namespace

std::string content_name(ByteView bytes) {
  return object::hash_bytes(bytes).hex().substr(0, 32);
}

Result<remote::layout::RemoteConfig> read_remote_config(RemoteStore& remote) {
  auto bytes = remote.get(remote::layout::kConfigName);
  if (!bytes) {
    if (bytes.error().code != ErrorCode::not_found) return tl::unexpected(bytes.error());
    return fail(ErrorCode::not_found, "this remote is empty: nothing was ever copied to it");
  }
  auto config = remote::layout::decode_remote_config(*bytes);
  if (!config && config.error().code == ErrorCode::corrupt)
    return tl::unexpected(
        std::move(config).error().with_context("the remote's configuration is damaged (vcsctl sync "
                                               "makes it anew, on a machine that copies "
                                               "to it)"));
  if (!config) return config;
  VCS_TRY(remote::layout::check_supported(*config));
  return config;
}

bool holds_packs(RemoteStore& remote) {
  bool any = false;
  (void)remote.list(remote::layout::kPacksPrefix, [&](const ObjectInfo&) {
    any = true;
    return false;
  });
  return any;
}

Result<void> check_repository(const remote::layout::RemoteConfig& config,
                              const std::string& repository_id) {
  if (config.repository_id == repository_id) return {};
  return fail(ErrorCode::invalid,
              "this remote holds the history of another repository ({}, not {}); use an empty one",
              config.repository_id, repository_id);
}

Result<std::vector<DeviceRef>> read_remote_refs(RemoteStore& remote,
                                                std::vector<std::string>& damage) {
  std::vector<std::string> names;
  VCS_TRY(remote.list(remote::layout::kRefsPrefix, [&](const ObjectInfo& info) {
    if (remote::layout::parse_ref_name(info.name)) names.push_back(info.name);
    return true;
  }));
  VCS_ASSIGN(auto contents, remote.get_many(names));
  std::vector<DeviceRef> refs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!contents[i]) continue;
    const auto ref = remote::layout::decode_remote_ref(*contents[i]);
    // This program cannot read which commit it names, so a result without it would be wrong.
    if (!ref && ref.error().code == ErrorCode::unsupported)
      return tl::unexpected(Error(ref.error()).with_context(names[i]));
    if (!ref) {
      damage.push_back(fmt::format("{}: {}", names[i], ref.error().message));
      continue;
    }
    auto name = *remote::layout::parse_ref_name(names[i]);
    refs.push_back({std::move(name.device), std::move(name.ref), *ref, std::move(*contents[i])});
  }
  return refs;
}

Result<std::optional<bool>> holds_history_of(RemoteStore& remote, const store::ObjectStore& store) {
  std::vector<std::string> damaged;
  VCS_ASSIGN(const std::vector<DeviceRef> refs, read_remote_refs(remote, damaged));
  if (refs.empty() && damaged.empty()) return std::nullopt;
  return std::any_of(refs.begin(), refs.end(),
                     [&](const DeviceRef& ref) { return store.contains(ref.commit()); });
}

Result<void> visit_remote_packs(RemoteStore& remote, std::size_t threads,
                                const CatalogVisitor& visitor) {
  return Catalog(remote, threads, visitor).run();
}

}  // namespace vcs::sync
