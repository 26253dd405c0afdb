// SPDX-License-Identifier: Apache-2.0
// Random numbers from the kernel.
#include "core/base/random.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/base/bytes.hpp"

#ifdef __linux__
#include <sys/random.h>
#endif

namespace vcs::base {

std::uint64_t Random::next() {
  std::array<std::uint8_t, 8> raw;
  fill(raw);
  return ByteReader(raw).u64();
}

std::string Random::hex(std::size_t bytes) {
  Bytes raw(bytes);
  fill(raw);
  return to_hex(raw);
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
#ifdef __linux__
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got >= 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      // Without random numbers, every later key and name could be guessed.
      std::abort();
    }
  }
#else
  ::arc4random_buf(out.data(), out.size());
#endif
}

}  // namespace vcs::base
