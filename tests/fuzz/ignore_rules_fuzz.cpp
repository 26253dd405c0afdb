// SPDX-License-Identifier: Apache-2.0
// Any text is a set of ignore patterns; matching ends, and gives the same verdict each time. The
// input is the patterns, then a NUL and the path.
#include <string>

#include "core/worktree/ignore_rules.hpp"
#include "tests/fuzz/require.hpp"

using vcs::worktree::IgnorePatterns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find('\0');
  const std::string_view text = input.substr(0, split);
  const std::string_view path =
      split == std::string_view::npos ? "folder/file.txt" : input.substr(split + 1);

  const auto patterns = IgnorePatterns::parse(text);
  for (const bool is_directory : {false, true}) {
    const auto verdict = patterns->match(path, is_directory);
    FUZZ_REQUIRE(verdict == IgnorePatterns::parse(text)->match(path, is_directory));
    FUZZ_REQUIRE(!patterns->empty() || verdict == IgnorePatterns::Verdict::none);
    // A last line that includes everything decides.
    const auto included = IgnorePatterns::parse(std::string(text) + "\n!*\n");
    if (text.find('\n') == std::string_view::npos && !path.empty())
      FUZZ_REQUIRE(included->match(path, is_directory) == IgnorePatterns::Verdict::include);
  }
  return 0;
}
