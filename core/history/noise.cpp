// SPDX-License-Identifier: Apache-2.0
// Tests how even the bytes are, and knows the first bytes of formats that pass without encryption.
#include "core/history/noise.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vcs::history {
namespace {

using namespace std::string_view_literals;

// First bytes of compressed formats. Formats of encryption are left out on purpose.
constexpr std::array kDenseFormats{
    "\x1f\x8b"sv,          // gzip
    "PK"sv,                // zip, and office documents, which are zips
    "\x89PNG"sv,           //
    "\xff\xd8\xff"sv,      // JPEG
    "GIF8"sv,              //
    "BZh"sv,               // bzip2
    "\xfd\x37zXZ"sv,       // xz
    "\x28\xb5\x2f\xfd"sv,  // zstd
    "\x04\x22\x4d\x18"sv,  // lz4
    "7z\xbc\xaf"sv,        //
    "Rar!"sv,              //
    "%PDF"sv,              //
    "OggS"sv,              //
    "fLaC"sv,              //
    "ID3"sv,               // MP3
    "\xff\xfb"sv,          // MP3 without a tag
    "RIFF"sv,              // WebP, AVI
    "\x1a\x45\xdf\xa3"sv,  // Matroska, WebM
    "\x78\x01"sv,          // zlib, as in git's objects
    "\x78\x5e"sv,          //
    "\x78\x9c"sv,          //
    "\x78\xda"sv,          //
    "wOF"sv,               // web fonts
    "PACK"sv,              // git's packs
};

bool is_dense_format(std::string_view head) {
  // MP4, HEIC and their family have it behind a length.
  if (head.size() >= 8 && head.substr(4, 4) == "ftyp") return true;
  return std::any_of(kDenseFormats.begin(), kDenseFormats.end(),
                     [&](std::string_view format) { return head.starts_with(format); });
}

// Pearson's chi-square of the bytes against an even distribution. Random bytes give 255, with a
// standard deviation of 23, at any length; text gives thousands, most compressors several hundred.
double unevenness(ByteView bytes) {
  std::array<std::uint32_t, 256> counts{};
  for (const std::uint8_t byte : bytes) ++counts[byte];
  double squares = 0;
  for (const std::uint32_t count : counts) squares += static_cast<double>(count) * count;
  const auto size = static_cast<double>(bytes.size());
  return squares * 256 / size - size;
}

constexpr double kMostOfChance = 370;  // five standard deviations above random bytes

}  // namespace

bool looks_like_noise(ByteView head, ByteView sample) {
  return sample.size() >= kLeastNoise && !is_dense_format(base::as_text(head)) &&
         unevenness(sample) < kMostOfChance;
}

}  // namespace vcs::history
