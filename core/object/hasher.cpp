// SPDX-License-Identifier: Apache-2.0
// SHA-256 by libsodium or OpenSSL's EVP. docs/decisions/sha256-providers.md
#include "core/object/hasher.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <cassert>
#include <cstdlib>
#include <mutex>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace vcs::object {
namespace {

// Finding an algorithm by name costs more than hashing a small file, so this does it once. The
// algorithm lives as long as the process. Null if OpenSSL has no provider for it.
const EVP_MD* openssl_sha256() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Ends the process if OpenSSL fails within a digest, which happens only when memory is corrupt. An
// object must not be stored under an id that its bytes do not have.
void require(int openssl_result) {
  if (openssl_result != 1) std::abort();
}

}  // namespace

struct Hasher::State {
  Context context;  // null: libsodium
  crypto_hash_sha256_state sodium;
};

Hasher::Hasher(HashProvider provider) : state_(std::make_unique<State>()) {
  if (provider == HashProvider::openssl && openssl_sha256() != nullptr) {
    state_->context.reset(EVP_MD_CTX_new());
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

ObjectId Hasher::hash(ByteView bytes) {
  if (state_->context == nullptr) {
    ObjectId id;
    crypto_hash_sha256(id.bytes.data(), bytes.data(), bytes.size());
    return id;
  }
  begin();
  update(bytes);
  return finish();
}

void Hasher::begin() {
  if (state_->context == nullptr) {
    crypto_hash_sha256_init(&state_->sodium);
  } else {
    require(EVP_DigestInit_ex2(state_->context.get(), openssl_sha256(), nullptr));
  }
}

void Hasher::update(ByteView bytes) {
  if (bytes.empty()) return;  // its pointer may be null
  if (state_->context == nullptr) {
    crypto_hash_sha256_update(&state_->sodium, bytes.data(), bytes.size());
  } else {
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
  }
}

ObjectId Hasher::finish() {
  ObjectId id;
  if (state_->context == nullptr) {
    crypto_hash_sha256_final(&state_->sodium, id.bytes.data());
  } else {
    require(EVP_DigestFinal_ex(state_->context.get(), id.bytes.data(), nullptr));
  }
  return id;
}

bool cpu_has_sha256() {
#if defined(__x86_64__) || defined(__i386__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kShaExtensions = 1u << 29;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kShaExtensions) != 0;
#elif defined(__aarch64__) && defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
#elif defined(__aarch64__) && defined(__APPLE__)
  return true;  // every 64-bit Apple CPU has them
#else
  return false;
#endif
}

namespace {

struct SelfTest {
  bool libsodium = false;
  bool openssl = false;
};

// The digest of "abc" from FIPS 180-4. It detects two providers that are wrong in the same way.
constexpr std::string_view kDigestOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// Compares digests of lengths on both sides of the padding and block borders, and of long inputs
// that reach the quick loops.
bool providers_agree() {
  if (openssl_sha256() == nullptr) return false;
  Hasher reference(HashProvider::libsodium);
  Hasher candidate(HashProvider::openssl);
  Bytes input(100000);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<std::uint8_t>(i * 131 + (i >> 8));
  }
  for (const std::size_t length : {0, 1, 55, 56, 63, 64, 65, 1000, 100000}) {
    const ByteView bytes = ByteView(input).first(length);
    if (reference.hash(bytes) != candidate.hash(bytes)) return false;
  }
  return true;
}

const SelfTest& self_test() {
  static std::once_flag once;
  static SelfTest result;
  std::call_once(once, [] {
    if (sodium_init() < 0) return;
    Hasher libsodium(HashProvider::libsodium);
    result.libsodium = libsodium.hash(base::as_bytes("abc")).hex() == kDigestOfAbc;
    result.openssl = result.libsodium && providers_agree();
  });
  return result;
}

}  // namespace

Result<HashProvider> choose_hash_provider(std::optional<HashProvider> wanted) {
  const SelfTest& test = self_test();
  if (!test.libsodium) {
    return fail(ErrorCode::unsupported,
                "libsodium failed its SHA-256 self-test: the installed library is damaged");
  }
  if (wanted == HashProvider::openssl && !test.openssl) {
    return fail(ErrorCode::unsupported,
                "OpenSSL failed its SHA-256 self-test: set the hash provider to libsodium");
  }
  if (wanted) return *wanted;
  return cpu_has_sha256() && test.openssl ? HashProvider::openssl : HashProvider::libsodium;
}

HashProvider quickest_hash_provider() {
  return choose_hash_provider(std::nullopt).value_or(HashProvider::libsodium);
}

ObjectId hash_bytes(ByteView bytes) {
  thread_local Hasher hasher(quickest_hash_provider());
  return hasher.hash(bytes);
}

}  // namespace vcs::object
