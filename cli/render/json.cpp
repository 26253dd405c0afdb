// SPDX-License-Identifier: Apache-2.0
// Errors in JSON.
#include "cli/render/json.hpp"

namespace vcs::cli {

std::string error_json(const base::Error& error) {
  std::string out = "{\"error\":{\"code\":";
  ipc::encode_text_to(out, base::error_code_name(error.code));
  out += ",\"message\":";
  ipc::encode_text_to(out, error.message);
  return out + "}}";
}

}  // namespace vcs::cli
