// SPDX-License-Identifier: Apache-2.0
// What tests of packs share: frames from text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/object/compressor.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::pack {

inline object::ObjectId id_of(std::string_view text) {
  return object::hash_bytes(base::as_bytes(text));
}

// Text that cannot be compressed.
inline std::string noise(std::size_t length, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(length);
  test::SeededRandom(seed).fill(bytes);
  return {bytes.begin(), bytes.end()};
}

inline EncodedFrame frame_of(const std::vector<std::string>& texts,
                             object::ObjectKind kind = object::ObjectKind::blob,
                             bool commit_point = false) {
  object::Compressor compressor;
  std::vector<FrameInput> inputs;
  for (const std::string& text : texts) inputs.push_back({id_of(text), base::as_bytes(text)});
  return test::must(encode_frame(kind, inputs, 1, compressor, commit_point));
}

}  // namespace vcs::pack
