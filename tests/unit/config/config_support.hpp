// SPDX-License-Identifier: Apache-2.0
// Shorthands for the tests of config: load text, expect a value or a message.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "config/load.hpp"

namespace vcs::config {

inline Loaded loaded(const std::string& text, const Environment& environment = {}) {
  auto result = load_text(text, "c.toml", environment);
  INFO((result ? std::string() : result.error().message));
  REQUIRE(result);
  return std::move(*result);
}

inline std::string refused(const std::string& text, const Environment& environment = {}) {
  const auto result = load_text(text, "c.toml", environment);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == base::ErrorCode::invalid);
  return result.error().message;
}

}  // namespace vcs::config
