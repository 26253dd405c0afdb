// SPDX-License-Identifier: Apache-2.0
// Wildcards.
#include "core/worktree/glob.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace vcs::worktree {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto glob = Glob::compile(pattern);
  return glob && glob->matches(text);
}

}  // namespace

TEST_CASE("glob: stars and question marks stay within a component") {
  CHECK(matches("*", "abc"));
  CHECK(matches("a*c", "abbc"));
  CHECK(matches("a*c", "ac"));
  CHECK(matches("*a*b*", "xaxbx"));
  CHECK_FALSE(matches("*a*b*", "xbxax"));
  CHECK(matches("?", "a"));
  CHECK_FALSE(matches("?", ""));
  CHECK_FALSE(matches("a*c", "a/c"));
  CHECK_FALSE(matches("a?c", "a/c"));
  CHECK(matches("*/*", "a/b"));
  CHECK_FALSE(matches("*/*", "a/b/c"));
  CHECK_FALSE(matches("a**c", "a/c"));
}

TEST_CASE("glob: two stars alone in a component span components") {
  CHECK(matches("**/a", "a"));
  CHECK(matches("**/a", "x/y/a"));
  CHECK_FALSE(matches("**/a", "x/ya"));
  CHECK(matches("a/**", "a/x/y"));
  CHECK_FALSE(matches("a/**", "a"));
  CHECK(matches("a/**/b", "a/b"));
  CHECK(matches("a/**/b", "a/x/y/b"));
  CHECK_FALSE(matches("a/**/b", "a/x/yb"));
  CHECK(matches("a/**/b/**/c", "a/b/b/x/c"));
  CHECK(matches("**/b/*c/**/d", "a/b/x/b/xc/d"));
  CHECK(matches("a/***/b", "a/x/y/b"));
  CHECK(matches("**", "a/b"));
  CHECK_FALSE(matches("a/**\\/b", "a/b"));
  CHECK(matches("a/**\\/b", "a/x/b"));
}

TEST_CASE("glob: sets of bytes") {
  CHECK(matches("[abc]", "b"));
  CHECK_FALSE(matches("[abc]", "d"));
  CHECK(matches("[a-c]x", "bx"));
  CHECK_FALSE(matches("[c-a]", "b"));
  CHECK(matches("[!a-c]", "d"));
  CHECK(matches("[^a-c]", "d"));
  CHECK_FALSE(matches("[!a-c]", "a"));
  CHECK(matches("[]a]", "]"));
  CHECK(matches("[!]a]", "b"));
  CHECK(matches("[a-]", "-"));
  CHECK(matches("[-a]", "-"));
  CHECK(matches("[\\]]", "]"));
  CHECK(matches("[a-\\z]", "m"));
  CHECK(matches("[[:digit:][:upper:]_]", "Q"));
  CHECK_FALSE(matches("[[:digit:]]", "q"));
  CHECK(matches("[[:x]", "["));
  CHECK(matches("[[:x]", ":"));
  CHECK(matches("[\xc0-\xff]", "\xe4"));
  CHECK_FALSE(matches("[!a]", "/"));
}

TEST_CASE("glob: malformed patterns are none") {
  for (const char* pattern : {"[", "a[", "[a", "[!", "[]", "[a-", "[\\", "[[:nonsense:]]", "[[::]]",
                              "[[:alpha:]", "a\\", "\\"})
    CHECK_FALSE(Glob::compile(pattern));
}

TEST_CASE("glob: patterns made to explode are matched in bounded time") {
  // Backtracking into every star would take longer than the age of the universe here.
  std::string stars, spans, path;
  for (int i = 0; i < 40; ++i) stars += "a*", spans += "**/a/";
  for (int i = 0; i < 1000; ++i) path += "a/";
  const std::string name(4000, 'a');
  CHECK_FALSE(matches(stars + "b", name));
  CHECK(matches(stars, name));
  CHECK_FALSE(matches(spans + "b", path + "c"));
  CHECK(matches(spans + "b", path + "b"));
  CHECK_FALSE(matches("**/**/**/**/" + stars + "b", path + name));
  CHECK_FALSE(matches(spans + stars + "b", path + name));
  CHECK(matches(spans + stars + "b", path + name + "b"));
}

}  // namespace vcs::worktree
