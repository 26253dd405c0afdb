// SPDX-License-Identifier: Apache-2.0
// One timer for all files, and one more while descriptors or memory are lacking.
#include "agent/schedule/problem_files.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/base/lack.hpp"

namespace vcs::agent::schedule {
namespace {

using worktree::Mark;
using worktree::Problem;

// In addition to the events of the files.
constexpr base::Nanos kInterval = std::chrono::minutes(5);
constexpr base::Nanos kFirstPause = std::chrono::seconds(1);
constexpr base::Nanos kLongestPause = std::chrono::seconds(8);

// A set of paths; some include everything below them.
class Covered {
 public:
  // A mark without recursion does not scan the content of a folder.
  explicit Covered(const std::vector<Mark>& marks, bool points_too) {
    for (const Mark& mark : marks)
      if (mark.recursive || points_too) (mark.recursive ? trees_ : points_).insert(mark.path);
  }
  bool has(const std::string& path) const {
    if (trees_.contains("") || trees_.contains(path) || points_.contains(path)) return true;
    for (auto slash = path.rfind('/'); slash != std::string::npos && slash != 0;
         slash = path.rfind('/', slash - 1))
      if (trees_.contains(path.substr(0, slash))) return true;
    return false;
  }

 private:
  std::set<std::string> trees_, points_;
};

bool is_lacking(const std::map<std::string, Problem>::value_type& known) {
  return base::is_lack(known.second.error);
}

}  // namespace

void ProblemFiles::looked(const std::vector<Mark>& marks, const std::vector<Mark>& put_off,
                          const std::vector<Problem>& found) {
  if (!all_.empty()) {
    const Covered seen(marks, false), later(put_off, true);
    std::erase_if(
        all_, [&](const auto& known) { return seen.has(known.first) && !later.has(known.first); });
  }
  for (const Problem& problem : found) all_.insert_or_assign(problem.path, problem);
  arm();
  arm_soon();
}

void ProblemFiles::stop() {
  timer_.stop();
  soon_timer_.stop();
}

// Snapshots that come meanwhile do not delay the timer.
void ProblemFiles::arm() {
  if (all_.empty()) timer_.stop();
  if (all_.empty() || timer_.waits()) return;
  timer_.start(kInterval, [this] {
    try_again(false);
    arm();
  });
}

void ProblemFiles::arm_soon() {
  if (std::none_of(all_.begin(), all_.end(), is_lacking)) {
    soon_timer_.stop();
    pause_ = {};
    return;
  }
  if (soon_timer_.waits()) return;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  soon_timer_.start(pause_, [this] { try_again(true); });
}

void ProblemFiles::try_again(bool lacking_only) {
  for (const auto& known : all_)
    if (!lacking_only || is_lacking(known)) look_({known.first, true});
}

}  // namespace vcs::agent::schedule
