// SPDX-License-Identifier: Apache-2.0
// An object store in memory, for tests of the parts that use a store. It counts reads, and a test
// can damage or lose objects on purpose.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string_view>

#include "core/store/object_store.hpp"

namespace vcs::test {

// Thread-safe, like every store. It has no packs: calls about packs return nothing.
class MemoryObjectStore final : public store::ObjectStore {
 public:
  // Stores an object without a frame.
  object::ObjectId put(object::ObjectKind kind, base::ByteView bytes);
  object::ObjectId put(object::ObjectKind kind, std::string_view text) {
    return put(kind, base::as_bytes(text));
  }
  // From now on get() fails with `corrupt` (damage) or `not_found` (lose).
  void damage(const object::ObjectId& id);
  void lose(const object::ObjectId& id);

  std::size_t object_count() const;
  std::uint64_t reads() const;  // calls of get()
  std::uint64_t commits() const;

  const store::RecoveryReport& recovery() const override { return recovery_; }
  std::optional<pack::Location> find(const object::ObjectId& id) const override;
  base::Result<base::Bytes> get(const object::ObjectId& id) override;
  bool claim(const object::ObjectId& id) override;
  void release_claims() override;
  void give_up_claim(const object::ObjectId& id) override;
  base::Result<void> append(const pack::EncodedFrame& frame) override;
  using ObjectStore::commit;
  base::Result<void> commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses) override;
  std::uint64_t losses() const override { return 0; }
  base::Result<void> sync() override;
  void abandon() override;
  store::StoreStats stats() const override;
  std::vector<std::pair<object::ObjectId, object::ObjectKind>> find_by_prefix(
      std::string_view hex_prefix) const override;
  void for_each(const IdVisitor& visitor) const override;
  std::vector<std::uint32_t> pack_numbers() const override { return {}; }
  base::Result<void> visit_pack(std::uint32_t pack,
                                const store::PackVisitor& visitor) const override;
  std::vector<std::string> check_index(std::uint32_t) const override { return {}; }

 private:
  struct Object {
    object::ObjectKind kind = object::ObjectKind::blob;
    base::Bytes bytes;
    bool damaged = false;
  };

  mutable std::mutex mutex_;
  std::map<object::ObjectId, Object> objects_;
  std::set<object::ObjectId> claims_;
  std::vector<object::ObjectId> since_commit_;  // new objects that abandon() forgets
  std::uint64_t reads_ = 0, commits_ = 0, bytes_stored_ = 0;
  store::RecoveryReport recovery_;
};

}  // namespace vcs::test
