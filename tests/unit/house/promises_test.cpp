// SPDX-License-Identifier: Apache-2.0
// docs/promises.md names only tests that exist.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "tests/support/temporary_folder.hpp"

using vcs::test::read_file;

namespace {

const std::filesystem::path kRoot = VCS_SOURCE_DIR;

// All texts between two `quote`s that follow `begin`. A text in several adjacent pieces is joined.
std::set<std::string> quoted_behind(const std::string& text, const std::string& begin, char quote) {
  std::set<std::string> found;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    const std::size_t start = text.find(quote, at + begin.size() - 1) + 1;
    std::size_t stop = text.find(quote, start);
    if (start == 0 || stop == std::string::npos) break;
    std::string name = text.substr(start, stop - start);
    std::size_t next = text.find_first_not_of(" \n", stop + 1);
    for (; quote == '"' && next != std::string::npos && text[next] == quote;
         next = text.find_first_not_of(" \n", stop + 1)) {
      stop = text.find(quote, next + 1);
      name += text.substr(next + 1, stop - next - 1);
    }
    found.insert(std::move(name));
    at = stop + 1;
  }
  return found;
}

std::set<std::string> names_of_tests() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    names.merge(quoted_behind(read_file(entry.path().string()), "TEST_CASE(", '"'));
  }
  return names;
}

// "subject: *" stands for all tests of a subject.
bool names_a_test(const std::string& name, const std::set<std::string>& tests) {
  if (!name.ends_with('*')) return tests.contains(name);
  const std::string start = name.substr(0, name.size() - 1);
  return std::any_of(tests.begin(), tests.end(),
                     [&](const std::string& test) { return test.starts_with(start); });
}

}  // namespace

TEST_CASE("promises: every test that is named exists") {
  const std::string page = read_file((kRoot / "docs/promises.md").string());
  const std::set<std::string> tests = names_of_tests();
  std::size_t count = 0;
  for (const std::string& name : quoted_behind(page, "`", '`')) {
    if (name.find(": ") == std::string::npos) continue;  // a command, not a test
    INFO("docs/promises.md names a test that does not exist: " << name);
    CHECK(names_a_test(name, tests));
    ++count;
  }
  CHECK(count > 20);
}
