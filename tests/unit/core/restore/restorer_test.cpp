// SPDX-License-Identifier: Apache-2.0
// Tests of core/restore/restorer.
#include "core/restore/restorer.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "core/object/chunk_list.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using base::ErrorCode;
using object::EntryType;
using object::ObjectId;
using object::ObjectKind;
using object::TreeEntry;
using restore::RestoreAction;
using restore::RestoreOptions;
using restore::RestoreResult;

namespace {

base::UnixNanos mtime_of(const struct stat& stat) {
  return base::UnixNanos(std::chrono::seconds(stat.st_mtim.tv_sec) +
                         base::Nanos(stat.st_mtim.tv_nsec));
}

RestoreOptions with(bool overwrite, bool dry_run = false) {
  RestoreOptions options;
  options.overwrite = overwrite;
  options.dry_run = dry_run;
  return options;
}

void check_restored(Bench& bench) {
  for (const auto& [path, entry] : bench.model) {
    INFO(path);
    const struct stat stat = bench.stat(path);
    CHECK(mtime_of(stat) == entry.mtime);
    if (entry.type == EntryType::symlink) {
      CHECK(std::filesystem::read_symlink(bench.disk / path) == entry.symlink_target);
      continue;
    }
    CHECK((stat.st_mode & 07777) == entry.mode);
    CHECK(S_ISDIR(stat.st_mode) == (entry.type == EntryType::directory));
    if (entry.type == EntryType::file) {
      CHECK(static_cast<std::uint64_t>(stat.st_size) == entry.size);
      const auto expected = restore::RestoreAction::create;
      CHECK(bench.told[path].first == expected);
    }
  }
}

}  // namespace

TEST_CASE("restorer: content, types, modes, times and odd names come back") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{4});
  Bench bench;
  make_usual_tree(bench);
  RestoreOptions options;
  options.threads = threads;
  const RestoreResult result = bench.restore(options);
  CHECK(result.created == bench.model.size());
  CHECK(result.replaced + result.unchanged + result.refused + result.failed == 0);
  check_restored(bench);
  CHECK(bench.content("docs/read me.txt") == "hello");
  CHECK(bench.content("locked/inner/file") == "kept");
  CHECK(bench.content("line\nbreak") == "1");
  CHECK(bench.on_disk().size() == bench.model.size());
  CHECK(bench.progress.files_done == bench.progress.files_total);
  CHECK(bench.progress.bytes_done == bench.progress.bytes_total);

  const RestoreResult again = bench.restore(options);
  CHECK(again.unchanged == bench.model.size());
  CHECK(again.bytes == 0);
  CHECK(bench.told.empty());
}

TEST_CASE("restorer: a thousand files in many folders by several threads") {
  Bench bench;
  std::uint64_t bytes = 0;
  for (int d = 0; d < 40; ++d) {
    bench.folder(fmt::format("d{}", d), 0511);
    for (int f = 0; f < 25; ++f) {
      const std::string content(static_cast<std::size_t>(d * 100 + f), 'c');
      bench.file(fmt::format("d{}/f{}", d, f), content);
      bytes += content.size();
    }
  }
  RestoreOptions options;
  options.threads = 3;
  const RestoreResult result = bench.restore(options);
  CHECK(result.created == 1040);
  CHECK(result.bytes == bytes);
  check_restored(bench);
}

TEST_CASE("restorer: blocks of zeros become holes, in blobs and over the edges of chunks") {
  Bench bench;
  const std::string zeros(1 << 20, '\0');
  bench.file("blob", "head" + zeros + "tail");
  bench.file("all zeros", zeros);
  bench.file("zeros at the end", "x" + zeros);
  std::string whole;
  std::vector<object::ChunkListEntry> chunks;
  for (int i = 0; i < 20; ++i) {
    const std::string chunk = i % 5 == 4 ? "data" : std::string(100000 + 7 * i, '\0');
    whole += chunk;
    chunks.push_back({bench.tree.store.put(ObjectKind::blob, chunk), chunk.size()});
  }
  TreeEntry& chunked = bench.file("chunked", whole);
  chunked.content = {object::ContentKind::chunks,
                     must(object::build_chunk_list(chunks, [&](const ObjectId&, base::Bytes node) {
                       bench.tree.store.put(ObjectKind::chunk_list, node);
                       return base::Result<void>();
                     }))};
  bench.restore();
  CHECK(bench.content("blob") == "head" + zeros + "tail");
  CHECK(bench.content("all zeros") == zeros);
  CHECK(bench.content("zeros at the end") == "x" + zeros);
  CHECK(bench.content("chunked") == whole);
  for (const char* path : {"blob", "all zeros", "zeros at the end", "chunked"}) {
    INFO(path);
    CHECK(bench.stat(path).st_blocks * 512 <= 64 * 1024);
  }
}

TEST_CASE("restorer: extended attributes come back where the filesystem has them") {
  Bench bench;
  const base::ExtendedAttribute attribute{"user.comment", {'h', 'i'}};
  must(bench.target()->open_file("probe", base::OpenMode::create_new)).reset();
  const auto probe = must(bench.target()->open_file("probe", base::OpenMode::read));
  const bool supported = probe->set_extended_attribute(attribute).has_value();
  if (!supported) WARN("this filesystem has no user attributes: they are only left out here");
  std::filesystem::remove(bench.disk / "probe");

  bench.file("file", "x").attributes = {attribute};
  bench.folder("folder").attributes = {attribute};
  CHECK(bench.restore().created == 2);
  if (!supported) return;
  const auto file = must(bench.target()->open_file("file", base::OpenMode::read));
  CHECK(must(file->extended_attributes()) == std::vector{attribute});
  const auto folder = must(bench.target()->open_directory("folder"));
  CHECK(must(folder->extended_attributes_self()) == std::vector{attribute});
}

TEST_CASE("restorer: a path longer than the system takes in one piece") {
  Bench bench;
  std::string path;
  for (int depth = 0; depth < 60; ++depth) {
    path += (depth == 0 ? "" : "/") + std::string(100, static_cast<char>('a' + depth % 26));
    bench.folder(path);
  }
  bench.file(path + "/file", "deep");
  CHECK(bench.restore().created == 61);
  auto directory = bench.target();
  for (int depth = 0; depth < 60; ++depth)
    directory =
        must(directory->open_directory(std::string(100, static_cast<char>('a' + depth % 26))));
  CHECK(base::as_text(must(base::read_file(*directory, "file"))) == "deep");
  must(base::remove_tree(*bench.target(), std::string(100, 'a')));
}

TEST_CASE("restorer: folders nested thousands deep come back, and few are open at a time") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{3});
  constexpr int kLevels = 3'000;
  Bench bench;
  std::string path;
  for (int depth = 0; depth < kLevels; ++depth) {
    path += path.empty() ? "d" : "/d";
    bench.folder(path, 0755);
    // In some folders the restore has more to do on the way up.
    if (depth % 1000 == 0) bench.file(path + "/later", "on the way up");
  }
  bench.file(path + "/bottom", "deep");
  RestoreOptions options;
  options.threads = threads;
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit few { 400, before.rlim_max };
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  const RestoreResult result = bench.restore(options);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(result.created == bench.model.size());
  CHECK(result.failed + result.refused + result.incomplete == 0);
  auto directory = bench.target();
  for (int depth = 0; depth < kLevels; ++depth) {
    directory = must(directory->open_directory("d"));
    if (depth % 1000 == 0) {
      CHECK(base::as_text(must(base::read_file(*directory, "later"))) == "on the way up");
      CHECK(must(directory->stat_self()).mode == 0755);
    }
  }
  CHECK(base::as_text(must(base::read_file(*directory, "bottom"))) == "deep");
  REQUIRE(std::system(("rm -rf '" + bench.disk.path() + "/d'").c_str()) == 0);
}

TEST_CASE("restorer: nothing is written through a symlink that stands where a folder belongs") {
  Bench bench;
  TemporaryFolder outside;
  REQUIRE(::symlink(outside.path().c_str(), (bench.disk / "docs").c_str()) == 0);
  make_usual_tree(bench);
  const RestoreResult result = bench.restore();
  CHECK(result.refused == 5);  // the folder and all in it
  CHECK(bench.told["docs"].first == RestoreAction::refused);
  CHECK(bench.told["docs/read me.txt"].first == RestoreAction::refused);
  CHECK(result.failed == 0);
  CHECK(std::filesystem::is_empty(outside.path()));
  CHECK(std::filesystem::is_symlink(bench.disk / "docs"));

  CHECK(bench.restore(with(true)).replaced == 1);
  CHECK(std::filesystem::is_empty(outside.path()));
  CHECK(bench.content("docs/read me.txt") == "hello");
}

TEST_CASE("restorer: a snapshot with entries below a symlink writes nothing through it") {
  const bool overwrite = GENERATE(false, true);
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{3});
  Bench bench;
  TemporaryFolder outside;
  bench.symlink("a", outside.path());
  bench.file("a/evil", "evil");
  bench.file("a/b/evil", "evil");
  bench.file("z", "good");
  RestoreOptions options = with(overwrite);
  options.threads = threads;
  const RestoreResult result = bench.restore(options);
  CHECK(result.created == 2);
  CHECK(result.failed == 2);
  CHECK(bench.told["a/evil"].first == RestoreAction::failed);
  CHECK(std::filesystem::is_empty(outside.path()));
  CHECK(bench.on_disk() == std::vector<std::string>{"a", "z"});
}

TEST_CASE("restorer: a folder that has no entry is made for what is in it") {
  Bench bench;
  bench.file("unknown/deeper/file", "x");
  bench.file("z", "good");
  const RestoreResult result = bench.restore();
  CHECK(result.failed == 0);
  CHECK(bench.content("unknown/deeper/file") == "x");
  CHECK((bench.stat("unknown").st_mode & 07777) == 0700);
  CHECK(mtime_of(bench.stat("unknown")) == bench.model["unknown/deeper/file"].mtime);
  CHECK(bench.restore().created == 0);
}

TEST_CASE("restorer: what differs is left alone, or replaced when asked") {
  Bench bench;
  bench.file("file", "new content");
  bench.file("longer", "new content");
  bench.symlink("link", "new");
  bench.file("was link", "file");
  bench.symlink("was file", "target");
  bench.file("kept", "same");
  write_file(bench.disk / "file", "old content");
  write_file(bench.disk / "longer", "old");
  write_file(bench.disk / "was file", "old");
  write_file(bench.disk / "kept", "same");
  REQUIRE(::symlink("old", (bench.disk / "link").c_str()) == 0);
  REQUIRE(::symlink("longer", (bench.disk / "was link").c_str()) == 0);

  const RestoreResult refused = bench.restore();
  CHECK(refused.refused == 5);
  CHECK(refused.unchanged == 1);
  CHECK(refused.metadata == 1);
  CHECK(bench.content("file") == "old content");
  CHECK(bench.content("longer") == "old");
  CHECK(std::filesystem::read_symlink(bench.disk / "link") == "old");
  CHECK(mtime_of(bench.stat("kept")) != bench.model["kept"].mtime);

  const RestoreResult dry = bench.restore(with(true, true));
  CHECK(dry.replaced == 5);
  CHECK(bench.content("file") == "old content");

  const RestoreResult replaced = bench.restore(with(true));
  CHECK(replaced.replaced == 5);
  CHECK(bench.content("file") == "new content");
  CHECK(bench.content("longer") == "new content");
  CHECK(bench.content("was link") == "file");
  CHECK(mtime_of(bench.stat("kept")) == bench.model["kept"].mtime);
  CHECK(std::filesystem::read_symlink(bench.disk / "was file") == "target");
  CHECK(bench.on_disk().size() == 6);
}

TEST_CASE("restorer: a folder with something in it is never removed for a file") {
  Bench bench;
  bench.file("full", "x");
  bench.file("empty", "y");
  bench.symlink("link", "z");
  for (const char* name : {"full", "empty", "link"})
    std::filesystem::create_directory(bench.disk / name);
  write_file(bench.disk / "full/precious", "work");
  CHECK(bench.restore().refused == 3);
  const RestoreResult result = bench.restore(with(true));
  CHECK(result.refused == 1);
  CHECK(result.replaced == 2);
  CHECK(bench.content("full/precious") == "work");
  CHECK(bench.content("empty") == "y");
}

TEST_CASE("restorer: a pipe in the way is neither opened nor removed") {
  Bench bench;
  bench.file("pipe", "x");
  bench.folder("pipe folder");
  REQUIRE(mkfifo((bench.disk / "pipe").c_str(), 0600) == 0);
  REQUIRE(mkfifo((bench.disk / "pipe folder").c_str(), 0600) == 0);
  CHECK(bench.restore(with(true)).refused == 2);
  CHECK(S_ISFIFO(bench.stat("pipe").st_mode));
}

TEST_CASE("restorer: a folder that stood before keeps its mode and what else is in it") {
  Bench bench;
  bench.folder("docs", 0700);
  bench.file("docs/file", "x");
  std::filesystem::create_directory(bench.disk / "docs");
  REQUIRE(chmod((bench.disk / "docs").c_str(), 0751) == 0);
  write_file(bench.disk / "docs/other", "mine");
  const RestoreResult result = bench.restore();
  CHECK(result.created == 1);
  CHECK(result.unchanged == 1);
  CHECK((bench.stat("docs").st_mode & 07777) == 0751);
  CHECK(bench.content("docs/other") == "mine");
  bench.restore(with(true));
  CHECK((bench.stat("docs").st_mode & 07777) == 0700);
  CHECK(mtime_of(bench.stat("docs")) == bench.model["docs"].mtime);
  CHECK(bench.content("docs/other") == "mine");
}

TEST_CASE("restorer: the target becomes like the top folder only when asked") {
  Bench bench;
  bench.file("file", "x");
  TreeEntry top;
  top.type = EntryType::directory;
  top.mode = 0710;
  top.mtime = base::unix_nanos(981'173'106'000'000'007);
  bench.restore();
  const auto before = bench.stat(".");
  RestoreOptions options = with(true, true);
  options.top = top;
  bench.restore(options);
  CHECK(mtime_of(bench.stat(".")) == mtime_of(before));
  options.dry_run = false;
  CHECK(bench.restore(options).unchanged == 1);
  CHECK((bench.stat(".").st_mode & 07777) == 0710);
  CHECK(mtime_of(bench.stat(".")) == top.mtime);
  CHECK_FALSE(bench.told.contains(""));
}

TEST_CASE("restorer: setuid and setgid come back only with the owner") {
  Bench bench;
  bench.file("tool", "x", 06755).uid = getuid();
  bench.model["tool"].gid = getgid();
  bench.restore();
  CHECK((bench.stat("tool").st_mode & 07777) == 0755);
  RestoreOptions options;
  options.restore_owner = options.overwrite = true;
  CHECK(bench.restore(options).unchanged == 1);
  CHECK((bench.stat("tool").st_mode & 07777) == 06755);
  CHECK(bench.restore().unchanged == 1);
  CHECK((bench.stat("tool").st_mode & 07777) == 06755);
}

TEST_CASE("restorer: a dry run touches nothing and tells what would be") {
  Bench bench;
  make_usual_tree(bench);
  write_file(bench.disk / "empty", "not empty");
  const RestoreResult result = bench.restore(with(false, true));
  CHECK(result.created == bench.model.size() - 1);
  CHECK(result.refused == 1);
  CHECK(result.bytes == 0);
  CHECK(bench.on_disk() == std::vector<std::string>{"empty"});
  CHECK(bench.content("empty") == "not empty");
}

TEST_CASE("restorer: single paths with the folders on the way, each once") {
  Bench bench;
  make_usual_tree(bench);
  bench.folder("a", 0711);
  bench.folder("a/b", 0500);
  bench.file("a/b/c", "deep");
  bench.file("a/other", "no");
  RestoreOptions options;
  options.paths = {"docs/empty", "a/b/c", "docs", "a/b/c"};
  const RestoreResult result = bench.restore(options);
  CHECK(result.created == 8);
  CHECK(bench.exists("docs/empty"));
  CHECK(bench.content("a/b/c") == "deep");
  CHECK((bench.stat("a/b").st_mode & 07777) == 0500);
  CHECK(mtime_of(bench.stat("a")) == bench.model["a"].mtime);
  CHECK(!bench.exists("a/other"));
  CHECK(!bench.exists("empty"));
  CHECK(bench.progress.files_done == bench.progress.files_total);
  CHECK(bench.progress.files_total == 3);
}

TEST_CASE("restorer: a path that is not in the snapshot is told before anything is touched") {
  Bench bench;
  make_usual_tree(bench);
  RestoreOptions options;
  options.paths = {"docs", "absent"};
  const auto result = bench.try_restore(options);
  REQUIRE(!result);
  CHECK(result.error().code == ErrorCode::not_found);
  CHECK(bench.on_disk().empty());
}

TEST_CASE("restorer: a damaged file fails alone and leaves nothing behind") {
  Bench bench;
  make_usual_tree(bench);
  bench.file("lost", "lost content");
  bench.tree.store.damage(bench.model["docs/read me.txt"].content.id);
  bench.tree.store.lose(bench.model["lost"].content.id);
  bench.file("liar", "12345").size = 4;
  const RestoreResult result = bench.restore();
  CHECK(result.failed == 3);
  CHECK(result.created == bench.model.size() - 3);
  CHECK(bench.told["docs/read me.txt"].first == RestoreAction::failed);
  CHECK(!bench.told["lost"].second.empty());
  CHECK(bench.on_disk().size() == bench.model.size() - 3);
}

TEST_CASE("restorer: a damaged file does not replace what stands") {
  Bench bench;
  bench.file("file", "new content");
  write_file(bench.disk / "file", "old");
  bench.tree.store.damage(bench.model["file"].content.id);
  CHECK(bench.restore(with(true)).failed == 1);
  CHECK(bench.content("file") == "old");
  CHECK(bench.on_disk().size() == 1);
}

TEST_CASE("restorer: a damaged part of the tree costs its own entries alone") {
  Bench bench;
  for (int i = 0; i < 2000; ++i) bench.file(fmt::format("f{:04}", i), "x");
  const ObjectId root = bench.tree.build(bench.model);
  object::TreeNode node = *must(bench.tree.nodes.get(root));
  while (node.level > 1) node = *must(bench.tree.nodes.get(node.inner[0].node));
  REQUIRE(node.inner.size() > 2);
  const object::InnerItem lost = node.inner[1];
  bench.tree.store.damage(lost.node);
  tree::NodeSource cold(bench.tree.store);
  const auto result =
      must(restore::restore(cold, bench.tree.store, root, bench.target(), bench.random, {}, {}));
  CHECK(result.failed == lost.entries);
  CHECK(result.created == 2000 - lost.entries);
  CHECK(bench.on_disk().size() == 2000 - lost.entries);
}

TEST_CASE("restorer: cancelling ends it and leaves no temporary file") {
  Bench bench;
  for (int i = 0; i < 300; ++i) bench.file(fmt::format("d/f{:03}", i), "content");
  bench.folder("d", 0500);
  std::atomic<bool> cancel = false;
  RestoreOptions options;
  options.cancel = &cancel;
  restore::RestoreObserver observer;
  int seen = 0;
  observer.entry = [&](const std::string&, RestoreAction, const std::string&) {
    if (++seen == 10) cancel = true;
  };
  const auto result =
      restore::restore(bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
                       bench.target(), bench.random, options, observer);
  REQUIRE(!result);
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(bench.on_disk().size() == 11);
  CHECK((bench.stat("d").st_mode & 07777) == 0500);
  for (const std::string& path : bench.on_disk()) CHECK(path.find(".vcsd-") == std::string::npos);
}

TEST_CASE("restorer: a file that was cut off does not count as restored") {
  Bench bench;
  bench.file("large", std::string(40u << 20, 'x'));
  std::atomic<bool> cancel = false;
  RestoreOptions options;
  options.cancel = &cancel;
  restore::RestoreObserver observer;
  std::uint64_t files = 0;
  observer.progress = [&](const restore::RestoreProgress& progress) {
    cancel = true;
    files = progress.files_done;
  };
  const auto result =
      restore::restore(bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
                       bench.target(), bench.random, options, observer);
  REQUIRE(!result);
  CHECK(bench.on_disk().empty());
  CHECK(files == 0);
}

TEST_CASE("restorer: an empty tree restores nothing") {
  Bench bench;
  const RestoreResult result = bench.restore();
  CHECK(result.created + result.failed == 0);
  CHECK(bench.on_disk().empty());
}

TEST_CASE(
    "restorer: what killed restores left is swept, and what is at work or no file of theirs is "
    "not") {
  Bench bench;
  bench.folder("docs");
  bench.file("docs/file", "x");
  std::filesystem::create_directory(bench.disk / "docs");
  const std::string left = "docs/.vcsd-0123456789abcdef.tmp";
  const std::string at_work = "docs/.vcsd-1123456789abcdef.tmp";
  const std::vector<std::string> others = {
      "docs/.vcsd-0123456789abcdef.old", "docs/.vcsd-notes.tmp", "docs/.vcsd-0123456789ABCDEF.tmp"};
  write_file(bench.disk / left, "left");
  write_file(bench.disk / at_work, "at work");
  for (const std::string& path : others) write_file(bench.disk / path, "not ours");
  const int writer = ::open((bench.disk / at_work).c_str(), O_WRONLY);
  RestoreOptions options;
  options.dry_run = true;
  options.now = mtime_of(bench.stat(left)) + std::chrono::seconds(2);
  bench.restore(options);
  CHECK(bench.exists(left));
  options.dry_run = false;
  CHECK(bench.restore(options).created == 1);
  ::close(writer);
  CHECK_FALSE(bench.exists(left));
  CHECK(bench.exists(at_work));
  for (const std::string& path : others) CHECK(bench.exists(path));
  options.now =
      mtime_of(bench.stat(at_work)) + std::chrono::microseconds(1);  // it was there a moment ago
  bench.restore(options);
  CHECK(bench.exists(at_work));
}
