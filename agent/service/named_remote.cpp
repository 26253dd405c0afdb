// SPDX-License-Identifier: Apache-2.0
// Opens it with the usual retries and no limits.
#include "agent/service/named_remote.hpp"

namespace vcs::agent::service {

base::Result<std::unique_ptr<remote::RemoteStore>> open_named_remote(Context& context,
                                                                     const std::string& url,
                                                                     const std::string& label) {
  const remote::registry::RemoteServices services{context.filesystem, context.clock, context.random,
                                                  context.log};
  remote::registry::WrapOptions wrap;
  wrap.label = label;
  return context.open_remote(url, remote::registry::OpenRemote::existing, wrap, services);
}

}  // namespace vcs::agent::service
