// SPDX-License-Identifier: Apache-2.0
// URLs of remote stores. RFC 3986 without fragments:
// scheme://[user[:password]@]host[:port]/path?key=value
//
// A password has its own field, so that printing a URL for a person or a log can leave it out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::base {

struct Url {
  std::string scheme;  // lower case
  std::string user, password, host;
  std::uint16_t port = 0;  // 0: not given
  std::string path;        // percent-decoded, with its leading '/'
  std::map<std::string, std::string> query;

  // With "***" in place of the password, and of query values whose key names a secret.
  std::string redacted() const;
  // Whole, with the password. Never for a log.
  std::string text() const;
};

Result<Url> parse_url(std::string_view text);
std::string percent_encode(std::string_view text, std::string_view also_allowed = {});
Result<std::string> percent_decode(std::string_view text);

}  // namespace vcs::base
