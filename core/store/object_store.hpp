// SPDX-License-Identifier: Apache-2.0
// All objects of one repository on this machine: sealed packs with their mmap'd indexes, and one
// open pack that is appended to.
//
// The writer's promise: when commit() returns, the commit and everything appended before it survive
// a power cut, with one fdatasync. The reader's promise: bytes that get() returns have the id that
// was asked for; anything else is `corrupt`.
//
// Threads: every method may be called from any thread. Appends are serialised inside. One process
// at a time: whoever opens a store holds the repository's lock.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/pack/frame.hpp"
#include "core/pack/location.hpp"
#include "core/store/store_types.hpp"

namespace vcs::store {

class PackExchange;

class ObjectStore {
 public:
  // Opens the store in `directory` (the repository's packs/), creating an empty one. Cuts a torn
  // tail; never deletes bytes that may hold anything. `options.writers` outlives the store.
  static Result<std::unique_ptr<ObjectStore>> open(std::unique_ptr<base::Directory> directory,
                                                   const StoreOptions& options,
                                                   const base::Log& log);
  virtual ~ObjectStore() = default;

  virtual const RecoveryReport& recovery() const = 0;
  // What opening found damaged, until it is repaired.
  virtual std::vector<std::string> known_damage() const { return recovery().damage; }

  virtual std::optional<pack::Location> find(const object::ObjectId& id) const = 0;
  bool contains(const object::ObjectId& id) const { return find(id).has_value(); }

  // True if a copy of this object is wanted: none is stored, or the newest one is known to be
  // damaged, because somebody tried to read it.
  virtual bool lacks(const object::ObjectId& id) const { return !contains(id); }

  // The object's bytes, hash-checked. not_found, corrupt, io.
  virtual Result<Bytes> get(const object::ObjectId& id) = 0;

  // True if the caller should make and append this object: the store lacks it and no other has
  // claimed it. A claim ends when the object is appended or by release_claims().
  virtual bool claim(const object::ObjectId& id) = 0;
  virtual void release_claims() = 0;
  // Ends a claim without the object. If another was told meanwhile that it will be stored, that is
  // a loss, and nobody's commit can be built on it.
  virtual void give_up_claim(const object::ObjectId& id) = 0;

  // Appends a frame; not yet durable. Objects that are already stored are stored again, harmless.
  virtual Result<void> append(const pack::EncodedFrame& frame) = 0;
  // Appends the frame of one commit and makes it and everything before it durable: THE commit
  // point. After an error nothing of what was appended since the last commit point is trusted: it
  // is no longer found and must be appended anew.
  //
  // Several may append at once, and an error of one costs all of them what is not durable yet. So
  // whoever needs more than one call asks losses() before the first, and a commit for which that
  // is not the number any more is refused.
  virtual Result<void> commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses) = 0;
  Result<void> commit(const pack::EncodedFrame& commit_frame) {
    return commit(commit_frame, losses());
  }
  // How often appended objects have been forgotten: after errors, and by abandon().
  virtual std::uint64_t losses() const = 0;
  // Makes what was appended durable, without a commit (a fetched history).
  virtual Result<void> sync() = 0;
  // Forgets what was appended since the last commit point or sync (a snapshot that failed); the
  // bytes become garbage.
  virtual void abandon() = 0;

  virtual StoreStats stats() const = 0;
  // Gives back the memory of what was read to look things up; what is needed again is read again.
  virtual void trim_memory() const {}

  // Ids of all objects whose hexadecimal form starts with `hex_prefix`.
  virtual std::vector<std::pair<object::ObjectId, object::ObjectKind>> find_by_prefix(
      std::string_view hex_prefix) const = 0;
  using IdVisitor = std::function<void(const object::ObjectId&, object::ObjectKind)>;
  // Calls `visitor` for every object of this store, in no order.
  virtual void for_each(const IdVisitor& visitor) const = 0;

  // --- Whole packs, for verify and for garbage collection ---
  virtual std::vector<std::uint32_t> pack_numbers() const = 0;
  // Visits every frame of a pack in order.
  //
  // A pack that compaction has replaced meanwhile has nothing any more, which is no error: its
  // objects are found elsewhere.
  virtual Result<void> visit_pack(std::uint32_t pack, const PackVisitor& visitor) const = 0;
  // Checks a sealed pack's index file against its checksum and its pack. One sentence per defect.
  virtual std::vector<std::string> check_index(std::uint32_t pack) const = 0;

  // For compaction and repair. Null: this store has no packs that can be replaced.
  virtual PackExchange* pack_exchange() { return nullptr; }
};

}  // namespace vcs::store
