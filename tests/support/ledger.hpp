// SPDX-License-Identifier: Apache-2.0
// Notes what a repository has acknowledged, byte for byte, and checks that it still has it: for
// tests that cut its power.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tests/support/recording_filesystem.hpp"
#include "tests/support/workshop.hpp"

namespace vcs::test {

struct Acknowledged {
  std::size_t operations = 0;  // recorded before the acknowledgement
  object::ObjectId id;
  std::map<std::string, std::string> tree;
};

class Ledger {
 public:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  // Notes that the head was acknowledged after so many operations. The worktree must equal it.
  void note(Workshop& shop, std::size_t operations = 0);
  // The commits acknowledged within the first `operations`; in the copy, before any operation.
  Ledger until(std::size_t operations) const;
  std::size_t size() const { return all_.size(); }

  // Requires that every commit acknowledged within so many operations is the head or one of its
  // ancestors, with its content. Later ones may be missing; one that is there has its content.
  void require_kept(Workshop& shop, std::size_t operations = kAll) const;

 private:
  std::vector<Acknowledged> all_;
};

// Requires that opening found no damage, every byte can be read, and no reference is missing.
void require_healthy(Workshop& shop);
// Saves more, takes a snapshot of everything, opens the repository again and requires it all.
void require_goes_on(Workshop& shop);

// Opens a repository on the disk that `survivors` make, and requires that it is healthy, has kept
// what it must, and goes on. `more` may check more.
void require_survives(const std::vector<Operation>& survivors, const Ledger& ledger,
                      std::size_t operations, WorkshopOptions places,
                      const std::function<void(Workshop&)>& more = nullptr);

}  // namespace vcs::test
