// SPDX-License-Identifier: Apache-2.0
// Refs: names that point to commits. One small checksummed file a ref, replaced atomically.
// docs/format/refs.md
//
// Refs are a convenience over the log: the commit point is the commit's frame in the pack, and
// `reconcile` moves the head to the last whole one after a crash or a lost file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/store/object_store.hpp"

namespace vcs::history {

inline constexpr const char* kHead = "head";
// A commit that was the head and is not in the store any more: somebody may have it.
inline constexpr const char* kLostHead = "lost-head";

// Not thread-safe; owned by the repository's writer. The Directory must outlive it.
class RefStore {
 public:
  explicit RefStore(std::unique_ptr<base::Directory> directory);

  // Names are letters, digits, '-', '_' and '.', not '.' first: `invalid` otherwise.

  // Nothing: no such ref. `corrupt`: a file that is not one.
  Result<std::optional<object::ObjectId>> read(const std::string& name);
  // `durable` is atomic. Without it the ref is written where it lies, and the system flushes it
  // when it likes: right for the head, which the log can restore.
  Result<void> write(const std::string& name, const object::ObjectId& commit, bool durable = false);
  Result<std::vector<std::string>> names();

  // The head after opening: the file's, moved forward along commit points that the log holds beyond
  // it; rebuilt from the log when the file is lost or damaged, or names what is not there (which is
  // then kept as kLostHead). If opening found bytes that were damaged or torn, a head that the file
  // does not vouch for is the newest commit whose tree is complete. Nothing: an empty repository.
  // Writes the file if it moved.
  Result<std::optional<object::ObjectId>> reconcile(store::ObjectStore& store,
                                                    const base::Log& log);
  Result<void> remove(const std::string& name);

 private:
  Result<void> overwrite(const std::string& name, ByteView bytes);
  Result<void> look_behind(store::ObjectStore& store, std::optional<object::ObjectId>& head);
  Result<std::optional<object::ObjectId>> read_head(store::ObjectStore& store,
                                                    const base::Log& log);

  std::unique_ptr<base::Directory> directory_;
};

}  // namespace vcs::history
