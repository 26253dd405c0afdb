// SPDX-License-Identifier: Apache-2.0
// Writes the ends of arrays, and errors.
#include "cli/render/json.hpp"

namespace vcs::cli {

void JsonItems::append_to(std::string& out) const {
  if (text_.empty()) {
    out += "[]";
    return;
  }
  out += text_;
  out += end_ == End::on_own_line ? "\n]" : "]";
}

std::string error_json(const Error& error) {
  std::string out;
  append_json(
      out,
      JsonObject().field(
          "error",
          JsonObject().field("code", base::name_of(error.code)).field("message", error.message)));
  return out;
}

}  // namespace vcs::cli
