// SPDX-License-Identifier: Apache-2.0
// Puts the options of the wrappers together.
#include "agent/remotes.hpp"

#include <utility>

namespace vcs::agent {

Result<std::unique_ptr<remote::RemoteStore>> Remotes::open(const std::string& url,
                                                           RemotePurpose purpose) const {
  const remote::registry::RemoteServices services{filesystem_, clock_, random_, log_,
                                                  std::move(purpose.sleep)};
  remote::registry::WrapOptions wrap;
  wrap.label = std::move(purpose.label);
  wrap.limits = purpose.limits;
  wrap.retry.cancel = purpose.cancel;
  return opener_(url, purpose.mode, std::move(wrap), services);
}

}  // namespace vcs::agent
