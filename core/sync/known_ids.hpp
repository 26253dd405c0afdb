// SPDX-License-Identifier: Apache-2.0
// An immutable file of sorted object ids, mapped into memory. docs/format/remote_cache.md
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/object/object_id.hpp"

namespace vcs::sync {

// Immutable; thread-safe.
class KnownIds {
 public:
  KnownIds() = default;  // no ids

  // `owner` must be the same as in write(). not_found, corrupt.
  static Result<KnownIds> open(base::Directory& directory, const std::string& name,
                               std::string_view owner);
  // Replaces the file by the union of `old` and `added`.
  static Result<void> write(base::Directory& directory, const std::string& name,
                            std::string_view owner, const KnownIds& old,
                            std::vector<object::ObjectId> added);

  bool contains(const object::ObjectId& id) const;
  std::size_t size() const { return ids_.size(); }

 private:
  std::unique_ptr<base::File> file_;
  std::unique_ptr<base::Mapping> mapping_;
  std::span<const object::ObjectId> ids_;
};

}  // namespace vcs::sync
