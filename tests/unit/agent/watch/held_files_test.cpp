// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/held_files: which files are in the list, and which are not.
#ifdef __linux__
#include "agent/watch/held_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::watch::HeldFile;
using agent::watch::HeldFiles;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

namespace {

base::Nanos own_time_run() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + base::Nanos(time.tv_nsec);
}

// Another process, which lives as long as this object and runs `work` at each order. It then runs
// on until its processor time has moved: time that a host steals from a virtual machine does not
// count.
class Other {
 public:
  explicit Other(const std::function<void(char order)>& work) {
    int orders[2], answers[2];
    REQUIRE((pipe(orders) == 0 && pipe(answers) == 0));
    child_ = fork();
    if (child_ == 0) {
      close(orders[1]);
      for (char order; read(orders[0], &order, 1) == 1;) {
        const base::Nanos before = own_time_run();
        work(order);
        while (own_time_run() == before) continue;
        (void)!write(answers[1], &order, 1);
      }
      _exit(0);
    }
    close(orders[0]);
    close(answers[1]);
    orders_ = orders[1];
    answers_ = answers[0];
  }
  ~Other() {
    close(orders_);
    close(answers_);
    waitpid(child_, nullptr, 0);
  }
  // Returns when the order is done.
  void does(char order) {
    REQUIRE(write(orders_, &order, 1) == 1);
    REQUIRE(read(answers_, &order, 1) == 1);
  }

 private:
  pid_t child_ = -1;
  int orders_ = -1, answers_ = -1;
};

// The files that are held now. The clock stands still, so the class trusts what it remembers.
std::vector<HeldFile> held_below(const std::string& folder) {
  static test::ManualClock clock;
  static HeldFiles held(clock);
  auto files = *held.since(clock.steady() + base::Nanos(1));
  std::erase_if(files, [&](const HeldFile& file) { return !file.path.starts_with(folder + "/"); });
  return files;
}

void map(const std::string& path, int protection, int kind) {
  const int file = open(path.c_str(), O_RDWR);
  (void)mmap(nullptr, 4096, protection, kind, file, 0);
  close(file);
}

}  // namespace

TEST_CASE("held files: who is open for writing, or mapped so, and nobody else") {
  TemporaryFolder folder;
  for (const std::string name :
       {"read", "write", "append", "mapped", "private", "for reading", "gone", "a\nb", "both"})
    write_file(folder / name, std::string(4096, 'x'));
  const std::string root = fs::canonical(folder.path());
  CHECK(held_below(root).empty());
  {
    Other other([&](char) {
      (void)open((folder / "read").c_str(), O_RDONLY);
      (void)open((folder / "write").c_str(), O_RDWR);
      (void)open((folder / "append").c_str(), O_WRONLY | O_APPEND);
      (void)open((folder / "gone").c_str(), O_WRONLY);
      (void)open((folder / "both").c_str(), O_WRONLY);
      map(folder / "both", PROT_READ | PROT_WRITE, MAP_SHARED);
      map(folder / "mapped", PROT_READ | PROT_WRITE, MAP_SHARED);
      map(folder / "a\nb", PROT_READ | PROT_WRITE, MAP_SHARED);
      map(folder / "private", PROT_READ | PROT_WRITE, MAP_PRIVATE);
      map(folder / "for reading", PROT_READ, MAP_SHARED);
      unlink((folder / "gone").c_str());
    });
    other.does('x');
    CHECK(held_below(root) == std::vector<HeldFile>{{root + "/a\nb", true},
                                                    {root + "/append", false},
                                                    {root + "/both", true},
                                                    {root + "/mapped", true},
                                                    {root + "/write", false}});
  }
  CHECK(held_below(root).empty());
}

TEST_CASE("held files: what lies behind a loop device, and mappings of an older system") {
  TemporaryFolder folder;
  const std::string disks = folder / "block", processes = folder / "proc";
  fs::create_directories(disks + "/loop0/loop");
  fs::create_directories(disks + "/loop1");
  fs::create_directories(disks + "/sda");
  write_file(disks + "/loop0/loop/backing_file", "/w/vault.img\n");
  fs::create_directories(processes + "/17");
  write_file(processes + "/partitions",
             "major minor  #blocks  name\n\n   7        0       1024 loop0\n   7  1  4 loop1\n"
             " 254        0  262144 sda\n");
  fs::create_directories(processes + "/self");
  write_file(processes + "/17/maps",
             "5577c0000000-5577c0021000 rw-p 00000000 fe:01 131 /w/private\n"
             "7f1200000000-7f1200001000 rw-s 00000000 fe:01 132      /w/with space\n"
             "7f1200001000-7f1200002000 r--s 00000000 fe:01 133      /w/read\n"
             "7f1200002000-7f1200003000 -w-s 00000000 fe:01 134      /w/li\\012ne\n"
             "7f1200003000-7f1200004000 rw-s 00000000 00:01 135      /dev/zero (deleted)\n"
             "7f1200004000-7f1200005000 rw-p 00000000 00:00 0 \n"
             "nonsense\n");
  test::ManualClock clock;
  CHECK(
      *HeldFiles(clock, processes, disks).since({}) ==
      std::vector<HeldFile>{{"/w/li\nne", true}, {"/w/vault.img", false}, {"/w/with space", true}});
  CHECK(HeldFiles(clock, folder / "none", folder / "none").since({})->empty());
}

TEST_CASE("held files: what a process opens, closes or maps later is seen at the next look") {
  TemporaryFolder folder;
  const std::string root = fs::canonical(folder.path());
  for (const std::string name : {"a", "b"}) write_file(root + "/" + name, std::string(4096, 'x'));
  test::SeededRandom random(test::test_seed());
  int file = -1;
  void* mapping = MAP_FAILED;
  std::optional<Other> other([&](char order) {
    if (order == 'o') file = open((root + "/a").c_str(), O_RDWR);
    if (order == 'c') close(file);
    if (order == 'm') {
      const int of = open((root + "/b").c_str(), O_RDWR);
      mapping = mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, of, 0);
      close(of);
    }
    if (order == 'u') munmap(mapping, 4096);
  });
  bool is_open = false, is_mapped = false;
  for (int round = 0; round < 300; ++round) {
    if (random.below(2) == 0) {
      is_open = !is_open;
      other->does(is_open ? 'o' : 'c');
    } else {
      is_mapped = !is_mapped;
      other->does(is_mapped ? 'm' : 'u');
    }
    std::vector<HeldFile> expected;
    if (is_open) expected.push_back({root + "/a", false});
    if (is_mapped) expected.push_back({root + "/b", true});
    REQUIRE(held_below(root) == expected);
    // Without a change the answer is the same.
    if (random.below(3) == 0) REQUIRE(held_below(root) == expected);
  }
  other.reset();
  CHECK(held_below(root).empty());
}

TEST_CASE("held files: a file that is renamed under a process that sleeps is told of in time") {
  TemporaryFolder folder;
  const std::string root = fs::canonical(folder.path());
  write_file(root + "/a", "x");
  test::ManualClock clock;
  HeldFiles held(clock);
  Other other([&](char) { (void)open((root + "/a").c_str(), O_RDWR); });
  other.does('x');
  const auto holds = [&](const std::string& name) {
    const auto files = held.since(clock.steady() + base::Nanos(1));
    return std::find(files->begin(), files->end(), HeldFile{root + name, false}) != files->end();
  };
  CHECK(holds("/a"));
  fs::rename(root + "/a", root + "/b");
  clock.advance(std::chrono::seconds(10));
  CHECK(holds("/b"));
  CHECK_FALSE(holds("/a"));
}

TEST_CASE("held files: one look serves all who ask at once") {
  test::ManualClock clock;
  agent::watch::HeldFiles held(clock);
  clock.advance(std::chrono::seconds(5));
  const auto first = held.since(clock.steady());
  CHECK(held.since(clock.steady()) == first);
  CHECK(held.since(clock.steady() - base::Nanos(1)) == first);
  CHECK(held.since(clock.steady() + base::Nanos(1)) != first);
}

#endif
