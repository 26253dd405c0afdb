// SPDX-License-Identifier: Apache-2.0
// Lookups in any accepted index stay inside its bytes; an index without defects finds each of its
// records, and is written the same again.
#include "core/pack/pack_index.hpp"

#include <algorithm>

#include "core/object/checksum.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

constexpr std::size_t kBodyChecksumAt = 48, kFanOutAt = 56, kHeaderChecksumAt = 1080;
constexpr std::size_t kRecordsAt = kHeaderChecksumAt + 8, kRecordSize = 44;

void check_encoding(const pack::PackIndex& index, base::ByteView input) {
  pack::PackContents contents;
  std::uint64_t raw = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    contents.table.insert(index.record(i));
    raw += index.record(i).length();
  }
  contents.torn = index.torn();
  contents.commit_points = index.commit_points();
  contents.merged = index.merged();
  contents.level = index.level();
  const base::Bytes again = pack::encode_pack_index(index.pack(), index.pack_length(), contents);
  const auto parsed = pack::PackIndex::parse(again);
  FUZZ_REQUIRE(parsed && parsed->check().empty() && parsed->raw_bytes() == raw);
  FUZZ_REQUIRE(again.size() == input.size());
  FUZZ_REQUIRE(
      std::ranges::equal(base::ByteView(again).subspan(kRecordsAt), input.subspan(kRecordsAt)));
}

void check(base::ByteView input) {
  const auto index = pack::PackIndex::parse(input);
  if (!index) return;
  const bool healthy = index->check().empty();
  FUZZ_REQUIRE(!healthy || index->is_whole());
  std::vector<pack::IndexRecord> found;
  index->find_prefix(*pack::IdPrefix::parse(""), found);
  FUZZ_REQUIRE(!healthy || found.size() == index->size());
  for (std::size_t i = 0; i < index->size(); ++i) {
    const pack::IndexRecord record = index->record(i);
    const auto again = index->find(record.id);
    if (healthy) FUZZ_REQUIRE(again == record);
    const std::size_t before = found.size();
    const auto prefix = pack::IdPrefix::parse(record.id.hex().substr(0, i % 65));
    index->find_prefix(*prefix, found);
    if (healthy) FUZZ_REQUIRE(found.size() > before);
    for (std::size_t k = before; k < found.size(); ++k) FUZZ_REQUIRE(prefix->matches(found[k].id));
    if (found.size() > 100'000) break;
  }
  FUZZ_REQUIRE(index->commit_points().size() <= input.size() / object::ObjectId::kSize);
  const auto raised = pack::PackIndex::parse(index->with_level(7));
  // The bytes that `raised` was parsed from are gone; its level and size are its own.
  FUZZ_REQUIRE(raised && raised->level() == 7 && raised->size() == index->size());
  if (healthy) check_encoding(*index, input);
}

void put_u64(std::uint64_t value, base::Bytes& bytes, std::size_t at) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// Counts the records into the fan-out table.
void fill_fan_out(base::Bytes& bytes) {
  base::ByteReader count(base::ByteView(bytes).subspan(32, 4));
  const std::size_t records =
      std::min<std::size_t>(count.u32(), (bytes.size() - kRecordsAt) / kRecordSize);
  base::Bytes table;
  base::ByteWriter writer(table);
  for (unsigned first = 0; first < 256; ++first) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < records; ++i)
      sum += bytes[kRecordsAt + i * kRecordSize] <= first ? 1 : 0;
    writer.u32(sum);
  }
  std::ranges::copy(table, bytes.begin() + kFanOutAt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({data, size});
  // Makes the checksums and the table right, which no fuzzer guesses.
  if (size < kRecordsAt) return 0;
  base::Bytes patched(data, data + size);
  put_u64(object::checksum64(base::ByteView(patched).first(kHeaderChecksumAt)), patched,
          kHeaderChecksumAt);
  check(patched);
  fill_fan_out(patched);
  put_u64(object::checksum64(base::ByteView(patched).subspan(kRecordsAt)), patched,
          kBodyChecksumAt);
  put_u64(object::checksum64(base::ByteView(patched).first(kHeaderChecksumAt)), patched,
          kHeaderChecksumAt);
  check(patched);
  return 0;
}
