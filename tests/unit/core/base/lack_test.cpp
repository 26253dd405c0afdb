// SPDX-License-Identifier: Apache-2.0
// Tests of core/base/lack.
#include "core/base/lack.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace vcs::base;

TEST_CASE("lack: what is lacking for the moment is told from what failed") {
  for (const int lacking : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN})
    CHECK(is_lack(fail_errno(lacking, "x").value()));
  for (const int failed : {EIO, EACCES, ENOSPC, ETIMEDOUT, 0})
    CHECK_FALSE(is_lack(fail_errno(failed, "x").value()));
}
