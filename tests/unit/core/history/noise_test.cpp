// SPDX-License-Identifier: Apache-2.0
// Tests of core/history/noise.
#include "core/history/noise.hpp"

#include <catch2/catch.hpp>

#include "core/object/compressor.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vcs;
using history::looks_like_noise;

namespace {

base::Bytes random_bytes(test::SeededRandom& random, std::size_t size) {
  base::Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

bool is_noise(base::ByteView bytes) {
  return looks_like_noise(bytes.subspan(0, std::min(bytes.size(), history::kNoiseHead)), bytes);
}

}  // namespace

TEST_CASE("noise: what chance makes is noise, whatever its length") {
  test::SeededRandom random(test::test_seed());
  std::size_t misses = 0;
  for (int round = 0; round < 2000; ++round)
    misses += !is_noise(random_bytes(random, history::kLeastNoise + random.below(4096)));
  // A sample is missed beyond five standard deviations, or when its first bytes match a format.
  CHECK(misses < 20);
  CHECK_FALSE(is_noise(random_bytes(random, history::kLeastNoise - 1)));
  CHECK_FALSE(is_noise({}));
}

TEST_CASE("noise: what people and programs write is none") {
  test::SeededRandom random(test::test_seed());
  std::string text, numbers, code, structure;
  while (text.size() < 8192) {
    text += "It was a bright cold day in April, and the clocks were striking thirteen. ";
    numbers += std::to_string(random.next()) + "\n";
    code += "for (int i = 0; i < " + std::to_string(random.below(9)) + "; ++i) sum += a[i];\n";
    structure += std::string(3, '\0') + static_cast<char>(random.below(256));
  }
  for (const std::string& sample : {text, numbers, code, structure, std::string(4096, '\0')})
    for (const std::size_t size : {history::kLeastNoise, std::size_t{500}, std::size_t{4096}}) {
      CAPTURE(size, sample.substr(0, 20));
      CHECK_FALSE(is_noise(base::as_bytes(sample.substr(0, size))));
    }
}

TEST_CASE("noise: a format that compresses is none, as its first bytes say") {
  test::SeededRandom random(test::test_seed());
  base::Bytes bytes = random_bytes(random, 4096);
  for (const std::string head : {"\x1f\x8b\x08", "PK\x03\x04", "\xff\xd8\xff\xe0", "\x89PNG\r\n",
                                 "1234ftypisom", "%PDF-1.7", "\x78\x9c", "OggS"}) {
    CHECK_FALSE(looks_like_noise(base::as_bytes(head), bytes));
  }
  // The head of a format that encrypts does not change the answer.
  CHECK(looks_like_noise(base::as_bytes("Salted__12345678"), bytes));
}
