// SPDX-License-Identifier: Apache-2.0
// From words to values: the parser, paths, and everything that is made from the table of commands.

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cli/agent/service_unit.hpp"
#include "cli/line/completion.hpp"
#include "cli/line/completion_point.hpp"
#include "cli/line/help.hpp"
#include "cli/line/manual.hpp"
#include "cli/line/parser.hpp"
#include "cli/line/shell_words.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/text.hpp"
#include "tests/support/message_description.hpp"
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
  CHECK(parsed({"commit", "-m", "[wip]"}).text("--message") == "[wip]");
  using Words = std::vector<std::string>;
  CHECK(parsed({"restore", "HEAD", "[a,b]", "--", "-x"}).list("PATH") == Words{"[a,b]", "-x"});
}

TEST_CASE("parser: what cannot be had together is refused, and a missing value has its name") {
  for (const char* command : {"diff", "show"})
    CHECK(parse_command_line({command, "--words", "--lines"}).problem.find("not both") !=
          std::string::npos);
  CHECK(parse_command_line({"show", "--at"}).problem.find("TIME") != std::string::npos);
}

TEST_CASE("parser: a number alone is how many commits log shows") {
  CHECK(parsed({"log", "-5"}).number("--number") == 5);
  CHECK(parsed({"--json", "log", "-12", "draft"}).number("--number") == 12);
  CHECK(parsed({"log", "-12", "draft"}).text("PATH") == "draft");
  CHECK(parsed({"log", "--", "-5"}).text("PATH") == "-5");
  // 0 is refused: nobody wants no commit, and 0 used to mean all of them.
  for (const std::vector<std::string>& none :
       {std::vector<std::string>{"log", "-n", "0"}, {"log", "-0"}})
    CHECK(parse_command_line(none).problem.find("must be at least 1") != std::string::npos);
}

TEST_CASE("command line: options that need, exclude or replace each other are wrong usage") {
  using Words = std::vector<std::string>;
  const std::vector<std::pair<Words, std::string>> wrong = {
      {{"status", "--timeout", "5s"}, "--timeout goes with --synced"},
      {{"stop", "--timeout", "5s"}, "--timeout goes with --sync"},
      {{"stop", "--anyway"}, "--anyway goes with --sync"},
      {{"repo", "remove", "x", "--now"}, "--now goes with --delete-history"},
      {{"restore", "HEAD", "--from", "disk"}, "--from goes with --to"},
      {{"repair", "--dry-run", "--give-up"}, "not both"},
      {{"owed", "--write", "--give-up"}, "not both"},
      {{"remote", "set", "x"}, "say one of --push and --no-push"},
      {{"remote", "set", "x", "--push", "--no-push"}, "not both"},
      {{"status", "--synced", "--timeout", "soon"}, "soon"}};
  for (const auto& [words, problem] : wrong) {
    INFO(problem);
    CHECK(parse_command_line(words).problem.find(problem) != std::string::npos);
  }
  CHECK(parse_command_line({"status", "--synced", "--timeout", "5s"}).problem.empty());
  CHECK(parse_command_line({"remote", "set", "x", "--push"}).problem.empty());
}

TEST_CASE("parser: no byte of a word is changed") {
  using Words = std::vector<std::string>;
  const Words odd = {
      "\x01"
      "a",
      "\x01\x02",
      "\x01\x03"
      "b",
      "\x01",
      "[\x01]",
      "a\x01"
      "b",
      "{x}",
      "\"q\"",
      "%%"};
  Words line = {"restore", "HEAD"};
  line.insert(line.end(), odd.begin(), odd.end());
  CHECK(parsed(line).list("PATH") == odd);
  line.insert(line.begin() + 2, "--");
  CHECK(parsed(line).list("PATH") == odd);
  for (const std::string& word : odd) {
    CHECK(parsed({"commit", "-m", word}).text("--message") == word);
    CHECK(parsed({"commit", "--message=" + word}).text("--message") == word);
    CHECK(parsed({"commit", "-m" + word}).text("--message") == word);
  }
}

TEST_CASE("parser: an empty argument is refused, whatever it stands for") {
  for (const Command& command : commands()) {
    if (command.name == "complete") continue;  // its last word is being typed
    std::istringstream text{std::string(command.name)};
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    std::vector<std::string> required;
    for (const Argument& argument : command.arguments) {
      std::vector<std::string> line = words;
      line.insert(line.end(), required.begin(), required.end());
      line.push_back("");
      INFO(command.name << " " << argument.name);
      CHECK_FALSE(parse_command_line(line).invocation);
      CHECK(parse_command_line(line).problem.find("--help") != std::string::npos);
      required.push_back(argument.choices.empty() ? "HEAD" : std::string(argument.choices.front()));
    }
    std::vector<Option> options = command.options;
    options.insert(options.end(), common_options().begin(), common_options().end());
    for (const Option& option : options) {
      if (option.value.empty()) continue;
      std::vector<std::string> line = words;
      line.insert(line.end(), required.begin(), required.end());
      line.insert(line.end(), {std::string(option.name), ""});
      INFO(command.name << " " << option.name);
      CHECK_FALSE(parse_command_line(line).invocation);
    }
  }
  CHECK(parse_command_line({"restore", "HEAD~1", "", "--overwrite"}).problem.find("PATH") !=
        std::string::npos);
}

TEST_CASE("parser: wrong lines are explained") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"frob"},
                                             {"cat"},
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
  CHECK(parse_command_line({}).help == help_text(""));
  CHECK(parsed({"-V"}).command().name == "version");
  CHECK(parsed({"--version", "--json"}).has("--json"));
  CHECK(parsed({"help", "remote", "add"}).list("COMMAND").size() == 2);
  CHECK(parsed({"log", "--color", "always"}).text("--color") == "always");
  CHECK_FALSE(parse_command_line({"log", "--color", "purple"}).invocation);
  CHECK(parse_command_line({"comit"}).problem.find("'commit'") != std::string::npos);
}

TEST_CASE("command table: every command has help, a handler and a manual entry") {
  for (const Command& command : commands()) {
    const std::string name(command.name);
    INFO(name);
    CHECK(command.handler != nullptr);
    std::istringstream text(name + " --help");
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    CHECK(parse_command_line(words).help == help_text(name));
    CHECK(help_text(name).find("Usage: vcsctl " + name) != std::string::npos);
    CHECK((command.hidden || help_text("").find(name) != std::string::npos));
    if (command.hidden) continue;
    CHECK(manual_page("vcsctl").find("vcsctl " + roff(name)) != std::string::npos);
  }
}

TEST_CASE("help: every command is in one section, and all of it fits into the window") {
  std::map<std::string, int> seen;
  for (const Section& section : sections())
    for (const std::string_view name : section.names) ++seen[std::string(name)];
  for (const Command& command : commands()) {
    const std::string name(command.group().empty() ? command.name : command.group());
    INFO(name);
    CHECK(seen[name] == (command.hidden ? 0 : 1));
  }
  std::vector<std::string> names = {"", "remote"};
  for (const Command& command : commands()) names.emplace_back(command.name);
  for (const std::size_t width : {40u, 59u, 60u, 80u, 200u})
    for (const std::string& name : names) {
      std::istringstream text(help_text(name, width));
      for (std::string line; std::getline(text, line);) {
        INFO(name << ": " << line);
        // A word that is longer than the window stays whole.
        const bool one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
        CHECK((one_word || display_width(line) <= width));
      }
    }
  CHECK(has_help("remote add"));
  CHECK_FALSE(has_help("frob"));
  CHECK_FALSE(has_help("complete"));  // for programs
  CHECK(has_help("brake"));           // an older name
}

TEST_CASE("manual: text has no meaning to roff") {
  CHECK(roff(".a\n'b -c \\") == "\\&.a\n\\&'b \\-c \\e");
  CHECK(manual_page("vcsd.toml").find("settle_quiet") != std::string::npos);
  CHECK(manual_page("vcsd-times").find(".TH vcsd\\-times 7 ") == 0);
}

TEST_CASE("paths: absolute, relative and out of the worktree") {
  CHECK(absolute_path("../b//c/.", "/w/a") == "/w/b/c");
  CHECK(absolute_path("../../../..", "/w") == "/");
  CHECK(names_folder("../copy"));
  CHECK(names_folder("/copy/"));
  CHECK_FALSE(names_folder("file:///a/../b"));
  CHECK(names_folder("copy"));
  CHECK_FALSE(names_folder("host:copy"));
  CHECK_FALSE(names_folder("./x://y"));
  CHECK(folder_url("/w/a b") == "/w/a b");
  CHECK(folder_url("/w/\xff"
                   "a") == "file:///w/%FFa");
  CHECK(relative_to("/w/a", "/w") == "a");
  CHECK(relative_to("/w", "/w") == "");
  CHECK_FALSE(relative_to("/wx", "/w"));
  CHECK(relative_to("/a", "/") == "a");
  CHECK_FALSE(relative_to("", "/w"));
  CHECK_FALSE(relative_to("", "/"));
  CHECK(is_from_here("./b"));
  CHECK_FALSE(is_from_here(".b"));
}

TEST_CASE("paths: a colon in a time is no separator") {
  CHECK(split_commit_path("@{15:40}:a:b").commit == "@{15:40}");
  CHECK(split_commit_path("@{15:40}:a:b").path == "a:b");
  CHECK_FALSE(split_commit_path("@{15:40}").has_path);
}

TEST_CASE("paths: what looks like a commit") {
  for (const char* text :
       {"HEAD", "HEAD~3", "@{yesterday}", "abcd", "0123456789ab~1", "HEAD^", "ABCDEF"})
    CHECK(looks_like_commit(text));
  for (const char* text : {"", "abc", "src", "./HEAD", "a.txt", "HEADER"})
    CHECK_FALSE(looks_like_commit(text));
}

TEST_CASE("completion: the place in the line that is asked about") {
  using Words = std::vector<std::string>;
  const auto at = [](const Words& words) {
    const CompletionPoint point = find_completion_point(words);
    std::string text = point.command != nullptr ? std::string(point.command->name) : point.group;
    if (point.option_name) text += " -";
    if (point.option != nullptr) text += " " + std::string(point.option->name);
    if (point.argument != nullptr) text += " " + std::string(point.argument->name);
    return text + " '" + point.prefix + "'";
  };
  CHECK(at({""}) == " ''");
  CHECK(at({"rest"}) == " 'rest'");
  CHECK(at({"remote", "a"}) == "remote 'a'");
  CHECK(at({"remote", "add", ""}) == "remote add NAME ''");
  CHECK(at({"restore", ""}) == "restore COMMIT ''");
  CHECK(at({"restore", "HEAD", "--overwrite", "'my dr"}) == "restore PATH 'my dr'");
  CHECK(at({"restore", "HEAD", "a", "b\\ "}) == "restore PATH 'b '");
  CHECK(at({"restore", "--at", "9:00", "a"}) == "restore PATH 'a'");
  CHECK(at({"restore", "--at", ""}) == "restore --at ''");
  CHECK(at({"-r", "n"}) == " --repository 'n'");
  CHECK(at({"log", "-r", "notes", "--nu"}) == "log - '--nu'");
  CHECK(at({"log", "-n", "5", "--", "--a"}) == "log PATH '--a'");
  CHECK(at({"nothing", "x"}) == " 'x'");
  CHECK(find_completion_point({"log", "--repository=notes", ""}).given.at("--repository") ==
        "notes");
}

TEST_CASE("completion: its words may be empty, and its scripts ask it") {
  CHECK(parsed({"complete", "--", "restore", ""}).list("WORD").size() == 2);
  for (const char* shell : {"bash", "zsh", "fish"})
    CHECK(completion_script(shell).find("complete -- ") != std::string::npos);
}

TEST_CASE("shell words: quotes only where they are needed") {
  CHECK(shell_word("src/a-1.txt") == "src/a-1.txt");
  CHECK(shell_word("it's a b") == "'it'\\''s a b'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("~") == "'~'");
}

TEST_CASE("shell words: every shell reads what was meant") {
  const std::string names[] = {"it's a b", "100%",           "new\nline",
                               "\x1b[31m", "back\\\\slash'", "\xff"};
  const test::TemporaryFolder folder;
  for (const char* shell : {"sh", "bash", "zsh", "fish"}) {
    if (std::system(fmt::format("command -v {} >/dev/null", shell).c_str()) != 0) continue;
    for (const std::string& name : names) {
      const std::string word = shell_word(name);
      INFO(shell << " " << word);
      test::write_file(folder / "script", "printf %s " + word + " >" + folder / "out");
      CHECK(std::system(fmt::format("HOME={1} {0} {1}/script", shell, folder.path()).c_str()) == 0);
      CHECK(test::read_file(folder / "out") == name);
    }
  }
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
  for (const auto& description : test::describe_messages()) {
    if (!documented.contains(description.name)) continue;
    INFO(description.name);
    std::vector<std::string> fields;
    for (const auto& field : description.fields) fields.push_back(field.name);
    CHECK(documented[description.name] == fields);
    documented.erase(description.name);
  }
  CHECK(documented.empty());
}

namespace {

// The words of each command in the README, in lines of code and between backquotes.
std::vector<std::vector<std::string>> shown_commands(const std::string& page) {
  std::vector<std::vector<std::string>> all;
  const std::regex shown("vcsctl ([^`#\n&|>]*)");
  for (std::sregex_iterator at(page.begin(), page.end(), shown), end; at != end; ++at) {
    std::istringstream text(at->str(1));
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    all.push_back(words);
  }
  return all;
}

const Command* command_of(const std::vector<std::string>& words) {
  if (words.empty()) return nullptr;
  if (words.size() > 1)
    if (const Command* two = find_command(words[0] + " " + words[1])) return two;
  return find_command(words[0]);
}

bool has_option(const Command& command, const std::string& word) {
  const auto is_it = [&](const Option& option) {
    return option.name == word || option.short_name == word;
  };
  return std::any_of(command.options.begin(), command.options.end(), is_it) ||
         std::any_of(common_options().begin(), common_options().end(), is_it);
}

}  // namespace

TEST_CASE("readme: the commands that it shows exist, with their options") {
  const auto shown = shown_commands(test::read_file(VCS_SOURCE_DIR "/README.md"));
  CHECK(shown.size() > 10);
  for (const auto& words : shown) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    INFO("vcsctl " << line);
    if (!words.empty() && words[0] == "--help") continue;
    const Command* command = command_of(words);
    REQUIRE(command != nullptr);
    for (const std::string& word : words)
      if (word.size() > 1 && word[0] == '-') CHECK(has_option(*command, word));
  }
}

TEST_CASE("readme: the commands that it lists exist") {
  const std::string page = test::read_file(VCS_SOURCE_DIR "/README.md");
  const std::size_t begin = page.find("`vcsctl --help` lists the rest: ");
  REQUIRE(begin != std::string::npos);
  const std::string list = page.substr(begin, page.find(".", begin) - begin);
  const std::regex quoted("`([a-z][a-z -]*)`");
  int count = 0;
  for (std::sregex_iterator at(list.begin(), list.end(), quoted), end; at != end; ++at) {
    INFO(at->str(1));
    if (at->str(1).starts_with("vcsctl ")) continue;
    std::istringstream text(at->str(1));
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    const Command* command = command_of(words);
    CHECK((command != nullptr ||
           std::any_of(groups().begin(), groups().end(),
                       [&](const Group& group) { return group.name == words[0]; })));
    for (const std::string& word : words)
      if (command != nullptr && word[0] == '-') CHECK(has_option(*command, word));
    ++count;
  }
  CHECK(count > 8);
}
