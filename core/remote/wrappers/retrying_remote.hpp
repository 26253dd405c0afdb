// SPDX-License-Identifier: Apache-2.0
// Wrapper: repeats calls that failed as `unavailable`, after growing and jittered pauses.
//
// It recognises an answer that was lost on the way: if a second attempt fails with already_exists
// or precondition_failed, and the object has exactly the bytes to write, the call has succeeded.
#pragma once

#include <atomic>
#include <memory>

#include "core/base/random.hpp"
#include "core/base/sleeper.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::wrappers {

struct RetryOptions {
  std::size_t attempts = 6;  // in all, the first included
  base::Nanos first_pause = std::chrono::milliseconds(200);
  base::Nanos longest_pause = std::chrono::seconds(20);  // each pause doubles up to here
  const std::atomic<bool>* cancel = nullptr;             // checked before each attempt
};

// `random` spreads the pauses over the upper half of their length.
std::unique_ptr<RemoteStore> make_retrying_remote(std::unique_ptr<RemoteStore> inner,
                                                  const RetryOptions& options, base::Random& random,
                                                  base::Sleeper sleep);

}  // namespace vcs::remote::wrappers
