// SPDX-License-Identifier: Apache-2.0
// Wrapper: bounds the calls at once and the bytes a second.
//
// Bandwidth is paid for in order: a call waits until what earlier calls moved has been paid, then
// runs at full speed and leaves its own bytes to be paid. The average holds; a single large object
// is not slowed within itself.
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
