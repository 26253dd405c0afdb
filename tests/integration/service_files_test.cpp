// SPDX-License-Identifier: Apache-2.0
// The programs that read the service files accept them as the build configured them.
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.hpp"

using vcs::test::read_file;

namespace {

struct Outcome {
  int status = -1;
  std::string output;  // both streams
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), got);
  }
  const int ended = pclose(pipe);
  if (WIFEXITED(ended)) outcome.status = WEXITSTATUS(ended);
  return outcome;
}

bool has_program(const std::string& name) {
  return run("command -v " + name).status == 0;
}

std::string configured(const std::string& file) {
  return (std::filesystem::path(VCS_BINARY_DIR).parent_path() / file).string();
}

// A copy of a unit whose program exists, because the real one may not be installed here.
void copy_unit(const std::string& name, const std::string& to) {
  std::string text = read_file(configured("systemd/" + name));
  const std::size_t start = text.find("ExecStart=\"") + 11;
  const std::size_t end = text.find('"', start);
  REQUIRE(text.substr(start, end - start).ends_with("/bin/vcsd"));
  REQUIRE(text[start] == '/');
  text.replace(start, end - start, "/bin/true");
  vcs::test::write_file(to, text);
}

void verify_unit(const std::string& name, const std::string& manager) {
  if (!has_program("systemd-analyze")) {
    WARN("systemd-analyze is not installed, so " << name << " is not verified");
    return;
  }
  const vcs::test::TemporaryFolder folder;
  copy_unit(name, folder / name);
  const Outcome outcome =
      run("XDG_RUNTIME_DIR='" + folder.path() + "' systemd-analyze verify --man=no " + manager +
          " '" + folder / name + "'");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  // systemd only warns of unknown directives.
  CHECK(outcome.output.find(name) == std::string::npos);
}

}  // namespace

TEST_CASE("service files: systemd accepts the user unit") {
  verify_unit("vcsd.service", "--user");
}

TEST_CASE("service files: systemd accepts the system unit") {
  verify_unit("vcsd@.service", "--system");
}

TEST_CASE("service files: the units expose little") {
  if (!has_program("systemd-analyze")) {
    WARN("systemd-analyze is not installed, so the exposure is not measured");
    return;
  }
  const std::string name = GENERATE("vcsd.service", "vcsd@.service");
  const vcs::test::TemporaryFolder folder;
  copy_unit(name, folder / name);
  const Outcome outcome =
      run("systemd-analyze security --offline=true --threshold=30 '" + folder / name + "'");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
}

TEST_CASE("service files: the launchd job is a valid property list for the installed program") {
  if (!has_program("python3")) {
    WARN("python3 is not installed, so the property list is not read");
    return;
  }
  const Outcome outcome =
      run("python3 -c 'import plistlib, sys; job = plistlib.load(open(sys.argv[1], \"rb\")); "
          "print(job[\"Label\"], *job[\"ProgramArguments\"], job[\"Umask\"] == 0o77)' '" +
          configured("launchd/dev.vcsd.agent.plist") + "'");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(outcome.output.starts_with("dev.vcsd.agent /"));
  CHECK(outcome.output.ends_with("/bin/vcsd --foreground True\n"));
}

TEST_CASE("service files: nothing is left of the templates' placeholders") {
  for (const char* file :
       {"systemd/vcsd.service", "systemd/vcsd@.service", "launchd/dev.vcsd.agent.plist"}) {
    INFO(file);
    CHECK(read_file(configured(file)).find("@CMAKE") == std::string::npos);
  }
}

TEST_CASE("service files: what was built is installed whole, and runs from there") {
  const vcs::test::TemporaryFolder place;
  const std::string build = std::filesystem::path(VCS_BINARY_DIR).parent_path().string();
  const Outcome installed =
      run("cmake --install '" + build + "' --prefix '" + place.path() + "' --strip");
  INFO(installed.output);
  REQUIRE(installed.status == 0);
  for (const char* file :
       {"bin/vcsd", "share/man/man1/vcsctl.1", "share/man/man1/vcsd.1",
        "share/man/man5/vcsd.toml.5", "share/man/man7/vcsd-times.7",
        "share/bash-completion/completions/vcsctl", "share/zsh/site-functions/_vcsctl",
        "share/fish/vendor_completions.d/vcsctl.fish", "share/vcsd/vcsd.toml.sample",
        "share/doc/vcsd/LICENSE"}) {
    INFO(file);
    CHECK(std::filesystem::file_size(place / file) > 100);
  }
  CHECK(run(place / "bin/vcsctl --version").output.find("vcsctl") != std::string::npos);
}
