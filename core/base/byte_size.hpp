// SPDX-License-Identifier: Apache-2.0
// Sizes as people write them: "4096", "64KiB", "1.5GiB"; K, M, G, T alone mean the binary unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::base {

Result<std::uint64_t> parse_byte_size(std::string_view text);
// Exact and readable by parse_byte_size: "64KiB", "1500B".
std::string format_byte_size(std::uint64_t bytes);
// For people: three digits, "1.24 GB" (decimal units).
std::string humanize_bytes(std::uint64_t bytes);

}  // namespace vcs::base
