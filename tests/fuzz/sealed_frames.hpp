// SPDX-License-Identifier: Apache-2.0
// Frames with right checksums, which no fuzzer guesses.
#pragma once

#include "core/base/bytes.hpp"

namespace vcs::fuzz {

enum class Ids {
  as_given,
  true_hashes,  // for frames whose payload can be decoded
};

// The input with right checksums in everything that begins like a frame.
base::Bytes seal_frames(base::ByteView input, Ids ids);

}  // namespace vcs::fuzz
