// SPDX-License-Identifier: Apache-2.0
// Visits base file and overlay as one sorted sequence. An entry of the overlay hides the entry of
// the base with the same path.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/index/index_entry.hpp"
#include "core/index/index_file.hpp"

namespace vcs::index {

// The changes of the journal in memory. A path without an entry is removed.
using Overlay = std::map<std::string, std::optional<IndexEntry>, object::PathLess>;

// Base and overlay must outlive the cursor and stay unchanged.
class MergedCursor final : public IndexCursor {
 public:
  MergedCursor(const BaseFile& base, const Overlay& overlay)
      : base_(base), overlay_(overlay), change_(overlay.end()) {}

  void seek(std::string_view path) override;
  void seek_past(std::string_view folder) override;
  bool valid() const override { return side_ != Side::none; }
  std::string_view path() const override;
  const IndexEntry& entry() const override;
  void next() override;

 private:
  enum class Side { none, base, overlay, both };
  void go_to_target();
  void settle();

  BaseCursor base_;
  const Overlay& overlay_;
  Overlay::const_iterator change_;
  Side side_ = Side::none;  // the side with the least path; none at the end
  std::string target_;
};

}  // namespace vcs::index
