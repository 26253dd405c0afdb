// Lookups in whatever was accepted as an index stay inside its bytes; one without defects finds
// each of its records.
#include "core/store/pack_index.hpp"

#include "core/object/checksum.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

constexpr std::size_t kHeaderChecksumAt = 1080;

void check(base::ByteView input) {
  const auto index = store::PackIndex::parse(input);
  if (!index) return;
  const bool healthy = index->check().empty();
  std::vector<store::IndexRecord> found;
  index->find_prefix(*store::IdPrefix::parse(""), found);
  for (std::size_t i = 0; i < index->size(); ++i) {
    const store::IndexRecord record = index->record(i);
    const auto again = index->find(record.id);
    if (healthy) FUZZ_REQUIRE(again == record);
    index->find_prefix(*store::IdPrefix::parse(record.id.hex().substr(0, i % 65)), found);
    if (found.size() > 100'000) break;
  }
  FUZZ_REQUIRE(index->commit_points().size() <= input.size() / object::ObjectId::kSize);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({data, size});
  // Past the header's checksum, which no fuzzer guesses.
  if (size < kHeaderChecksumAt + 8) return 0;
  base::Bytes patched(data, data + size);
  const std::uint64_t checksum =
      object::checksum64(base::ByteView(patched).first(kHeaderChecksumAt));
  for (std::size_t i = 0; i < 8; ++i)
    patched[kHeaderChecksumAt + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
  check(patched);
  return 0;
}
