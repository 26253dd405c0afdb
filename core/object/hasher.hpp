// SPDX-License-Identifier: Apache-2.0
// SHA-256 by the quickest correct provider of this machine.
//
// libsodium is available everywhere and is the reference. On a CPU with SHA instructions OpenSSL's
// EVP computes the same digest four to five times as fast. It is used only after both have given
// the same digests of test inputs in this process.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/base/names.hpp"
#include "core/object/object_id.hpp"

namespace vcs::object {

enum class HashProvider { libsodium, openssl };
constexpr auto names_of(HashProvider) {
  using enum HashProvider;
  return base::names<HashProvider>({{libsodium, "libsodium"}, {openssl, "openssl"}});
}

// True where the CPU has SHA-256 instructions (SHA-NI, ARMv8 crypto).
bool cpu_has_sha256();

// A provider that passed its self-test: `wanted`, or the fastest one if nothing is wanted. A wanted
// one that fails its test is an error. Initialises the libraries; cheap after the first call;
// thread-safe.
Result<HashProvider> choose_hash_provider(std::optional<HashProvider> wanted);
// The fastest one. The agent needs one, so it checks this when it starts.
HashProvider quickest_hash_provider();

// Computes one digest at a time and reuses its contexts. Not thread-safe: one per thread.
class Hasher {
 public:
  explicit Hasher(HashProvider provider);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  ObjectId hash(ByteView bytes);
  // Streaming: begin, update any number of times, finish.
  void begin();
  void update(ByteView bytes);
  ObjectId finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// For occasional hashes: a thread-local Hasher of the quickest provider.
ObjectId hash_bytes(ByteView bytes);

}  // namespace vcs::object
