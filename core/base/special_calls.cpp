// SPDX-License-Identifier: Apache-2.0
// Makes a special call if the object supports it.
#include "core/base/special_calls.hpp"

namespace vcs::base {

namespace {

Failure unknown(const char* what) {
  return fail(ErrorCode::unsupported, "{}: not supported here", what);
}

SpecialDirectory* special(Directory& directory) {
  return dynamic_cast<SpecialDirectory*>(&directory);
}

}  // namespace

Result<void> exchange(Directory& directory, const std::string& one, const std::string& other) {
  auto* const known = special(directory);
  return known != nullptr ? known->exchange(one, other) : unknown("exchange two names");
}

Result<void> set_mode(Directory& directory, const std::string& name, std::uint32_t mode) {
  auto* const known = special(directory);
  return known != nullptr ? known->set_mode(name, mode) : unknown("set a mode by name");
}

Result<std::unique_ptr<Directory>> open_parent(Directory& directory) {
  auto* const known = special(directory);
  if (known == nullptr) return unknown("open the folder above");
  return known->open_parent();
}

bool only_grows(Directory& directory) {
  auto* const known = special(directory);
  return known != nullptr && known->only_grows();
}

UnixNanos born(Directory& directory) {
  auto* const known = special(directory);
  return known != nullptr ? known->born() : UnixNanos{};
}

Result<void> sync_filesystem(Directory& directory) {
  auto* const known = special(directory);
  return known != nullptr ? known->sync_filesystem() : unknown("sync a filesystem");
}

std::string filesystem_name(Directory& directory) {
  auto* const known = special(directory);
  return known != nullptr ? known->filesystem_name() : std::string();
}

Result<void> remove_extended_attribute(Directory& directory, const std::string& name) {
  auto* const known = special(directory);
  return known != nullptr ? known->remove_extended_attribute_self(name)
                          : unknown("remove an attribute");
}

Result<void> remove_extended_attribute(File& file, const std::string& name) {
  auto* const known = dynamic_cast<SpecialFile*>(&file);
  return known != nullptr ? known->remove_extended_attribute(name) : unknown("remove an attribute");
}

}  // namespace vcs::base
