// SPDX-License-Identifier: Apache-2.0
// Waits for what another process does by itself.
#pragma once

#include <unistd.h>

namespace vcs::test {

// Asks again and again until `holds` is true, for at least half a minute.
template <typename Condition>
bool eventually(const Condition& holds) {
  constexpr int kTries = 1500, kPauseMicroseconds = 20'000;
  for (int tries = 0; tries < kTries; ++tries) {
    if (holds()) return true;
    usleep(kPauseMicroseconds);
  }
  return holds();
}

}  // namespace vcs::test
