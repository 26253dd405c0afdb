// SPDX-License-Identifier: Apache-2.0
// Points in time as people write them: what is accepted is a time that can be told, and one without
// a date lies before now. The first eight bytes are now.
// The source itself, for its room needs libraries that no other fuzzer does.
#include "agent/service/time_expression.cpp"

#include "core/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader reader({data, size});
  // Any moment between 1970 and 2200.
  const auto now = static_cast<base::UnixNanos>(reader.u64() % 7'258'118'400'000'000'000);
  const std::string_view text = base::as_text(reader.bytes(reader.remaining()));
  const auto time = agent::service::parse_time_expression(text, now);
  if (!time) {
    FUZZ_REQUIRE(time.error().code == base::ErrorCode::invalid && !time.error().message.empty());
    return 0;
  }
  FUZZ_REQUIRE(agent::service::parse_time_expression(text, now) == *time);
  const bool dated =
      text.find('-') != std::string_view::npos || text.find("today") != std::string_view::npos;
  if (!dated) FUZZ_REQUIRE(*time < now + 1'000'000'000);
  return 0;
}
