// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/base64.
#include "ipc/base64.hpp"

#include <catch2/catch.hpp>
#include <random>

using vcs::ipc::from_base64;
using vcs::ipc::to_base64;

TEST_CASE("base64: the examples of RFC 4648") {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    CHECK(to_base64(plain) == encoded);
    std::string back;
    REQUIRE(from_base64(encoded, back));
    CHECK(back == plain);
  }
}

TEST_CASE("base64: random bytes come back") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    std::string back;
    REQUIRE(from_base64(to_base64(bytes), back));
    REQUIRE(back == bytes);
  }
}

TEST_CASE("base64: there is one spelling of some bytes, and no other is accepted") {
  std::string out;
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "=", "Zm9v=", "Zm 9v", "Zm9-", "Zm9_",
                           "Zh==", "Zm9=", "Zg==Zg==", "Zg==\n", "\xff\xff\xff\xff"})
    CHECK_FALSE(from_base64(text, out));
}
