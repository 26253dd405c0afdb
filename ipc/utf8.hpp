// SPDX-License-Identifier: Apache-2.0
// UTF-8 as the Unicode standard has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace vcs::ipc {

// The length of the valid sequence at the start of `text`, 1 to 4; 0 if there is none.
std::size_t utf8_sequence(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace vcs::ipc
