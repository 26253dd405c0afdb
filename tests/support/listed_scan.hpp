// SPDX-License-Identifier: Apache-2.0
// A walk that finds the files of a list, as many at a time as a test wants: for tests of parts
// that take files from a walk.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/worktree/tree_scanner.hpp"

namespace vcs::test {

inline worktree::Candidate listed_file(std::string path, std::uint64_t size) {
  worktree::Candidate file;
  file.path = std::move(path);
  file.stat.emplace();
  file.stat->type = base::FileType::regular;
  file.stat->size = size;
  return file;
}

// `count` files of one size: "f0", "f1" and so on.
inline std::vector<worktree::Candidate> listed_files(std::size_t count, std::uint64_t size) {
  std::vector<worktree::Candidate> files;
  for (std::size_t i = 0; i < count; ++i)
    files.push_back(listed_file("f" + std::to_string(i), size));
  return files;
}

// Not thread-safe.
class ListedScan final : public worktree::TreeScan {
 public:
  // advance() finds `step` more; nothing is found before.
  ListedScan(std::vector<worktree::Candidate> all, std::size_t step)
      : all_(std::move(all)), step_(step) {}

  bool advance() override {
    if (found_ == all_.size()) return false;
    found_ = std::min(found_ + step_, all_.size());
    return true;
  }
  std::size_t take(std::size_t most, std::vector<worktree::Candidate>& out) override {
    const std::size_t count = std::min(most, found_ - taken_);
    for (std::size_t i = 0; i < count; ++i) out.push_back(all_[taken_ + i]);
    taken_ += count;
    return count;
  }
  bool finished() const override { return taken_ == all_.size(); }
  worktree::ScanReport report() override { return {}; }

 private:
  const std::vector<worktree::Candidate> all_;
  const std::size_t step_;
  std::size_t found_ = 0, taken_ = 0;
};

}  // namespace vcs::test
