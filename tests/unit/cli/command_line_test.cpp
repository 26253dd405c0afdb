// SPDX-License-Identifier: Apache-2.0
// From words to values: the parser, paths, and everything that is made from the table.

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/manual.hpp"
#include "cli/parser.hpp"
#include "cli/path_mapping.hpp"
#include "cli/service_unit.hpp"
#include "ipc/json_codec.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::cli;

namespace {

Invocation parsed(const std::vector<std::string>& words) {
  Parsed result = parse_command_line(words);
  INFO(result.problem);
  REQUIRE(result.invocation);
  return std::move(*result.invocation);
}

}  // namespace

TEST_CASE("parser: values, wherever the options stand") {
  const auto log = parsed({"--home", "/h", "log", "-n", "5", "log", "--json"});
  CHECK(log.command().name == "log");
  CHECK(log.text("PATH") == "log");
  CHECK(log.number("--number") == 5);
  CHECK(log.text("--home") == "/h");
  CHECK(log.has("--json"));
  CHECK_FALSE(log.has("--repository"));
  const auto add = parsed({"remote", "add", "disk", "file:///x"});
  CHECK(add.command().name == "remote add");
  CHECK(parsed({"commit", "-m", ""}).has("--message"));
  CHECK(parsed({"commit", "-m", "[wip]"}).text("--message") == "[wip]");
  using Words = std::vector<std::string>;
  CHECK(parsed({"restore", "HEAD", "[a,b]", "--", "-x"}).list("PATH") == Words{"[a,b]", "-x"});
}

TEST_CASE("parser: wrong lines are explained") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"frob"},
                                             {"show"},
                                             {"remote"},
                                             {"remote", "frob"},
                                             {"log", "-n", "x"},
                                             {"log", "-n", "-1"},
                                             {"stop", "now"},
                                             {"log", "--frob"},
                                             {"completion", "csh"}}) {
    const Parsed result = parse_command_line(words);
    CHECK_FALSE(result.invocation);
    CHECK(result.problem.find("--help") != std::string::npos);
  }
  CHECK(parse_command_line({"comit"}).problem.find("'commit'") != std::string::npos);
}

TEST_CASE("command table: every command has help, a handler, completions and a manual entry") {
  for (const Command& command : commands()) {
    const std::string name(command.name);
    INFO(name);
    CHECK(command.handler != nullptr);
    std::istringstream text(name + " --help");
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    CHECK(parse_command_line(words).help == help_text(name));
    CHECK(help_text(name).find("Usage: vcsctl " + name) != std::string::npos);
    CHECK(help_text("").find(name) != std::string::npos);
    CHECK(manual_page("vcsctl").find("vcsctl " + roff(name)) != std::string::npos);
    for (const char* shell : {"bash", "zsh"})
      CHECK(completion_script(shell).find("'" + name + "')") != std::string::npos);
    CHECK(completion_script("fish").find(" -a " + std::string(command.leaf())) !=
          std::string::npos);
  }
}

TEST_CASE("manual: text has no meaning to roff") {
  CHECK(roff(".a\n'b -c \\") == "\\&.a\n\\&'b \\-c \\e");
  CHECK(manual_page("vcsd.toml").find("settle_quiet") != std::string::npos);
}

TEST_CASE("paths: absolute, relative and out of the worktree") {
  CHECK(absolute_path("../b//c/.", "/w/a") == "/w/b/c");
  CHECK(absolute_path("../../../..", "/w") == "/");
  CHECK(remote_url("../copy", "/w/a") == "/w/copy");
  CHECK(remote_url("/copy/", "/w/a") == "/copy");
  CHECK(remote_url("file:///a/../b", "/w/a") == "file:///a/../b");
  CHECK(remote_url("copy", "/w/a") == "copy");
  CHECK(relative_to("/w/a", "/w") == "a");
  CHECK(relative_to("/w", "/w") == "");
  CHECK_FALSE(relative_to("/wx", "/w"));
  CHECK(relative_to("/a", "/") == "a");
  CHECK(worktree_path("b", "/w/a", "/w").value() == "a/b");
  CHECK(worktree_path("b", "/elsewhere", "/w").value() == "b");
  CHECK(worktree_path("/w/x", "/", "/w").value() == "x");
  CHECK_FALSE(worktree_path("../..", "/w/a", "/w"));
  CHECK(commit_path("b", "/w/a", "/w").value() == "b");
  CHECK(commit_path("./b", "/w/a", "/w").value() == "a/b");
  CHECK_FALSE(commit_path("../../x", "/w/a", "/w"));
}

TEST_CASE("paths: a colon in a time is no separator") {
  CHECK(split_commit_path("@{15:40}:a:b").commit == "@{15:40}");
  CHECK(split_commit_path("@{15:40}:a:b").path == "a:b");
  CHECK_FALSE(split_commit_path("@{15:40}").has_path);
}

TEST_CASE("paths: what looks like a commit") {
  for (const char* text : {"HEAD", "HEAD~3", "@{yesterday}", "abcd", "0123456789ab~1"})
    CHECK(looks_like_commit(text));
  for (const char* text : {"", "abc", "src", "./HEAD", "a.txt", "HEADER"})
    CHECK_FALSE(looks_like_commit(text));
}

TEST_CASE("paths: bytes that are no text travel in base64") {
  CHECK(path_text("é") == "é");
  CHECK(path_text("\xff") == "b64:/w==");
  CHECK(path_text("b64:x") == "b64:YjY0Ong=");
}

TEST_CASE("service unit: program and home are filled in and quoted") {
  const std::string unit = systemd_unit("/opt/a b", "/h/100%");
  CHECK(unit.find("ExecStart=\"/opt/a b/vcsd\" --foreground --home \"/h/100%%\"") !=
        std::string::npos);
  CHECK(unit.find("@CMAKE") == std::string::npos);
  CHECK(systemd_unit("/opt", std::nullopt).find("--home") == std::string::npos);
  const std::string plain = systemd_unit("/opt", std::nullopt);
  CHECK(unit_is_for(unit, "/h/100%"));
  CHECK_FALSE(unit_is_for(unit, "/h/100"));
  CHECK_FALSE(unit_is_for(unit, std::nullopt));
  CHECK(unit_is_for(plain, std::nullopt));
  CHECK_FALSE(unit_is_for(plain, "/h/100%"));
  const std::string plist = launchd_plist("/o&p", "/h");
  CHECK(plist.find("<string>/o&amp;p/vcsd</string>") != std::string::npos);
  CHECK(plist.find("<string>/h</string>") != std::string::npos);
}

TEST_CASE("cli-json document: its tables are the messages' fields, in order") {
  std::istringstream text(test::read_file(VCS_SOURCE_DIR "/docs/cli-json.md"));
  std::map<std::string, std::vector<std::string>> documented;
  std::string message;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#")) message = line.starts_with("### ") ? line.substr(4) : "";
    if (line.starts_with("| `") && !message.empty())
      documented[message].push_back(line.substr(3, line.find('`', 3) - 3));
  }
  CHECK(documented.size() > 20);
  for (const auto& description : ipc::describe_messages()) {
    if (!documented.contains(description.name)) continue;
    INFO(description.name);
    std::vector<std::string> fields;
    for (const auto& field : description.fields) fields.push_back(field.name);
    CHECK(documented[description.name] == fields);
    documented.erase(description.name);
  }
  CHECK(documented.empty());
}
