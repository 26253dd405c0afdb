// SPDX-License-Identifier: Apache-2.0
// Whether content looks encrypted: its bytes are evenly distributed, and it does not begin like a
// compressed format.
//
// A guess from a few kilobytes: good enough for many files together, not for a single file.
#pragma once

#include "core/base/bytes.hpp"

namespace vcs::history {

constexpr std::size_t kNoiseHead = 16;      // bytes that show the format
constexpr std::size_t kNoiseSample = 4096;  // bytes that are tested
constexpr std::size_t kLeastNoise = 128;    // fewer bytes are never noise

// `head`: the first bytes of the content. `sample`: bytes from its middle.
bool looks_like_noise(ByteView head, ByteView sample);

}  // namespace vcs::history
