// SPDX-License-Identifier: Apache-2.0
// Parsing and printing URLs.
//
// No message quotes any part of the text: a wrong port may be half of a password that somebody
// forgot to encode.
#include "core/base/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/bytes.hpp"

namespace vcs::base {

namespace {

constexpr std::string_view kPathCharacters = "/:@!$&'()*+,;=";
constexpr std::string_view kQueryCharacters = "/:@!$'()*,;?";

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Removes the part before the first `mark` from `rest`, together with the mark, and returns it;
// without a mark, all of `rest`.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

Result<void> parse_scheme(std::string_view scheme, Url& url) {
  if (scheme.empty() || !is_alpha(scheme.front()))
    return fail(ErrorCode::invalid, "the URL does not begin with a scheme, as in file:///backup");
  for (const char c : scheme)
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
      return fail(ErrorCode::invalid, "the URL's scheme has a character that is not allowed there");
  url.scheme = lower_case(scheme);
  return {};
}

Result<void> parse_port(std::string_view text, Url& url) {
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c) || port > 65535)
      return fail(ErrorCode::invalid,
                  "the URL's port is not a number up to 65535 (if that is part of a password, "
                  "write its special characters as %XX)");
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port == 0 || port > 65535)
    return fail(ErrorCode::invalid, "the URL's port is not a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(port);
  return {};
}

Result<void> parse_host_and_port(std::string_view text, Url& url) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {  // an IPv6 address
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos)
      return fail(ErrorCode::invalid, "the URL's host begins with [ but has no ]");
    url.host = std::string(text.substr(1, end - 1));
    port = text.substr(end + 1);
    has_port = port.starts_with(':');
    if (!port.empty() && !has_port)
      return fail(ErrorCode::invalid, "the URL's host goes on after ]");
    if (has_port) port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    url.host = std::string(text.substr(0, colon));
    if (has_port) port = text.substr(colon + 1);
  }
  for (const char c : url.host)
    if (!is_alpha(c) && !is_digit(c) && std::string_view("-._~:,%").find(c) == std::string::npos)
      return fail(ErrorCode::invalid, "the URL's host has a character that is not allowed there");
  if (has_port) VCS_TRY(parse_port(port, url));
  return {};
}

Result<void> parse_authority(std::string_view authority, Url& url) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    std::string_view password = authority.substr(0, at);
    const std::string_view user = take_until(password, ':');
    VCS_ASSIGN(url.user, percent_decode(user));
    VCS_ASSIGN(url.password, percent_decode(password));
    authority.remove_prefix(at + 1);
  }
  return parse_host_and_port(authority, url);
}

Result<void> parse_query(std::string_view query, Url& url) {
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (value.empty()) continue;
    const std::string_view key = take_until(value, '=');
    VCS_ASSIGN(std::string decoded_key, percent_decode(key));
    VCS_ASSIGN(std::string decoded_value, percent_decode(value));
    if (decoded_key.empty()) return fail(ErrorCode::invalid, "the URL's query has an empty key");
    if (!url.query.emplace(std::move(decoded_key), std::move(decoded_value)).second)
      return fail(ErrorCode::invalid, "the URL's query names a key twice");
  }
  return {};
}

bool is_secret_key(std::string_view key) {
  static constexpr std::array<std::string_view, 6> kWords{"secret", "pass",       "token",
                                                          "key",    "credential", "signature"};
  const std::string lower = lower_case(key);
  for (const std::string_view word : kWords)
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

std::string print(const Url& url, bool with_secrets) {
  static constexpr std::string_view kMask = "***";
  std::string text = url.scheme + "://";
  if (!url.user.empty() || !url.password.empty()) {
    text += percent_encode(url.user);
    if (!url.password.empty())
      text.append(":").append(with_secrets ? percent_encode(url.password) : kMask);
    text += "@";
  }
  const bool bracketed = url.host.find(':') != std::string::npos;
  text += bracketed ? "[" + url.host + "]" : url.host;
  if (url.port != 0) text += fmt::format(":{}", url.port);
  text += percent_encode(url.path, kPathCharacters);
  char separator = '?';
  for (const auto& [key, value] : url.query) {
    text += separator;
    text += percent_encode(key, kQueryCharacters);
    text += '=';
    text += with_secrets || !is_secret_key(key) ? percent_encode(value, kQueryCharacters)
                                                : std::string(kMask);
    separator = '&';
  }
  return text;
}

}  // namespace

std::string Url::redacted() const {
  return print(*this, false);
}

std::string Url::text() const {
  return print(*this, true);
}

Result<Url> parse_url(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f)
      return fail(ErrorCode::invalid, "the URL holds a space or a control character; write it %XX");
  if (text.find('#') != std::string_view::npos)
    return fail(ErrorCode::invalid, "the URL holds a #; write it as %23");
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos)
    return fail(ErrorCode::invalid, "the URL has no ://, as in file:///backup");

  Url url;
  VCS_TRY(parse_scheme(text.substr(0, scheme_end), url));
  std::string_view query = text.substr(scheme_end + 3);
  const std::string_view place = take_until(query, '?');
  const std::size_t path_begin = std::min(place.find('/'), place.size());
  VCS_TRY(parse_authority(place.substr(0, path_begin), url));
  VCS_ASSIGN(url.path, percent_decode(place.substr(path_begin)));
  VCS_TRY(parse_query(query, url));
  return url;
}

std::string percent_encode(std::string_view text, std::string_view also_allowed) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool unreserved =
        is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved || (c != '%' && also_allowed.find(c) != std::string_view::npos)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  Bytes byte;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !from_hex(text.substr(i + 1, 2), byte))
      return fail(ErrorCode::invalid, "a % is not followed by two hexadecimal digits");
    if (byte.front() == 0) return fail(ErrorCode::invalid, "%00 is not allowed");
    decoded += static_cast<char>(byte.front());
    i += 2;
  }
  return decoded;
}

}  // namespace vcs::base
