// SPDX-License-Identifier: Apache-2.0
// The generated texts for people agree with the table. VCS_ACCEPT_GOLDEN=1 writes them anew.
#include "config/printer.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "config/option_table.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::config;

namespace {

void check_generated(const std::string& name, const std::string& expected) {
  const std::string path = std::string(VCS_SOURCE_DIR) + "/" + name;
  if (std::getenv("VCS_ACCEPT_GOLDEN") != nullptr) {
    vcs::test::write_file(path, expected);
    // A run that writes the text does not pass.
    FAIL(name << " has been written; look at it and run the test again without VCS_ACCEPT_GOLDEN");
  }
  INFO(name << " is stale: run this test with VCS_ACCEPT_GOLDEN=1 and look at the difference");
  CHECK(vcs::test::read_file(path) == expected);
}

}  // namespace

TEST_CASE("printer: docs/config.md is up to date") {
  check_generated("docs/config.md", print_manual());
}

TEST_CASE("printer: config/vcsd.toml.5 is up to date") {
  check_generated("config/vcsd.toml.5", print_manual_page());
}

TEST_CASE("printer: config/vcsd.toml.sample is up to date") {
  check_generated("config/vcsd.toml.sample", print_sample());
}

TEST_CASE("printer: every option has its entry") {
  const std::string manual = print_manual(), sample = print_sample();
  for (const Option& option : options()) {
    INFO(option.key);
    CHECK(manual.find("`" + std::string(option.key) + "`") != std::string::npos);
    CHECK(manual.find("`" + option.environment_name() + "`") != std::string::npos);
    CHECK(sample.find("\n# " + std::string(option.name()) + " = ") != std::string::npos);
  }
}
