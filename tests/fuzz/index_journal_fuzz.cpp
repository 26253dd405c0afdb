// SPDX-License-Identifier: Apache-2.0
// Accepted journal records are whole, sorted, and written the same again; an accepted `current`
// file is the only encoding of its generation.
#include <algorithm>
#include <string>

#include "core/index/docket.hpp"
#include "core/index/journal.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_journal(base::ByteView input) {
  // Takes the generation from the header, so that it always fits.
  base::ByteReader header(input);
  header.bytes(12);
  index::JournalReader reader(input, header.u32());
  std::uint64_t position = reader.position(), chain = reader.chain();
  while (const auto record = reader.next()) {
    const base::Bytes again = index::encode_journal_record(*record, chain);
    FUZZ_REQUIRE(std::ranges::equal(again, input.subspan(position, again.size())));
    position += again.size();
    FUZZ_REQUIRE(reader.position() == position && reader.chain() == chain);
    std::string previous;
    index::RunReader run(record->run);
    while (run.next()) {
      FUZZ_REQUIRE(object::compare_paths(previous, run.path()) < 0);
      previous = run.path();
    }
    FUZZ_REQUIRE(!run.failed());
  }
  FUZZ_REQUIRE(reader.position() <= input.size());
}

// Reads the input as the payload of a record with a right checksum, which a fuzzer cannot guess.
void check_as_record(base::ByteView input) {
  base::Bytes bytes;
  base::ByteWriter writer(bytes);
  writer.text("VCSIJRNL");
  writer.u32(1);
  writer.u32(1);
  std::uint64_t chain = 1;
  const base::Bytes record = index::encode_journal_record({{}, 1, input}, chain);
  writer.bytes(record);
  check_journal(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  check_journal(input);
  check_as_record(input);
  if (const auto generation = index::decode_docket(input))
    FUZZ_REQUIRE(std::ranges::equal(index::encode_docket(*generation), input));
  return 0;
}
