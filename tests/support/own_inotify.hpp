// SPDX-License-Identifier: Apache-2.0
// An inotify descriptor that nobody drains: real watches, for tests that read or make up events.
#pragma once

#include <sys/inotify.h>

#include <cerrno>
#include <string>

#include "agent/watch/watch_source.hpp"
#include "core/base/file_descriptor.hpp"

namespace vcs::test {

class OwnInotify final : public agent::watch::WatchSource {
 public:
  int get() const { return inotify_.get(); }

  int add(int folder, std::uint32_t mask, agent::watch::WatchUse) override {
    const std::string path = "/proc/self/fd/" + std::to_string(folder);
    const int descriptor = inotify_add_watch(inotify_.get(), path.c_str(), mask | IN_MASK_ADD);
    return descriptor >= 0 ? descriptor : -errno;
  }
  void remove(int descriptor) override { (void)inotify_rm_watch(inotify_.get(), descriptor); }
  bool find_room() override { return true; }

 private:
  base::FileDescriptor inotify_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
};

}  // namespace vcs::test
