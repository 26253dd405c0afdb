// SPDX-License-Identifier: Apache-2.0
// Tests of sizes as text.
#include "core/base/byte_size.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/seeded_random.hpp"

using namespace vcs::base;

TEST_CASE("byte size: what people write is read") {
  CHECK(parse_byte_size("0").value() == 0);
  CHECK(parse_byte_size("4096").value() == 4096);
  CHECK(parse_byte_size("1500B").value() == 1500);
  CHECK(parse_byte_size("64KiB").value() == 65536);
  CHECK(parse_byte_size("64k").value() == 65536);
  CHECK(parse_byte_size("64 K").value() == 65536);
  CHECK(parse_byte_size("1.5GiB").value() == 1610612736);
  CHECK(parse_byte_size("2T").value() == std::uint64_t{2} << 40);
  CHECK(parse_byte_size("5MB").value() == 5'000'000);
  CHECK(parse_byte_size("0.5K").value() == 512);
  CHECK(parse_byte_size("18446744073709551615").value() ==
        std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("byte size: what is not one is refused with a hint") {
  for (const char* text : {"", "K", "-1", "1.5", "1.5B", "1.K", ".5K", "4096 bytes", "1KK", "1 K ",
                           "18446744073709551616", "16777216T", "1.1234567K", "1e3", "1,5G"}) {
    const auto parsed = parse_byte_size(text);
    INFO(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK(parsed.error().message.find("64KiB") != std::string::npos);
  }
}

TEST_CASE("byte size: every printed one is read back") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  for (int i = 0; i < 2000; ++i) {
    std::uint64_t bytes = random.next() >> random.below(64);
    if (random.one_in(2)) bytes &= ~((std::uint64_t{1} << random.below(50)) - 1);
    INFO(bytes);
    CHECK(parse_byte_size(format_byte_size(bytes)).value() == bytes);
  }
  CHECK(format_byte_size(0) == "0B");
  CHECK(format_byte_size(65536) == "64KiB");
  CHECK(format_byte_size(1500) == "1500B");
}

TEST_CASE("byte size: people get three digits, also where rounding adds one") {
  CHECK(humanize_bytes(0) == "0 B");
  CHECK(humanize_bytes(999) == "999 B");
  CHECK(humanize_bytes(1000) == "1.00 kB");
  CHECK(humanize_bytes(1'240'000'000) == "1.24 GB");
  CHECK(humanize_bytes(12'400) == "12.4 kB");
  CHECK(humanize_bytes(9'999) == "10.0 kB");
  CHECK(humanize_bytes(99'960) == "100 kB");
  CHECK(humanize_bytes(999'499) == "999 kB");
  CHECK(humanize_bytes(999'999) == "1.00 MB");
  CHECK(humanize_bytes(std::numeric_limits<std::uint64_t>::max()) == "18.4 EB");
}
