// SPDX-License-Identifier: Apache-2.0
// Compares ignore rules with git's manual and with git itself.
#include "core/worktree/ignore_rules.hpp"

#include "core/worktree/builtin_ignores.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::worktree {
namespace {

using Verdict = IgnorePatterns::Verdict;

Verdict verdict(std::string_view patterns, std::string_view path, bool is_directory = false) {
  return IgnorePatterns::parse(patterns)->match(path, is_directory);
}

bool ignored(std::string_view patterns, std::string_view path, bool is_directory = false) {
  return verdict(patterns, path, is_directory) == Verdict::ignore;
}

// Asks as a caller that descends does: everything below an ignored folder is ignored.
bool ignored_on_the_way(const IgnoreRules& rules, const std::string& folder,
                        const std::string& path, bool is_directory) {
  for (std::size_t slash = path.find('/', folder.size() + 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    if (rules.ignores(path.substr(0, slash), true)) return true;
  return rules.ignores(path, is_directory);
}

}  // namespace

TEST_CASE("ignore rules: a pattern without a slash holds at any depth, others are anchored") {
  CHECK(ignored("foo", "foo"));
  CHECK(ignored("foo", "a/b/foo"));
  CHECK_FALSE(ignored("foo", "foobar"));
  CHECK(ignored("/foo", "foo"));
  CHECK_FALSE(ignored("/foo", "a/foo"));
  CHECK(ignored("a/foo", "a/foo"));
  CHECK_FALSE(ignored("a/foo", "b/a/foo"));
  CHECK(ignored("*.o", "x/y.o"));
  CHECK_FALSE(ignored("/*.o", "x/y.o"));
  CHECK(ignored("doc/*.txt", "doc/a.txt"));
  CHECK_FALSE(ignored("doc/*.txt", "doc/b/a.txt"));
  CHECK(ignored("**/foo", "a/b/foo"));
  CHECK(ignored("abc/**", "abc/x/y"));
  CHECK_FALSE(ignored("abc/**", "abc", true));
}

TEST_CASE("ignore rules: a slash at the end means folders only") {
  CHECK(ignored("build/", "build", true));
  CHECK_FALSE(ignored("build/", "build", false));
  CHECK(ignored("build/", "a/build", true));
  CHECK(ignored("a/build/", "a/build", true));
  CHECK_FALSE(ignored("*.d/", "x.d", false));
  CHECK(ignored("*.d/", "x.d", true));
}

TEST_CASE("ignore rules: the last match wins, across all kinds of pattern") {
  CHECK(verdict("*.log\n!keep.log\n", "keep.log") == Verdict::include);
  CHECK(verdict("!keep.log\n*.log\n", "keep.log") == Verdict::ignore);
  CHECK(verdict("keep.log\n!/keep.log\n", "keep.log") == Verdict::include);
  CHECK(verdict("keep.log\n!k*p.log\nkeep.log\n", "keep.log") == Verdict::ignore);
  CHECK(verdict("x\n!x/\n", "x", true) == Verdict::include);
  CHECK(verdict("x\n!x/\n", "x", false) == Verdict::ignore);
  CHECK(verdict("*.a.b\n!*.b\n*.a.b/\n", "x.a.b", false) == Verdict::include);
  CHECK(verdict("*.a.b\n!*.b\n*.a.b/\n", "x.a.b", true) == Verdict::ignore);
  CHECK(verdict("a\n", "b") == Verdict::none);
}

TEST_CASE("ignore rules: comments, escapes, spaces and line ends") {
  CHECK_FALSE(ignored("#foo", "#foo"));
  CHECK(ignored("\\#foo", "#foo"));
  CHECK(ignored("\\!foo", "!foo"));
  CHECK(ignored("foo  ", "foo"));
  CHECK(ignored("foo\\ ", "foo "));
  CHECK(ignored("foo\\  ", "foo "));
  CHECK(ignored("a b", "a b"));
  CHECK(ignored("foo\t", "foo\t"));
  CHECK(ignored("foo\r\nbar", "foo"));
  CHECK(ignored("foo\r\nbar", "bar"));
  CHECK(ignored("\\f\\o\\o", "foo"));
  CHECK(ignored("\\*", "*"));
  CHECK_FALSE(ignored("\\*", "a"));
  CHECK_FALSE(ignored("foo\\", "foo"));
  CHECK(
      ignored("\xef\xbb\xbf"
              "foo",
              "foo"));
  CHECK(ignored(std::string_view("foo\0bar\nx", 9), "foo"));
}

TEST_CASE("ignore rules: lines that can match nothing are dropped") {
  for (const char* text : {"", "\n\n", "#x\n", "/", "//", "!", "!/", "   ", "\r\n"}) {
    const auto patterns = IgnorePatterns::parse(text);
    CHECK(patterns->empty());
    CHECK(patterns->match("a", true) == Verdict::none);
  }
  const std::string long_line((64 << 10) + 1, 'a');
  CHECK_FALSE(ignored(long_line, long_line));
  CHECK(ignored(long_line + "\nb", "b"));
  std::string lines(99'999, '\n');
  CHECK(ignored(lines.append("b"), "b"));
  CHECK_FALSE(ignored(lines.insert(0, "\n"), "b"));
}

TEST_CASE("ignore rules: deeper files win over shallower, these over the configured ones") {
  const auto root = IgnoreRules::root(IgnorePatterns::parse("*.cfg\n!Thumbs.db\n"));
  CHECK(root->ignores("a.cfg", false));
  CHECK_FALSE(root->ignores("Thumbs.db", false));
  const auto top = IgnoreRules::inside(root, "", IgnorePatterns::parse("*.log\n!a.cfg\n"));
  CHECK_FALSE(top->ignores("a.cfg", false));
  CHECK(top->ignores("b.cfg", false));
  const auto sub = IgnoreRules::inside(top, "sub", IgnorePatterns::parse("!*.log\n/only\n"));
  CHECK(top->ignores("x.log", false));
  CHECK_FALSE(sub->ignores("sub/x.log", false));
  CHECK(sub->ignores("sub/only", false));
  const auto deep = IgnoreRules::inside(sub, "sub/deep", nullptr);
  CHECK_FALSE(deep->ignores("sub/deep/x.log", false));
  CHECK_FALSE(deep->ignores("sub/deep/only", false));
  CHECK(deep->ignores("sub/deep/b.cfg", false));
}

TEST_CASE("ignore rules: names that editors leave behind are known, what people write is not") {
  const auto root = IgnoreRules::root(nullptr);
  using Ruling = IgnoreRules::Ruling;
  for (const char* name :
       {"4913", ".doc.swp", ".doc.swx", "main.cpp___jb_tmp___", "main.cpp___jb_old___",
        ".~lock.a.odt#", ".goutputstream-X1Y2Z3", ".fuse_hidden0000a1b200000001", "a.blend@",
        ".#main.c", "~$letter.docx", "~WRD0001.tmp", "~wrl4091.tmp", "lu27881ep4f.tmp", ".DS_Store",
        "Thumbs.db", "film.mkv.crdownload", ".nfs0000000002c401d700000001",
        ".vcsd-0123456789abcdef.tmp"}) {
    INFO(name);
    CHECK(root->rule(std::string("a/") + name, false) == Ruling::builtin);
    CHECK(root->rule(std::string("a/") + name, true) == Ruling::keep);
  }
  for (const char* name :
       {"a.tmp", "a~", "a.bak", "a.orig", "desktop.ini", "#a#", ".config.swf", "lunch.tmp", "a.swp",
        ".nfsconf", "~draft", "49130", ".git", "hull.part", "~wrought.tmp", ".goutputstream-notes",
        ".fuse_hidden_treasure", ".vcsd-notes.tmp", ".nfs-mounts-of-the-old-house"}) {
    INFO(name);
    CHECK(root->rule(std::string("a/") + name, false) == Ruling::keep);
  }
  const auto own = IgnoreRules::inside(root, "", IgnorePatterns::parse("!.*.swp\n4913\n"));
  CHECK(own->rule("a/.doc.swp", false) == Ruling::keep);
  CHECK(own->rule("4913", true) == Ruling::ignore);
}

namespace {

bool has_git() {
  return std::system("git --version >/dev/null 2>&1") == 0;
}

// One folder of many paths, each with an ignore file of its own.
const std::vector<std::string> kFolders = {"a",    "a/b", "a/b/a", "ab",
                                           "ab/a", "x y", "a/foo", "foo"};
const std::vector<std::string> kNames = {"a",   "b",     "ab",  "foo", "foo.c", "a.c",
                                         "#a",  "!a",    "a b", "a]b", "a-b",   "A",
                                         "b.c", "foo.o", "[a]", "*",   "a\\b",  ".a"};

std::string random_pattern(test::SeededRandom& random) {
  static const char* const kParts[] = {"a",           "b",
                                       "foo",         "*",
                                       "*",           "**",
                                       "/",           "/",
                                       "/",           "?",
                                       ".c",          "a b",
                                       "\\",          "[a-c]",
                                       "[!a]",        "[]a]",
                                       "*.c",         "**/",
                                       "/**",         "ab",
                                       "[",           "***",
                                       "\\*",         "\\/",
                                       "[a/b]",       "[^b-]",
                                       "A",           "#",
                                       "!",           "-",
                                       "]",           "\\[a",
                                       "[[:alpha:]]", "[[:upper:]b]",
                                       "[a-\\c]",     "**"};
  std::string pattern = random.one_in(5) ? "!" : "";
  for (std::uint64_t parts = 1 + random.below(5); parts > 0; --parts)
    pattern += kParts[random.below(std::size(kParts))];
  if (random.one_in(5)) pattern += "/";
  if (random.one_in(12)) pattern += "  ";
  if (random.one_in(12)) pattern += "\r";
  return pattern;
}

struct GitCase {
  std::string folder, patterns;
};

std::vector<GitCase> make_cases(const test::TemporaryFolder& root, test::SeededRandom& random) {
  std::vector<GitCase> cases;
  for (int i = 0; i < 60; ++i) {
    GitCase one{"t" + std::to_string(i), {}};
    for (std::uint64_t lines = 1 + random.below(3); lines > 0; --lines)
      one.patterns += random_pattern(random) + "\n";
    std::filesystem::create_directory(root / one.folder);
    test::write_file(root / (one.folder + "/.gitignore"), one.patterns);
    cases.push_back(one);
  }
  return cases;
}

// Asks git which paths it ignores.
std::set<std::string> ignored_by_git(const test::TemporaryFolder& root, const std::string& input) {
  test::write_file(root / "input", input);
  const std::string git =
      "cd '" + root.path() + "' && export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null && ";
  REQUIRE(std::system((git + "git init -q . && git check-ignore --no-index -z -v -n --stdin "
                             "<input >output 2>errors; test $? -le 1")
                          .c_str()) == 0);
  const std::string output = test::read_file(root / "output");
  std::vector<std::string> fields;
  for (std::size_t at = 0; at < output.size(); at = output.find('\0', at) + 1)
    fields.push_back(output.substr(at, output.find('\0', at) - at));
  REQUIRE(fields.size() % 4 == 0);
  std::set<std::string> ignored;
  for (std::size_t i = 0; i < fields.size(); i += 4)
    if (!fields[i + 2].empty() && fields[i + 2][0] != '!') ignored.insert(fields[i + 3]);
  return ignored;
}

struct Path {
  std::string path;
  bool is_directory;
};

std::vector<Path> paths_below(const std::string& top) {
  std::vector<Path> paths;
  const auto is_folder = [](const std::string& path) {
    return std::find(kFolders.begin(), kFolders.end(), path) != kFolders.end();
  };
  for (const std::string& folder : kFolders) paths.push_back({top + "/" + folder, true});
  for (const std::string& name : kNames) {
    paths.push_back({top + "/" + name, is_folder(name)});
    for (const std::string& folder : kFolders) {
      const std::string path = folder + "/" + name;
      paths.push_back({top + "/" + path, is_folder(path)});
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("ignore rules: decide as git does, whatever the patterns") {
  if (!has_git()) {
    WARN("git is not installed: nothing to compare with");
    return;
  }
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder root;
  const auto cases = make_cases(root, random);
  std::string input;
  for (const GitCase& one : cases) {
    // Git looks at the disk to tell folders from files, so the folders are made; files need not be.
    for (const std::string& folder : kFolders)
      std::filesystem::create_directories(root / (one.folder + "/" + folder));
    for (const Path& each : paths_below(one.folder)) input += each.path + '\0';
  }
  const auto expected = ignored_by_git(root, input);
  REQUIRE(expected.size() > cases.size());

  for (const GitCase& one : cases) {
    const auto rules =
        IgnoreRules::inside(nullptr, one.folder, IgnorePatterns::parse(one.patterns));
    for (const auto& [path, is_directory] : paths_below(one.folder)) {
      const bool ours = rules && ignored_on_the_way(*rules, one.folder, path, is_directory);
      if (ours == expected.contains(path)) continue;
      FAIL_CHECK(path << (ours ? " is ignored by us only: " : " is ignored by git only: ")
                      << one.patterns);
    }
  }
}

TEST_CASE("ignore rules: docs/ignoring.md lists what is built in") {
  const std::string page = test::read_file(VCS_SOURCE_DIR "/docs/ignoring.md");
  std::istringstream lines{std::string(worktree::builtin_ignore_patterns())};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    INFO(line);
    CHECK(page.find(line) != std::string::npos);
  }
}

}  // namespace vcs::worktree
