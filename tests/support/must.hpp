// SPDX-License-Identifier: Apache-2.0
// Returns the value, or fails the case with the error's message: for steps that a test needs but
// does not test.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "core/base/result.hpp"

namespace vcs::test {

template <typename T>
T must(base::Result<T> result) {
  if (!result) {
    // Some builds of Catch do not print the message of an exception.
    std::fprintf(stderr, "must: %s\n", result.error().message.c_str());
    throw std::runtime_error(result.error().message);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace vcs::test
