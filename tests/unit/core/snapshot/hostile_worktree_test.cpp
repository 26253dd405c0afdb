// SPDX-License-Identifier: Apache-2.0
// A hostile worktree or snapshot: files and folders are swapped during a scan, and names point
// elsewhere. The agent must not read anything outside into a snapshot, nor write there.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "core/history/repository.hpp"
#include "core/object/tree_node.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/workshop.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

namespace vcs::snapshot {
namespace {

namespace fs = std::filesystem;
using test::Bench;
using test::Call;
using test::CallKind;
using test::TemporaryFolder;
using test::Workshop;

// Calls `swap` once, just before the first call of `kind` to a path with this ending.
class Swapper final : public test::Interceptor {
 public:
  CallKind kind = CallKind::open;
  std::string ending;
  std::function<void()> swap;

  base::Result<void> before(Call& call) override {
    if (swap && call.kind == kind && call.path.ends_with(ending)) std::exchange(swap, nullptr)();
    return {};
  }
  void after(Call&, bool) override {}
};

struct Astray {
  Swapper swapper;
  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  test::InterceptedFileSystem files{*real, swapper};
  Workshop shop{nullptr, 1, &files};
  TemporaryFolder outside;

  Astray() {
    test::write_file(outside / "secret", "of somebody else");
    fs::create_directory(outside / "down");
    test::write_file(outside / "down/secret", "of somebody else");
    shop.save("folder/down/file", "ours");
    shop.save("folder/file", "ours");
  }
  void require_nothing_from_outside() {
    for (const auto& [path, content] : shop.tree()) {
      INFO(path);
      REQUIRE(content != "of somebody else");
      REQUIRE(path.find("secret") == std::string::npos);
    }
  }
};

}  // namespace

TEST_CASE("hostile worktree: a folder that becomes a link while it is looked at leads nowhere") {
  Astray astray;
  Workshop& shop = astray.shop;
  const bool was_known = GENERATE(false, true);
  if (was_known) shop.snap();
  const std::string folder = GENERATE("folder", "folder/down");
  astray.swapper.kind = GENERATE(CallKind::open, CallKind::list, CallKind::look, CallKind::read);
  astray.swapper.ending = astray.swapper.kind == CallKind::read ? "/file" : "/" + folder;
  bool swapped = false;
  astray.swapper.swap = [&] {
    fs::rename(shop.at(folder), shop.at(folder) + " moved");
    fs::create_directory_symlink(astray.outside.path(), shop.at(folder));
    swapped = true;
  };
  shop.save("folder/news", was_known ? "more" : "1");
  shop.snap();
  CAPTURE(was_known, folder, static_cast<int>(astray.swapper.kind), swapped);
  astray.require_nothing_from_outside();
  astray.swapper.swap = nullptr;
  shop.snap();
  astray.require_nothing_from_outside();
  REQUIRE((shop.tree() == shop.disk()));
}

TEST_CASE(
    "hostile worktree: a file that becomes something else before it is opened is left alone") {
  Astray astray;
  Workshop& shop = astray.shop;
  const std::string path = shop.at("folder/file");
  astray.swapper.ending = "folder/file";
  SECTION("a link to a file outside") {
    astray.swapper.swap = [&] {
      fs::remove(path);
      fs::create_symlink(astray.outside / "secret", path);
    };
  }
  SECTION("a pipe") {
    astray.swapper.swap = [&] {
      fs::remove(path);
      REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    };
  }
  SECTION("a socket") {
    astray.swapper.swap = [&] {
      fs::remove(path);
      REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0600, 0) == 0);
    };
  }
  SECTION("a folder") {
    astray.swapper.swap = [&] {
      fs::remove(path);
      fs::create_directory(path);
    };
  }
  const auto outcome = shop.snap();
  REQUIRE_FALSE(astray.swapper.swap);
  REQUIRE_FALSE(outcome.retry.empty());
  astray.require_nothing_from_outside();
  std::vector<worktree::Mark> again = outcome.retry;
  test::must(shop.try_snap(again, object::CommitKind::automatic));
  astray.require_nothing_from_outside();
  // A pipe or socket is not part of a snapshot.
  if (!fs::is_directory(path) && !fs::is_symlink(path)) fs::remove(path);
  REQUIRE((shop.tree() == shop.disk()));
}

TEST_CASE("hostile worktree: a large file that shrinks under a manual commit can be restored") {
  Astray astray;
  Workshop& shop = astray.shop;
  shop.save("large", std::string(900'000, 'l'));
  astray.swapper.kind = CallKind::read;
  astray.swapper.ending = "/large";
  const std::uint64_t left = GENERATE(0, 1, 70'000, 500'000);
  astray.swapper.swap = [&] { fs::resize_file(shop.at("large"), left); };
  shop.snap_manually();
  REQUIRE_FALSE(astray.swapper.swap);
  const TemporaryFolder target;
  restore::RestoreObserver silent;
  std::string why;
  silent.entry = [&](const std::string&, restore::RestoreAction, const std::string& told) {
    why += told;
  };
  silent.progress = [](const restore::RestoreProgress&) {};
  base::SystemRandom random;
  const auto result = test::must(
      restore::restore(shop.repository().nodes(), shop.repository().store(),
                       test::must(shop.repository().head_tree()),
                       test::must(astray.real->open_directory(target.path())), random, {}, silent));
  CAPTURE(left, why);
  REQUIRE(result.failed == 0);
  shop.snap();
  REQUIRE((shop.tree() == shop.disk()));
}

TEST_CASE("hostile worktree: odd names are saved and come back byte for byte") {
  Workshop shop;
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte)
    if (byte != '/') every_byte += static_cast<char>(byte);
  for (const std::string& name :
       {std::string(255, 'n'), std::string("line\nbreak"), std::string("bad \xff\xfe utf8"),
        std::string("-rf"), std::string("..."), std::string("..a"), std::string(" "),
        std::string("\\"), std::string("\x1b[31m"), every_byte.substr(0, 127),
        every_byte.substr(127)}) {
    shop.save(name, "a file of that name: " + name);
    if (name.size() < 200) shop.save("below/" + name + "/file", name);
  }
  shop.snap();
  REQUIRE((shop.tree() == shop.disk()));
  REQUIRE(shop.tree().size() > 30);
  test::must(shop.reopen());
  REQUIRE_FALSE(shop.snap().created);
}

TEST_CASE("hostile worktree: a folder deeper than the longest path is saved and found unchanged") {
  Workshop shop;
  const auto real = base::make_posix_filesystem();
  auto at = test::must(real->open_directory(shop.at("")));
  const std::string step(200, 'd');
  std::string path;
  for (int depth = 0; depth < 30; ++depth) {
    test::must(at->make_directory(step, 0755));
    at = test::must(at->open_directory(step));
    path += step + "/";
  }
  test::must(base::replace_file(*at, "deep", base::as_bytes("at the bottom")));
  shop.snap();
  REQUIRE(shop.tree().at(path + "deep") == "at the bottom");
  REQUIRE_FALSE(shop.snap().created);
  // The mark names exactly that path, as one made from an event does.
  test::must(base::replace_file(*at, "deep", base::as_bytes("changed")));
  shop.snap({path + "deep"});
  REQUIRE(shop.tree().at(path + "deep") == "changed");
  test::must(base::remove_tree(*test::must(real->open_directory(shop.at(""))), step));
  shop.snap();
  REQUIRE(shop.tree().empty());
}

TEST_CASE(
    "hostile snapshot: paths that lead out of the folder are damage, and nothing is written") {
  const std::string path = GENERATE(as<std::string>(), "../x", "a/..", "/abs", "a//b", "./ab",
                                    "ab/.", std::string("a\0bc", 4));
  TemporaryFolder outer;
  fs::create_directory(outer / "target");
  Bench bench;
  object::TreeNode node;
  node.leaves.push_back({std::string("aaaa"), bench.file("aaaa", "content")});
  base::Bytes bytes = object::encode_tree_node(node);
  const auto place = base::as_text(bytes).find("aaaa");
  REQUIRE(place != std::string::npos);
  std::copy(path.begin(), path.end(), bytes.begin() + static_cast<std::ptrdiff_t>(place));
  const auto root = bench.tree.store.put(object::ObjectKind::tree_node, bytes);
  restore::RestoreObserver silent;
  silent.entry = [](const std::string&, restore::RestoreAction, const std::string&) {};
  silent.progress = [](const restore::RestoreProgress&) {};
  restore::RestoreOptions options;
  options.overwrite = true;
  const auto result =
      restore::restore(bench.tree.nodes, bench.tree.store, root,
                       test::must(bench.filesystem->open_directory(outer / "target")), bench.random,
                       options, silent);
  REQUIRE((!result || result->failed > 0));
  REQUIRE(fs::is_empty(outer / "target"));
  REQUIRE(std::distance(fs::directory_iterator(outer.path()), {}) == 1);
}

TEST_CASE("hostile worktree: a folder swapped for a link while files are restored to it") {
  const auto kind = GENERATE(CallKind::create, CallKind::rename, CallKind::write, CallKind::open);
  Bench bench;
  Swapper swapper;
  test::InterceptedFileSystem files(*bench.filesystem, swapper);
  TemporaryFolder outside;
  test::write_file(outside / "file 1", "of somebody else");
  bench.folder("folder");
  for (int i = 0; i < 4; ++i) bench.file("folder/file " + std::to_string(i), "from the snapshot");
  fs::create_directory(bench.disk / "folder");
  test::write_file(bench.disk / "folder/file 1", "old");
  swapper.kind = kind;
  swapper.swap = [&] {
    fs::rename(bench.disk / "folder", bench.disk / "moved");
    fs::create_directory_symlink(outside.path(), bench.disk / "folder");
  };
  restore::RestoreObserver silent;
  silent.entry = [](const std::string&, restore::RestoreAction, const std::string&) {};
  silent.progress = [](const restore::RestoreProgress&) {};
  restore::RestoreOptions options;
  options.overwrite = true;
  options.threads = 1;
  const auto target = bench.disk.path();
  swapper.ending = kind == CallKind::open ? "/folder" : "";
  (void)restore::restore(bench.tree.nodes, bench.tree.store, bench.tree.build(bench.model),
                         test::must(files.open_directory(target)), bench.random, options, silent);
  REQUIRE_FALSE(swapper.swap);
  REQUIRE(test::read_file(outside / "file 1") == "of somebody else");
  REQUIRE(std::distance(fs::directory_iterator(outside.path()), {}) == 1);
}

}  // namespace vcs::snapshot
