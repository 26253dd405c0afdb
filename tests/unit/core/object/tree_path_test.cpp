// SPDX-License-Identifier: Apache-2.0
// The keys of the tree: their order, which are allowed, where nodes start.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/object/tree_node.hpp"

namespace vcs::object {
namespace {

// Compares two paths by the definition, one byte at a time.
int compare_slowly(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); };
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] != b[i]) return rank(a[i]) < rank(b[i]) ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

int sign(int value) {
  return (value > 0) - (value < 0);
}

std::string random_path(std::mt19937_64& random) {
  std::string path;
  for (std::uint64_t length = random() % 40; path.size() < length;) {
    path += "a/.!\xff\x01-\0b0"[random() % 10];
  }
  return path;
}

}  // namespace

TEST_CASE("tree path: the order is that of bytes with the slash first") {
  std::mt19937_64 random(71);
  for (int i = 0; i < 50'000; ++i) {
    std::string a = random_path(random), b = random_path(random);
    if (random() % 2 == 0) b = a.substr(0, random() % (a.size() + 1)) + b;
    INFO(a << " and " << b);
    REQUIRE(sign(compare_paths(a, b)) == compare_slowly(a, b));
    REQUIRE(sign(compare_paths(b, a)) == -compare_slowly(a, b));
  }
}

TEST_CASE("tree path: a folder is directly followed by all that is below it") {
  std::vector<std::string> paths = {"a-b",      "a!",   "a", "a/z",   "a.txt", "a/b",
                                    "a/b/deep", "a/b-", "b", "a\x01", "A/zz",  "a/b\xff"};
  std::sort(paths.begin(), paths.end(), PathLess{});
  const std::vector<std::string> expected = {"A/zz", "a",     "a/b", "a/b/deep", "a/b-",  "a/b\xff",
                                             "a/z",  "a\x01", "a!",  "a-b",      "a.txt", "b"};
  REQUIRE(paths == expected);
}

TEST_CASE("tree path: only clean relative paths are valid") {
  for (const char* path : {"a", "a/b", ".a", "..a", "a..", "...", "a/.b/..c", " ", "\xff\xfe"}) {
    INFO(path);
    REQUIRE(is_valid_tree_path(path));
  }
  REQUIRE(is_valid_tree_path(std::string(100'000, 'x')));
  for (const char* path : {"", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/./b", "a/.", "../a",
                           "a/../b", "a/..", "//"}) {
    INFO(path);
    REQUIRE_FALSE(is_valid_tree_path(path));
  }
  REQUIRE_FALSE(is_valid_tree_path(std::string_view("a\0b", 3)));
}

TEST_CASE("tree path: a start on one level is a start on all below it") {
  int starts[3] = {};
  constexpr int kPaths = 200'000;
  for (int i = 0; i < kPaths; ++i) {
    const std::string path = "folder/file" + std::to_string(i) + ".txt";
    for (std::uint8_t level = 0; level < 3; ++level) {
      if (starts_node(path, level)) ++starts[level];
      if (starts_node(path, static_cast<std::uint8_t>(level + 1))) {
        REQUIRE(starts_node(path, level));
      }
    }
    REQUIRE_FALSE(starts_node(path, 12));
    REQUIRE_FALSE(starts_node(path, 255));
  }
  REQUIRE(starts[0] > kPaths / 32 * 9 / 10);
  REQUIRE(starts[0] < kPaths / 32 * 11 / 10);
  REQUIRE(starts[1] > kPaths / 1024 / 2);
  REQUIRE(starts[1] < kPaths / 1024 * 2);
}

TEST_CASE("tree path: the starts of version 1 are fixed for ever") {
  std::string starts;
  for (int i = 0; i < 400; ++i) {
    if (starts_node("src/" + std::to_string(i), 0)) starts += std::to_string(i) + " ";
  }
  REQUIRE(starts == "6 26 31 62 76 102 145 170 219 226 266 273 279 293 295 363 ");
}

}  // namespace vcs::object
