// SPDX-License-Identifier: Apache-2.0
// A snapshot in memory and a folder on disk to restore it to; for the tests of restores.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/restore/restorer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/core/tree/tree_fixture.hpp"

namespace vcs::test {

// 2001-09-09 and some nanoseconds; each `n` gives another time.
inline base::UnixNanos time_of(int n) {
  return base::unix_nanos(1'000'000'000'123'456'000 + n);
}

// A snapshot in memory, a folder on disk, and the reports that the observer got.
struct Bench {
  TreeFixture tree;
  TreeModel model;
  TemporaryFolder disk;
  base::SystemRandom random;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  std::map<std::string, std::pair<restore::RestoreAction, std::string>> told;
  restore::RestoreProgress progress;

  ~Bench() {  // folders without permissions must not stop the cleaning up
    std::error_code ignored;
    for (auto at = std::filesystem::recursive_directory_iterator(disk.path(), ignored);
         at != std::filesystem::recursive_directory_iterator(); at.increment(ignored))
      if (at->is_directory(ignored) && !at->is_symlink(ignored))
        std::filesystem::permissions(at->path(), std::filesystem::perms::owner_all, ignored);
  }

  object::TreeEntry& file(const std::string& path, std::string_view content,
                          std::uint32_t mode = 0644) {
    object::TreeEntry entry;
    entry.mode = mode;
    entry.mtime = time_of(static_cast<int>(model.size()));
    entry.size = content.size();
    entry.content = {object::ContentKind::blob, tree.store.put(object::ObjectKind::blob, content)};
    return model[path] = entry;
  }
  object::TreeEntry& folder(const std::string& path, std::uint32_t mode = 0755) {
    object::TreeEntry entry;
    entry.type = object::EntryType::directory;
    entry.mode = mode;
    entry.mtime = time_of(static_cast<int>(model.size()));
    return model[path] = entry;
  }
  object::TreeEntry& symlink(const std::string& path, const std::string& target) {
    object::TreeEntry entry;
    entry.type = object::EntryType::symlink;
    entry.mode = 0777;
    entry.mtime = time_of(static_cast<int>(model.size()));
    entry.symlink_target = target;
    return model[path] = entry;
  }

  std::unique_ptr<base::Directory> target() {
    return must(filesystem->open_directory(disk.path()));
  }
  base::Result<restore::RestoreResult> try_restore(const restore::RestoreOptions& options = {}) {
    told.clear();
    restore::RestoreObserver observer;
    observer.entry = [&](const std::string& path, restore::RestoreAction action,
                         const std::string& detail) {
      told[path] = {action, detail};
    };
    observer.progress = [&](const restore::RestoreProgress& now) { progress = now; };
    return restore::restore(tree.nodes, tree.store, tree.build(model), target(), random, options,
                            observer);
  }
  restore::RestoreResult restore(const restore::RestoreOptions& options = {}) {
    return must(try_restore(options));
  }

  struct ::stat stat(const std::string& path) {
    struct ::stat found {};
    REQUIRE(lstat((disk / path).c_str(), &found) == 0);
    return found;
  }
  bool exists(const std::string& path) {
    struct ::stat found {};
    return lstat((disk / path).c_str(), &found) == 0;
  }
  std::string content(const std::string& path) { return read_file(disk / path); }
  // Paths below the target, sorted, temporary files included.
  std::vector<std::string> on_disk() {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(disk.path()))
      paths.push_back(entry.path().string().substr(disk.path().size() + 1));
    std::sort(paths.begin(), paths.end());
    return paths;
  }
};

inline void make_usual_tree(Bench& bench) {
  bench.folder("docs");
  bench.file("docs/read me.txt", "hello");
  bench.file("docs/tool.sh", "#!/bin/sh\n", 0755);
  bench.folder("docs/empty", 0700);
  bench.folder("locked", 0500);
  bench.folder("locked/inner", 0555);
  bench.file("locked/inner/file", "kept", 0400);
  bench.file("empty", "");
  bench.symlink("dangling", "nowhere/at/all");
  bench.symlink("loop", "loop");
  bench.symlink("docs/up", "../empty");
  bench.file("line\nbreak", "1");
  bench.file("-rf", "2");
  bench.file("bad\xff\xfeutf8", "3");
  bench.file(std::string(255, 'x'), "4");
}

}  // namespace vcs::test
