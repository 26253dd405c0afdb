// SPDX-License-Identifier: Apache-2.0
// Both SHA-256 providers against the standard and against each other.
#include "core/object/hasher.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

constexpr HashProvider kProviders[] = {HashProvider::libsodium, HashProvider::openssl};

}  // namespace

TEST_CASE("hasher: the vectors of FIPS 180-4") {
  for (const HashProvider provider : kProviders) {
    INFO(base::name_of(provider));
    Hasher hasher(provider);
    REQUIRE(hasher.hash({}).hex() ==
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    REQUIRE(hasher.hash(base::as_bytes("abc")).hex() ==
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    REQUIRE(hasher.hash(base::as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
                .hex() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    REQUIRE(hasher.hash(base::Bytes(1'000'000, 'a')).hex() ==
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST_CASE("hasher: both providers agree on every length around the block borders") {
  std::mt19937_64 random(11);
  Hasher libsodium(HashProvider::libsodium), openssl(HashProvider::openssl);
  for (std::size_t length = 0; length < 300; ++length) {
    const base::Bytes bytes = test::random_bytes(random, length);
    REQUIRE(libsodium.hash(bytes) == openssl.hash(bytes));
  }
}

TEST_CASE("hasher: any split of a stream gives the digest of the whole") {
  std::mt19937_64 random(12);
  for (const HashProvider provider : kProviders) {
    Hasher hasher(provider);
    for (int round = 0; round < 50; ++round) {
      const base::Bytes bytes = test::random_bytes(random, random() % 5000);
      const ObjectId whole = hasher.hash(bytes);
      hasher.begin();
      for (base::ByteView rest = bytes; !rest.empty();) {
        const std::size_t part = std::min<std::size_t>(rest.size(), random() % 700);
        hasher.update(rest.first(part));
        rest = rest.subspan(part);
      }
      REQUIRE(hasher.finish() == whole);
    }
  }
}

TEST_CASE("hasher: a stream given up does not disturb the next digest") {
  for (const HashProvider provider : kProviders) {
    Hasher hasher(provider);
    hasher.begin();
    hasher.update(base::as_bytes("left behind"));
    REQUIRE(hasher.hash(base::as_bytes("abc")) == hash_bytes(base::as_bytes("abc")));
    Hasher moved = std::move(hasher);
    REQUIRE(moved.hash(base::as_bytes("abc")) == hash_bytes(base::as_bytes("abc")));
  }
}

TEST_CASE("hasher: a wanted provider is taken, else the fastest one") {
  for (const HashProvider wanted : kProviders) REQUIRE(choose_hash_provider(wanted) == wanted);
  REQUIRE(choose_hash_provider(std::nullopt) ==
          (cpu_has_sha256() ? HashProvider::openssl : HashProvider::libsodium));
}

TEST_CASE("hasher: many threads may hash and choose at once") {
  const base::Bytes bytes(10'000, 3);
  const ObjectId expected = Hasher(HashProvider::libsodium).hash(bytes);
  std::vector<ObjectId> results(8);
  std::vector<std::thread> threads;
  for (ObjectId& result : results) {
    threads.emplace_back([&result, &bytes] { result = hash_bytes(bytes); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const ObjectId& result : results) REQUIRE(result == expected);
}

}  // namespace vcs::object
