// SPDX-License-Identifier: Apache-2.0
// Random numbers. The source is passed in, so that a simulation can be replayed from its seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vcs::base {

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t next();
  // `bytes` random bytes as lower-case hexadecimal, for names of temporary files and ids.
  std::string hex(std::size_t bytes);
};

// getrandom(2) / arc4random: fit for keys.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace vcs::base
