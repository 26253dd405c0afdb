// SPDX-License-Identifier: Apache-2.0
// Opens it with the usual retries and no limits.
#include "agent/service/named_remote.hpp"

namespace vcs::agent::service {

Result<std::unique_ptr<remote::RemoteStore>> open_named_remote(Context& context,
                                                               const std::string& url,
                                                               const std::string& label) {
  return context.remotes.open(url, {.label = label});
}

}  // namespace vcs::agent::service
