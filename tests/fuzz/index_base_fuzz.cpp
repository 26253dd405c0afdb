// SPDX-License-Identifier: Apache-2.0
// An accepted base file can be walked and searched, whatever its blocks hold; and the runs in
// accepted blocks are written the same again.
//
// The fuzzer cannot guess checksums, so the input is also read as a run by itself.
#include <algorithm>

#include "core/index/index_file.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_run(base::ByteView input) {
  index::RunReader reader(input);
  index::RunReader again;
  base::Bytes copy;
  while (reader.next()) {
    copy.clear();
    index::RunWriter writer(copy);
    writer.add(reader.path(), reader.removed() ? nullptr : &reader.entry());
    again.restart(copy);
    FUZZ_REQUIRE(again.next());
    FUZZ_REQUIRE(again.path() == reader.path());
    FUZZ_REQUIRE(again.removed() == reader.removed());
    FUZZ_REQUIRE(reader.removed() || again.entry() == reader.entry());
    FUZZ_REQUIRE(!again.next() && !again.failed());
  }
  FUZZ_REQUIRE(!reader.next());
}

void check_base(base::ByteView input) {
  // Takes the generation from the header, so that it always fits.
  base::ByteReader header(input);
  header.bytes(12);
  const auto base = index::BaseFile::parse(input, header.u32());
  if (!base) {
    FUZZ_REQUIRE(base.error().code == base::ErrorCode::corrupt);
    return;
  }
  index::BaseCursor cursor(**base);
  std::size_t count = 0;
  std::string last;
  for (cursor.seek(""); cursor.valid(); cursor.next(), ++count) last = cursor.path();
  FUZZ_REQUIRE(count <= input.size());
  cursor.seek(last);
  FUZZ_REQUIRE(!cursor.valid() || object::compare_paths(cursor.path(), last) >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  check_run(input);
  check_base(input);
  return 0;
}
