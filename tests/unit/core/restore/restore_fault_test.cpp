// SPDX-License-Identifier: Apache-2.0
// Fault loops over core/restore/restorer: the n-th call to the filesystem fails, for every n.
#include <catch2/catch.hpp>

#include "core/object/chunk_list.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using object::EntryType;
using object::ObjectKind;
using restore::RestoreAction;
using restore::RestoreOptions;

namespace {

const std::string kOld = "what a person wrote", kNew = "what the snapshot has";

struct FaultBench : Bench {
  std::unique_ptr<base::FileSystem> real = std::move(filesystem);
  FaultFileSystem* faults = nullptr;
  RestoreOptions options;

  explicit FaultBench(bool overwrite) {
    auto wrapped = std::make_unique<FaultFileSystem>(*real);
    faults = wrapped.get();
    filesystem = std::move(wrapped);
    options.overwrite = overwrite;
    make_usual_tree(*this);
    sparse_file("docs/sparse");
    folder("kept");
    file("kept/differs", kNew);
    file("kept/same", "the same");
    file("kept/wanted", kNew);
    symlink("kept/link", "to the new");
    std::filesystem::create_directory(disk / "kept");
    write_file(disk / "kept/differs", kOld);
    write_file(disk / "kept/same", "the same");
    write_file(disk / "kept/foreign", kOld);
    write_file(disk / "foreign", kOld);
  }

  // A file of data and a hole up to its end: a restore writes and truncates it in several calls.
  void sparse_file(const std::string& path) {
    std::vector<object::ChunkListEntry> chunks;
    for (const std::string& chunk : {std::string(5000, 'a'), std::string(9000, '\0')})
      chunks.push_back({tree.store.put(ObjectKind::blob, chunk), chunk.size()});
    object::TreeEntry& entry = file(path, "");
    entry.size = 14'000;
    entry.content = {object::ContentKind::chunks,
                     must(object::build_chunk_list(
                         chunks, [&](const object::ObjectId&, const base::Bytes& bytes) {
                           tree.store.put(ObjectKind::chunk_list, bytes);
                           return base::Result<void>();
                         }))};
  }

  bool is_ours(const std::string& path) const {
    return model.contains(path) || path == "foreign" || path == "kept/foreign";
  }

  // Requires that the person's files are unchanged and that each restored file is whole or absent.
  // `strays`: temporary files may remain, because their removal failed.
  void check_in_between(bool strays) {
    CHECK(content("foreign") == kOld);
    CHECK(content("kept/foreign") == kOld);
    CHECK(content("kept/same") == "the same");
    const std::string standing = content("kept/differs");
    CHECK((standing == kOld || (options.overwrite && standing == kNew)));
    for (const std::string& path : on_disk()) {
      INFO(path);
      const bool stray = path.find(".vcsd-") != std::string::npos && path.ends_with(".tmp");
      CHECK((is_ours(path) || (strays && stray)));
      const auto wanted = model.find(path);
      if (wanted != model.end() && wanted->second.type == EntryType::file && path != "kept/differs")
        CHECK(std::filesystem::file_size(disk / path) == wanted->second.size);
    }
  }

  void check_complete() {
    const auto result = restore(options);
    CHECK(result.failed == 0);
    CHECK(result.refused == (options.overwrite ? 0 : 1));
    check_placed();
  }

  void check_placed() {
    for (const auto& [path, entry] : model) {
      INFO(path);
      CHECK(exists(path));
      if (options.overwrite && entry.type != EntryType::symlink)
        CHECK((stat(path).st_mode & 07777) == entry.mode);
    }
    CHECK(content("kept/wanted") == kNew);
    CHECK(content("kept/differs") == (options.overwrite ? kNew : kOld));
    CHECK(content("docs/sparse") == std::string(5000, 'a') + std::string(9000, '\0'));
    CHECK(content("foreign") == kOld);
  }
};

// Returns false when there is no n-th call.
bool fails_at(const Fault& fault, bool overwrite) {
  FaultBench bench(overwrite);
  bench.faults->set_fault(fault);
  const auto result = bench.try_restore(bench.options);
  const bool struck = bench.faults->failures() > 0;
  bench.faults->clear_fault();
  INFO("call " << fault.nth << ", overwrite " << overwrite << ", all after " << fault.all_after);
  // A failure that the restore did not report had no effect.
  const bool told = !result || result->failed + result->incomplete + result->metadata > 0;
  if (struck && !told) bench.check_placed();
  if (result && !struck) CHECK(result->failed + result->incomplete == 0);
  bench.check_in_between(fault.all_after);
  bench.check_complete();
  return struck;
}

}  // namespace

TEST_CASE("restorer: any call that changes something may fail, and the next restore completes") {
  const bool overwrite = GENERATE(false, true);
  const bool all_after = GENERATE(false, true);
  const int os_error = GENERATE(EIO, ENOSPC);
  std::uint64_t n = 1;
  while (fails_at({.nth = n, .os_error = os_error, .all_after = all_after, .half_write = true},
                  overwrite))
    ++n;
  CHECK(n > 50);
}

TEST_CASE("restorer: any call that only looks may fail, and the next restore completes") {
  const bool overwrite = GENERATE(false, true);
  const auto kind = GENERATE(CallKind::open, CallKind::read, CallKind::list, CallKind::look);
  // The first open is the test's own, of the target.
  std::uint64_t n = kind == CallKind::open ? 2 : 1;
  while (fails_at({.nth = n, .os_error = EIO, .only = kind}, overwrite)) ++n;
  if (kind == CallKind::open || kind == CallKind::look) CHECK(n > 3);
}

TEST_CASE("restorer: what lacks descriptors for a while is tried again, and comes back whole") {
  const bool overwrite = GENERATE(false, true);
  const int os_error = GENERATE(EMFILE, ENFILE);
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{4});
  for (const CallKind kind : {CallKind::open, CallKind::create}) {
    std::uint64_t struck = 1;
    // The first open is that of the target; faults begin after it.
    for (std::uint64_t n = 2; struck > 0; ++n) {
      FaultBench bench(overwrite);
      std::atomic<int> pauses = 0;
      bench.options.threads = threads;
      bench.options.sleep = [&](base::Nanos) {
        if (++pauses >= 3) bench.faults->clear_fault();
        return true;
      };
      bench.faults->set_fault({.nth = n, .os_error = os_error, .all_after = true, .only = kind});
      const auto result = must(bench.try_restore(bench.options));
      struck = pauses;
      INFO("call " << n << " of kind " << static_cast<int>(kind) << ", overwrite " << overwrite);
      CHECK(result.failed + result.incomplete == 0);
      bench.check_in_between(false);
      bench.check_placed();
      bench.faults->clear_fault();
      const auto again = bench.restore(bench.options);
      CHECK(again.created + again.replaced + again.failed == 0);
      CHECK(again.metadata == (overwrite ? 0 : result.metadata));
    }
    CHECK(struck == 0);
  }
}

TEST_CASE("restorer: what lacks descriptors for too long fails by name, and the pauses end") {
  FaultBench bench(false);
  int pauses = 0;
  base::Nanos waited{};
  bench.options.sleep = [&](base::Nanos pause) { return waited += pause, ++pauses < 1000; };
  bench.faults->set_fault(
      {.nth = 1, .os_error = EMFILE, .all_after = true, .only = CallKind::create});
  const auto result = bench.restore(bench.options);
  CHECK(result.failed > 5);
  CHECK(pauses > 3);
  CHECK(waited <= std::chrono::seconds(10));
  CHECK(bench.told["kept/wanted"].first == RestoreAction::failed);
  CHECK(bench.told["kept/wanted"].second.find("open files") != std::string::npos);
  bench.faults->clear_fault();
  bench.check_complete();
}

TEST_CASE("restorer: calls fail on several threads at once") {
  const std::uint64_t n = GENERATE(range(1, 40, 3));
  FaultBench bench(true);
  bench.options.threads = 3;
  bench.faults->set_fault({.nth = n, .os_error = EIO, .all_after = true});
  const auto result = bench.try_restore(bench.options);
  bench.faults->clear_fault();
  CHECK((!result || result->failed + result->incomplete > 0));
  bench.check_in_between(true);
  bench.check_complete();
}
