// SPDX-License-Identifier: Apache-2.0
// TOML text to entries, and hostile text.
#include "config/toml_loader.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "config/toml_writer.hpp"

using namespace vcs::config;

namespace {

std::vector<TomlEntry> parsed(const std::string& text) {
  auto entries = parse_toml(text, "f");
  INFO((entries ? std::string() : entries.error().message));
  REQUIRE(entries);
  return std::move(*entries);
}

// A random well-formed UTF-8 string with characters that are hard to quote.
std::string random_text(std::mt19937_64& random) {
  static const std::vector<std::string> pieces = {
      "a",           "\"",   "\\",           "'",
      "\n",          "\r",   "\t",           std::string(1, '\0'),
      "\x01",        "\x1f", "\x7f",         "é",
      "漢",          "😀",    "\"\"\"",       "#",
      "\\u0041",     " ",    "\xef\xbf\xbe", "\xc2\x80",
      "\xed\x9f\xbf"};
  std::string text;
  for (std::size_t i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
  return text;
}

}  // namespace

TEST_CASE("toml loader: entries come in the order of the text with their places") {
  const auto entries = parsed("z = 1\na.b = 'x'\n[t]\nlist = ['p', 'q']\nflag = true\n");
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].path == std::vector<std::string>{"z"});
  CHECK(entries[1].path == std::vector<std::string>{"a", "b"});
  CHECK(entries[2].path == std::vector<std::string>{"t", "list"});
  CHECK(entries[2].value == TomlValue(std::vector<std::string>{"p", "q"}));
  CHECK(entries[2].line == 4);
  CHECK(entries[2].column == 1);
  CHECK(entries[3].value == TomlValue(true));
}

TEST_CASE("toml loader: lists of tables are numbered, odd values are told as such") {
  const auto entries = parsed("[[r]]\nn = 'a'\n[[r]]\nn = 'b'\n[e]\n[o]\nf = 1.5\nm = [1, 'a']\n");
  REQUIRE(entries.size() == 5);
  CHECK(entries[1].path == std::vector<std::string>{"r", "1", "n"});
  CHECK(entries[1].value == TomlValue(std::string("b")));
  CHECK(entries[2].value == TomlValue(TomlEmptyTable{}));
  CHECK(entries[3].value == TomlValue(TomlOther{}));
  CHECK(entries[4].value == TomlValue(TomlOther{}));
}

TEST_CASE("toml loader: deep nesting is refused before it can exhaust the stack") {
  std::string dots = "a", brackets = "x = ", mixed;
  for (int i = 0; i < 250'000; ++i) dots += ".a";
  brackets += std::string(250'000, '[');
  for (int i = 0; i < 200; ++i) mixed += "x = [{a.a.a.a.a.a.a.a.a.a.a.a.a.a\n";
  for (const std::string& text : {dots + " = 1\n", "[" + dots + "]\n", brackets, mixed}) {
    const auto result = parse_toml(text, "f");
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("nested too deeply") != std::string::npos);
  }
}

TEST_CASE("toml loader: dots and brackets in strings and comments are no nesting") {
  const std::string dots(100, '.'), brackets(100, '[');
  CHECK(parsed("a = \"" + dots + "\\\"" + brackets + "\" # " + dots + brackets + "\n").size() == 1);
  CHECK(parsed("a = '" + dots + brackets + "\\'\nb = 1\n").size() == 2);
  CHECK(parsed("a = '''\n" + dots + "''" + brackets + "'''''\nb = \"\"\"\\\n\\\"\"\"\\\"" + dots +
               "\"\"\"\"\n")
            .size() == 2);
  CHECK(parsed("a = [\n'" + dots + "', # ]]]\n\"" + brackets + "\"]\n").size() == 1);
  const auto below = parse_toml("\n\na = \"\"\"\n\n\"\"\"\nb = " + brackets, "f");
  REQUIRE_FALSE(below);
  CHECK(below.error().message == "f:6:1: nested too deeply");
}

TEST_CASE("toml loader: characters beyond ASCII stand in one-line strings and comments only") {
  CHECK(parsed("\xef\xbb\xbf'é' = \"漢\" # 😀\n").size() == 1);
  CHECK(parsed("[a.'é']\nb.\"é\".c=1#é\nd=[\"é\",{e=\"é\",'é'='é'},\n'é',[{}, \"é\"]]\n'é'=1\n")
            .size() == 3);
  for (const char* text :
       {"é = 1\n", "a = ﳿ\n", "a = \"\"\"\\\n é\"\"\"\n", "[a.é]\n", "a = '''é'''\n",
        "a = 1.\"é\"\n", "a = 1=\"é\"\n", "a = [1[\"é\"]]\n", "a = {b = 1\"é\"}\n"}) {
    INFO(text);
    const auto result = parse_toml(text, "f");
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("beyond ASCII") != std::string::npos);
  }
}

TEST_CASE("toml loader: any bytes give entries or an error, never a crash") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const std::string good =
      "[watch]\nignore = ['a', \"b\\n\"] # c\nx.y = 1979-05-27\n[[r]]\nz={q=1}\n";
  std::size_t accepted = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::string text = good;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    text.resize(text.size() - random() % 8);
    const auto result = parse_toml(text, "f");
    if (result) ++accepted;
    if (!result) CHECK(result.error().message.starts_with("f:"));
  }
  CHECK(accepted < 2'000);
}

TEST_CASE("toml writer: what is quoted reads back, as key and as value") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const std::string key = random_text(random), value = random_text(random);
    const auto entries = parsed(toml_key(key) + " = " + toml_quote(value) + "\n");
    REQUIRE(entries.size() == 1);
    REQUIRE(entries[0].path == std::vector<std::string>{key});
    REQUIRE(entries[0].value == TomlValue(value));
  }
}

TEST_CASE("toml writer: UTF-8 is told from other bytes") {
  for (const char* good :
       {"", "a", "é", "漢", "😀", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(is_utf8(good));
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe6\xbc", "\xc3("})
    CHECK_FALSE(is_utf8(bad));
}
