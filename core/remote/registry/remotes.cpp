// SPDX-License-Identifier: Apache-2.0
// Puts the options of the wrappers together.
#include "core/remote/registry/remotes.hpp"

#include <utility>

#include "core/remote/registry/remote_purpose.hpp"

namespace vcs::remote::registry {

Remotes::Remotes(base::FileSystem& filesystem, const base::Clock& clock, base::Random& random,
                 base::Log log, RemoteOpener opener)
    : filesystem_(filesystem),
      clock_(clock),
      random_(random),
      log_(std::move(log)),
      opener_(opener ? std::move(opener) : open_wrapped_remote) {}

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
