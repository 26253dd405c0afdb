// SPDX-License-Identifier: Apache-2.0
// How the limit of open files is divided between folders, work and clients.
#include "agent/process/process_limits.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace vcs::agent::process {

TEST_CASE("process limits: whatever there is, folders, work and clients all get some") {
  for (const std::size_t all : {256u, 1024u, 4096u, 20'000u, 65'536u, 1'048'576u}) {
    for (const std::size_t folders : {0u, 1u, 20u, 1000u, 100'000u}) {
      const std::size_t clients = descriptors_for_clients(all, folders);
      CAPTURE(all, folders, clients);
      CHECK(clients >= all / 8);
      const std::size_t for_work = std::min<std::size_t>(all / 25, 1024);
      CHECK(clients <= all - for_work);
      const bool enough = kDescriptorsOfIdleFolder * folders <= all / 2;
      if (enough) CHECK(all - clients >= kDescriptorsOfIdleFolder * folders + for_work);
    }
  }
}

TEST_CASE("process limits: ten thousand clients and a thousand folders need no more than 20,000") {
  CHECK(descriptors_for_clients(20'000, 1000) >= 10'100);
}

}  // namespace vcs::agent::process
