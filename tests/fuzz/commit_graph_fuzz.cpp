// SPDX-License-Identifier: Apache-2.0
// Accepted rows are written the same again, whatever bytes lie around them; accepted hashes ascend
// and are the only encoding of their content.
#include <algorithm>

#include "core/history/commit_graph_row.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_rows(base::ByteView input) {
  history::RowEnd end;
  while (input.size() >= history::kCommitRowSize) {
    const base::ByteView bytes = input.first(history::kCommitRowSize);
    const history::CommitRowView view(bytes);
    history::RowEnd checked = end;
    if (view.check(checked)) {
      FUZZ_REQUIRE(view.hashes_end() >= end.hashes);
      base::Bytes again;
      history::RowEnd written = end;
      history::encode_commit_row(view.decode(), written, again);
      FUZZ_REQUIRE(std::ranges::equal(again, bytes));
      FUZZ_REQUIRE(written.chain == checked.chain && written.hashes == checked.hashes);
    } else {
      FUZZ_REQUIRE(checked.chain == end.chain && checked.hashes == end.hashes);
    }
    end = view.end();
    input = input.subspan(history::kCommitRowSize);
  }
}

// The input as the fields of a row with a right checksum, which the fuzzer cannot guess.
void check_as_row(base::ByteView input) {
  base::Bytes bytes(input.begin(), input.end());
  bytes.resize(history::kCommitRowSize);
  const history::CommitRow row = history::CommitRowView(bytes).decode();
  base::Bytes encoded;
  history::RowEnd end, checked;
  history::encode_commit_row(row, end, encoded);
  FUZZ_REQUIRE(history::CommitRowView(encoded).check(checked));
  FUZZ_REQUIRE(history::CommitRowView(encoded).decode() == row);
  check_rows(encoded);
}

void check_hashes(base::ByteView input) {
  std::vector<history::PathHash> hashes;
  if (!history::decode_path_hashes(input, 0, history::path_hashes_checksum(input, 0), hashes))
    return;
  FUZZ_REQUIRE(std::is_sorted(hashes.begin(), hashes.end()));
  FUZZ_REQUIRE(std::ranges::equal(history::encode_path_hashes(hashes), input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  check_rows(input);
  check_as_row(input);
  check_hashes(input);
  for (const auto part : {history::GraphPart::rows, history::GraphPart::paths})
    if (const auto generation = history::decode_graph_header(part, input))
      FUZZ_REQUIRE(std::ranges::equal(history::encode_graph_header(part, *generation), input));
  return 0;
}
