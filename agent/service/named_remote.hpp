// SPDX-License-Identifier: Apache-2.0
// A remote that a request names by its URL, to read what it holds.
#pragma once

#include <memory>
#include <string>

#include "agent/context.hpp"

namespace vcs::agent::service {

// One that is there; `label` stands for it in the log. In the background: it may have to be
// reached.
Result<std::unique_ptr<remote::RemoteStore>> open_named_remote(Context& context,
                                                               const std::string& url,
                                                               const std::string& label);

}  // namespace vcs::agent::service
