// SPDX-License-Identifier: Apache-2.0
// Puts the options of the wrappers together.
#include "core/remote/registry/remotes.hpp"

#include <utility>

namespace vcs::remote::registry {

Result<std::unique_ptr<RemoteStore>> Remotes::open(const std::string& url,
                                                   RemotePurpose purpose) const {
  const RemoteServices services{filesystem_, clock_, random_, log_, std::move(purpose.sleep)};
  WrapOptions wrap;
  wrap.label = std::move(purpose.label);
  wrap.limits = purpose.limits;
  wrap.retry.cancel = purpose.cancel;
  return opener_(url, purpose.mode, std::move(wrap), services);
}

}  // namespace vcs::remote::registry
