// SPDX-License-Identifier: Apache-2.0
// The stores that must keep the contract of core/remote/remote_store.hpp. The cases in
// remote_store_contract.cpp run on each of them; a new driver is one more line in
// remotes_under_test.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/remote/remote_store.hpp"

namespace vcs::test {

// Opens one more client of the same store.
using OpenClient = std::function<std::unique_ptr<remote::RemoteStore>()>;

struct RemoteUnderTest {
  std::string name;
  std::size_t many = 3000;  // objects of the case that lists many; fewer where a put is slow
  std::function<OpenClient()> make;  // a new, empty store, which lives as long as the function
};

const std::vector<RemoteUnderTest>& remotes_under_test();

}  // namespace vcs::test
