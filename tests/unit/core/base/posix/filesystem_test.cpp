// SPDX-License-Identifier: Apache-2.0
// Tests of the filesystem seam on the operating system's files.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <limits>
#include <set>
#include <thread>

#include "core/base/file_descriptor.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/posix/files.hpp"
#include "core/base/shortcomings.hpp"
#include "core/base/special_calls.hpp"
#include "tests/support/must.hpp"
#include "tests/support/refused_calls.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::base;
using vcs::test::must;
using vcs::test::SeededRandom;
using vcs::test::TemporaryFolder;
using vcs::test::test_seed;

namespace {

// A folder of the test, opened.
struct Fixture {
  TemporaryFolder folder;
  std::unique_ptr<FileSystem> filesystem = make_posix_filesystem();
  std::unique_ptr<Directory> root = filesystem->open_directory(folder.path()).value();

  void write(const std::string& name, const std::string& content) const {
    vcs::test::write_file(folder / name, content);
  }
  std::string read(const std::string& name) const { return vcs::test::read_file(folder / name); }
  std::unique_ptr<Directory> make(const std::string& name) const {
    must(root->make_directory(name));
    return root->open_directory(name).value();
  }
};

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

}  // namespace

TEST_CASE("posix directory: a listing tells names and types, again and again") {
  const Fixture fixture;
  fixture.write("file", "x");
  must(fixture.root->make_directory("folder"));
  must(fixture.root->make_symlink("nowhere", "link"));
  REQUIRE(::mkfifo((fixture.folder / "fifo").c_str(), 0600) == 0);
  for (int round = 0; round < 2; ++round) {
    const auto entries = list_sorted(*fixture.root).value();
    REQUIRE(entries.size() == 4);
    CHECK(entries[0].name == "fifo");
    CHECK(entries[1].name == "file");
    CHECK(entries[2].name == "folder");
    CHECK(entries[3].name == "link");
    if (!entries[0].type_known) continue;
    CHECK(entries[0].type == FileType::other);
    CHECK(entries[1].type == FileType::regular);
    CHECK(entries[2].type == FileType::directory);
    CHECK(entries[3].type == FileType::symlink);
  }
}

TEST_CASE("posix directory: a visitor may stop, and list the same folder again") {
  const Fixture fixture;
  for (int i = 0; i < 100; ++i) fixture.write(std::to_string(i), "");
  std::set<std::string> inner;
  int outer = 0;
  must(fixture.root->list([&](const DirectoryEntry&) {
    must(fixture.root->list([&](const DirectoryEntry& entry) {
      inner.insert(entry.name);
      return true;
    }));
    return ++outer < 3;
  }));
  CHECK(outer == 3);
  CHECK(inner.size() == 100);
}

TEST_CASE("posix directory: several threads list at once") {
  const Fixture fixture;
  for (int i = 0; i < 300; ++i) fixture.write(std::to_string(i), "");
  std::atomic<int> complete{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round)
        if (list_sorted(*fixture.root).value().size() == 300) ++complete;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(complete == 40);
}

TEST_CASE("posix directory: a folder that is gone says so") {
  const Fixture fixture;
  const auto gone = fixture.make("gone");
  must(fixture.root->remove_directory("gone"));
  CHECK(code_of(gone->list([](const DirectoryEntry&) { return true; })) == ErrorCode::not_found);
  CHECK(code_of(gone->stat("x")) == ErrorCode::not_found);
}

TEST_CASE("posix directory: stat tells what the system tells, of the link itself") {
  const Fixture fixture;
  fixture.write("file", "12345");
  must(fixture.root->make_symlink("file", "link"));
  struct ::stat expected;
  REQUIRE(::lstat((fixture.folder / "file").c_str(), &expected) == 0);
  const FileStat stat = fixture.root->stat("file").value();
  CHECK(stat.type == FileType::regular);
  CHECK(stat.mode == (expected.st_mode & 07777));
  CHECK(stat.uid == expected.st_uid);
  CHECK(stat.gid == expected.st_gid);
  CHECK(stat.size == 5);
  CHECK(stat.inode == expected.st_ino);
  CHECK(stat.device == expected.st_dev);
  CHECK(stat.links == 1);
  CHECK(fixture.root->stat("link").value().type == FileType::symlink);
  CHECK(fixture.root->stat_self().value().type == FileType::directory);
  CHECK(fixture.root->open_file("file", OpenMode::read).value()->stat().value() == stat);
  const Error missing = fixture.root->stat("missing").error();
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.os_error == ENOENT);
  CHECK(missing.message.find(fixture.folder / "missing") != std::string::npos);
}

TEST_CASE("posix directory: only single names are let through") {
  const Fixture fixture;
  fixture.write("a", "");
  const auto sub = fixture.make("sub");
  const std::string with_zero("a\0b", 3);
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("/etc"), std::string("sub/x"), with_zero}) {
    INFO(name);
    CHECK(code_of(sub->stat(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->open_directory(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->open_file(name, OpenMode::create_or_open)) == ErrorCode::invalid);
    CHECK(code_of(sub->make_directory(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->make_symlink("x", name)) == ErrorCode::invalid);
    CHECK(code_of(sub->read_link(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->remove_file(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->remove_directory(name)) == ErrorCode::invalid);
    CHECK(code_of(sub->set_mtime(name, {})) == ErrorCode::invalid);
    CHECK(code_of(sub->set_owner(name, 0, 0)) == ErrorCode::invalid);
    CHECK(code_of(sub->lock_file(name)) == ErrorCode::invalid);
    CHECK(code_of(fixture.root->rename("a", *sub, name)) == ErrorCode::invalid);
    CHECK(code_of(sub->rename(name, *sub, "b")) == ErrorCode::invalid);
  }
  CHECK(list_sorted(*sub).value().empty());
}

TEST_CASE("posix directory: nothing follows a symlink") {
  const Fixture fixture;
  fixture.make("folder");
  fixture.write("file", "secret");
  must(fixture.root->make_symlink("folder", "to_folder"));
  must(fixture.root->make_symlink("file", "to_file"));
  must(fixture.root->make_symlink("new", "to_new"));
  CHECK(code_of(fixture.root->open_directory("to_folder")) == ErrorCode::invalid);
  for (const OpenMode mode : {OpenMode::read, OpenMode::write_existing, OpenMode::create_or_open})
    CHECK(code_of(fixture.root->open_file("to_file", mode)) == ErrorCode::invalid);
  CHECK_FALSE(fixture.root->open_file("to_new", OpenMode::create_or_open).has_value());
  CHECK_FALSE(fixture.root->open_file("to_new", OpenMode::create_new).has_value());
  CHECK_FALSE(fixture.root->lock_file("to_new").has_value());
  CHECK(code_of(fixture.root->stat("new")) == ErrorCode::not_found);
}

TEST_CASE("posix directory: what is not a regular file is refused without waiting") {
  const Fixture fixture;
  fixture.make("folder");
  REQUIRE(::mkfifo((fixture.folder / "fifo").c_str(), 0600) == 0);
  FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  struct ::sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = fixture.folder / "socket";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(listener.get(), reinterpret_cast<struct ::sockaddr*>(&address), sizeof(address)) ==
          0);
  for (const char* name : {"fifo", "folder", "socket"}) {
    INFO(name);
    CHECK(code_of(fixture.root->open_file(name, OpenMode::read)) == ErrorCode::invalid);
    CHECK(code_of(fixture.root->open_file(name, OpenMode::write_existing)) == ErrorCode::invalid);
  }
  CHECK(code_of(fixture.root->open_directory("fifo")) == ErrorCode::invalid);
}

TEST_CASE("posix directory: opening modes treat existing and missing files as they say") {
  const Fixture fixture;
  const auto open = [&](const char* name, OpenMode mode) {
    return fixture.root->open_file(name, mode, 0640);
  };
  CHECK(code_of(open("f", OpenMode::read)) == ErrorCode::not_found);
  CHECK(code_of(open("f", OpenMode::write_existing)) == ErrorCode::not_found);
  must(open("f", OpenMode::create_new).value()->write_at(as_bytes("abc"), 0));
  CHECK(code_of(open("f", OpenMode::create_new)) == ErrorCode::already_exists);
  CHECK(open("f", OpenMode::create_or_open).value()->stat().value().size == 3);
  CHECK(open("f", OpenMode::write_existing).value()->write_at(as_bytes("d"), 3).has_value());
  CHECK(open("g", OpenMode::create_or_open).value()->stat().value().size == 0);
  CHECK(fixture.read("f") == "abcd");
  CHECK_FALSE(open("f", OpenMode::read).value()->write_at(as_bytes("x"), 0).has_value());
  CHECK((fixture.root->stat("f").value().mode & 07137) == 0);
}

TEST_CASE("posix directory: no descriptor is inherited by programs we start") {
  constexpr int kDescriptors = 256;
  std::set<int> before;
  for (int fd = 0; fd < kDescriptors; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) before.insert(fd);
  const Fixture fixture;
  const auto folder = fixture.make("folder");
  const auto file = folder->open_file("f", OpenMode::create_new).value();
  const auto lock = folder->lock_file("lock").value();
  int opened = 0;
  for (int fd = 0; fd < kDescriptors; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || before.contains(fd)) continue;
    ++opened;
    CHECK((flags & FD_CLOEXEC) != 0);
  }
  CHECK(opened == 4);
}

TEST_CASE("posix directory: a link's target comes back, however long") {
  const Fixture fixture;
  const std::string longest(3000, 't');
  must(fixture.root->make_symlink(longest, "link"));
  CHECK(fixture.root->read_link("link").value() == longest);
  fixture.write("file", "");
  CHECK(code_of(fixture.root->read_link("file")) == ErrorCode::invalid);
  CHECK(code_of(fixture.root->make_symlink(std::string("a\0b", 3), "l")) == ErrorCode::invalid);
}

TEST_CASE("posix directory: rename replaces, or refuses to when asked") {
  const Fixture fixture;
  const auto sub = fixture.make("sub");
  fixture.write("a", "A");
  fixture.write("b", "B");
  CHECK(code_of(fixture.root->rename("a", *fixture.root, "b", true)) == ErrorCode::already_exists);
  CHECK(fixture.read("b") == "B");
  must(fixture.root->rename("a", *fixture.root, "b"));
  CHECK(fixture.read("b") == "A");
  CHECK(code_of(fixture.root->stat("a")) == ErrorCode::not_found);
  must(fixture.root->rename("b", *sub, "c", true));
  CHECK(fixture.read("sub/c") == "A");
  CHECK(code_of(fixture.root->rename("b", *sub, "c")) == ErrorCode::not_found);
  fixture.make("empty");
  CHECK(code_of(fixture.root->rename("sub", *fixture.root, "empty", true)) ==
        ErrorCode::already_exists);
  must(fixture.root->rename("sub", *fixture.root, "moved", true));
  CHECK(fixture.read("moved/c") == "A");
}

TEST_CASE("posix directory: two names change places in one step, whatever they lead to") {
  const Fixture fixture;
  fixture.write("file", "one");
  fixture.make("folder");
  fixture.write("folder/inner", "two");
  const auto exchanged = exchange(*fixture.root, "file", "folder");
  if (!exchanged && exchanged.error().code == ErrorCode::unsupported) {
    WARN("this filesystem cannot exchange names");
    return;
  }
  must(exchanged);
  CHECK(fixture.read("folder") == "one");
  CHECK(fixture.read("file/inner") == "two");
  CHECK(code_of(exchange(*fixture.root, "file", "absent")) == ErrorCode::not_found);
  CHECK(code_of(exchange(*fixture.root, "../file", "file")) == ErrorCode::invalid);
  CHECK(code_of(exchange(*fixture.root, "file", "")) == ErrorCode::invalid);
}

TEST_CASE("posix directory: a mode is set by name, and never through a symlink") {
  const Fixture fixture;
  fixture.write("file", "x");
  REQUIRE(::chmod((fixture.folder / "file").c_str(), 0) == 0);
  must(set_mode(*fixture.root, "file", 0640));
  CHECK(fixture.root->stat("file").value().mode == 0640);
  must(fixture.root->make_symlink("file", "link"));
  CHECK_FALSE(set_mode(*fixture.root, "link", 0600).has_value());
  CHECK(fixture.root->stat("file").value().mode == 0640);
  CHECK(code_of(set_mode(*fixture.root, "absent", 0600)) == ErrorCode::not_found);
  CHECK(code_of(set_mode(*fixture.root, "..", 0600)) == ErrorCode::invalid);
}

TEST_CASE("posix directory: the folder above is opened, wherever the folder has been moved to") {
  const Fixture fixture;
  const auto inner = fixture.make("inner");
  const auto above = must(open_parent(*inner));
  CHECK(above->stat_self().value().inode == fixture.root->stat_self().value().inode);
  const auto other = fixture.make("other");
  must(fixture.root->rename("inner", *other, "inner"));
  CHECK(must(open_parent(*inner))->stat_self().value().inode == other->stat_self().value().inode);
}

TEST_CASE("posix directory: its filesystem is synced as one, or says that it cannot be") {
  const Fixture fixture;
  fixture.write("file", "x");
  const auto synced = sync_filesystem(*fixture.root);
  if (!synced) CHECK(synced.error().code == ErrorCode::unsupported);
  CHECK(fixture.read("file") == "x");
  const std::string name = filesystem_name(*fixture.root);
  CHECK(name.find('/') == std::string::npos);
}

TEST_CASE("posix directory: removing knows files from folders") {
  const Fixture fixture;
  fixture.make("folder")->open_file("f", OpenMode::create_new).value();
  CHECK_FALSE(fixture.root->remove_file("folder").has_value());
  CHECK(code_of(fixture.root->remove_directory("folder")) == ErrorCode::already_exists);
  CHECK(code_of(fixture.root->remove_file("missing")) == ErrorCode::not_found);
  CHECK(fixture.root->sync().has_value());
}

TEST_CASE("posix directory: a lock is exclusive and ends with its file") {
  const Fixture fixture;
  fixture.write("lock", "kept");
  auto held = fixture.root->lock_file("lock").value();
  CHECK(code_of(fixture.root->lock_file("lock")) == ErrorCode::busy);
  held.reset();
  CHECK(fixture.root->lock_file("lock").has_value());
  CHECK(fixture.read("lock") == "kept");
}

TEST_CASE("posix directory: times are set to the nanosecond, of links too") {
  const Fixture fixture;
  fixture.write("file", "");
  must(fixture.root->make_symlink("file", "link"));
  const auto sub = fixture.make("sub");
  for (const std::int64_t count : {1'600'000'000'123'456'789, 1L, 0L, -1L, -999'999'999'999}) {
    const UnixNanos time = unix_nanos(count);
    must(fixture.root->set_mtime("file", time));
    CHECK(fixture.root->stat("file").value().mtime == time);
    must(fixture.root->set_mtime("link", time + Nanos(7)));
    CHECK(fixture.root->stat("link").value().mtime == time + Nanos(7));
    CHECK(fixture.root->stat("file").value().mtime == time);
    must(sub->set_mtime_self(time));
    CHECK(sub->stat_self().value().mtime == time);
    auto file = fixture.root->open_file("file", OpenMode::read).value();
    must(file->set_mtime(time + Nanos(9)));
    CHECK(file->stat().value().mtime == time + Nanos(9));
  }
}

TEST_CASE("posix directory: a time beyond what we count becomes the last we count") {
  const Fixture fixture;
  fixture.write("file", "");
  const struct timespec times[2] = {{0, UTIME_OMIT}, {9'500'000'000, 0}};  // the year 2271
  REQUIRE(::utimensat(AT_FDCWD, (fixture.folder / "file").c_str(), times, 0) == 0);
  CHECK(fixture.root->stat("file").value().mtime == UnixNanos::max());
}

TEST_CASE("posix file: modes and owners are set") {
  const Fixture fixture;
  const auto sub = fixture.make("sub");
  auto file = sub->open_file("f", OpenMode::create_new).value();
  must(file->set_mode(04751));
  CHECK(file->stat().value().mode == 04751);
  must(sub->set_mode_self(0750));
  CHECK(sub->stat_self().value().mode == 0750);
  must(file->set_owner(::getuid(), ::getgid()));
  must(sub->set_owner("f", ::getuid(), ::getgid()));
  must(sub->set_owner_self(::getuid(), ::getgid()));
  CHECK(file->stat().value().uid == ::getuid());
}

TEST_CASE("posix file: reading ends at the end, writing goes anywhere") {
  const Fixture fixture;
  auto file = fixture.root->open_file("f", OpenMode::create_new).value();
  must(file->write_at(as_bytes("world"), 5));
  must(file->write_at(as_bytes("hello"), 0));
  must(file->write_at({}, 100));
  Bytes bytes(20);
  CHECK(file->read_at(bytes, 0).value() == 10);
  CHECK(as_text(ByteView(bytes).first(10)) == "helloworld");
  CHECK(file->read_at(bytes, 8).value() == 2);
  CHECK(file->read_at(bytes, 10).value() == 0);
  CHECK(file->read_at(bytes, 1000).value() == 0);
  CHECK(code_of(file->read_at(bytes, std::uint64_t{1} << 63)) == ErrorCode::invalid);
  CHECK(code_of(file->write_at(as_bytes("x"), std::uint64_t{1} << 63)) == ErrorCode::invalid);
  must(file->truncate(3));
  CHECK(fixture.read("f") == "hel");
  must(file->truncate(5));
  CHECK(fixture.read("f") == std::string("hel\0\0", 5));
  CHECK(file->sync().has_value());
}

TEST_CASE("posix file: a write that the system cuts short goes on, and what ends it is told") {
  const TemporaryFolder folder;
  const auto root = must(make_posix_filesystem()->open_directory(folder.path()));
  const auto file = must(root->open_file("file", OpenMode::create_new));
  // Far larger than the other files that this program writes; the file is one hole.
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 32;
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit limit = before;
  limit.rlim_cur = kLimit;
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const Result<void> written = file->write_at(Bytes(10'000, 'x'), kLimit - 4000);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(written);
  CHECK(written.error().os_error == EFBIG);
  CHECK(written.error().code == ErrorCode::no_space);
  // The system took what fitted before it refused.
  CHECK(must(file->stat()).size == kLimit);
}

TEST_CASE("posix files: a call that a signal cut short is made again") {
  int calls = 0;
  const auto interrupted = [&] {
    errno = EINTR;
    return ++calls < 4 ? -1 : 7;
  };
  CHECK(posix::retried(interrupted) == 7);
  CHECK(calls == 4);
  const auto failing = [&] {
    errno = EIO;
    ++calls;
    return -1;
  };
  CHECK(posix::retried(failing) == -1);
  CHECK(calls == 5);
}

TEST_CASE("posix file: a mapping shows the content and outlives the file") {
  const Fixture fixture;
  fixture.write("f", "mapped");
  auto file = fixture.root->open_file("f", OpenMode::read).value();
  CHECK(file->map(0).value()->bytes().empty());
  CHECK(code_of(file->map(7)) == ErrorCode::invalid);
  auto mapping = file->map(6).value();
  file.reset();
  CHECK(as_text(mapping->bytes()) == "mapped");
  mapping->trim();
  CHECK(as_text(mapping->bytes()) == "mapped");
}

TEST_CASE("posix file: holes are told, or everything is data") {
  const Fixture fixture;
  auto file = fixture.root->open_file("f", OpenMode::create_new).value();
  constexpr std::uint64_t kMebi = 1 << 20;
  must(file->write_at(as_bytes("x"), kMebi));
  must(file->truncate(2 * kMebi));
  const std::uint64_t data = file->next_data(0).value();
  CHECK((data == 0 || data == kMebi));
  const std::uint64_t hole = file->next_hole(kMebi).value();
  CHECK((hole > kMebi && hole <= 2 * kMebi));
  CHECK(file->next_data(2 * kMebi).value() == 2 * kMebi);
  CHECK(file->next_data(3 * kMebi).value() == 2 * kMebi);
  CHECK(file->next_hole(3 * kMebi).value() == 2 * kMebi);
}

TEST_CASE("posix file: extended attributes come back sorted, of files and folders") {
  const Fixture fixture;
  auto file = fixture.root->open_file("f", OpenMode::create_new).value();
  CHECK(file->extended_attributes().value().empty());
  const std::vector<ExtendedAttribute> attributes = {
      {"user.a", {1, 2, 3}}, {"user.b", {}}, {"user.c", Bytes(900, 7)}};
  for (std::size_t i = attributes.size(); i-- > 0;) {
    const auto set = file->set_extended_attribute(attributes[i]);
    if (!set) {
      CHECK(code_of(set) == ErrorCode::unsupported);
      return;  // this filesystem has none
    }
    must(fixture.root->set_extended_attribute_self(attributes[i]));
  }
  CHECK(file->extended_attributes().value() == attributes);
  CHECK(fixture.root->extended_attributes_self().value() == attributes);
}

TEST_CASE("posix file: extended attributes are removed, those that are not there too") {
  const Fixture fixture;
  fixture.write("file", "x");
  const auto file = must(fixture.root->open_file("file", OpenMode::read));
  const auto folder = fixture.make("folder");
  if (!file->set_extended_attribute({"user.a", {'1'}})) {
    WARN("this filesystem has no user attributes");
    return;
  }
  must(folder->set_extended_attribute_self({"user.a", {'1'}}));
  must(remove_extended_attribute(*file, "user.a"));
  must(remove_extended_attribute(*file, "user.a"));
  must(remove_extended_attribute(*folder, "user.a"));
  CHECK(must(file->extended_attributes()).empty());
  CHECK(must(folder->extended_attributes_self()).empty());
}

TEST_CASE("posix file: more attribute names than fit at first are all found") {
  const Fixture fixture;
  auto file = fixture.root->open_file("f", OpenMode::create_new).value();
  std::size_t set = 0;
  for (; set < 40; ++set) {
    const std::string name = "user." + std::to_string(100 + set) + std::string(60, 'n');
    if (!file->set_extended_attribute({name, {1}})) break;
  }
  CHECK(file->extended_attributes().value().size() == set);
}

#ifdef __linux__
TEST_CASE("posix file: a writer is seen while it has the file open or mapped") {
  const Fixture fixture;
  fixture.write("f", "content");
  auto reader = fixture.root->open_file("f", OpenMode::read).value();
  const auto first = reader->has_writer();
  if (!first) {
    CHECK(code_of(first) == ErrorCode::unsupported);
    return;  // this filesystem knows no leases
  }
  CHECK_FALSE(*first);
  auto writer = fixture.root->open_file("f", OpenMode::write_existing).value();
  CHECK(reader->has_writer().value());
  writer.reset();
  CHECK_FALSE(reader->has_writer().value());

  FileDescriptor fd(::open((fixture.folder / "f").c_str(), O_RDWR | O_CLOEXEC));
  void* mapped = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  REQUIRE(mapped != MAP_FAILED);
  fd.reset();
  CHECK(reader->has_writer().value());
  ::munmap(mapped, 1);
  CHECK_FALSE(reader->has_writer().value());
}

TEST_CASE("posix file: a lease broken while it is held does not end the process") {
  const Fixture fixture;
  fixture.write("f", "content");
  auto reader = fixture.root->open_file("f", OpenMode::read).value();
  if (!reader->has_writer()) return;  // this filesystem knows no leases
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      // open() with O_NONBLOCK breaks a lease and returns at once.
      FileDescriptor fd(::open((fixture.folder / "f").c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    }
  });
  for (int i = 0; i < 20000; ++i) (void)reader->has_writer();
  stop = true;
  writer.join();
  CHECK_FALSE(reader->has_writer().value());
}
#endif

TEST_CASE("posix filesystem: missing parents are made, existing ones entered") {
  const Fixture fixture;
  const std::string path = fixture.folder / "a/./b//c/";
  const auto made = fixture.filesystem->make_directories(path).value();
  made->open_file("f", OpenMode::create_new).value();
  CHECK(fixture.root->stat("a").value().mode == 0700);
  CHECK(list_sorted(*fixture.filesystem->make_directories(path).value()).value().size() == 1);
  CHECK(fixture.filesystem->make_directories("/").has_value());
  CHECK(code_of(fixture.filesystem->make_directories("")) == ErrorCode::invalid);
  fixture.write("file", "");
  CHECK(code_of(fixture.filesystem->make_directories(fixture.folder / "file/x")) ==
        ErrorCode::invalid);
  must(fixture.root->make_symlink("a", "link"));
  CHECK(fixture.filesystem->make_directories(fixture.folder / "link/d").has_value());
  CHECK(fixture.filesystem->stat(fixture.folder / "a/d").value().type == FileType::directory);
}

TEST_CASE("posix filesystem: paths given by a person follow links") {
  const Fixture fixture;
  fixture.make("real")->open_file("f", OpenMode::create_new).value();
  must(fixture.root->make_symlink("real", "link"));
  CHECK(fixture.filesystem->open_directory(fixture.folder / "link").has_value());
  CHECK(fixture.filesystem->stat(fixture.folder / "link").value().type == FileType::directory);
  const std::string real = std::filesystem::canonical(fixture.folder.path()) / "real/f";
  CHECK(fixture.filesystem->canonical(fixture.folder / "./link/../link/f").value() == real);
  CHECK(code_of(fixture.filesystem->canonical(fixture.folder / "no")) == ErrorCode::not_found);
  CHECK(code_of(fixture.filesystem->open_directory(fixture.folder / "no")) == ErrorCode::not_found);
  CHECK(code_of(fixture.filesystem->stat(fixture.folder / "no")) == ErrorCode::not_found);
}

TEST_CASE("posix filesystem: space is told") {
  const Fixture fixture;
  const SpaceInfo info = fixture.filesystem->space(fixture.folder.path()).value();
  CHECK(info.total_bytes > 0);
  CHECK(info.free_bytes <= info.total_bytes);
}

TEST_CASE("posix directory: paths longer than the system's limit are ordinary") {
  const Fixture fixture;
  const std::string name(200, 'd');
  auto at = fixture.make(name);
  for (int depth = 0; depth < 30; ++depth) at = open_or_make_directory(*at, name).value();
  must(at->open_file("f", OpenMode::create_new).value()->write_at(as_bytes("deep"), 0));
  CHECK(read_file(*at, "f").value().size() == 4);
  at.reset();
  must(remove_tree(*fixture.root, name));
  CHECK(list_sorted(*fixture.root).value().empty());
}

TEST_CASE("posix directory: without hard links and RENAME_NOREPLACE no rename replaces a file") {
  const int refusal = GENERATE(EPERM, EOPNOTSUPP, ENOSYS, EINVAL, EMLINK);
  const Fixture fixture;
  for (const char* name : {"a", "b", "standing"}) fixture.write(name, name);
  const auto folder = fixture.make("folder");
  const std::vector<vcs::test::RefusedCall> calls = {{SYS_renameat2, EINVAL, 4},
                                                     {SYS_linkat, refusal}};
  vcs::test::with_refused(calls, [&] {
    CHECK_FALSE(shortcomings_of(*folder).rename_may_replace);
    CHECK(code_of(fixture.root->rename("a", *fixture.root, "standing", true)) ==
          ErrorCode::already_exists);
    must(fixture.root->rename("a", *folder, "new", true));
    must(fixture.root->make_symlink("nowhere", "link"));
    CHECK(code_of(fixture.root->rename("b", *fixture.root, "link", true)) ==
          ErrorCode::already_exists);
    must(fixture.root->rename("link", *folder, "link", true));
    CHECK(code_of(fixture.root->rename("missing", *folder, "other", true)) == ErrorCode::not_found);
    CHECK(shortcomings_of(*fixture.root).rename_may_replace);
  });
  CHECK(fixture.read("standing") == "standing");
  CHECK(fixture.read("b") == "b");
}

TEST_CASE("posix directory: without hard links, one of many that rename to a name wins") {
  const Fixture fixture;
  constexpr int kRounds = 50, kThreads = 4;
  vcs::test::with_refused(vcs::test::calls_of_a_poor_filesystem(), [&] {
    for (int round = 0; round < kRounds; ++round) {
      const std::string target = "target" + std::to_string(round);
      std::atomic<int> winners{0};
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) fixture.write("from" + std::to_string(i), "x");
      for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] {
          if (fixture.root->rename("from" + std::to_string(i), *fixture.root, target, true))
            ++winners;
        });
      for (auto& thread : threads) thread.join();
      CHECK(winners == 1);
    }
  });
}

TEST_CASE(
    "posix directory: a filesystem that cannot sync folders is told of, a device that fails is an "
    "error") {
  const Fixture fixture;
  for (const int refusal : {EINVAL, ENOTSUP, ENOSYS, EBADF, EISDIR})
    vcs::test::with_refused({{SYS_fsync, refusal}}, [&] {
      const auto folder = must(fixture.filesystem->open_directory(fixture.folder.path()));
      CHECK_FALSE(shortcomings_of(*folder).folders_not_synced);
      must(folder->sync());
      CHECK(shortcomings_of(*folder).folders_not_synced);
    });
  for (const int failure : {EIO, ENOSPC, EROFS, EDQUOT})
    vcs::test::with_refused({{SYS_fsync, failure}}, [&] {
      const auto folder = must(fixture.filesystem->open_directory(fixture.folder.path()));
      CHECK_FALSE(folder->sync().has_value());
    });
}
