// SPDX-License-Identifier: Apache-2.0
// Recognises these errors by errno.
#include "core/base/lack.hpp"

#include <cerrno>

namespace vcs::base {

bool is_lack(const Error& error) {
  switch (error.os_error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
      return true;
    default:
      return false;
  }
}

}  // namespace vcs::base
