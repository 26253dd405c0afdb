// SPDX-License-Identifier: Apache-2.0
// Hunks must be what turns one text into the other.

#include <catch2/catch.hpp>
#include <sstream>

#include "cli/render/unified_diff.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vcs::cli;

namespace {

// Applies hunks of texts whose lines all end with a newline.
std::string patched(const std::string& before, const std::string& hunks) {
  std::istringstream old_text(before), changes(hunks);
  std::string out, line, old_line;
  std::size_t at = 0;
  while (std::getline(changes, line)) {
    if (line[0] == '@') {
      const std::size_t first = std::stoul(line.substr(4));
      const auto comma = line.substr(4, line.find(' ', 4) - 4).find(',');
      const bool none = comma != std::string::npos && line[4 + comma + 1] == '0';
      for (const std::size_t begin = none ? first : first - 1; at < begin; ++at)
        std::getline(old_text, old_line), out += old_line + "\n";
    } else if (line[0] == '+') {
      out += line.substr(1) + "\n";
    } else {
      REQUIRE(std::getline(old_text, old_line));
      REQUIRE(old_line == line.substr(1));
      ++at;
      if (line[0] == ' ') out += old_line + "\n";
    }
  }
  while (std::getline(old_text, old_line)) out += old_line + "\n";
  return out;
}

std::string random_text(vcs::test::SeededRandom& random, std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += std::string(1, "abcdef"[random.below(6)]) + "\n";
  return text;
}

}  // namespace

TEST_CASE("unified diff: equal texts have no hunks, others look like diff -u") {
  CHECK(unified_hunks("a\nb\n", "a\nb\n").empty());
  CHECK(unified_hunks("a\nb\nc\n", "a\nX\nc\n") == "@@ -1,3 +1,3 @@\n a\n-b\n+X\n c\n");
  CHECK(unified_hunks("", "a\n") == "@@ -0,0 +1 @@\n+a\n");
  CHECK(unified_hunks("a\n", "") == "@@ -1 +0,0 @@\n-a\n");
  CHECK(unified_hunks("a", "a\n") == "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST_CASE("unified diff: hunks turn one random text into the other") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  for (int round = 0; round < 300; ++round) {
    const std::string a = random_text(random, random.below(40));
    const std::string b = random_text(random, random.below(40));
    REQUIRE(patched(a, unified_hunks(a, b)) == b);
  }
}

TEST_CASE("unified diff: large unlike texts are replaced whole") {
  std::string a, b;
  for (int i = 0; i < 15'000; ++i) a += "a" + std::to_string(i) + "\n", b += "b\n";
  CHECK(patched(a, unified_hunks(a, b)) == b);
}

TEST_CASE("unified diff: a NUL near the start is binary") {
  CHECK(is_binary(std::string("a\0b", 3)));
  CHECK_FALSE(is_binary(std::string(8192, 'a') + std::string(1, '\0')));
}

TEST_CASE("word diff: words that changed are marked in their place") {
  CHECK(word_hunks("a\n", "a\n", {}).empty());
  CHECK(word_hunks("the old cat sat\n", "the new cat sat down\n", {}) ==
        "@@ -1 +1 @@\nthe [-old-]{+new+} cat sat{+ down+}\n");
  CHECK(word_hunks("", "a b\n", {}) == "@@ -0,0 +1 @@\n{+a b+}\n");
  CHECK(word_hunks("one\ntwo\n", "one\n", {}) == "@@ -1,2 +1 @@\none\n[-two-]\n");
  CHECK(word_hunks("a", "b", {"<", ">", "(", ")"}) == "@@ -1 +1 @@\n<a>(b)\n");
}

TEST_CASE("word diff: of a paragraph only what is near a change is shown") {
  std::string before, after;
  for (int i = 0; i < 500; ++i) {
    before += "w" + std::to_string(i) + " ";
    after += i == 250 ? "changed " : "w" + std::to_string(i) + " ";
  }
  CHECK(has_long_lines(before));
  CHECK_FALSE(has_long_lines(std::string(200, 'x') + "\n" + std::string(200, 'y')));
  const std::string text = word_hunks(before + "\n", after + "\n", {});
  CHECK(text.find("w249 [-w250-]{+changed+} w251") != std::string::npos);
  CHECK(text.find("w100 ") == std::string::npos);
  CHECK(text.size() < 400);
}

TEST_CASE("unified diff: lines are counted as hunks show them") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  for (int round = 0; round < 100; ++round) {
    const std::string a = random_text(random, random.below(40));
    const std::string b = random_text(random, random.below(40));
    std::istringstream hunks(unified_hunks(a, b));
    std::string line;
    std::size_t removed = 0, added = 0;
    while (std::getline(hunks, line)) removed += line[0] == '-', added += line[0] == '+';
    const LineCounts counts = count_lines(a, b);
    CHECK(counts.removed == removed);
    CHECK(counts.added == added);
  }
  CHECK(count_lines("a", "a\n").added == 1);
}
