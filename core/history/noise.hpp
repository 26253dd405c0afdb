// SPDX-License-Identifier: Apache-2.0
// Whether content looks as encryption leaves it: bytes as even as chance, and no sign of a format
// that is dense by nature.
//
// A guess about a few kilobytes, good enough for many files together and for none alone.
#pragma once

#include "core/base/bytes.hpp"

namespace vcs::history {

constexpr std::size_t kNoiseHead = 16;      // bytes that tell a format
constexpr std::size_t kNoiseSample = 4096;  // bytes that are judged
constexpr std::size_t kLeastNoise = 128;    // fewer are judged by nobody

// `head`: the first bytes of the content. `sample`: bytes from its middle.
bool looks_like_noise(ByteView head, ByteView sample);

}  // namespace vcs::history
