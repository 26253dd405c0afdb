// SPDX-License-Identifier: Apache-2.0
// What a repository has acknowledged, byte for byte, and whether it still has it: for tests that
// take its disk away.
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
  std::size_t operations = 0;  // that were recorded when it was told
  object::ObjectId id;
  std::map<std::string, std::string> tree;
};

class Ledger {
 public:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  // The head was told of after so many operations, and the worktree has not changed since.
  void note(Workshop& shop, std::size_t operations = 0);
  // What was told within the first `operations` of them; told from the beginning.
  Ledger until(std::size_t operations) const;
  std::size_t size() const { return all_.size(); }

  // Every commit that was told of within so many operations is the head or one of its ancestors,
  // with the content that it had. Those told of later may be there, with theirs.
  void require_kept(Workshop& shop, std::size_t operations = kAll) const;

 private:
  std::vector<Acknowledged> all_;
};

// Opening found no damage, every byte can be read, and nothing points to what is not there.
void require_healthy(Workshop& shop);
// Saves more, takes a snapshot of everything and opens the repository again: all of it is there.
void require_goes_on(Workshop& shop);

// A repository on the disk that these operations make: it is healthy, has kept what it must, which
// `more` may add to, and goes on.
void require_survives(const std::vector<Operation>& survivors, const Ledger& ledger,
                      std::size_t operations, WorkshopOptions places,
                      const std::function<void(Workshop&)>& more = nullptr);

}  // namespace vcs::test
