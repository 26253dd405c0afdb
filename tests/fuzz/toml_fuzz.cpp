// SPDX-License-Identifier: Apache-2.0
// Any bytes as config.toml and as repository.toml: an error, or values within their bounds.
#include "config/load.hpp"
#include "config/option_table.hpp"
#include "config/repository_file.hpp"
#include "config/toml_writer.hpp"
#include "config/validator.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_settings(const config::Settings& settings) {
  for (const config::Option& option : config::options()) {
    FUZZ_REQUIRE(config::check_value(option, option.field.get(settings)));
  }
  FUZZ_REQUIRE(config::validate(settings).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  if (const auto loaded = config::load_text(text, "f", {})) {
    FUZZ_REQUIRE(config::is_utf8(text));
    check_settings(loaded->settings);
    for (const auto& repository : loaded->repositories) check_settings(repository.settings);
  } else {
    FUZZ_REQUIRE(loaded.error().code == base::ErrorCode::invalid);
    FUZZ_REQUIRE(!loaded.error().message.empty());
  }
  if (const auto file = config::parse_repository_file(text, "f")) {
    const auto again = config::format_repository_file(*file);
    FUZZ_REQUIRE(again.has_value());
    FUZZ_REQUIRE(*config::parse_repository_file(*again, "f") == *file);
  }
  return 0;
}
