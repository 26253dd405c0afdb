// SPDX-License-Identifier: Apache-2.0
// The paths of home, configuration and socket, for every combination of variables that people have.
#include "config/paths.hpp"

#include <catch2/catch.hpp>

using namespace vcs::config;
using Catch::Matchers::Contains;

TEST_CASE("paths: VCSD_HOME holds everything") {
  const auto paths = resolve_paths({{"VCSD_HOME", "/x/home/"}, {"HOME", "/h"}}, {}, "/w");
  CHECK(*paths == Paths{"/x/home/config.toml", "/x/home", "/x/home/repositories", "/x/home/logs",
                        "/x/home/vcsd.sock"});
}

TEST_CASE("paths: --home wins over VCSD_HOME and may be relative") {
  CHECK(resolve_paths({{"VCSD_HOME", "/x"}}, "/y", "/w")->data == "/y");
  CHECK(resolve_paths({{"VCSD_HOME", "/x"}}, "y/z", "/w")->socket == "/w/y/z/vcsd.sock");
  CHECK(resolve_paths({}, "y", "/")->data == "/y");
  CHECK_FALSE(resolve_paths({}, "", "/w"));
}

TEST_CASE("paths: a relative VCSD_HOME is refused, an empty one is not set") {
  CHECK_FALSE(resolve_paths({{"VCSD_HOME", "x"}, {"HOME", "/h"}}, {}, "/w"));
  CHECK(resolve_paths({{"VCSD_HOME", ""}, {"HOME", "/h"}}, {}, "/w")->data ==
        "/h/.local/share/vcsd");
}

TEST_CASE("paths: the XDG directories are used, and ignored when relative") {
  const Environment home = {{"HOME", "/h"}};
  CHECK(*resolve_paths(home, {}, "/w") ==
        Paths{"/h/.config/vcsd/config.toml", "/h/.local/share/vcsd",
              "/h/.local/share/vcsd/repositories", "/h/.local/share/vcsd/logs",
              "/h/.local/share/vcsd/run/vcsd.sock"});
  const Environment all = {
      {"XDG_CONFIG_HOME", "/c"}, {"XDG_DATA_HOME", "/d/"}, {"XDG_RUNTIME_DIR", "/run/user/1"}};
  CHECK(*resolve_paths(all, {}, "/w") == Paths{"/c/vcsd/config.toml", "/d/vcsd",
                                               "/d/vcsd/repositories", "/d/vcsd/logs",
                                               "/run/user/1/vcsd/vcsd.sock"});
  const Environment relative = {
      {"HOME", "/h"}, {"XDG_CONFIG_HOME", "c"}, {"XDG_DATA_HOME", "d"}, {"XDG_RUNTIME_DIR", "r"}};
  CHECK(*resolve_paths(relative, {}, "/w") == *resolve_paths(home, {}, "/w"));
}

TEST_CASE("paths: without any home there is a clear error") {
  const auto none = resolve_paths({}, {}, "/w");
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().message, Contains("HOME is not set"));
}

TEST_CASE("paths: a socket that the system cannot bind is refused with what to do") {
  AgentSettings settings;
  const std::string longest = "/" + std::string(106, 's');
  CHECK(*socket_path(Paths{.socket = longest}, settings) == longest);
  const auto longer = socket_path(Paths{.socket = longest + "s"}, settings);
  REQUIRE_FALSE(longer);
  CHECK_THAT(longer.error().message, Contains("108 bytes") && Contains("agent.socket"));
  settings.socket = "/short";
  CHECK(*socket_path(Paths{.socket = longest + "s"}, settings) == "/short");
  CHECK_FALSE(check_socket_path("relative"));
  CHECK_FALSE(check_socket_path(std::string_view("/a\0b", 4)));
}

TEST_CASE("paths: the process's variables become a map") {
  const char* const variables[] = {"A=1", "B=", "C=x=y", "odd", nullptr};
  CHECK(environment_from(variables) == Environment{{"A", "1"}, {"B", ""}, {"C", "x=y"}});
  CHECK(environment_from(nullptr).empty());
}
