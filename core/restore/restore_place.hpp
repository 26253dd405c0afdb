// SPDX-License-Identifier: Apache-2.0
// Moves a finished entry of a restore into its place, and replaces what stands there if it may.
#pragma once

#include "core/restore/restore_context.hpp"

namespace vcs::restore {

// An entry with a temporary name beside its place. The destructor removes it unless it was moved or
// released.
class TemporaryEntry {
 public:
  TemporaryEntry(base::Directory& directory, std::string name, bool is_folder = false)
      : directory_(directory), name_(std::move(name)), is_folder_(is_folder) {}
  TemporaryEntry(TemporaryEntry&& other) noexcept
      : directory_(other.directory_),
        name_(std::exchange(other.name_, {})),
        is_folder_(other.is_folder_) {}
  // Ignores a failure to remove: its error would hide the first one, and only a stray file stays.
  ~TemporaryEntry();

  base::Directory& directory() { return directory_; }
  const std::string& name() const { return name_; }
  Result<void> move_to(const std::string& name, bool replace);
  // Gives it another name beside its place.
  Result<void> rename(const std::string& name);
  // The destructor no longer removes the entry.
  std::string release() { return std::exchange(name_, {}); }

 private:
  base::Directory& directory_;
  std::string name_;
  bool is_folder_;
};

// Makes an entry with a free temporary name. `make` must fail with already_exists if the name is
// taken: another restore may have left a stray file.
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

// Exchanges `temporary` with the entry that stands at `path`, and removes that entry if the history
// has it; else puts it back and refuses or postpones. It never removes what others wrote: an entry
// that can neither go nor be put back stays under a name that the outcome gives.
Result<RestoreOutcome> replace_standing(RestoreContext& context, const std::string& path,
                                        TemporaryEntry temporary);

// Why the entry `name` in `directory`, which stands at `path`, must not be removed; nothing: it may
// be. With `unlock`, makes a file readable if its owner may. A dry run does not, and reports such a
// file as one that would be replaced.
Result<std::optional<RestoreOutcome>> objection_to_removal(RestoreContext& context,
                                                           base::Directory& directory,
                                                           const std::string& name,
                                                           const std::string& path, bool unlock);

}  // namespace vcs::restore
