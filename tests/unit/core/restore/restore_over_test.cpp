// SPDX-License-Identifier: Apache-2.0
// Restores over existing files: a file is replaced only if the history has its content.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <set>

#include "core/base/memory.hpp"
#include "tests/support/failing_memory.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using restore::RestoreAction;
using restore::RestoreOptions;

namespace {

// A history in memory; catch_up() saves all files of the folder, except the ignored ones.
class MemoryHistory final : public restore::StandingHistory {
 public:
  explicit MemoryHistory(Bench& bench) : bench_(bench) {}

  void keep(const std::string& path) {
    object::TreeEntry entry;
    const std::filesystem::path place = bench_.disk / path;
    if (std::filesystem::is_symlink(place)) {
      entry.type = object::EntryType::symlink;
      entry.symlink_target = std::filesystem::read_symlink(place);
    } else {
      const std::string content = read_file(place);
      entry.size = content.size();
      entry.content = {object::ContentKind::blob,
                       bench_.tree.store.put(object::ObjectKind::blob, content)};
      contents_.insert(content);
    }
    entries_.emplace(path, entry);
  }
  bool has_bytes(const std::string& bytes) const {
    return std::any_of(contents_.begin(), contents_.end(), [&](const std::string& content) {
      return content.find(bytes) != std::string::npos;
    });
  }

  base::Result<bool> has(const std::string& path, const IsIt& is_it) override {
    const auto [begin, end] = entries_.equal_range(path);
    for (auto at = begin; at != end; ++at) {
      VCS_ASSIGN(const bool same, is_it(bench_.tree.store, at->second));
      if (same) return true;
    }
    return false;
  }
  bool catch_up() override {
    const test::EnoughMemory enough;
    if (++rounds_ >= 3) return false;
    for (const std::string& path : bench_.on_disk()) {
      const auto status = std::filesystem::symlink_status(bench_.disk / path);
      const bool kept = status.type() == std::filesystem::file_type::regular ||
                        status.type() == std::filesystem::file_type::symlink;
      if (kept && !ignored.contains(path)) keep(path);
    }
    return true;
  }
  std::string why_not(const std::string&) override { return "it is ignored"; }

  int rounds() const { return rounds_; }
  std::set<std::string> ignored;

 private:
  Bench& bench_;
  std::multimap<std::string, object::TreeEntry> entries_;
  std::set<std::string> contents_;
  int rounds_ = 0;
};

struct OverBench : Bench {
  MemoryHistory history{*this};
  RestoreOptions options;
  OverBench() {
    options.overwrite = true;
    options.history = &history;
  }
  std::vector<std::string> strays() {
    std::vector<std::string> found;
    for (const std::string& path : on_disk())
      if (path.find(".vcsd-") != std::string::npos) found.push_back(path);
    return found;
  }
  // True if the bytes are on the disk, under any name, or in the history.
  bool is_somewhere(const std::string& bytes) {
    if (history.has_bytes(bytes)) return true;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(disk.path()))
      if (entry.is_regular_file() && !entry.is_symlink() &&
          read_file(entry.path()).find(bytes) != std::string::npos)
        return true;
    return false;
  }
};

}  // namespace

TEST_CASE("restorer: what the history has is replaced at once") {
  OverBench bench;
  bench.file("file", "new");
  bench.symlink("link", "new");
  write_file(bench.disk / "file", "old");
  REQUIRE(::symlink("old", (bench.disk / "link").c_str()) == 0);
  bench.history.keep("file");
  bench.history.keep("link");
  CHECK(bench.restore(bench.options).replaced == 2);
  CHECK(bench.history.rounds() == 0);
  CHECK(bench.content("file") == "new");
  CHECK(std::filesystem::read_symlink(bench.disk / "link") == "new");
  CHECK(bench.strays().empty());
}

TEST_CASE("restorer: what the history lacks is captured first, and then replaced") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{3});
  OverBench bench;
  bench.options.threads = threads;
  bench.folder("docs");
  bench.file("docs/file", "new");
  bench.file("other", "new");
  bench.folder("was file");
  bench.file("was file/inner", "new");
  std::filesystem::create_directory(bench.disk / "docs");
  write_file(bench.disk / "docs/file", "an hour of work");
  write_file(bench.disk / "was file", "a day of work");
  const auto result = bench.restore(bench.options);
  CHECK(result.replaced == 2);
  CHECK(result.created == 2);
  CHECK(result.unchanged == 1);
  CHECK(result.refused + result.failed == 0);
  CHECK(bench.history.rounds() == 1);
  CHECK(bench.history.has_bytes("an hour of work"));
  CHECK(bench.history.has_bytes("a day of work"));
  CHECK(bench.content("docs/file") == "new");
  CHECK(bench.content("was file/inner") == "new");
  CHECK(bench.strays().empty());
}

TEST_CASE("restorer: what is never in the history is refused by name, with the reason") {
  OverBench bench;
  bench.file("settings", "new");
  bench.file("wanted", "new");
  bench.folder("was file");
  bench.file("was file/inner", "new");
  bench.history.ignored = {"settings", "was file"};
  write_file(bench.disk / "settings", "a year of work");
  write_file(bench.disk / "was file", "a year of work");
  const struct stat before = bench.stat("settings");
  const auto result = bench.restore(bench.options);
  CHECK(result.refused == 3);
  CHECK(result.created == 1);
  CHECK(bench.told["settings"].second == "it is ignored");
  CHECK(bench.told["was file"].second == "it is ignored");
  CHECK(bench.content("settings") == "a year of work");
  CHECK(bench.content("was file") == "a year of work");
  CHECK(bench.stat("settings").st_ino == before.st_ino);
  CHECK(bench.strays().empty());
}

TEST_CASE("restorer: a dry run tells what would be refused, and touches nothing") {
  OverBench bench;
  bench.options.dry_run = true;
  bench.file("settings", "new");
  bench.file("file", "new");
  bench.history.ignored = {"settings"};
  write_file(bench.disk / "settings", "a year of work");
  write_file(bench.disk / "file", "an hour of work");
  const auto result = bench.restore(bench.options);
  CHECK(result.refused == 1);
  CHECK(result.replaced == 1);
  CHECK(bench.told["settings"].first == RestoreAction::refused);
  CHECK(bench.content("file") == "an hour of work");
  CHECK(bench.on_disk() == std::vector<std::string>{"file", "settings"});
}

TEST_CASE("restorer: a file that a program has open for writing is left to it") {
  OverBench bench;
  bench.file("log", "new");
  write_file(bench.disk / "log", "old");
  bench.history.keep("log");
  const int writer = ::open((bench.disk / "log").c_str(), O_WRONLY | O_APPEND);
  REQUIRE(writer >= 0);
  const auto result = bench.restore(bench.options);
  CHECK(result.refused == 1);
  CHECK(bench.told["log"].second.find("writing") != std::string::npos);
  REQUIRE(::write(writer, " and more", 9) == 9);
  CHECK(bench.content("log") == "old and more");
  ::close(writer);
  CHECK(bench.strays().empty());
}

TEST_CASE("restorer: a full folder that appears in the place is put back") {
  OverBench bench;
  bench.file("place", "new");
  std::filesystem::create_directory(bench.disk / "place");
  CHECK(bench.restore(bench.options).replaced == 1);
  std::filesystem::remove(bench.disk / "place");
  std::filesystem::create_directory(bench.disk / "place");
  write_file(bench.disk / "place/precious", "work");
  CHECK(bench.restore(bench.options).refused == 1);
  CHECK(bench.content("place/precious") == "work");
}

namespace {

// The ways in which a person or a program saves a file.
const std::pair<const char*, std::function<void(const std::string&)>> kSaves[] = {
    {"saves in place", [](const std::string& path) { write_file(path, "fresh work"); }},
    {"saves by rename",
     [](const std::string& path) {
       write_file(path + "~", "fresh work");
       std::filesystem::rename(path + "~", path);
     }},
    {"appends",
     [](const std::string& path) {
       const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0644);
       REQUIRE(::write(file, "fresh work", 10) == 10);
       ::close(file);
     }},
    {"makes it anew",
     [](const std::string& path) {
       ::unlink(path.c_str());
       write_file(path, "fresh work");
     }},
};

// Calls `act` before the n-th call of a restore; without `exchanges`, exchange calls fail.
class Meddler final : public Interceptor {
 public:
  std::uint64_t nth = 0;
  std::uint64_t calls = 0;
  bool exchanges = true;
  std::function<void()> act;

  base::Result<void> before(Call& call) override {
    if (++calls == nth) act();
    if (call.kind == CallKind::exchange && !exchanges)
      return base::fail(base::ErrorCode::unsupported, "not in one step here");
    return {};
  }
  void after(Call&, bool) override {}
};

}  // namespace

TEST_CASE("restorer: whenever somebody saves during a restore, no byte is lost") {
  const auto& [what, save] = kSaves[GENERATE(range(std::size_t{0}, std::size(kSaves)))];
  const bool exchanges = GENERATE(true, false);
  const bool known = GENERATE(true, false);
  std::uint64_t nth = 1;
  for (bool more = true; more; ++nth) {
    OverBench bench;
    bench.file("file", "from the history");
    write_file(bench.disk / "file", "old work");
    if (known) bench.history.keep("file");
    Meddler meddler;
    meddler.nth = nth;
    meddler.exchanges = exchanges;
    bool old_is_theirs = false;
    meddler.act = [&, &save_theirs = save] {
      std::error_code none;
      old_is_theirs = std::filesystem::exists(bench.disk / "file", none) &&
                      bench.content("file").find("old work") != std::string::npos;
      save_theirs(bench.disk / "file");
    };
    InterceptedFileSystem files(*bench.filesystem, meddler);
    restore::RestoreObserver observer;
    const auto result = restore::restore(
        bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
        must(files.open_directory(bench.disk.path())), bench.random, bench.options, observer);
    more = meddler.calls >= nth;
    INFO(what << " before call " << nth << ", exchange " << exchanges << ", known " << known);
    REQUIRE(result);
    if (more) CHECK(bench.is_somewhere("fresh work"));
    CHECK((old_is_theirs || bench.is_somewhere("old work")));
    for (const std::string& path : bench.strays()) CHECK(path.ends_with(".old"));
  }
  CHECK(nth > 12);
}

TEST_CASE("memory: whatever allocation of a restore fails, no byte is lost") {
  const bool all_after = GENERATE(false, true);
  std::uint64_t nth = 1;
  for (bool struck = true; struck; nth += all_after ? 7 : 1) {
    OverBench bench;
    bench.file("file", "from the history");
    bench.folder("was file");
    bench.file("was file/inner", "from the history");
    write_file(bench.disk / "file", "old work");
    write_file(bench.disk / "was file", "other work");
    bench.history.ignored = {"was file"};
    auto target = must(bench.filesystem->open_directory(bench.disk.path()));
    const object::ObjectId root = bench.tree.build(bench.model);
    restore::RestoreObserver observer;
    {
      const auto failing = test::FailingMemory::nth(nth, all_after);
      (void)base::has_memory_for([&] {
        (void)restore::restore(bench.tree.nodes, bench.tree.store, root, std::move(target),
                               bench.random, bench.options, observer);
      });
      struck = failing.failures() > 0;
    }
    INFO("allocation " << nth << ", all after " << all_after);
    CHECK(bench.is_somewhere("old work"));
    CHECK(bench.is_somewhere("other work"));
    const std::string now = bench.content("file");
    CHECK((now == "old work" || now == "from the history"));
  }
  CHECK(nth > 50);
}

TEST_CASE("restorer: whatever call fails while something is replaced, no byte is lost") {
  const bool all_after = GENERATE(false, true);
  const bool any_kind = GENERATE(false, true);
  const int os_error = GENERATE(EIO, ENOSPC);
  std::uint64_t nth = 1;
  for (bool struck = true; struck; ++nth) {
    OverBench bench;
    bench.file("file", "from the history");
    bench.folder("was file");
    bench.file("was file/inner", "from the history");
    write_file(bench.disk / "file", "old work");
    write_file(bench.disk / "was file", "other work");
    bench.history.ignored = {"was file"};
    FaultFileSystem faults(*bench.filesystem);
    auto target = must(faults.open_directory(bench.disk.path()));
    faults.set_fault(
        {.nth = nth, .os_error = os_error, .all_after = all_after, .any_kind = any_kind});
    restore::RestoreObserver observer;
    (void)restore::restore(bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
                           std::move(target), bench.random, bench.options, observer);
    struck = faults.failures() > 0;
    INFO("call " << nth << ", all after " << all_after << ", any kind " << any_kind);
    CHECK(bench.is_somewhere("old work"));
    CHECK(bench.is_somewhere("other work"));
    if (!all_after) {
      CHECK((bench.content("file") == "old work" || bench.content("file") == "from the history"));
    }
  }
  CHECK(nth > 12);
}
