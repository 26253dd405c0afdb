// SPDX-License-Identifier: Apache-2.0
// Power cuts while files are restored over others: each file has its old or its new content, and
// the next restore completes the work.
#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "core/object/chunk_list.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using object::EntryType;

namespace {

const std::string kOld = "what a person wrote", kNew = "what the snapshot has";
const std::string kLargeOld(9000, 'o'), kLargeNew(12'000, 'n');

// A folder with files whose names and contents are durable, and a snapshot that is restored over
// it.
struct CutBench : Bench {
  QuickFolder folder_of_person;
  std::unique_ptr<RecordingFileSystem> recording =
      std::make_unique<RecordingFileSystem>(*filesystem, folder_of_person.path());
  std::size_t begun = 0;

  CutBench() {
    make_usual_tree(*this);
    folder("kept");
    file("kept/differs", kNew);
    file("kept/large", kLargeNew);
    file("kept/same", kOld);
    file("kept/was link", kNew);
    symlink("kept/link", "to the new");
    const auto root = must(recording->open_directory(folder_of_person.path()));
    const auto kept = must(base::open_or_make_directory(*root, "kept"));
    const auto put = [](base::Directory& at, const std::string& name, const std::string& text) {
      must(base::replace_file(at, name, base::as_bytes(text)));
    };
    put(*kept, "differs", kOld);
    put(*kept, "large", kLargeOld);
    put(*kept, "same", kOld);
    put(*kept, "foreign", kOld);
    put(*root, "foreign", kOld);
    must(kept->make_symlink("elsewhere", "was link"));
    must(kept->make_symlink("to the old", "link"));
    must(kept->sync());
    begun = recording->size();
  }

  restore::RestoreResult restore_into(base::FileSystem& files, const std::string& path) {
    restore::RestoreOptions options;
    options.overwrite = true;
    options.threads = 1;
    restore::RestoreObserver silent;
    silent.entry = [](const std::string&, restore::RestoreAction, const std::string&) {};
    silent.progress = [](const restore::RestoreProgress&) {};
    return must(restore::restore(tree.nodes, tree.store, tree.build(model),
                                 must(files.open_directory(path)), random, options, silent));
  }
};

bool is_one_of(const std::string& path, const std::string& a, const std::string& b) {
  const std::string found = read_file(path);
  return found == a || found == b;
}

void require_old_or_new(const CutBench& bench, const std::string& disk) {
  REQUIRE(read_file(disk + "/foreign") == kOld);
  REQUIRE(read_file(disk + "/kept/foreign") == kOld);
  REQUIRE(read_file(disk + "/kept/same") == kOld);
  REQUIRE(is_one_of(disk + "/kept/differs", kOld, kNew));
  REQUIRE(is_one_of(disk + "/kept/large", kLargeOld, kLargeNew));
  const std::string link = std::filesystem::read_symlink(disk + "/kept/link");
  REQUIRE((link == "to the old" || link == "to the new"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(disk)) {
    const std::string path = entry.path().string().substr(disk.size() + 1);
    INFO(path);
    const bool stray = path.find(".vcsd-") != std::string::npos && path.ends_with(".tmp");
    REQUIRE((stray || bench.model.contains(path) || path == "foreign" || path == "kept/foreign"));
  }
}

}  // namespace

TEST_CASE("power cut: a restore leaves each file that it replaces as it was or as it shall be") {
  CutBench bench;
  REQUIRE(bench.restore_into(*bench.recording, bench.folder_of_person.path()).failed == 0);
  const auto operations = bench.recording->operations();
  const auto real = base::make_posix_filesystem();
  SeededRandom random(test_seed());
  std::uint64_t states = 0, total = 0;
  const std::uint64_t rounds = test_rounds(1);
  const auto look_at = [&](const std::vector<Operation>& survivors) {
    ++states;
    const QuickFolder disk;
    replay(survivors, disk.path());
    require_old_or_new(bench, disk.path());
    const auto again = bench.restore_into(*real, disk.path());
    REQUIRE(again.failed == 0);
    REQUIRE(again.refused == 0);
    for (const auto& [path, entry] : bench.model)
      if (entry.type == EntryType::file)
        REQUIRE(std::filesystem::file_size(disk / path) == entry.size);
    REQUIRE(read_file(disk / "kept/differs") == kNew);
    REQUIRE(read_file(disk / "kept/large") == kLargeNew);
    REQUIRE(read_file(disk / "kept/was link") == kNew);
    std::filesystem::permissions(disk / "locked", std::filesystem::perms::owner_all);
    std::filesystem::permissions(disk / "locked/inner", std::filesystem::perms::owner_all);
  };
  for (std::size_t prefix = bench.begun; prefix <= operations.size(); ++prefix) {
    CAPTURE(prefix);
    for_each_crash(operations, prefix, [&](const auto& survivors) {
      if (total++ % (rounds > 1 ? 1 : 10) == 0) look_at(survivors);
    });
    for (std::uint64_t i = 0; i < rounds; ++i) look_at(random_crash(operations, prefix, random));
  }
  report_counts(fmt::format("power cut: restore: {} operations, {} states of {} and random ones",
                            operations.size() - bench.begun, states, total));
}
