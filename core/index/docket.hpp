// SPDX-License-Identifier: Apache-2.0
// The small file `current`, which names the valid generation of the index, and the names of a
// generation's files. `current` is replaced atomically. docs/format/index.md
#pragma once

#include <optional>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::index {

inline constexpr const char* kDocketName = "current";

std::string base_name(std::uint32_t generation);     // base-00000001
std::string journal_name(std::uint32_t generation);  // journal-00000001
// The generation of a base or journal; nothing for other names.
std::optional<std::uint32_t> generation_of(const std::string& name);

Bytes encode_docket(std::uint32_t generation);
// `corrupt` unless `bytes` are whole and have a known version.
Result<std::uint32_t> decode_docket(ByteView bytes);

}  // namespace vcs::index
