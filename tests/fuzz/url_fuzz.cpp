// SPDX-License-Identifier: Apache-2.0
// URLs of remotes: an accepted URL can be printed and read again, and never shows its password.
#include <cstdlib>

#include "core/remote/registry/remote_registry.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = vcs::base::parse_url(text); url) {
    const auto again = vcs::base::parse_url(url->text());
    require(again.has_value());
    require(again->text() == url->text());
    require(again->scheme == url->scheme && again->host == url->host && again->path == url->path &&
            again->port == url->port && again->query == url->query);
    require(again->user == url->user && again->password == url->password);
    vcs::base::Url other = *url;
    other.password = url->password.empty() ? "" : url->password + "-another";
    require(other.redacted() == url->redacted());
  }
  if (const auto url = vcs::remote::registry::parse_remote_url(text); url)
    require(!url->scheme.empty());
  (void)vcs::remote::registry::redacted_remote_url(text);
  return 0;
}
