// SPDX-License-Identifier: Apache-2.0
// Keeps a few files open and closes the one that is open longest.
#include "core/pack/pack_files.hpp"

#include "core/pack/pack_file.hpp"

namespace vcs::pack {
namespace {

constexpr std::size_t kMostOpen = 64;

}  // namespace

Result<std::shared_ptr<base::File>> PackFiles::get(std::uint32_t pack) {
  const base::Lock lock(mutex_);
  if (const auto found = open_.find(pack); found != open_.end()) return found->second;
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory_.open_file(pack_name(pack), base::OpenMode::read));
  insert(pack, file);
  return file;
}

void PackFiles::keep(std::uint32_t pack, std::shared_ptr<base::File> file) {
  const base::Lock lock(mutex_);
  if (!open_.contains(pack)) insert(pack, std::move(file));
}

void PackFiles::insert(std::uint32_t pack, std::shared_ptr<base::File> file) {
  if (order_.size() == kMostOpen) {
    open_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(pack);
  open_.emplace(pack, std::move(file));
}

void PackFiles::forget(std::uint32_t pack) {
  const base::Lock lock(mutex_);
  if (open_.erase(pack) > 0) std::erase(order_, pack);
}

}  // namespace vcs::pack
