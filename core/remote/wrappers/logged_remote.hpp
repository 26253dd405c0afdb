// SPDX-License-Identifier: Apache-2.0
// Wrapper: writes one debug line for each call, with the request, the duration and the outcome.
#pragma once

#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::wrappers {

// `label` starts each line: the remote's name, or its URL without its secret.
std::unique_ptr<RemoteStore> make_logged_remote(std::unique_ptr<RemoteStore> inner,
                                                std::string label, const base::Clock& clock,
                                                base::Log log);

}  // namespace vcs::remote::wrappers
