// SPDX-License-Identifier: Apache-2.0
// From text and environment to settings: layers, origins, and messages for every kind of mistake.
#include "config/load.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "config/option_table.hpp"
#include "config/printer.hpp"
#include "config/toml_loader.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/config/config_support.hpp"

using namespace vcs::config;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

namespace {

std::string origin_of(const Loaded& loaded, std::string_view key) {
  for (const ResolvedValue& value : loaded.values) {
    if (value.key == key) return value.origin.text();
  }
  return "no such key";
}

}  // namespace

TEST_CASE("config: an empty file gives the defaults, all with their origin") {
  const Loaded empty = loaded("");
  CHECK(empty.settings == Settings{});
  CHECK(empty.values.size() == options().size());
  CHECK(origin_of(empty, "watch.settle_quiet") == "default");
  CHECK(empty.warnings.empty());
}

TEST_CASE("config: values of every type are taken from the file") {
  const Loaded file = loaded(R"(
[watch]
settle_quiet = "2s"
ignore = ["*.o", "build/"]
honor_gitignore = true
audit_interval = 0
max_file_size = 4096
[core]
zstd_level = -7
hash_provider = "openssl"
memory_limit = "1.5GiB"
[agent]
socket = "/run/x.sock"
)");
  CHECK(file.settings.watch.settle_quiet == 2 * kSecond);
  CHECK(file.settings.watch.ignore == std::vector<std::string>{"*.o", "build/"});
  CHECK(file.settings.watch.honor_gitignore);
  CHECK(file.settings.watch.audit_interval.count() == 0);
  CHECK(file.settings.watch.max_file_size == 4096);
  CHECK(file.settings.core.zstd_level == -7);
  CHECK(file.settings.core.hash_provider == HashChoice::openssl);
  CHECK(file.settings.core.memory_limit == 1536 * kMiB);
  CHECK(file.settings.agent.socket == "/run/x.sock");
  CHECK(origin_of(file, "watch.settle_quiet") == "c.toml:3");
  CHECK(origin_of(file, "core.workers") == "default");
}

TEST_CASE("config: the environment wins over the file and over a repository's section") {
  const std::string text =
      "watch.settle_quiet = '1s'\n[repository.notes]\nwatch.settle_quiet = '3s'\n";
  CHECK(loaded(text).for_repository("notes").watch.settle_quiet == 3 * kSecond);
  const Loaded both = loaded(text, {{"VCSD_WATCH_SETTLE_QUIET", "50ms"}});
  CHECK(both.settings.watch.settle_quiet == 50 * kMillisecond);
  CHECK(both.for_repository("notes").watch.settle_quiet == 50 * kMillisecond);
  CHECK(origin_of(both, "watch.settle_quiet") == "VCSD_WATCH_SETTLE_QUIET");
  CHECK(origin_of(both, "repository.notes.watch.settle_quiet") == "VCSD_WATCH_SETTLE_QUIET");
}

TEST_CASE("config: a repository's section changes that repository alone") {
  const Loaded file = loaded(R"(
[watch]
settle_quiet = "1s"
[repository.notes.watch]
ignore = ["*.tmp"]
[repository."my photos".core]
zstd_level = 3
)");
  CHECK(file.for_repository("other") == file.settings);
  CHECK(file.settings.watch.ignore.empty());
  CHECK(file.for_repository("notes").watch.ignore == std::vector<std::string>{"*.tmp"});
  CHECK(file.for_repository("notes").watch.settle_quiet == 1 * kSecond);
  CHECK(file.for_repository("notes").core.zstd_level == 2);
  CHECK(file.for_repository("my photos").core.zstd_level == 3);
  CHECK(origin_of(file, "repository.notes.watch.ignore") == "c.toml:5");
  CHECK(origin_of(file, "repository.\"my photos\".core.zstd_level") == "c.toml:7");
}

TEST_CASE("config: a misspelt key is refused with its place and the nearest known one") {
  CHECK_THAT(refused("[watch]\nsetle_quiet = '1s'\n"),
             Equals("c.toml:2:1: watch.setle_quiet: is not known; did you mean "
                    "watch.settle_quiet?"));
  CHECK_THAT(refused("settle_quiet = '1s'\n"), Contains("did you mean watch.settle_quiet?"));
  CHECK_THAT(refused("[core]\nsettle_quiet = '1s'\n"), Contains("did you mean watch.settle_quiet"));
  CHECK_THAT(refused("[repository.notes.watch]\nignor = []\n"),
             Contains("repository.notes.watch.ignor: is not known; did you mean watch.ignore?"));
  CHECK_THAT(refused("[wacth]\n"), Contains("c.toml:1:2: wacth: is not known"));
  CHECK_THAT(refused("zzzzzzzzzz = 1\n"), Equals("c.toml:1:1: zzzzzzzzzz: is not known"));
  CHECK_THAT(refused("\"watch.settle_quiet\" = '1s'\n"), Contains("is not known"));
}

TEST_CASE("config: a value of the wrong type or out of bounds says what is allowed") {
  CHECK_THAT(refused("watch.settle_quiet = 500\n"), Contains("must be a duration in quotes"));
  CHECK_THAT(refused("watch.settle_quiet = 0.5\n"), Contains("must be a duration in quotes"));
  CHECK_THAT(refused("watch.settle_quiet = 'soon'\n"), Contains("is not a duration"));
  CHECK_THAT(refused("watch.settle_quiet = '0'\n"), Contains("must be from 10ms to 1m, not 0"));
  CHECK_THAT(refused("core.zstd_level = 20\n"), Contains("must be from -7 to 19, not 20"));
  CHECK_THAT(refused("core.zstd_level = '1'\n"), Contains("must be a whole number"));
  CHECK_THAT(refused("core.memory_limit = -1\n"), Contains("must be a size in quotes"));
  CHECK_THAT(refused("core.memory_limit = '63MiB'\n"), Contains("must be from 64MiB"));
  CHECK_THAT(refused("core.hash_provider = 'md5'\n"),
             Contains("must be one of auto, libsodium, openssl, not md5"));
  CHECK_THAT(refused("watch.honor_gitignore = 'true'\n"), Contains("must be true or false"));
  CHECK_THAT(refused("watch.ignore = ['a', 1]\n"), Contains("must be a list of strings"));
  CHECK_THAT(refused("watch.ignore = [{a = 1}]\n"), Contains("is not known"));
  CHECK_THAT(refused("watch = 1\n"), Contains("watch: is not known"));
}

TEST_CASE("config: an option for all repositories is refused in a repository's section") {
  CHECK_THAT(refused("[repository.notes]\nagent.log_level = 'debug'\n"),
             Contains("c.toml:2:7: repository.notes.agent.log_level: holds for all repositories"));
  CHECK_THAT(refused("repository = 1\n"), Contains("[repository.NAME]"));
  CHECK_THAT(refused("[repository]\nnotes = 1\n"), Contains("[repository.NAME]"));
}

TEST_CASE("config: empty sections are harmless") {
  CHECK(loaded("[watch]\n[core]\n[repository.notes]\n[repository.notes.watch]\n").settings ==
        Settings{});
}

TEST_CASE("config: text that is not TOML is refused with line and column") {
  CHECK_THAT(refused("[watch]\nsettle_quiet = \n"), StartsWith("c.toml:2:"));
  CHECK_THAT(refused("a = 1\na = 2\n"), StartsWith("c.toml:2:"));
  CHECK_THAT(refused("a = \"\xff\"\n"), StartsWith("c.toml:1:"));
  CHECK_THAT(refused("\n\n[!]\n\n"), StartsWith("c.toml:3:"));
  CHECK_THAT(refused("\n[!"), StartsWith("c.toml:2:"));
}

TEST_CASE("config: all mistakes are told at once, up to a limit") {
  const std::string three = refused("a = 1\n[core]\nworkers = -1\n", {{"VCSD_CORE_WORKERS", "x"}});
  CHECK(std::count(three.begin(), three.end(), '\n') == 2);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += fmt::format("unknown{} = 1\n", i);
  const std::string message = refused(many);
  CHECK(std::count(message.begin(), message.end(), '\n') == 19);
}

TEST_CASE("config: values that contradict each other are refused where the first was set") {
  CHECK_THAT(refused("watch.settle_latest = '100ms'\n"),
             Equals("c.toml:1:7: watch.settle_latest: watch.settle_latest (100ms) must be at least "
                    "watch.settle_quiet (500ms)"));
  CHECK_THAT(refused("[repository.a]\nwatch.settle_quiet = '10s'\n"),
             StartsWith("c.toml:2:7: repository.a.watch.settle_quiet: "));
  CHECK_THAT(refused("", {{"VCSD_WATCH_SETTLE_QUIET", "20s"}}),
             StartsWith("VCSD_WATCH_SETTLE_QUIET: "));
  CHECK_THAT(refused("core.chunk_average = '100KiB'\n"), Contains("power of two, like 64KiB"));
}

TEST_CASE("config: environment variables are checked like the file") {
  const Environment environment = {{"VCSD_WATCH_IGNORE", "*.o,build/,,x"},
                                   {"VCSD_CORE_PACK_SIZE", "8MiB"},
                                   {"VCSD_WATCH_HONOR_GITIGNORE", "yes"},
                                   {"VCSD_CORE_WORKERS", ""},
                                   {"HOME", "/root"}};
  const Loaded fine = loaded("", environment);
  CHECK(fine.settings.watch.ignore == std::vector<std::string>{"*.o", "build/", "x"});
  CHECK(fine.settings.core.pack_size == 8 * kMiB);
  CHECK(fine.settings.watch.honor_gitignore);
  CHECK_THAT(refused("", {{"VCSD_CORE_WORKERS", "two"}}),
             Equals("VCSD_CORE_WORKERS: is not a whole number"));
  CHECK_THAT(refused("", {{"VCSD_CORE_WORKERS", "999"}}), Contains("from 1 to 256"));
  CHECK_THAT(refused("", {{"VCSD_WATCH_HONOR_GITIGNORE", "maybe"}}), Contains("neither"));
}

TEST_CASE("config: a misspelt variable is a warning, a stranger is none") {
  const Loaded odd = loaded("", {{"VCSD_WATCH_SETLE_QUIET", "1s"}, {"VCSD_HOME", "/x"}});
  REQUIRE(odd.warnings.size() == 1);
  CHECK_THAT(odd.warnings[0], Contains("did you mean VCSD_WATCH_SETTLE_QUIET?"));
}

TEST_CASE("config: a missing file is an empty one, and a large one is refused") {
  const vcs::test::TemporaryFolder folder;
  const auto filesystem = vcs::base::make_posix_filesystem();
  Paths paths{.config_file = folder / "none/config.toml"};
  CHECK(load(paths, {}, *filesystem)->settings == Settings{});
  paths.config_file = folder / "config.toml";
  CHECK(load(paths, {}, *filesystem)->settings == Settings{});
  vcs::test::write_file(paths.config_file, "core.workers = 3\n");
  CHECK(load(paths, {}, *filesystem)->settings.core.workers == 3);
  vcs::test::write_file(paths.config_file, std::string(kMaximumTomlSize + 1, '\n'));
  const auto large = load(paths, {}, *filesystem);
  REQUIRE_FALSE(large);
  CHECK_THAT(large.error().message, Contains(paths.config_file));
}

TEST_CASE("config: the file may be behind links, and a link to nothing is told") {
  const vcs::test::TemporaryFolder folder;
  const auto filesystem = vcs::base::make_posix_filesystem();
  std::filesystem::create_directories(folder / "dotfiles");
  vcs::test::write_file(folder / "dotfiles/vcsd.toml", "core.workers = 3\n");
  std::filesystem::create_symlink("dotfiles/vcsd.toml", folder / "config.toml");
  const Paths paths{.config_file = folder / "config.toml"};
  CHECK(load(paths, {}, *filesystem)->settings.core.workers == 3);
  vcs::test::write_file(folder / "dotfiles/vcsd.toml", "core.workers = x\n");
  CHECK_THAT(load(paths, {}, *filesystem).error().message, Contains(paths.config_file + ":1:"));
  std::filesystem::remove(folder / "dotfiles/vcsd.toml");
  const auto nowhere = load(paths, {}, *filesystem);
  REQUIRE_FALSE(nowhere);
  CHECK_THAT(nowhere.error().message, Contains(paths.config_file));
}

TEST_CASE("config: the sample file with every option uncommented gives the defaults") {
  std::string text;
  const std::string sample = print_sample();
  auto rest = std::string_view(sample).substr(0, sample.find("# Options of [watch]"));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    std::string line(rest.substr(0, end + 1));
    rest.remove_prefix(end + 1);
    const bool assignment = line.starts_with("# ") && line.find(" = ") != std::string::npos;
    text += assignment ? line.substr(2) : line;
  }
  const Loaded sampled = loaded(text);
  CHECK(sampled.settings == Settings{});
  for (const ResolvedValue& value : sampled.values) {
    INFO(value.key);
    CHECK(value.origin.kind == Origin::Kind::file);
  }
}

TEST_CASE("config: an option that has another name now is read under the older one, too") {
  CHECK_FALSE(loaded("[core]\nalarm = false\n").settings.core.alarm);
  const Loaded older = loaded("[core]\nbrake = false\n");
  CHECK_FALSE(older.settings.core.alarm);
  CHECK_THAT(origin_of(older, "core.alarm"), Contains(":2"));
  CHECK_FALSE(loaded("", {{"VCSD_CORE_BRAKE", "false"}}).settings.core.alarm);
  CHECK(
      loaded("", {{"VCSD_CORE_BRAKE", "false"}, {"VCSD_CORE_ALARM", "true"}}).settings.core.alarm);
  CHECK_THAT(refused("[core]\nalarm = true\nbrake = false\n"),
             Contains("core.alarm and its older name core.brake are both set"));
}
