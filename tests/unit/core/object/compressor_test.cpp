// SPDX-License-Identifier: Apache-2.0
// zstd frames: round trips, damaged frames, and frames with a false length.
#include "core/object/compressor.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

base::Bytes text(std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = "the quick brown fox "[i * i % 20];
  return bytes;
}

}  // namespace

TEST_CASE("compressor: every level gives back what went in") {
  std::mt19937_64 random(31);
  Compressor compressor;
  Decompressor decompressor;
  for (const std::size_t size : {0, 1, 100, 5000, 200'000}) {
    for (const base::Bytes& plain : {text(size), test::random_bytes(random, size)}) {
      for (const int level : {-7, -1, 1, 3, 12}) {
        base::Bytes frame;
        const auto written = compressor.compress(plain, level, frame);
        REQUIRE(written);
        REQUIRE(*written == frame.size());
        base::Bytes back(size);
        REQUIRE(decompressor.decompress(frame, back));
        REQUIRE(back == plain);
      }
    }
  }
}

TEST_CASE("compressor: frames are appended, what stood before stays") {
  Compressor compressor;
  base::Bytes out = {1, 2, 3};
  const auto first = compressor.compress(text(1000), 1, out);
  REQUIRE(first);
  const base::Bytes before = out;
  const auto second = compressor.compress(text(2000), 1, out);
  REQUIRE(second);
  REQUIRE(out.size() == 3 + *first + *second);
  REQUIRE(base::Bytes(out.begin(), out.begin() + static_cast<long>(before.size())) == before);
  base::Bytes back(2000);
  REQUIRE(Decompressor().decompress(base::ByteView(out).subspan(before.size()), back));
  REQUIRE(back == text(2000));
}

TEST_CASE("compressor: what was compressed before changes no frame") {
  std::mt19937_64 random(32);
  std::vector<std::pair<base::Bytes, int>> inputs;
  for (const std::size_t size : {50, 4000, 70'000, 900'000})
    for (const int level : {1, 2, 9}) inputs.emplace_back(text(size), level);
  const auto frame_of = [](Compressor& compressor, const auto& input) {
    base::Bytes frame;
    REQUIRE(compressor.compress(input.first, input.second, frame));
    return frame;
  };
  std::vector<base::Bytes> frames;
  for (const auto& input : inputs) {
    Compressor its_own;
    frames.push_back(frame_of(its_own, input));
  }
  for (int round = 0; round < 40; ++round) {
    std::vector<Compressor> together(6);  // more than are kept
    for (Compressor& compressor : together) {
      const std::size_t one = random() % inputs.size(), other = random() % inputs.size();
      REQUIRE(frame_of(compressor, inputs[one]) == frames[one]);
      REQUIRE(frame_of(compressor, inputs[other]) == frames[other]);
    }
  }
}

TEST_CASE("compressor: a frame of another length than announced is corrupt") {
  base::Bytes frame;
  REQUIRE(Compressor().compress(text(1000), 1, frame));
  Decompressor decompressor;
  for (const std::size_t announced : {0, 999, 1001, 4000}) {
    base::Bytes back(announced);
    const auto result = decompressor.decompress(frame, back);
    REQUIRE_FALSE(result);
    REQUIRE(result.error().code == base::ErrorCode::corrupt);
  }
  base::Bytes back(1000);
  REQUIRE(decompressor.decompress(frame, back));
}

TEST_CASE("compressor: a cut frame is corrupt, and damage never crashes") {
  base::Bytes frame;
  REQUIRE(Compressor().compress(text(3000), 1, frame));
  Decompressor decompressor;
  base::Bytes back(3000);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    REQUIRE_FALSE(decompressor.decompress(base::ByteView(frame).first(size), back));
  }
  for (std::size_t i = 0; i < frame.size(); ++i) {
    base::Bytes damaged = frame;
    damaged[i] ^= 0x41;
    const auto result = decompressor.decompress(damaged, back);
    if (!result) REQUIRE(result.error().code == base::ErrorCode::corrupt);
  }
  REQUIRE(decompressor.decompress(frame, back));
  REQUIRE(back == text(3000));
}

}  // namespace vcs::object
