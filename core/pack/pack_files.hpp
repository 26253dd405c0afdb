// SPDX-License-Identifier: Apache-2.0
// Opens the files of sealed packs when they are read, and keeps a bounded number open: a store may
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
  // Takes over the file of a pack that was just sealed: it stays readable even if its name is gone.
  void keep(std::uint32_t pack, std::shared_ptr<base::File> file);
  // Closes the file of a pack that was removed.
  void forget(std::uint32_t pack);

 private:
  void insert(std::uint32_t pack, std::shared_ptr<base::File> file) VCS_REQUIRES(mutex_);

  base::Directory& directory_;
  base::Mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<base::File>> open_ VCS_GUARDED_BY(mutex_);
  std::deque<std::uint32_t> order_
      VCS_GUARDED_BY(mutex_);  // the one that is open longest comes first
};

}  // namespace vcs::pack
