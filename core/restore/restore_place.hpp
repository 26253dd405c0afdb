// SPDX-License-Identifier: Apache-2.0
// A finished entry of a restore takes its place: a free one, or that of what stands there.
#pragma once

#include "core/restore/restore_context.hpp"

namespace vcs::restore {

// A name beside the place of an entry that is removed again unless it was renamed into it.
class TemporaryEntry {
 public:
  TemporaryEntry(base::Directory& directory, std::string name, bool is_folder = false)
      : directory_(directory), name_(std::move(name)), is_folder_(is_folder) {}
  TemporaryEntry(TemporaryEntry&& other) noexcept
      : directory_(other.directory_),
        name_(std::exchange(other.name_, {})),
        is_folder_(other.is_folder_) {}
  // A failure to remove would hide the failure that led here, and leaves only a stray file.
  ~TemporaryEntry();

  base::Directory& directory() { return directory_; }
  const std::string& name() const { return name_; }
  Result<void> move_to(const std::string& name, bool replace);
  // Gives it another name beside its place.
  Result<void> rename(const std::string& name);
  // It is nobody's to remove any more.
  std::string release() { return std::exchange(name_, {}); }

 private:
  base::Directory& directory_;
  std::string name_;
  bool is_folder_;
};

// `make` must fail with already_exists where something has the name: it may be a stray file of
// another restore.
template <typename Make>
Result<TemporaryEntry> claim_name(RestoreContext& context, base::Directory& directory,
                                  bool is_folder, Make&& make) {
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    std::string name = context.names.next();
    const Result<void> made = make(name);
    if (made) return TemporaryEntry(directory, std::move(name), is_folder);
    if (made.error().code != ErrorCode::already_exists || attempt == kAttempts)
      return Failure(made.error());
  }
}

// Exchanges `temporary` for what stands at `path`, and removes that if the history has it; else
// puts it back and refuses or postpones. Whatever happens, nothing that others wrote is removed:
// what can neither go nor be put back stays under a name that the outcome tells.
Result<RestoreOutcome> replace_standing(RestoreContext& context, const std::string& path,
                                        TemporaryEntry temporary);

// Why what has the name `name` in `directory`, and stands at `path`, must not go; nothing: it may.
// With `unlock` what its owner may make readable is made so; a dry run, which does not, says of it
// that it would be replaced.
Result<std::optional<RestoreOutcome>> objection_to_removal(RestoreContext& context,
                                                           base::Directory& directory,
                                                           const std::string& name,
                                                           const std::string& path, bool unlock);

}  // namespace vcs::restore
