// SPDX-License-Identifier: Apache-2.0
// Tests of core/remote/registry/remote_registry.
#include "core/remote/registry/remote_registry.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/remote/drivers/memory/memory_remote.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

using base::ErrorCode;
using remote::registry::OpenRemote;

struct Services {
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  base::SystemClock clock;
  base::SystemRandom random;
  remote::registry::RemoteServices all{
      *filesystem, clock, random, {}, [](base::Nanos) { return true; }};
};

}  // namespace

TEST_CASE("remote registry: every driver has a scheme of its own and a line of help") {
  std::set<std::string> schemes;
  for (const auto& driver : remote::registry::remote_drivers()) {
    CHECK(schemes.insert(driver.scheme).second);
    CHECK(std::string(driver.help).find(std::string(driver.scheme) + "://") == 0);
  }
  CHECK(schemes.contains("file"));
}

TEST_CASE("remote registry: a URL and a bare path open the same folder") {
  const TemporaryFolder folder;
  Services services;
  const std::string path = folder / "my store";
  const auto by_path = remote::registry::open_remote(path, OpenRemote::create, services.all);
  REQUIRE(by_path.has_value());
  REQUIRE((*by_path)->put("a", base::Bytes{1}, remote::PutMode::if_absent).has_value());
  const auto by_url = remote::registry::open_remote("file://" + folder.path() + "/my%20store",
                                                    OpenRemote::existing, services.all);
  REQUIRE(by_url.has_value());
  CHECK((*by_url)->get("a").value() == base::Bytes{1});
  CHECK(remote::registry::open_remote(folder / "none", OpenRemote::existing, services.all)
            .error()
            .code == ErrorCode::unavailable);
}

TEST_CASE("remote registry: what it does not know is told with what it knows") {
  Services services;
  for (const char* url : {"gopher://host/x", "relative/path", "", "backup"}) {
    const auto opened = remote::registry::open_remote(url, OpenRemote::create, services.all);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::invalid);
    CHECK(opened.error().message.find("file") != std::string::npos);
    CHECK(opened.error().message.find("memory") == std::string::npos);
  }
  const auto host =
      remote::registry::open_remote("file://nas/share", OpenRemote::create, services.all);
  CHECK(host.error().code == ErrorCode::invalid);
}

TEST_CASE("remote registry: a store that keeps nothing cannot be opened") {
  Services services;
  for (const OpenRemote mode : {OpenRemote::create, OpenRemote::existing}) {
    const auto opened = remote::registry::open_remote("memory://foo", mode, services.all);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::invalid);
    CHECK(opened.error().message ==
          "memory:// keeps nothing, so no copy can be there; use a folder or a URL of: file");
  }
}

TEST_CASE("remote registry: a secret is never shown") {
  CHECK(remote::registry::redacted_remote_url("/mnt/a b") == "/mnt/a b");
  const auto shown =
      remote::registry::redacted_remote_url("memory://me:geheim@host/x?secret=geheim");
  CHECK(shown.find("geheim") == std::string::npos);
  CHECK(shown.find("host") != std::string::npos);
  CHECK(remote::registry::redacted_remote_url("gopher://me:geheim@x").find("geheim") ==
        std::string::npos);
}

TEST_CASE("remote registry: the wrappers together keep the store usable") {
  Services services;
  const auto store = remote::registry::wrap_remote(remote::drivers::make_memory_remote(),
                                                   {"test", {2, 0, 0}, {}}, services.all);
  REQUIRE(store->put("a", base::Bytes{1}, remote::PutMode::if_absent).has_value());
  CHECK(store->get("a").value() == base::Bytes{1});
  CHECK(store->properties().concurrency == 2);
}

}  // namespace vcs::test
