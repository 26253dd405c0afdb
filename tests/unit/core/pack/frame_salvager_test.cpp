// SPDX-License-Identifier: Apache-2.0
// The salvager returns all objects that a damaged frame still has, and never a wrong byte.
#include "core/pack/frame_salvager.hpp"

#include <catch2/catch.hpp>

#include "core/object/hasher.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace vcs;
using base::Bytes;
using object::ObjectId;
using test::must;

// Text that compresses about as text does.
std::string text_of(std::size_t size, std::uint64_t seed) {
  static const char* const kWords[] = {"the", "frame", "holds", "many", "objects", "and",
                                       "a",   "bit",   "of",    "it",   "flips",   "over"};
  test::SeededRandom random(seed);
  std::string text;
  while (text.size() < size)
    text += std::string(kWords[random.below(12)]) + " " + std::to_string(random.below(1000)) + "\n";
  text.resize(size);
  return text;
}

struct Frame {
  std::vector<std::pair<ObjectId, std::string>> objects;
  pack::EncodedFrame encoded;

  Frame(std::size_t count, std::size_t size, bool compressible = true) {
    test::SeededRandom random(7);
    std::vector<pack::FrameInput> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      std::string content = text_of(size + i % 7, i);
      if (!compressible)
        random.fill({reinterpret_cast<std::uint8_t*>(content.data()), content.size()});
      objects.emplace_back(object::hash_bytes(base::as_bytes(content)), content);
    }
    for (const auto& [id, content] : objects) inputs.push_back({id, base::as_bytes(content)});
    object::Compressor compressor;
    encoded = must(pack::encode_frame(object::ObjectKind::blob, inputs, 3, compressor));
    REQUIRE(encoded.header.compressed == compressible);
  }

  void check_right(const pack::SalvagedFrame& salvaged) const {
    for (const auto& [id, bytes] : salvaged.objects) REQUIRE(object::hash_bytes(bytes) == id);
  }
};

pack::FrameSalvager salvager(std::uint64_t budget = std::uint64_t{1} << 34) {
  return pack::FrameSalvager(object::quickest_hash_provider(), nullptr, budget);
}

}  // namespace

TEST_CASE("frame salvager: a flipped bit costs nothing, wherever it is") {
  const Frame frame(12, 150, GENERATE(true, false));
  auto salvage = salvager();
  for (std::size_t at = 0; at < frame.encoded.bytes.size(); at += 5) {
    Bytes spoilt = frame.encoded.bytes;
    spoilt[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    const auto salvaged = salvage.salvage(spoilt);
    INFO("byte " << at);
    REQUIRE(salvaged.has_value());
    CHECK(salvaged->objects.size() == frame.objects.size());
    frame.check_right(*salvaged);
  }
}

TEST_CASE("frame salvager: a byte of a small payload that became another costs nothing") {
  const Frame frame(6, 120);
  auto salvage = salvager();
  const std::size_t first = frame.encoded.header.header_length;
  for (std::size_t at = first; at < frame.encoded.bytes.size(); at += 29) {
    Bytes spoilt = frame.encoded.bytes;
    spoilt[at] = static_cast<std::uint8_t>(~spoilt[at]);
    const auto salvaged = salvage.salvage(spoilt);
    REQUIRE(salvaged.has_value());
    CHECK(salvaged->objects.size() == frame.objects.size());
    frame.check_right(*salvaged);
  }
}

TEST_CASE("frame salvager: a bit of a large frame is looked for where the first object is wrong") {
  const Frame frame(400, 1000);
  auto salvage = salvager(std::uint64_t{1} << 37);
  for (const int part : {1, 3}) {
    Bytes spoilt = frame.encoded.bytes;
    const std::size_t payload = spoilt.size() - frame.encoded.header.header_length;
    spoilt[frame.encoded.header.header_length + payload * static_cast<std::size_t>(part) / 4] ^= 4;
    const auto salvaged = salvage.salvage(spoilt);
    REQUIRE(salvaged.has_value());
    CHECK(salvaged->repaired);
    frame.check_right(*salvaged);
  }
}

TEST_CASE("frame salvager: where no bit is looked for, what was decoded before the damage is had") {
  const Frame frame(400, 1000);
  auto salvage = salvager(0);
  Bytes spoilt = frame.encoded.bytes;
  for (std::size_t at = spoilt.size() - 200; at < spoilt.size(); ++at) spoilt[at] ^= 0x5a;
  const auto salvaged = salvage.salvage(spoilt);
  REQUIRE(salvaged.has_value());
  CHECK_FALSE(salvaged->repaired);
  CHECK(salvaged->objects.size() >= 100);
  frame.check_right(*salvaged);
}

TEST_CASE("frame salvager: a frame that is cut off gives what is whole, or nothing") {
  const Frame frame(12, 300, GENERATE(true, false));
  auto salvage = salvager(0);
  std::size_t most = 0;
  for (std::size_t length = 0; length < frame.encoded.bytes.size(); length += 5) {
    const auto salvaged = salvage.salvage(base::ByteView(frame.encoded.bytes).first(length));
    if (!salvaged) continue;
    frame.check_right(*salvaged);
    most = std::max(most, salvaged->objects.size());
  }
  if (!frame.encoded.header.compressed) CHECK(most == frame.objects.size() - 1);
}

TEST_CASE("frame salvager: bytes that are no frame give nothing") {
  test::SeededRandom random(test::test_seed());
  auto salvage = salvager(0);
  for (int round = 0; round < 200; ++round) {
    Bytes bytes(random.below(400));
    random.fill(bytes);
    CHECK_FALSE(salvage.salvage(bytes).has_value());
  }
}
