// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, standard alphabet, padded): for bytes that JSON text cannot carry.
#pragma once

#include <string>
#include <string_view>

namespace vcs::ipc {

std::string to_base64(std::string_view bytes);
void to_base64(std::string& out, std::string_view bytes);  // appended
// False unless `text` is the canonical encoding: each sequence of bytes has exactly one text.
bool from_base64(std::string_view text, std::string& out);

}  // namespace vcs::ipc
