// SPDX-License-Identifier: Apache-2.0
// Advances the manual clock.
#include "tests/support/manual_clock.hpp"

namespace vcs::test {

void ManualClock::advance(base::Nanos by) {
  now_ += by.count();
  steady_ += by.count();
}

}  // namespace vcs::test
