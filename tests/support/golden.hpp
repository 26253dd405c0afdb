// SPDX-License-Identifier: Apache-2.0
// Bytes that are kept for ever: every later version must read what an earlier one wrote.
//
// The files lie below tests/golden/. With VCS_ACCEPT_GOLDEN=1 in the environment a comparison
// writes the file instead and FAILS, so that acceptance is never mistaken for a pass.
#pragma once

#include <string>

#include "core/base/bytes.hpp"

namespace vcs::test {

// The content of tests/golden/<name>. Fails the test if it cannot be read.
base::Bytes golden_bytes(const std::string& name);

// Requires that tests/golden/<name> holds exactly `bytes`.
void require_golden(const std::string& name, base::ByteView bytes);

}  // namespace vcs::test
