// SPDX-License-Identifier: Apache-2.0
// For the steps of a test that are not what it tests: the value, or the case fails with the error's
// message.
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
    // Catch may be built to say nothing of an exception but that there was one.
    std::fprintf(stderr, "must: %s\n", result.error().message.c_str());
    throw std::runtime_error(result.error().message);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace vcs::test
