// SPDX-License-Identifier: Apache-2.0
// The real pause.
#include "core/base/sleeper.hpp"

#include <thread>

namespace vcs::base {

Sleeper thread_sleeper() {
  return [](Nanos duration) {
    std::this_thread::sleep_for(duration);
    return true;
  };
}

}  // namespace vcs::base
