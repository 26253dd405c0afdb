// SPDX-License-Identifier: Apache-2.0
// Types the README's tour: each command must print what the page shows below it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "tests/support/eventually.hpp"
#include "tests/support/real_agent.hpp"

namespace vcs::test {
namespace {

struct Step {
  std::string command, answer;
};

// The steps of the code below "## A tour": a command after "$ ", and its output.
std::vector<Step> tour() {
  std::istringstream text(read_file(VCS_SOURCE_DIR "/README.md"));
  std::vector<Step> steps;
  std::string line;
  while (std::getline(text, line) && line != "## A tour") {
  }
  while (std::getline(text, line) && line != "```") {
  }
  while (std::getline(text, line) && line != "```") {
    if (line.starts_with("$ "))
      steps.push_back({line.substr(2), ""});
    else if (!steps.empty())
      steps.back().answer += line + "\n";
  }
  return steps;
}

const std::regex& id_pattern() {
  static const std::regex pattern("\\b[0-9a-f]{12}\\b");
  return pattern;
}

// Replaces what differs from day to day: ids, dates and times.
std::string plain(std::string text) {
  text = std::regex_replace(text, id_pattern(), "<id>");
  text = std::regex_replace(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}"), "<day>");
  return std::regex_replace(text, std::regex("[0-9]{2}:[0-9]{2}(:[0-9]{2})?"), "<time>");
}

std::vector<std::string> ids_in(const std::string& text) {
  std::vector<std::string> ids;
  for (std::sregex_iterator at(text.begin(), text.end(), id_pattern()), end; at != end; ++at)
    ids.push_back(at->str());
  return ids;
}

// A desk with the tour's folder. Replaces /tmp by a place of this test's own, and the ids of the
// page by those of this run.
class Walk {
 public:
  Walk() {
    std::filesystem::create_directory(folder_);
    write_file(folder_ + "/chapter1.txt", "It was a dark and stormy night.\n");
    setting_ = "export VCSD_HOME='" + agent_.home() + "' HOME='" + desk_.path() + "' PATH='" +
               std::filesystem::path(program("vcsctl")).parent_path().string() +
               "':/usr/bin:/bin\n";
  }

  void take(const Step& step) {
    INFO("$ " << step.command);
    if (step.command == "cd novel") return;
    const std::string expected = plain(here(step.answer));
    CommandResult result;
    const auto type = [&] {
      result = run_program({"/bin/bash", "-c", setting_ + here(step.command)}, folder_);
      return plain(result.out) == expected;
    };
    // A command that only reads is typed again until the output is there.
    const std::regex looking("^vcsctl (log|diff|status)");
    const bool right = std::regex_search(step.command, looking) ? eventually(type) : type();
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    if (!right) CHECK(plain(result.out) == expected);
    learn(ids_in(step.answer), ids_in(result.out));
  }
  std::string chapter() const { return read_file(folder_ + "/chapter1.txt"); }

 private:
  void learn(const std::vector<std::string>& shown, const std::vector<std::string>& real) {
    for (std::size_t i = 0; i < std::min(shown.size(), real.size()); ++i) ids_[shown[i]] = real[i];
  }
  std::string here(std::string text) const {
    for (const auto& [shown, real] : ids_) text = std::regex_replace(text, std::regex(shown), real);
    return std::regex_replace(text, std::regex("/tmp/"), desk_.path() + "/");
  }

  RealAgent agent_;
  TemporaryFolder desk_;
  std::string folder_ = desk_ / "novel";
  std::string setting_;
  std::map<std::string, std::string> ids_;
};

}  // namespace

TEST_CASE("readme: its tour does what it says") {
  const std::vector<Step> steps = tour();
  REQUIRE(steps.size() > 8);
  Walk walk;
  for (const Step& step : steps) walk.take(step);
  CHECK(walk.chapter() == "It was a bright cold night.\n");
}

}  // namespace vcs::test
