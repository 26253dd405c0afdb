// SPDX-License-Identifier: Apache-2.0
// Words that docs/words.md has given up do not come back in the texts of the programs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

using vcs::test::read_file;

namespace {

const std::filesystem::path kRoot = VCS_SOURCE_DIR;

// The texts between double quotes in a line of code, without comments.
std::vector<std::string> texts_of(const std::string& line) {
  std::vector<std::string> texts;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!inside && c == '/' && i + 1 < line.size() && line[i + 1] == '/') break;
    if (!inside && c == '\'' && i + 2 < line.size()) {
      i += line[i + 1] == '\\' ? 3 : 2;
    } else if (c == '"') {
      inside = !inside;
      if (inside) texts.emplace_back();
    } else if (inside) {
      texts.back() += c;
      if (c == '\\' && i + 1 < line.size()) texts.back() += line[++i];
    }
  }
  return texts;
}

// A name for programs: in JSON, TOML or the name of an event.
bool is_name(const std::string& text) {
  static const std::regex kName(R"([a-z_]+(\.[a-z_]+)*)");
  return std::regex_match(text, kName) || text.starts_with("\\n[");
}

struct Pattern {
  std::string text;
  std::regex regex;
};

// Reads the patterns from the second table of the page.
std::vector<Pattern> given_up() {
  const std::string page = read_file((kRoot / "docs/words.md").string());
  std::vector<Pattern> patterns;
  for (std::size_t at = page.find("## Words that were given up");
       (at = page.find("\n| `", at)) != std::string::npos;) {
    const std::size_t begin = at + 4, end = page.find("` |", begin);
    std::string text = page.substr(begin, end - begin);
    // A bar in a table is written with a backslash.
    for (std::size_t bar = 0; (bar = text.find("\\|", bar)) != std::string::npos;)
      text.erase(bar, 1);
    patterns.push_back({text, std::regex(text)});
    at = end;
  }
  return patterns;
}

// Joins adjacent literals to one text, also over several lines.
std::string joined(const std::string& code) {
  static const std::regex kSeam("([^\\\\])\"\\s*\n\\s*\"");
  return std::regex_replace(code, kSeam, "$1");
}

std::string complaints_about_text(std::string text, const std::vector<Pattern>& patterns) {
  std::string complaints;
  if (is_name(text)) return complaints;
  for (const Pattern& pattern : patterns)
    if (std::regex_search(text, pattern.regex))
      complaints += "\"" + text + "\" holds " + pattern.text + "\n";
  return complaints;
}

std::string complaints_about(const std::string& code, const std::vector<Pattern>& patterns) {
  std::string complaints;
  std::istringstream lines(joined(code));
  for (std::string line; std::getline(lines, line);)
    for (const std::string& text : texts_of(line))
      complaints += complaints_about_text(text, patterns);
  return complaints;
}

// A line of a page without its names: code, JSON and the targets of links.
std::string prose_of(const std::string& line) {
  static const std::regex kNames(R"(`[^`]*`|\]\([^)]*\)|^\{.*)");
  return std::regex_replace(line, kNames, "");
}

bool is_code(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".cpp") || name.ends_with(".hpp") || name.ends_with(".hpp.in");
}

}  // namespace

TEST_CASE("words: what was given up does not come back") {
  const std::vector<Pattern> patterns = given_up();
  REQUIRE(patterns.size() >= 10);
  std::string complaints;
  for (const char* folder : {"core", "config", "agent", "cli", "ipc"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      if (!is_code(entry.path())) continue;
      const std::string found = complaints_about(read_file(entry.path().string()), patterns);
      if (!found.empty()) complaints += entry.path().string() + ":\n" + found;
    }
  }
  if (!complaints.empty()) FAIL("\n" << complaints);
}

TEST_CASE("words: the pages for people have none of them either") {
  const std::vector<Pattern> patterns = given_up();
  std::string complaints;
  for (const char* page : {"README.md", "docs/protocol.md", "docs/cli-json.md", "docs/config.md",
                           "docs/ARCHITECTURE.md", "docs/ignoring.md", "docs/promises.md",
                           "systemd/vcsd.service.in"}) {
    std::istringstream lines(read_file((kRoot / page).string()));
    for (std::string line; std::getline(lines, line);) {
      const std::string found = complaints_about_text(prose_of(line), patterns);
      if (!found.empty()) complaints += std::string(page) + ":\n" + found;
    }
  }
  if (!complaints.empty()) FAIL("\n" << complaints);
}

TEST_CASE("words: the test is able to complain") {
  const std::vector<Pattern> patterns = given_up();
  CHECK_FALSE(complaints_about("write(\"the brake is set\");", patterns).empty());
  CHECK_FALSE(complaints_about("fail(\"'{}' is no commit\");", patterns).empty());
  CHECK_FALSE(complaints_about("fail('\"', \"it is hurt\");", patterns).empty());
  CHECK_FALSE(complaints_about("fail(\"3 commits \"\n     \"behind\");", patterns).empty());
  CHECK_FALSE(complaints_about_text(prose_of("| `x` | that are hurt |"), patterns).empty());
  CHECK(complaints_about_text(prose_of("see [why](alarm.md) of `brake`"), patterns).empty());
  CHECK(complaints_about("visit(\"brake\", brake);  // \"hurt\"", patterns).empty());
}
