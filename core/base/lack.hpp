// SPDX-License-Identifier: Apache-2.0
// Recognises errors from a lack of resources, which end by themselves when others free some.
#pragma once

#include "core/base/result.hpp"

namespace vcs::base {

// True if descriptors, memory or buffers were short: the caller should try again soon.
bool is_lack(const Error& error);

}  // namespace vcs::base
