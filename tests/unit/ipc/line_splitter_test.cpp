// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/line_splitter.
#include "ipc/line_splitter.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using vcs::ipc::LineSplitter;

namespace {

struct Collected {
  std::vector<std::string> lines;
  LineSplitter::OnLine sink() {
    return [this](std::string_view line) {
      lines.emplace_back(line);
      return true;
    };
  }
};

}  // namespace

TEST_CASE("line splitter: lines come out whole however they are cut") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> expected;
    std::string text;
    for (int i = 0; i < 20; ++i) {
      std::string line(1 + random() % 50, 'x');
      for (char& c : line) c = static_cast<char>('a' + random() % 26);
      text += line + (random() % 2 ? "\n" : "\r\n") + (random() % 4 == 0 ? "\n" : "");
      expected.push_back(line);
    }
    LineSplitter splitter(64);
    Collected collected;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = std::min<std::size_t>(1 + random() % 70, text.size() - i);
      REQUIRE(splitter.feed(text.substr(i, length), collected.sink()));
      i += length;
    }
    REQUIRE(collected.lines == expected);
  }
}

TEST_CASE("line splitter: raw bytes that a line announces come whole however they are cut") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    // Each line is the number of raw bytes that follow it; these may look like lines.
    std::string text;
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      std::string raw(random() % 3 == 0 ? 0 : random() % 100, '\n');
      for (char& c : raw)
        if (random() % 2) c = static_cast<char>(random());
      expected.push_back(std::to_string(raw.size()));
      text += expected.back() + "\n" + raw;
      if (!raw.empty()) expected.push_back(raw);
    }
    LineSplitter splitter(64);
    std::vector<std::string> got;
    const auto on_line = [&](std::string_view line) {
      got.emplace_back(line);
      splitter.expect_raw(std::stoul(got.back()));
      return true;
    };
    const auto on_raw = [&](std::string raw) {
      got.push_back(std::move(raw));
      return true;
    };
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t count = 1 + random() % 40;
      REQUIRE(splitter.feed(std::string_view(text).substr(i, count), on_line, on_raw));
      i += count;
    }
    CHECK(got == expected);
  }
}

TEST_CASE("line splitter: the limit counts the newline, whole or in pieces") {
  Collected collected;
  LineSplitter fits(8), piecewise(8), over(8), over_in_pieces(8);
  CHECK(fits.feed("1234567\n1234567\n", collected.sink()));
  CHECK(piecewise.feed("1234", collected.sink()));
  CHECK(piecewise.feed("567\n", collected.sink()));
  CHECK(collected.lines == std::vector<std::string>(3, "1234567"));
  CHECK_FALSE(over.feed("12345678\n", collected.sink()));
  CHECK(over_in_pieces.feed("12345678", collected.sink()));
  CHECK_FALSE(over_in_pieces.feed("\n", collected.sink()));
  CHECK(collected.lines.size() == 3);
}

TEST_CASE("line splitter: an endless line is refused at the limit and for ever after") {
  LineSplitter splitter(1000);
  Collected collected;
  const std::string piece(100, 'x');
  for (int i = 0; i < 10; ++i) REQUIRE(splitter.feed(piece, collected.sink()));
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(splitter.feed(piece, collected.sink()));
  CHECK_FALSE(splitter.feed("\nshort\n", collected.sink()));
  CHECK(collected.lines.empty());
}

TEST_CASE("line splitter: lines before an oversized one are delivered") {
  LineSplitter splitter(8);
  Collected collected;
  CHECK_FALSE(splitter.feed("one\ntwo\n123456789\nthree\n", collected.sink()));
  CHECK(collected.lines == std::vector<std::string>{"one", "two"});
}
