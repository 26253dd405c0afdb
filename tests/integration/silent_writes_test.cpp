// SPDX-License-Identifier: Apache-2.0
// Writes without events: through a mapping, asynchronous, through a loop device, under a name that
// lies elsewhere. A sync point still finds them, and so does the agent after some time.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "core/base/file_descriptor.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::Desk;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

constexpr std::size_t kSize = 8192;

// A file that this process has mapped, without a descriptor.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const base::FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    REQUIRE(memory != MAP_FAILED);
    bytes_ = static_cast<char*>(memory);
  }
  ~Mapped() { munmap(bytes_, kSize); }
  void put(const std::string& text) { std::memcpy(bytes_ + 100, text.data(), text.size()); }
  void sync() { REQUIRE(msync(bytes_, kSize, MS_SYNC) == 0); }

 private:
  char* bytes_;
};

bool holds(const Desk& desk, const std::string& path, const std::string& text) {
  return desk.cat(path).find(text) != std::string::npos;
}

// Writes `text` at the beginning of the file. False: the system cannot do it.
bool write_asynchronously(int file, const std::string& text) {
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) return false;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(file);
  request.aio_buf = reinterpret_cast<std::uintptr_t>(text.data());
  request.aio_nbytes = text.size();
  iocb* requests[] = {&request};
  io_event event{};
  const bool done = syscall(SYS_io_submit, context, 1, requests) == 1 &&
                    syscall(SYS_io_getevents, context, 1, 1, &event, nullptr) == 1;
  syscall(SYS_io_destroy, context);
  return done && event.res == static_cast<std::int64_t>(text.size());
}

}  // namespace

TEST_CASE("silent writes: what is written through a mapping is in the commit") {
  Desk desk;
  fs::create_directories(desk.folder / "deep");
  write_file(desk.folder / "deep/db", std::string(kSize, 'a'));
  desk.watch();
  Mapped db(desk.folder / "deep/db");
  // Writes to one page again and again: not every write moves the times of the file.
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    const std::string text = "round " + std::to_string(round) + ".";
    db.put(text);
    if (round % 3 == 2) db.sync();
    (void)(round % 2 == 0 ? desk.commit() : desk.wait());
    if (round % 2 != 0) (void)desk.commit();  // wait() saves no file that is being written
    REQUIRE(holds(desk, "deep/db", text));
  }
}

TEST_CASE(
    "silent writes: a file that was mapped a moment ago is in the commit, whoever held some") {
  Desk desk;
  for (int i = 0; i < 20; ++i)
    write_file(desk.folder / ("db" + std::to_string(i)), std::string(kSize, 'a'));
  desk.watch();
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const std::string name = "db" + std::to_string(round);
    if (round % 4 != 0) write_file(desk.folder / "beside", std::to_string(round));
    Mapped db(desk.folder / name);
    db.put("mapped");
    (void)desk.commit();
    REQUIRE(holds(desk, name, "mapped"));
    if (round % 4 != 0) REQUIRE(desk.cat("beside") == std::to_string(round));
    // At every third sync point nobody holds the file, so the next one does not expect a mapping.
    if (round % 3 == 0) continue;
    db.put("again.");
    (void)desk.commit();
    REQUIRE(holds(desk, name, "again."));
  }
}

TEST_CASE("silent writes: an asynchronous write is in the commit") {
  Desk desk;
  write_file(desk.folder / "db", std::string(kSize, 'a'));
  desk.watch();
  const base::FileDescriptor file(open((desk.folder / "db").c_str(), O_RDWR | O_CLOEXEC));
  if (!write_asynchronously(file.get(), "begin")) {
    WARN("skipped: this system has no io_submit");
    return;
  }
  for (int round = 0; round < 5; ++round) {
    const std::string text = "round " + std::to_string(round);
    REQUIRE(write_asynchronously(file.get(), text));
    (void)desk.commit();
    REQUIRE(holds(desk, "db", text));
  }
}

TEST_CASE("silent writes: what is written to an attached disk image is in the commit") {
  Desk desk;
  write_file(desk.folder / "image", std::string(1 << 20, 'a'));
  desk.watch();
  auto device = test::run_program({"losetup", "--find", "--show", desk.folder / "image"});
  if (device.status != 0) {
    WARN("skipped: no loop device can be had here: " << device.err);
    return;
  }
  device.out.pop_back();
  for (int round = 0; round < 3; ++round) {
    const std::string text = "diary " + std::to_string(round);
    {
      const base::FileDescriptor disk(open(device.out.c_str(), O_WRONLY | O_SYNC | O_CLOEXEC));
      CHECK(pwrite(disk.get(), text.data(), text.size(), 4096) ==
            static_cast<ssize_t>(text.size()));
      CHECK(fsync(disk.get()) == 0);
    }
    (void)desk.commit();
    CHECK(holds(desk, "image", text));
  }
  CHECK(test::run_program({"losetup", "--detach", device.out}).status == 0);
}

TEST_CASE("silent writes: what is written under a name elsewhere is in the commit") {
  Desk desk;
  TemporaryFolder outside;
  write_file(desk.folder / "before", "1");
  fs::create_hard_link(desk.folder / "before", outside / "before");
  desk.watch();
  write_file(desk.folder / "later", "1");
  (void)desk.commit();
  // The new name outside makes no event here; the agent sees it when it scans the file.
  fs::create_hard_link(desk.folder / "later", outside / "later");
  write_file(desk.folder / "later", "2");
  (void)desk.commit();
  for (int round = 0; round < 4; ++round) {
    for (const std::string name : {"before", "later"}) {
      const std::string text = name + std::to_string(round);
      write_file(outside / name, text);
      (void)(round % 2 == 0 ? desk.commit() : desk.wait());
      CHECK(desk.cat(name) == text);
    }
  }
  // The other name lies in a watched folder, too.
  desk.agent.json({"init", outside.path(), "--name", "other"});
  desk.agent.json({"status", "--wait"});
  write_file(outside / "before", "from the other");
  (void)desk.commit();
  CHECK(desk.cat("before") == "from the other");
}

TEST_CASE("silent writes: nobody needs to ask") {
  Desk desk("[repository.desk.watch]\nunstable_interval = \"1s\"\n");
  TemporaryFolder outside;
  write_file(desk.folder / "db", std::string(kSize, 'a'));
  write_file(desk.folder / "linked", "1");
  fs::create_hard_link(desk.folder / "linked", outside / "linked");
  desk.watch();
  Mapped db(desk.folder / "db");
  db.put("in silence");
  write_file(outside / "linked", "from outside");
  CHECK(test::eventually([&] { return holds(desk, "db", "in silence"); }));
  CHECK(test::eventually([&] { return desk.cat("linked") == "from outside"; }));
}
