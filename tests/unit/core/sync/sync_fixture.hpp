// SPDX-License-Identifier: Apache-2.0
// Both ends of a sync for tests: a real store in a folder with histories that a test makes, and a
// remote in memory that counts calls, fails and can be damaged.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/object/commit.hpp"
#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/store/object_store.hpp"
#include "core/sync/fetcher.hpp"
#include "core/sync/pusher.hpp"
#include "core/sync/remote_cache.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

inline constexpr const char* kDeviceA = "aaaaaaaaaaaaaaaa";
inline constexpr const char* kDeviceB = "bbbbbbbbbbbbbbbb";

remote::layout::RemoteConfig test_config();

// A repository's store, and functions that write history into it.
class LocalHistory {
 public:
  explicit LocalHistory(std::uint64_t seal_at = 64u << 20);
  store::ObjectStore& store() { return *store_; }
  // Adds or changes (or, without content, removes) files, and commits. Large contents are cut into
  // chunks. Returns the commit.
  object::ObjectId save(const std::map<std::string, std::optional<std::string>>& files);
  // Continues from a fetched commit.
  void set_head(const object::ObjectId& head);
  const std::optional<object::ObjectId>& head() const { return head_; }
  std::unique_ptr<sync::RemoteCache> open_cache(const std::string& remote = "origin");
  void lose_cache(const std::string& remote = "origin");
  std::string packs_folder() const { return folder_ / "packs"; }
  void reopen();
  std::string device = kDeviceA;

 private:
  TemporaryFolder folder_;
  std::unique_ptr<base::FileSystem> filesystem_ = base::make_posix_filesystem();
  std::uint64_t seal_at_;
  std::unique_ptr<store::ObjectStore> store_;
  std::optional<object::ObjectId> head_;
  std::uint64_t sequence_ = 0;
};

// Path -> content of a commit's files, read through the store.
std::map<std::string, std::string> files_of(store::ObjectStore& store,
                                            const object::ObjectId& commit);

// Incompressible text of `size` bytes.
std::string noise(std::size_t size, std::uint32_t seed);

// Counts calls and bytes, and fails the call `fail_at`. Not for several threads at once.
class WatchedRemote final : public remote::RemoteStore {
 public:
  explicit WatchedRemote(std::shared_ptr<remote::drivers::MemoryObjects> objects =
                             std::make_shared<remote::drivers::MemoryObjects>())
      : objects_(objects), inner_(remote::drivers::make_memory_remote(objects)) {}

  base::Result<base::Bytes> get(const std::string& name, remote::ByteRange range) override;
  base::Result<void> put(const std::string& name, base::ByteView bytes,
                         remote::PutMode mode) override;
  base::Result<std::optional<remote::ObjectInfo>> stat(const std::string& name) override;
  using remote::RemoteStore::list;
  base::Result<void> list(const std::string& prefix, const std::string& after,
                          const remote::ObjectVisitor& visitor) override;
  base::Result<void> remove(const std::string& name) override;
  base::Result<void> replace_if(const std::string& name, const std::optional<base::Bytes>& expected,
                                base::ByteView bytes) override;
  void cancel() override { inner_->cancel(); }
  remote::Properties properties() const override { return inner_->properties(); }

  std::map<std::string, base::Bytes>& objects() {
    const auto by_name = objects_->by_name.lock();
    return *by_name;  // without its lock: no call runs meanwhile
  }
  std::shared_ptr<remote::drivers::MemoryObjects> shared_objects() const { return objects_; }
  std::vector<std::string> names(const std::string& prefix);
  void reset();

  // Numbers of calls since reset().
  std::atomic<std::uint64_t> calls{0}, puts{0}, gets{0}, lists{0}, bytes_put{0}, bytes_got{0};
  // The n-th call (from 1) fails as unavailable; 0: none. With `fail_after` it fails once done.
  std::uint64_t fail_at = 0;
  bool fail_after = false;
  bool fail_all_from_there = false;

 private:
  bool strikes();
  std::shared_ptr<remote::drivers::MemoryObjects> objects_;
  std::unique_ptr<remote::RemoteStore> inner_;
};

// The options of a push of this history to the test remote.
sync::PushOptions push_options(const LocalHistory& history);
// push() with the options that most cases want.
base::Result<sync::PushReport> push_to(remote::RemoteStore& remote, LocalHistory& history,
                                       std::size_t threads = 0);

}  // namespace vcs::test
