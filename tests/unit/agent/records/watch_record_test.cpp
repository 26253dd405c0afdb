// SPDX-License-Identifier: Apache-2.0
// Tests of agent/records/watch_record.
#include "agent/records/watch_record.hpp"

#include <catch2/catch.hpp>

#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::agent;
using namespace vcs::agent::records;
using base::ErrorCode;

namespace {

using std::chrono::seconds;

constexpr base::UnixNanos kEvening = base::UnixNanos(seconds(1'710'000'000));

WatchRecord example() {
  const base::UnixNanos morning = kEvening + seconds(51'000);
  return {morning + seconds(3600), {{kEvening - seconds(1), kEvening}, {kEvening, morning}}};
}

}  // namespace

TEST_CASE("watch record: the file is as its page says, and every flipped bit is noticed") {
  const base::Bytes bytes = encode_watch_record(example());
  test::require_golden("agent/watched.v1.bin", bytes);
  CHECK(decode_watch_record(bytes).value() == example());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    base::Bytes spoilt = bytes;
    spoilt[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    CHECK_FALSE(decode_watch_record(spoilt).has_value());
  }
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(decode_watch_record(base::ByteView(bytes).first(length)).has_value());
}

TEST_CASE("watch record: it keeps the newest times") {
  WatchRecord record;
  for (int i = 1; i <= 20; ++i) record.add({base::unix_nanos(i), base::unix_nanos(i + 1)});
  CHECK(record.gaps.size() == WatchRecord::kMostGaps);
  CHECK(record.gaps.front().from == base::unix_nanos(5));
  CHECK(record.gaps.back().from == base::unix_nanos(20));
  CHECK(decode_watch_record(encode_watch_record(record)).value() == record);
}

TEST_CASE("watch record: no file is an empty one, and whatever else lies there is damaged") {
  const test::TemporaryFolder folder;
  const auto filesystem = base::make_posix_filesystem();
  const auto directory = test::must(filesystem->open_directory(folder.path()));
  CHECK(test::must(read_watch_record(*directory)) == WatchRecord{});
  test::must(write_watch_record(*directory, example()));
  CHECK(test::must(read_watch_record(*directory)) == example());
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(100'000, 'x')}) {
    test::write_file(folder / kWatchedName, bytes);
    CHECK(read_watch_record(*directory).error().code == ErrorCode::corrupt);
  }
}
