// SPDX-License-Identifier: Apache-2.0
// Every source keeps the rules of the house, and the rules find violations.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/house/house_rules.hpp"

using namespace vcs::house;

namespace {

// All sources of the project, sorted, without generated and fetched files.
std::vector<std::string> sources() {
  std::vector<std::string> paths;
  const std::filesystem::path root = VCS_SOURCE_DIR;
  for (const char* folder : {"core", "config", "ipc", "agent", "cli", "tests", "bench"}) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".cc")
        paths.push_back(entry.path().lexically_relative(root));
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool allowed(std::string_view path, std::string_view include) {
  return !complaint_about_include(path, include);
}

bool text_is_fine(const std::string& text) {
  return complaints_about_text("core/base/a.cpp", text).empty();
}

}  // namespace

TEST_CASE("house: every source keeps the rules") {
  const std::vector<std::string> paths = sources();
  REQUIRE(paths.size() > 50);
  std::string complaints;
  for (const std::string& path : paths) {
    if (const auto complaint = complaint_about_place(path))
      complaints += path + ": " + *complaint + "\n";
    const std::string text = vcs::test::read_file(std::string(VCS_SOURCE_DIR) + "/" + path);
    for (const std::string& complaint : complaints_about_text(path, text))
      complaints += complaint + "\n";
  }
  if (!complaints.empty()) FAIL("\n" << complaints);
}

TEST_CASE("house: whoever waits has a timer") {
  for (const std::string& path : sources()) {
    if (!path.starts_with("agent/") || path.starts_with("agent/loop/")) continue;
    CAPTURE(path);
    const std::string text = vcs::test::read_file(std::string(VCS_SOURCE_DIR) + "/" + path);
    CHECK(text.find("call_after(") == std::string::npos);
  }
}

// Those of the standard library know nothing of what they guard.
TEST_CASE("house: every lock is one that the compiler can follow") {
  for (const std::string& path : sources()) {
    if (path.starts_with("tests/") || path.starts_with("bench/")) continue;
    if (path == "core/base/guarded.hpp") continue;
    if (path == "agent/process/logging.cpp") continue;  // spdlog's own lock
    CAPTURE(path);
    const std::string text = vcs::test::read_file(std::string(VCS_SOURCE_DIR) + "/" + path);
    for (const char* name :
         {"std::mutex", "std::shared_mutex", "std::condition_variable", "std::lock_guard",
          "std::unique_lock", "std::scoped_lock", "std::shared_lock"})
      CHECK(text.find(name) == std::string::npos);
  }
}

TEST_CASE("house: no command glues its JSON together") {
  for (const std::string& path : sources()) {
    if (!path.starts_with("cli/")) continue;
    CAPTURE(path);
    const std::string text = vcs::test::read_file(std::string(VCS_SOURCE_DIR) + "/" + path);
    CHECK(text.find("\\\":") == std::string::npos);
    CHECK(text.find("{\\\"") == std::string::npos);
    if (path.starts_with("cli/render/json.")) continue;
    CHECK(text.find("ipc::encode") == std::string::npos);
  }
}

TEST_CASE("house: a page names no file that is not there") {
  const std::filesystem::path root = VCS_SOURCE_DIR;
  const std::regex name("`((core|agent|ipc|config|cli|tests|bench)/[a-z0-9_/]+(\\.[a-z]+)?)`");
  std::string complaints;
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() != ".md") continue;
    const std::string text = vcs::test::read_file(entry.path().string());
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++seen) {
      const std::string path = root / (*at)[1].str();
      const bool there = std::filesystem::exists(path) || std::filesystem::exists(path + ".hpp") ||
                         std::filesystem::exists(path + ".cpp");
      if (!there) complaints += entry.path().filename().string() + ": " + (*at)[1].str() + "\n";
    }
  }
  CHECK(seen > 50);
  if (!complaints.empty()) FAIL("\n" << complaints);
}

TEST_CASE("house: every file can be understood from below") {
  Needs needs;
  for (const std::string& path : sources())
    if (!path.starts_with("tests/") && !path.starts_with("bench/"))
      add_includes(needs, path, vcs::test::read_file(std::string(VCS_SOURCE_DIR) + "/" + path));
  REQUIRE(needs.size() > 200);
  std::string complaints;
  for (const auto& knot : knots_of(needs)) complaints += fmt::format("{}\n", fmt::join(knot, " "));
  if (!complaints.empty()) FAIL("files that need each other:\n" << complaints);
}

TEST_CASE("house rules: files that need each other are found, a header and its source as one") {
  Needs needs;
  add_includes(needs, "a.cpp", "#include \"a.hpp\"\n#include \"b.hpp\"\n#include <vector>\n");
  add_includes(needs, "b.hpp", "#include \"c.hpp\"\n");
  CHECK(knots_of(needs).empty());
  add_includes(needs, "c.cpp", "#include \"c.hpp\"\n#include \"a.hpp\"\n");
  add_includes(needs, "d.cpp", "#include \"e.hpp\"\n#include \"a.hpp\"\n");
  add_includes(needs, "e.hpp", "#include \"d.hpp\"\n");
  CHECK(knots_of(needs) == std::vector<std::vector<std::string>>{{"a", "b", "c"}, {"d", "e"}});
}

TEST_CASE("house: the licence stands in the root, and every script and build file names it") {
  const std::filesystem::path root = VCS_SOURCE_DIR;
  CHECK(vcs::test::read_file((root / "LICENSE").string()).find("the vcsd authors") !=
        std::string::npos);
  std::size_t seen = 0;
  const auto look_at = [&](const std::filesystem::path& path) {
    INFO(path);
    const std::string text = vcs::test::read_file(path.string());
    CHECK(text.substr(0, 200).find("SPDX-License-Identifier: Apache-2.0\n") != std::string::npos);
    ++seen;
  };
  for (const char* folder : {"core", "config", "ipc", "agent", "cli", "tests", "bench", "cmake"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".cmake" || extension == ".py" || extension == ".sh" ||
          entry.path().filename() == "CMakeLists.txt")
        look_at(entry.path());
    }
  }
  for (const char* script : {"tools/lib.sh", "tools/quickstart", "tools/test", ".ci/run",
                             "bench/peers", "bench/scale", "CMakeLists.txt"})
    look_at(root / script);
  CHECK(seen > 20);
}

TEST_CASE("house rules: arrows go one way") {
  CHECK(allowed("core/base/a.cpp", "\"core/base/b.hpp\""));
  CHECK(allowed("core/store/a.cpp", "\"core/pack/b.hpp\""));
  CHECK(allowed("core/snapshot/a.cpp", "\"core/worktree/b.hpp\""));
  CHECK(allowed("core/sync/a.cpp", "\"core/remote/layout/b.hpp\""));
  CHECK(allowed("core/remote/drivers/s3/a.cpp", "\"core/remote/remote_store.hpp\""));
  CHECK(allowed("core/sync/a.cpp", "\"core/remote/b.hpp\""));
  CHECK(allowed("ipc/a.cpp", "\"core/object/object_id.hpp\""));
  CHECK(allowed("agent/watch/a.cpp", "\"core/snapshot/b.hpp\""));
  CHECK(allowed("cli/commands/a.cpp", "\"ipc/client.hpp\""));
  CHECK(allowed("tests/unit/agent/a.cpp", "\"agent/b.hpp\""));

  CHECK_FALSE(allowed("core/base/a.cpp", "\"core/object/b.hpp\""));
  CHECK_FALSE(allowed("core/base/a.cpp", "<core/object/b.hpp>"));
  CHECK_FALSE(allowed("core/object/a.cpp", "\"core/store/b.hpp\""));
  CHECK_FALSE(allowed("core/pack/a.cpp", "\"core/store/b.hpp\""));
  CHECK_FALSE(allowed("core/store/a.cpp", "\"core/index/b.hpp\""));
  CHECK_FALSE(allowed("core/tree/a.cpp", "\"core/history/b.hpp\""));
  CHECK_FALSE(allowed("core/worktree/a.cpp", "\"core/tree/b.hpp\""));
  CHECK_FALSE(allowed("core/worktree/a.cpp", "\"core/snapshot/b.hpp\""));
  CHECK_FALSE(allowed("core/history/a.cpp", "\"core/snapshot/b.hpp\""));
  CHECK_FALSE(allowed("core/restore/a.cpp", "\"core/history/b.hpp\""));
  CHECK_FALSE(allowed("core/remote/a.cpp", "\"core/remote/layout/b.hpp\""));
  CHECK_FALSE(allowed("core/remote/drivers/s3/a.cpp", "\"core/remote/layout/b.hpp\""));
  CHECK_FALSE(allowed("core/sync/a.cpp", "\"core/remote/drivers/file/b.hpp\""));
  CHECK_FALSE(allowed("core/index/a.cpp", "\"core/store/b.hpp\""));
  CHECK_FALSE(allowed("core/snapshot/a.cpp", "\"core/remote/b.hpp\""));
  CHECK_FALSE(allowed("core/remote/a.cpp", "\"core/object/b.hpp\""));
  CHECK_FALSE(allowed("core/sync/a.cpp", "\"core/index/b.hpp\""));
  CHECK_FALSE(allowed("core/sync/a.cpp", "\"agent/b.hpp\""));
  CHECK_FALSE(allowed("config/a.cpp", "\"core/object/b.hpp\""));
  CHECK_FALSE(allowed("ipc/a.cpp", "\"core/object/commit.hpp\""));
  CHECK_FALSE(allowed("agent/a.cpp", "\"cli/b.hpp\""));
  CHECK_FALSE(allowed("agent/a.cpp", "\"tests/support/b.hpp\""));
  CHECK_FALSE(allowed("cli/a.cpp", "\"core/store/b.hpp\""));
  CHECK_FALSE(allowed("cli/a.cpp", "\"agent/b.hpp\""));
  CHECK_FALSE(allowed("core/base/a.cpp", "\"b.hpp\""));
  CHECK_FALSE(allowed("core/base/a.cpp", "\"core/basement/b.hpp\""));
}

TEST_CASE("house rules: libraries stay in their rooms") {
  CHECK(allowed("agent/event_loop.cpp", "<uv.h>"));
  CHECK(allowed("agent/log.cpp", "<spdlog/spdlog.h>"));
  CHECK(allowed("config/toml_loader.cpp", "<toml++/toml.h>"));
  CHECK(allowed("cli/a.cpp", "<CLI/CLI.hpp>"));
  CHECK(allowed("ipc/a.cpp", "<nlohmann/json.hpp>"));
  CHECK(allowed("core/object/a.cpp", "<zstd.h>"));
  CHECK(allowed("core/remote/encryption_keys.cpp", "<sodium.h>"));
  CHECK(allowed("tests/unit/core/store/a.cpp", "<nlohmann/json.hpp>"));
  CHECK(allowed("bench/micro/a.cpp", "<zstd.h>"));
  CHECK(allowed("core/store/a.cpp", "<vector>"));

  CHECK_FALSE(allowed("core/base/a.cpp", "<uv.h>"));
  CHECK_FALSE(allowed("core/base/a.cpp", "\"uv.h\""));
  CHECK_FALSE(allowed("cli/a.cpp", "<spdlog/spdlog.h>"));
  CHECK_FALSE(allowed("config/printer.cpp", "<toml++/toml.h>"));
  CHECK_FALSE(allowed("config/toml_loader.hpp", "<toml++/toml.h>"));
  CHECK_FALSE(allowed("agent/main.cpp", "<CLI/CLI.hpp>"));
  CHECK_FALSE(allowed("agent/main.cpp", "<nlohmann/json.hpp>"));
  CHECK_FALSE(allowed("core/store/a.cpp", "<sodium.h>"));
  CHECK_FALSE(allowed("core/store/a.cpp", "<sodium/crypto_hash.h>"));
  CHECK_FALSE(allowed("core/remote/a.cpp", "<openssl/hmac.h>"));
  CHECK_FALSE(allowed("core/store/a.cpp", "<zstd.h>"));
  CHECK_FALSE(allowed("core/index/a.cpp", "<xxhash.h>"));
}

TEST_CASE("house rules: every source has a room, every test a target") {
  CHECK_FALSE(complaint_about_place("core/base/a.cpp"));
  CHECK_FALSE(complaint_about_place("tests/unit/core/base/a_test.cpp"));
  CHECK_FALSE(complaint_about_place("tests/fuzz/a.cpp"));
  CHECK(complaint_about_place("core/a.cpp"));
  CHECK(complaint_about_place("core/attic/a.cpp"));
  CHECK(complaint_about_place("tests/a_test.cpp"));
  CHECK(complaint_about_place("tests/units/a_test.cpp"));
  CHECK(complaint_about_place("src/a.cpp"));
}

TEST_CASE("house rules: the text of a file") {
  const std::string licence = "// SPDX-License-Identifier: Apache-2.0\n";
  const std::string comment = licence + "// A thing.\n";
  CHECK(text_is_fine(comment));
  CHECK(text_is_fine(comment + std::string(120, 'a') + "\n"));
  CHECK(text_is_fine(comment + "// XXXXXX is a pattern of mkdtemp\n"));
  CHECK_FALSE(text_is_fine(""));
  CHECK_FALSE(text_is_fine("#pragma once\n"));
  CHECK_FALSE(text_is_fine("// A thing.\n"));
  CHECK_FALSE(text_is_fine(licence + "#pragma once\n"));
  CHECK_FALSE(text_is_fine(comment + std::string(121, 'a')));
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "ü";
  CHECK(text_is_fine(comment + umlauts));
  CHECK_FALSE(text_is_fine(comment + umlauts + "ü"));
  for (const char* word : {"TO"
                           "DO",
                           "FIX"
                           "ME",
                           "XX"
                           "X"})
    CHECK_FALSE(text_is_fine(comment + "// " + word + ": later\n"));
  CHECK_FALSE(text_is_fine(comment + "  #  include  <uv.h>  // why\n"));
  CHECK_FALSE(text_is_fine(comment + "#include \"core/store/a.hpp\"\n"));
  CHECK(text_is_fine(comment + "#include <vector>\n#include MACRO\n"));
}

TEST_CASE("house rules: nothing is written around the filesystem seam") {
  const auto fine = [](const std::string& path, const std::string& line) {
    const std::string head = "// SPDX-License-Identifier: Apache-2.0\n// A.\n";
    return complaints_about_text(path, head + line + "\n").empty();
  };
  for (const char* line :
       {"  const int fd = ::open(path, O_RDWR);", "::unlink(name);", "if (::fsync(fd) != 0) {",
        "std::ofstream out(path);", "std::filesystem::remove_all(path);", "FILE* f = fopen(p, m);",
        "std::rename(a, b);", "return !::pwrite(fd, b, n, at);", "uv_fs_unlink(loop, r, p, {});"}) {
    INFO(line);
    CHECK_FALSE(fine("core/store/a.cpp", line));
    CHECK_FALSE(fine("agent/service/a.cpp", line));
    CHECK(fine("core/base/posix/file.cpp", line));
    CHECK(fine("tests/support/a.cpp", line));
  }
  for (const char* line : {"VCS_ASSIGN(index_, index::Index::open(x));", "file->write(bytes);",
                           "Result<void> RefStore::write(int)", "std::ifstream in(path);"}) {
    INFO(line);
    CHECK(fine("core/store/a.cpp", line));
  }
}

TEST_CASE("house rules: a complaint says where") {
  const auto complaints = complaints_about_text(
      "core/base/a.cpp", "// SPDX-License-Identifier: Apache-2.0\n// A.\n#include <uv.h>\n");
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0] == "core/base/a.cpp:3: <uv.h> may be included only in agent/");
}
