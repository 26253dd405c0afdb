// SPDX-License-Identifier: Apache-2.0
// The real pause.
#include "core/remote/sleeper.hpp"

#include <thread>

namespace vcs::remote {

Sleeper thread_sleeper() {
  return [](base::Nanos duration) {
    std::this_thread::sleep_for(duration);
    return true;
  };
}

}  // namespace vcs::remote
