// SPDX-License-Identifier: Apache-2.0
// Fills packs and keeps several puts under way.
#include "core/sync/pack_uploader.hpp"

#include <algorithm>

#include "core/base/memory.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

namespace {

// One pack less than fits into the memory: the one that is being filled.
std::size_t uploads_that_fit(std::size_t threads, std::uint64_t memory, std::uint64_t pack_bytes) {
  if (threads == 0) return 0;
  const std::uint64_t packs = memory / std::max<std::uint64_t>(pack_bytes, 1);
  return std::clamp<std::uint64_t>(packs, 2, threads + 1) - 1;
}

}  // namespace

PackUploader::PackUploader(remote::RemoteStore& remote, RemoteCache& cache,
                           std::uint64_t pack_bytes, std::size_t threads, std::uint64_t memory,
                           std::function<void(const UploadTotals&)> progress)
    : remote_(remote),
      cache_(cache),
      pack_bytes_(pack_bytes),
      most_under_way_(uploads_that_fit(threads, memory, pack_bytes)),
      progress_(std::move(progress)),
      builder_(pack_bytes) {
  if (most_under_way_ > 0) pool_ = std::make_unique<base::ThreadPool>(most_under_way_, "push");
}

PackUploader::~PackUploader() = default;

Result<void> PackUploader::error() const {
  const base::Lock lock(mutex_);
  return result_;
}

UploadTotals PackUploader::totals() const {
  const base::Lock lock(mutex_);
  return totals_;
}

Result<void> PackUploader::add(object::ObjectKind kind, std::span<const object::ObjectId> ids,
                               ByteView frame) {
  if (!builder_.empty() && builder_.size() + frame.size() > pack_bytes_) VCS_TRY(send());
  ids_.clear();
  for (const object::ObjectId& id : ids) ids_.push_back(id.bytes);
  builder_.add(static_cast<std::uint8_t>(kind), ids_, frame);
  return {};
}

void PackUploader::expect(std::uint64_t bytes) {
  const base::Lock lock(mutex_);
  totals_.bytes_expected += bytes;
  if (progress_) progress_(totals_);
}

void PackUploader::skip(std::uint64_t bytes) {
  const base::Lock lock(mutex_);
  totals_.bytes_there += bytes;
}

Result<void> PackUploader::flush() {
  if (!builder_.empty()) VCS_TRY(send());
  base::Lock lock(mutex_);
  while (under_way_ != 0) ended_.wait(lock);
  return result_;
}

Result<void> PackUploader::send() {
  VCS_TRY(error());
  remote::layout::PackIndex index;
  Bytes pack = builder_.finish(index);
  if (!pool_) return upload(pack, std::move(index));
  {
    base::Lock lock(mutex_);
    while (under_way_ >= most_under_way_) ended_.wait(lock);
    ++under_way_;
  }
  auto task = [this, pack = std::make_shared<Bytes>(std::move(pack)),
               index = std::make_shared<remote::layout::PackIndex>(std::move(index))] {
    auto uploaded = base::within_memory([&]() -> Result<void> {
      VCS_TRY(error());
      return upload(*pack, std::move(*index));
    });
    const base::Lock lock(mutex_);
    if (!uploaded && result_) result_ = std::move(uploaded);
    --under_way_;
    ended_.notify_all();
  };
  pool_->submit(std::move(task));
  return {};
}

Result<void> PackUploader::upload(const Bytes& pack, remote::layout::PackIndex index) {
  const std::string id = content_name(pack);
  const std::size_t objects = index.ids.size();
  VCS_TRY(cache_.note_sending({id, pack.size(), std::move(index)}));
  VCS_TRY(put(remote::layout::pack_name(id), pack));
  VCS_TRY(cache_.confirm(id));
  const base::Lock lock(mutex_);
  ++totals_.packs;
  totals_.objects += objects;
  totals_.bytes += pack.size();
  if (progress_) progress_(totals_);
  return {};
}

// The name is a hash of the content: an existing pack is the same one, unless it is damaged.
Result<void> PackUploader::put(const std::string& name, const Bytes& pack) {
  auto done = remote_.put(name, pack, remote::PutMode::if_absent);
  if (done || done.error().code != ErrorCode::already_exists) return done;
  VCS_ASSIGN(const auto info, remote_.stat(name));
  if (info && info->size == pack.size()) return {};
  return remote_.put(name, pack, remote::PutMode::overwrite);
}

}  // namespace vcs::sync
