// SPDX-License-Identifier: Apache-2.0
// Imports the frames of a fetched pack into a local store. One per thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/pack/frame_opener.hpp"
#include "core/pack/frame_salvager.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

class FrameImporter {
 public:
  // Does not store the commit `head`, but keeps it for the caller, who must store it last.
  FrameImporter(store::ObjectStore& store, const object::ObjectId& head, int compression_level);
  // From now on also imports the readable objects of damaged frames.
  void salvage(const std::atomic<bool>* cancel) {
    salvager_.emplace(object::quickest_hash_provider(), cancel);
  }

  // Stores every frame of `pack` that has an object which the store lacks, unchanged, after
  // checking the hash of each of its objects. Leaves out damaged frames and reports them in
  // `damage`. Packs commits anew: a frame may be marked as a commit point of the machine that wrote
  // it, and it is none here.
  Result<void> import_pack(const std::string& name, ByteView pack,
                           std::vector<std::string>& damage);

  // The head's commit, if an imported pack had it.
  std::optional<Bytes> take_head() { return std::exchange(head_bytes_, std::nullopt); }
  std::uint64_t objects() const { return objects_; }  // stored so far

 private:
  Result<void> import_frame(ByteView frame, const pack::FrameHeader& header);
  bool has_news(const pack::FrameHeader& header) const;
  Result<void> gather_commits(std::span<const pack::FrameInput> commits);
  Result<void> store_commits();
  Result<std::optional<pack::FrameHeader>> import_damaged(ByteView bytes, std::string& what);

  store::ObjectStore& store_;
  const object::ObjectId head_;
  const int level_;
  pack::FrameOpener opener_;
  object::Compressor compressor_;
  std::optional<pack::FrameSalvager> salvager_;
  std::optional<Bytes> head_bytes_;
  std::vector<std::pair<object::ObjectId, Bytes>> commits_;
  std::uint64_t objects_ = 0;
};

}  // namespace vcs::sync
