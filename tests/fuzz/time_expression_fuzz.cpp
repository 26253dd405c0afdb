// SPDX-License-Identifier: Apache-2.0
// Times as people write them: an accepted time can be printed, and one without a date lies before
// now. The first eight bytes are now.
#include "core/base/time_expression.hpp"

#include "core/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader reader({data, size});
  // Any moment between 1970 and 2200.
  const auto now =
      base::unix_nanos(static_cast<std::int64_t>(reader.u64() % 7'258'118'400'000'000'000));
  const std::string_view text = base::as_text(reader.bytes(reader.remaining()));
  const auto time = base::parse_time_expression(text, now);
  if (!time) {
    FUZZ_REQUIRE(time.error().code == base::ErrorCode::invalid && !time.error().message.empty());
    return 0;
  }
  FUZZ_REQUIRE(base::parse_time_expression(text, now) == *time);
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool dated =
      small.find('-') != std::string::npos || small.find("today") != std::string::npos;
  if (!dated) FUZZ_REQUIRE(*time < now + std::chrono::seconds(1));
  return 0;
}
