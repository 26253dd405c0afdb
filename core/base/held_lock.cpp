// SPDX-License-Identifier: Apache-2.0
// The kernel's lock decides; the text in the file is for people.
#include "core/base/held_lock.hpp"

namespace vcs::base {
namespace {

constexpr std::uint64_t kLongestHolder = 256;

}  // namespace

Result<std::unique_ptr<File>> hold_lock(Directory& directory, const std::string& name,
                                        const std::string& holder) {
  auto lock = directory.lock_file(name);
  if (!lock) {
    if (lock.error().code != ErrorCode::busy) return lock;
    const auto text = read_file(directory, name, kLongestHolder);
    const bool told = text && !text->empty();
    return fail(ErrorCode::busy, "{}", told ? as_text(*text) : "another process");
  }
  // A full disk has no room for the text; the lock is valid without it.
  if ((*lock)->truncate(0)) (void)(*lock)->write_at(as_bytes(holder), 0);
  return lock;
}

}  // namespace vcs::base
