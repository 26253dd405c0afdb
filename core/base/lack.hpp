// SPDX-License-Identifier: Apache-2.0
// Errors that pass by themselves, when others let go of what they hold.
#pragma once

#include "core/base/result.hpp"

namespace vcs::base {

// Whether it is for lack of descriptors, memory or the like: to be tried again soon.
bool is_lack(const Error& error);

}  // namespace vcs::base
