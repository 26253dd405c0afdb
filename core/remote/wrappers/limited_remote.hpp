// SPDX-License-Identifier: Apache-2.0
// Wrapper: limits the calls at once and the bytes a second.
//
// cancel() ends the waits at once.
//
// A call waits until the bytes of all earlier calls are within the rate, runs at full speed, and
// adds its own bytes for the next call to wait for. So the average is within the limit; a single
// large object is not slowed while it is sent.
#pragma once

#include <memory>

#include "core/base/sleeper.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::wrappers {

struct Limits {
  std::size_t concurrent_calls = 0;           // 0: no limit
  std::uint64_t upload_bytes_per_second = 0;  // 0: no limit
  std::uint64_t download_bytes_per_second = 0;
};

std::unique_ptr<RemoteStore> make_limited_remote(std::unique_ptr<RemoteStore> inner,
                                                 const Limits& limits, const base::Clock& clock,
                                                 base::Sleeper sleep);

}  // namespace vcs::remote::wrappers
