// SPDX-License-Identifier: Apache-2.0
// macOS can name only the calling thread; other systems take the thread as a parameter.
#include "core/base/thread_name.hpp"

#include <pthread.h>

namespace vcs::base {

void name_this_thread(const std::string& name) {
  const std::string cut = name.substr(0, 15);
#ifdef __APPLE__
  ::pthread_setname_np(cut.c_str());
#else
  ::pthread_setname_np(::pthread_self(), cut.c_str());
#endif
}

}  // namespace vcs::base
