// SPDX-License-Identifier: Apache-2.0
// The store: all objects of one repository on this machine, in sealed packs with mmap'd indexes and
// in one open pack, to which it appends.
//
// Promise to writers: when commit() returns, the commit and everything appended before it survive a
// power cut, with one fdatasync. Promise to readers: bytes that get() returns have the id that the
// caller asked for; other bytes are `corrupt`.
//
// Threads: any thread may call every method. The store serialises appends. Only one process opens a
// store at a time: it must hold the repository's lock.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/pack/location.hpp"
#include "core/store/store_types.hpp"

namespace vcs::pack {
struct EncodedFrame;
}

namespace vcs::store {

class PackExchange;

class ObjectStore {
 public:
  // Opens the store in `directory` (the repository's packs/), or creates an empty one. Cuts a torn
  // tail; never deletes bytes that may hold anything. `options.writers` must outlive the store.
  static Result<std::unique_ptr<ObjectStore>> open(std::unique_ptr<base::Directory> directory,
                                                   const StoreOptions& options,
                                                   const base::Log& log);
  virtual ~ObjectStore() = default;

  virtual const RecoveryReport& recovery() const = 0;
  // The damage that opening found; empty after a repair.
  virtual std::vector<std::string> known_damage() const { return recovery().damage; }

  virtual std::optional<pack::Location> find(const object::ObjectId& id) const = 0;
  bool contains(const object::ObjectId& id) const { return find(id).has_value(); }

  // True if the store needs a copy of this object: it has none, or the newest one was read and
  // found damaged.
  virtual bool lacks(const object::ObjectId& id) const { return !contains(id); }

  // The object's bytes, hash-checked. not_found, corrupt, io.
  virtual Result<Bytes> get(const object::ObjectId& id) = 0;

  // True if the caller must make and append this object: the store lacks it and no other caller has
  // claimed it. The claim ends when the object is appended, or by release_claims() or
  // give_up_claim().
  virtual bool claim(const object::ObjectId& id) = 0;
  virtual void release_claims() = 0;
  // Ends a claim without the object. If another caller counts on the object, because claim()
  // refused him, this is a loss: losses() grows, and a commit that may need the object is refused.
  virtual void give_up_claim(const object::ObjectId& id) = 0;

  // Appends a frame; it is not durable yet. Objects that are already stored are stored again, which
  // is harmless.
  virtual Result<void> append(const pack::EncodedFrame& frame) = 0;
  // Appends the frame of one commit and makes it and everything before it durable: THE commit
  // point. After an error the store forgets everything that was appended since the last commit
  // point; the caller must append it again.
  //
  // Several callers may append at once, and after an error of one, all of them lose what is not
  // durable yet. So a caller that needs more than one call reads losses() before the first one.
  // The store refuses a commit if losses() has changed since.
  virtual Result<void> commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses) = 0;
  Result<void> commit(const pack::EncodedFrame& commit_frame) {
    return commit(commit_frame, losses());
  }
  // How often the store has forgotten objects: after errors, by abandon(), and when a claim was
  // given up that others counted on.
  virtual std::uint64_t losses() const = 0;
  // Makes everything that was appended durable, without a commit (for a fetched history).
  virtual Result<void> sync() = 0;
  // Forgets everything that was appended since the last commit point or sync (after a failed save);
  // the bytes become garbage.
  virtual void abandon() = 0;

  virtual StoreStats stats() const = 0;
  // Gives the memory of indexes back that lookups have read; later lookups read them again.
  virtual void trim_memory() const {}

  // Ids of all objects whose hexadecimal form starts with `hex_prefix`.
  virtual std::vector<std::pair<object::ObjectId, object::ObjectKind>> find_by_prefix(
      std::string_view hex_prefix) const = 0;
  using IdVisitor = std::function<void(const object::ObjectId&, object::ObjectKind)>;
  // Calls `visitor` for every object of this store, in no order.
  virtual void for_each(const IdVisitor& visitor) const = 0;

  // --- Whole packs, for verify, sync, compaction and repair ---
  virtual std::vector<std::uint32_t> pack_numbers() const = 0;
  // Visits every frame of a pack in order.
  //
  // A pack that compaction has replaced meanwhile gives no frames and no error: its objects are in
  // another pack.
  virtual Result<void> visit_pack(std::uint32_t pack, const PackVisitor& visitor) const = 0;
  // Checks a sealed pack's index file against its checksum and its pack. One sentence per defect.
  virtual std::vector<std::string> check_index(std::uint32_t pack) const = 0;

  // For compaction and repair. Null: this store has no packs that can be replaced.
  virtual PackExchange* pack_exchange() { return nullptr; }
};

}  // namespace vcs::store
