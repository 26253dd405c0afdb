// SPDX-License-Identifier: Apache-2.0
// The files of sealed packs, opened when they are read. A bounded number stays open: a store may
// have thousands.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"

namespace vcs::pack {

// Thread-safe.
class PackFiles {
 public:
  explicit PackFiles(base::Directory& directory) : directory_(directory) {}

  Result<std::shared_ptr<base::File>> get(std::uint32_t pack);
  // Of a pack that was open until now: it may be read even if its name is gone.
  void keep(std::uint32_t pack, std::shared_ptr<base::File> file);
  // Closes the file, when it was removed.
  void forget(std::uint32_t pack);

 private:
  void insert(std::uint32_t pack, std::shared_ptr<base::File> file) VCS_REQUIRES(mutex_);

  base::Directory& directory_;
  base::Mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<base::File>> open_ VCS_GUARDED_BY(mutex_);
  std::deque<std::uint32_t> order_ VCS_GUARDED_BY(mutex_);  // the longest open first
};

}  // namespace vcs::pack
