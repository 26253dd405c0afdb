// SPDX-License-Identifier: Apache-2.0
// A file read in pieces is cut where its whole content would be.
#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

#include "core/snapshot/large_file.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::snapshot {
namespace {

using Lengths = std::vector<std::uint64_t>;

// Random bytes, repeated bytes and runs of zeros, of lengths that do not depend on the cuts.
base::Bytes mixed_bytes(test::SeededRandom& random, std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = std::min<std::size_t>(size - at, 1 + random.below(900'000));
    const std::span<std::uint8_t> part = std::span(bytes).subspan(at, length);
    const std::uint64_t kind = random.below(3);
    if (kind == 0) random.fill(part);
    if (kind == 1)
      for (std::size_t i = 0; i < length; ++i) part[i] = static_cast<std::uint8_t>(i % 251);
    at += length;
  }
  return bytes;
}

Lengths cut_whole(const object::Chunker& chunker, base::ByteView rest) {
  Lengths lengths;
  while (!rest.empty()) {
    lengths.push_back(chunker.next_cut(rest));
    rest = rest.subspan(static_cast<std::size_t>(lengths.back()));
  }
  return lengths;
}

// Also requires that the pieces hold the bytes of the file.
Lengths cut_in_pieces(base::File& file, bool sparse, const object::Chunker& chunker,
                      base::ByteView whole) {
  const ZeroChunk zeros(chunker);
  LargeFileCutter cutter(file, whole.size(), sparse, chunker, zeros);
  Lengths lengths;
  std::size_t at = 0;
  Piece piece;
  while (!cutter.ended() && test::must(cutter.next(piece))) {
    lengths.insert(lengths.end(), piece.zero_chunks, zeros.view().size());
    at += static_cast<std::size_t>(piece.zero_chunks) * zeros.view().size();
    std::size_t in_piece = 0;
    for (const std::uint32_t length : piece.lengths) {
      const base::ByteView chunk = piece.buffer.view().subspan(in_piece, length);
      REQUIRE(
          std::equal(chunk.begin(), chunk.end(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
      lengths.push_back(length);
      in_piece += length;
      at += length;
    }
  }
  REQUIRE(cutter.complete());
  REQUIRE(at == whole.size());
  return lengths;
}

TEST_CASE("large file: pieces are cut where the whole content is") {
  constexpr std::size_t kSegment = LargeFileCutter::kSegment;
  test::SeededRandom random(test::test_seed());
  const test::QuickFolder folder;
  const auto filesystem = base::make_posix_filesystem();
  const auto directory = test::must(filesystem->open_directory(folder.path()));
  for (int round = 0; round < 40; ++round) {
    const std::uint32_t average = 4096u << random.below(6);
    const object::Chunker chunker({1, average, random.below(1000)});
    // Sizes around the ends of segments, and any size.
    const std::size_t size = round % 2 == 0 ? (1 + random.below(4)) * kSegment + random.below(5) - 2
                                            : 1 + random.below(5 * kSegment);
    const base::Bytes bytes = mixed_bytes(random, size);
    CAPTURE(round, average, size);
    {
      std::ofstream out(folder / "file", std::ios::binary | std::ios::trunc);
      out.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
    }
    const auto file = test::must(directory->open_file("file", base::OpenMode::read));
    REQUIRE(cut_in_pieces(*file, false, chunker, bytes) == cut_whole(chunker, bytes));
    REQUIRE(cut_in_pieces(*file, true, chunker, bytes) == cut_whole(chunker, bytes));
  }
}

TEST_CASE("large file: holes are skipped, and cut like the zeros that they are") {
  test::SeededRandom random(test::test_seed());
  const test::QuickFolder folder;
  const auto filesystem = base::make_posix_filesystem();
  const auto directory = test::must(filesystem->open_directory(folder.path()));
  for (int round = 0; round < 20; ++round) {
    const object::Chunker chunker({1, 4096u << random.below(4), 1});
    base::Bytes bytes(static_cast<std::size_t>(3'000'000 + random.below(3'000'000)));
    const auto file = test::must(
        directory->open_file("file " + std::to_string(round), base::OpenMode::create_new));
    test::must(file->truncate(bytes.size()));
    for (int island = 0; island < 3; ++island) {
      const std::size_t at = static_cast<std::size_t>(random.below(bytes.size() - 70'000));
      const std::span<std::uint8_t> part =
          std::span(bytes).subspan(at, static_cast<std::size_t>(1 + random.below(60'000)));
      random.fill(part);
      test::must(file->write_at(part, at));
    }
    CAPTURE(round, bytes.size());
    REQUIRE(cut_in_pieces(*file, true, chunker, bytes) == cut_whole(chunker, bytes));
  }
}

}  // namespace
}  // namespace vcs::snapshot
