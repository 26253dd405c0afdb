// SPDX-License-Identifier: Apache-2.0
// Moves the whole process once into a mount namespace of its own.
#include "tests/support/own_mounts.hpp"

#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace vcs::test {

#ifdef __linux__

bool has_own_mounts() {
  static const bool done =
      unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!done) WARN("skipped: this system does not let us mount in a namespace of our own");
  return done;
}

Mount::Mount(const std::string& source, const std::string& target, const char* type,
             unsigned long flags, const char* options)
    : target_(target) {
  if (mount(source.c_str(), target.c_str(), type, flags, options) != 0)
    throw std::runtime_error("mount " + target + ": " + std::strerror(errno));
}

Mount::~Mount() {
  umount2(target_.c_str(), MNT_DETACH);
}

bool Mount::unmount() {
  return umount(target_.c_str()) == 0;
}

#else

bool has_own_mounts() {
  WARN("skipped: namespaces of mounts are Linux's");
  return false;
}
Mount::Mount(const std::string&, const std::string& target, const char*, unsigned long, const char*)
    : target_(target) {
  throw std::runtime_error("no mount of our own on " + target);
}
Mount::~Mount() = default;
bool Mount::unmount() {
  return false;
}

#endif

}  // namespace vcs::test
