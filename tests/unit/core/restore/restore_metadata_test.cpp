// SPDX-License-Identifier: Apache-2.0
// Metadata in restores: content comes first, attribute sets become equal, kept files stay as is.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/intercepted_filesystem.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using base::ExtendedAttribute;
using restore::RestoreAction;
using restore::RestoreOptions;

namespace {

RestoreOptions overwriting() {
  RestoreOptions options;
  options.overwrite = true;
  return options;
}

// A filesystem that refuses one kind of metadata, as FAT, network shares and containers do.
class Refuser final : public Interceptor {
 public:
  int os_error = EPERM;
  base::Result<void> before(Call& call) override {
    if (call.kind != CallKind::set_metadata) return {};
    return base::fail_errno(os_error, "not here");
  }
  void after(Call&, bool) override {}
};

bool has_attributes(Bench& bench) {
  write_file(bench.disk / "probe", "");
  const bool has = ::setxattr((bench.disk / "probe").c_str(), "user.probe", "x", 1, 0) == 0;
  std::filesystem::remove(bench.disk / "probe");
  if (!has) WARN("this filesystem has no user attributes");
  return has;
}

std::vector<ExtendedAttribute> attributes_of(Bench& bench, const std::string& path) {
  const std::filesystem::path place = bench.disk / path;
  const auto folder = must(bench.filesystem->open_directory(place.parent_path().string()));
  const auto file = must(folder->open_file(place.filename().string(), base::OpenMode::read));
  return must(file->extended_attributes());
}

// user::rwx, user:4711:rwx, group::r-x, mask::rwx, other::---
base::Bytes acl_for_somebody() {
  base::Bytes acl = {2, 0, 0, 0};
  const auto add = [&](std::uint8_t tag, std::uint8_t rights, std::uint32_t id) {
    for (const std::uint8_t byte : {tag, std::uint8_t{0}, rights, std::uint8_t{0}})
      acl.push_back(byte);
    for (int shift = 0; shift < 32; shift += 8)
      acl.push_back(static_cast<std::uint8_t>(id >> shift));
  };
  add(0x01, 7, 0xffffffff);
  add(0x02, 7, 4711);
  add(0x04, 5, 0xffffffff);
  add(0x10, 7, 0xffffffff);
  add(0x20, 0, 0xffffffff);
  return acl;
}

}  // namespace

TEST_CASE("restore metadata: what cannot be set costs neither file, link nor folder, and is told") {
  const int os_error = GENERATE(EPERM, EINVAL, ENOTSUP, ENOSPC, E2BIG, EIO);
  Bench bench;
  make_usual_tree(bench);
  bench.file("attributed", "x").attributes = {{"user.comment", {'h', 'i'}}};
  Refuser refuser;
  refuser.os_error = os_error;
  InterceptedFileSystem files(*bench.filesystem, refuser);
  restore::RestoreObserver observer;
  std::map<std::string, std::string> incomplete;
  observer.entry = [&](const std::string& path, RestoreAction action, const std::string& detail) {
    if (action == RestoreAction::incomplete) incomplete[path] = detail;
  };
  RestoreOptions options;
  options.restore_owner = true;
  const auto result = must(restore::restore(
      bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
      must(files.open_directory(bench.disk.path())), bench.random, options, observer));
  CHECK(result.created == bench.model.size());
  CHECK(result.failed + result.refused == 0);
  CHECK(result.incomplete == bench.model.size());
  CHECK(incomplete.size() == bench.model.size());
  CHECK(incomplete["attributed"].find("user.comment") != std::string::npos);
  CHECK(incomplete["dangling"].find("time") != std::string::npos);
  CHECK(incomplete["docs"].find("mode") != std::string::npos);
  CHECK(bench.content("docs/read me.txt") == "hello");
  CHECK(bench.content("attributed") == "x");
}

// A filesystem that accepts modes and times, and keeps none of them.
struct Forgetful final : test::Interceptor {
  base::Result<void> before(Call&) override { return {}; }
  void after(Call&, bool) override {}
  void seen(const std::string&, base::FileStat& stat) override {
    stat.mode = 0777;
    stat.mtime += std::chrono::minutes(1);
  }
};

TEST_CASE("restore metadata: what a filesystem accepts and does not keep is told") {
  Bench bench;
  bench.file("plain", "x").mode = 0640;
  Forgetful forgetful;
  InterceptedFileSystem files(*bench.filesystem, forgetful);
  restore::RestoreObserver observer;
  std::string told;
  observer.entry = [&](const std::string&, RestoreAction action, const std::string& detail) {
    if (action == RestoreAction::incomplete) told = detail;
  };
  for (const bool overwrite : {false, true}) {
    RestoreOptions options;
    options.overwrite = overwrite;
    told.clear();
    const auto result = must(restore::restore(
        bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
        must(files.open_directory(bench.disk.path())), bench.random, options, observer));
    CHECK(result.created == (overwrite ? 0 : 1));
    CHECK(result.incomplete == 1);
    CHECK(told == "without its mode, time");
  }
}

TEST_CASE("restore metadata: without its owner a file gets no rights of an owner") {
  if (getuid() != 0) return;
  Bench bench;
  bench.file("tool", "x", 04755).uid = 4711;
  class NoOwners final : public Interceptor {
   public:
    base::Result<void> before(Call& call) override {
      if (call.kind == CallKind::set_metadata && ++calls == 1)
        return base::fail_errno(EPERM, "not here");
      return {};
    }
    void after(Call&, bool) override {}
    int calls = 0;
  } no_owners;  // the owner is set first
  InterceptedFileSystem files(*bench.filesystem, no_owners);
  RestoreOptions options;
  options.restore_owner = true;
  const auto result = must(
      restore::restore(bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
                       must(files.open_directory(bench.disk.path())), bench.random, options, {}));
  CHECK(result.incomplete == 1);
  CHECK((bench.stat("tool").st_mode & 07777) == 0755);
}

TEST_CASE("restore metadata: without overwrite nothing of what stands changes, and it is counted") {
  const bool dry_run = GENERATE(false, true);
  Bench bench;
  bench.folder("docs", 0755);
  bench.file("docs/secret", "same", 0644);
  bench.symlink("docs/link", "target");
  bench.file("docs/new", "new");
  std::filesystem::create_directory(bench.disk / "docs");
  write_file(bench.disk / "docs/secret", "same");
  REQUIRE(chmod((bench.disk / "docs/secret").c_str(), 0600) == 0);
  REQUIRE(chmod((bench.disk / "docs").c_str(), 0700) == 0);
  REQUIRE(::symlink("target", (bench.disk / "docs/link").c_str()) == 0);
  const struct stat file = bench.stat("docs/secret"), link = bench.stat("docs/link");
  const struct stat folder = bench.stat("docs");
  RestoreOptions options;
  options.dry_run = dry_run;
  const auto result = bench.restore(options);
  CHECK(result.unchanged == 3);
  CHECK(result.created == 1);
  CHECK(result.metadata == 3);
  CHECK(bench.told["docs/secret"].first == RestoreAction::metadata);
  CHECK(bench.told["docs/secret"].second.find("mode 600 in place of 644") != std::string::npos);
  const auto same = [](const struct stat& a, const struct stat& b) {
    return a.st_mode == b.st_mode && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
  };
  CHECK(same(bench.stat("docs/secret"), file));
  CHECK(same(bench.stat("docs/link"), link));
  CHECK(same(bench.stat("docs"), folder));

  if (dry_run) return;
  CHECK(bench.restore(overwriting()).metadata >= 3);
  CHECK((bench.stat("docs/secret").st_mode & 07777) == 0644);
  CHECK((bench.stat("docs").st_mode & 07777) == 0755);
  CHECK(bench.restore(overwriting()).metadata == 0);
}

TEST_CASE("restore metadata: a folder keeps its time when a file in it comes back") {
  Bench bench;
  bench.folder("docs");
  bench.file("docs/file", "x");
  bench.folder("docs/sub");
  std::filesystem::create_directory(bench.disk / "docs");
  const timespec old[2] = {{1'300'000'000, 5}, {1'300'000'000, 5}};
  REQUIRE(utimensat(AT_FDCWD, (bench.disk / "docs").c_str(), old, 0) == 0);
  REQUIRE(utimensat(AT_FDCWD, bench.disk.path().c_str(), old, 0) == 0);
  CHECK(bench.restore().created == 2);
  CHECK(bench.stat("docs").st_mtim.tv_sec == 1'300'000'000);
  CHECK(bench.stat("").st_mtim.tv_sec == 1'300'000'000);
}

TEST_CASE("restore metadata: sets of attributes are made equal on files and folders that stand") {
  Bench bench;
  if (!has_attributes(bench)) return;
  const std::uint32_t mode = GENERATE(0644u, 0444u);
  const std::vector<ExtendedAttribute> wanted = {{"user.a", {'1'}}, {"user.b", {'2'}}};
  bench.file("file", "x", mode).attributes = wanted;
  bench.folder("folder", 0555).attributes = wanted;
  write_file(bench.disk / "file", "x");
  std::filesystem::create_directory(bench.disk / "folder");
  for (const char* name : {"file", "folder"}) {
    REQUIRE(::setxattr((bench.disk / name).c_str(), "user.b", "other", 5, 0) == 0);
    REQUIRE(::setxattr((bench.disk / name).c_str(), "user.c", "3", 1, 0) == 0);
    REQUIRE(chmod((bench.disk / name).c_str(), name == std::string("file") ? mode : 0555) == 0);
  }
  const auto result = bench.restore(overwriting());
  CHECK(result.metadata == 2);
  CHECK(result.incomplete == 0);
  CHECK(attributes_of(bench, "file") == wanted);
  CHECK(must(must(bench.target()->open_directory("folder"))->extended_attributes_self()) == wanted);
  CHECK((bench.stat("file").st_mode & 07777) == mode);
  CHECK((bench.stat("folder").st_mode & 07777) == 0555);
}

TEST_CASE("restore metadata: what is made below a default ACL has only its own attributes") {
  Bench bench;
  const base::Bytes acl = acl_for_somebody();
  if (::setxattr(bench.disk.path().c_str(), "system.posix_acl_default", acl.data(), acl.size(),
                 0) != 0) {
    WARN("this filesystem has no ACLs");
    return;
  }
  bench.folder("team", 0750);
  bench.file("team/private", "secret", 0640);
  bench.file("private", "secret", 0640);
  bench.file("shared", "open", 0670).attributes = {{"system.posix_acl_access", acl}};
  const auto result = bench.restore();
  CHECK(result.created == 4);
  CHECK(result.incomplete == 0);
  CHECK(attributes_of(bench, "private").empty());
  CHECK(attributes_of(bench, "team/private").empty());
  CHECK(attributes_of(bench, "shared").size() == 1);
  CHECK(must(must(bench.target()->open_directory("team"))->extended_attributes_self()).empty());
  CHECK((bench.stat("private").st_mode & 07777) == 0640);
  CHECK((bench.stat("team/private").st_mode & 07777) == 0640);
  CHECK((bench.stat("team").st_mode & 07777) == 0750);
}

TEST_CASE("restore metadata: setgid of a folder comes back without its owner") {
  Bench bench;
  bench.folder("shared", 02775);
  bench.folder("shared/sub", 02755);
  bench.file("shared/tool", "x", 02755);
  bench.restore();
  CHECK((bench.stat("shared").st_mode & 07777) == 02775);
  CHECK((bench.stat("shared/sub").st_mode & 07777) == 02755);
  CHECK((bench.stat("shared/tool").st_mode & 07777) == 0755);
}

TEST_CASE("restore metadata: a file is its owner's where a folder gives it another group") {
  Bench bench;
  constexpr gid_t kOther = 54321;
  if (::chown(bench.disk.path().c_str(), static_cast<uid_t>(-1), kOther) != 0 ||
      ::chmod(bench.disk.path().c_str(), 02755) != 0) {
    WARN("only root can give a folder to a group that is not his own");
    return;
  }
  bench.file("tool", "x", 02755);
  bench.file("plain", "x", 0644);
  for (const char* name : {"tool", "plain"}) {
    bench.model[name].uid = geteuid();
    bench.model[name].gid = getegid();
  }
  RestoreOptions options;
  options.restore_owner = true;
  const auto result = bench.restore(options);
  CHECK(result.created == 2);
  CHECK(result.incomplete == 0);
  for (const char* name : {"tool", "plain"}) CHECK(bench.stat(name).st_gid == getegid());
  CHECK((bench.stat("tool").st_mode & 07777) == 02755);
}
