// SPDX-License-Identifier: Apache-2.0
// Refs: names that point to commits. One small checksummed file a ref, replaced atomically.
// docs/format/refs.md
//
// The log decides, not the ref: a commit exists once its frame is in the pack (the commit point).
// reconcile() moves the head to the last complete commit after a crash or a lost file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/store/object_store.hpp"

namespace vcs::history {

inline constexpr const char* kHead = "head";
// A commit that was the head and is not in the store any more: a remote may have it.
inline constexpr const char* kLostHead = "lost-head";

// Not thread-safe; owned by the repository's writer. The Directory must outlive it.
class RefStore {
 public:
  explicit RefStore(std::unique_ptr<base::Directory> directory);

  // Names are letters, digits, '-', '_' and '.', not '.' first: `invalid` otherwise.

  // Nothing: no such ref. `corrupt`: a file that is not one.
  Result<std::optional<object::ObjectId>> read(const std::string& name);
  // `durable`: replaces the file atomically and syncs it. Without it, overwrites the file in place,
  // and the system flushes it later: right for the head, which the log can rebuild.
  Result<void> write(const std::string& name, const object::ObjectId& commit, bool durable = false);
  Result<std::vector<std::string>> names();

  // Finds the head after opening. It is the file's commit, moved forward along later commit points
  // of the log. If the file is lost or damaged, or names a commit that is not in the store (which
  // is then kept as kLostHead), the log decides. If opening found damaged or torn bytes, and the
  // file does not name that head, the newest commit whose tree is complete becomes the head.
  // Nothing: an empty repository. Writes the file if the head moved.
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
