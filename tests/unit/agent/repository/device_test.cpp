// SPDX-License-Identifier: Apache-2.0
// Each working copy is a device of its own, and a copy of one never takes its name.
#include "agent/repository/device.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/thread_pool.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "ipc/messages/status.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/must.hpp"
#include "tests/support/no_watcher.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::agent::repository {
namespace {

namespace fs = std::filesystem;
using config::DeviceEntry;
using config::RepositoryFile;

unsigned lives = 0;  // each has its own random numbers

// One life of an agent; its home and its machine outlive it.
struct Life {
  explicit Life(const std::string& home, Machine where = {"here", "desk"})
      : paths(test::must(config::resolve_paths({}, home, "/"))), machine(std::move(where)) {}
  ~Life() {
    bool stopped = false;
    agent.stop([&] { stopped = true; });
    until([&] { return stopped; });
  }
  void start() {
    test::must(agent.start());
    until([&] {
      for (const auto& [name, repository] : agent.repositories())
        if (repository->status().state == ipc::RepositoryState::opening) return false;
      return true;
    });
  }
  void until(const std::function<bool()>& reached) {
    for (int turns = 0; turns < 10'000 && !reached(); ++turns) {
      loop.turn();
      if (!loop.work_once()) loop.advance(std::chrono::milliseconds(100));
    }
    REQUIRE(reached());
  }
  void init(const std::string& folder) {
    fs::create_directory(folder);
    test::write_file(folder + "/file", "1");
    bool made = false;
    agent.init(folder, "", [&](const auto& result) { made = result.has_value(); });
    until([&] { return made; });
  }
  std::string device(const std::string& name) { return agent.repositories().at(name)->device(); }

  config::Paths paths;
  Machine machine;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  test::ManualClock clock;
  test::SeededRandom random{test::test_seed() + ++lives};
  base::ThreadPool compute{1, "compute"};
  test::ManualLoop loop{clock};
  std::string told;
  Agent agent{
      Agent::Parts{
          {.loop = loop,
           .filesystem = *filesystem,
           .clock = clock,
           .random = random,
           .log = base::Log([this](base::LogLevel level, const std::string& text) {
             if (level != base::LogLevel::debug) told += text + "\n";
           }),
           .lanes = compute,
           .make_watcher = [] { return std::make_unique<test::NoWatcher>(); },
           .storage_of = [](const std::string&) { return agent::watch::StorageKind::network; },
           .machine = machine},
          [this] { return config::load(paths, {}, *filesystem); },
          [](const config::Settings&) {}},
      paths, config::Loaded{}};
};

// A repository's own folder with its description, as an agent finds it.
struct Desk {
  test::TemporaryFolder root;
  Life life{root / "home"};
  RepositoryFile file;

  Desk() { fs::create_directory(root / "data"); }
  std::unique_ptr<base::Directory> open(const std::string& name) {
    return test::must(life.filesystem->open_directory(root / name));
  }
  Device settle(const std::string& name = "data", const std::string& machine = "here") {
    life.agent.context().machine.id = machine;
    Device device = settle_device(life.agent.context(), root / name, file);
    REQUIRE(device_at(life.agent.context(), root / name, file)->id == device.id);
    test::must(config::write_repository_file(*open(name), described()));
    return device;
  }
  RepositoryFile described() const {
    RepositoryFile all = file;
    all.name = "w", all.id = "0123", all.worktree = "/w";
    return all;
  }
};

std::string only_repository(const config::Paths& paths) {
  return fs::directory_iterator(paths.repositories)->path().string();
}

RepositoryFile description(const std::string& folder) {
  return test::must(config::read_repository_file(
      *test::must(base::make_posix_filesystem()->open_directory(folder))));
}

// Rewrites the description as version 0.1.0 left it.
void forget_devices(const std::string& folder) {
  std::string text = test::read_file(folder + "/repository.toml");
  text.resize(text.find("\n[[devices]]"));
  text.replace(text.find("format = 2"), 10, "format = 1");
  test::write_file(folder + "/repository.toml", text);
}

}  // namespace

TEST_CASE("device: a place is known again, and every new repository is another one") {
  Desk place, other;
  const Device made = place.settle();
  CHECK(made.origin == DeviceOrigin::made);
  CHECK(remote::layout::is_valid_device_id(made.id));
  CHECK(place.settle().origin == DeviceOrigin::known);
  CHECK(place.settle().id == made.id);
  CHECK(other.settle().id != made.id);
}

TEST_CASE("device: what was moved on its machine goes on, by whatever path") {
  Desk place;
  const std::string id = place.settle().id;
  fs::rename(place.root / "data", place.root / "moved");
  const Device moved = place.settle("moved");
  CHECK(moved.id == id);
  CHECK(moved.origin == DeviceOrigin::moved);
  fs::create_directory_symlink(place.root / "moved", place.root / "link");
  CHECK(place.settle("link").id == id);
  CHECK(place.file.devices.size() == 1);
  // Like a copy to another disk whose original was removed later.
  fs::copy(place.root / "moved", place.root / "data", fs::copy_options::recursive);
  fs::remove(place.root / "link");
  fs::remove_all(place.root / "moved");
  CHECK(place.settle("data").id == id);
}

TEST_CASE("device: a copy beside its original takes an id of its own, and both keep theirs") {
  Desk place;
  const std::string id = place.settle().id;
  fs::copy(place.root / "data", place.root / "copy", fs::copy_options::recursive);
  const RepositoryFile original = place.file;
  const Device copy = place.settle("copy");
  CHECK(copy.origin == DeviceOrigin::copy);
  CHECK(copy.original == place.root / "data");
  CHECK(copy.id != id);
  CHECK(place.file.devices.back().copy_of == id);
  CHECK(place.settle("copy").id == copy.id);
  place.file = original;
  CHECK(place.settle("data").id == id);
  // The copy of a copy that was never opened.
  fs::copy(place.root / "data", place.root / "third", fs::copy_options::recursive);
  CHECK(place.settle("third").id != id);
}

TEST_CASE("device: where it cannot be told whether the original is there, it is") {
  Desk place;
  const std::string id = place.settle().id;
  fs::copy(place.root / "data", place.root / "copy", fs::copy_options::recursive);
  test::write_file(place.root / "data/repository.toml", "damaged");
  CHECK(place.settle("copy").id != id);
}

TEST_CASE("device: a disk that is used on two machines in turn is two devices, not more") {
  Desk place;
  const std::string here = place.settle("data", "here").id;
  const Device there = place.settle("data", "there");
  CHECK(there.origin == DeviceOrigin::copy);
  CHECK(there.id != here);
  for (int round = 0; round < 3; ++round) {
    CHECK(place.settle("data", "here").id == here);
    CHECK(place.settle("data", "there").id == there.id);
  }
  CHECK(place.file.devices.size() == 2);
  for (int machine = 0; machine < 100; ++machine)
    place.settle("data", "machine " + std::to_string(machine));
  CHECK(place.file.devices.size() <= 16);
}

TEST_CASE("device: another one is taken in place of a name that somebody else uses") {
  Desk place;
  const std::string former = place.settle().id;
  const std::string id =
      take_new_device(place.life.agent.context(), place.root / "data", place.file);
  CHECK(id != former);
  CHECK(place.settle().id == id);
  REQUIRE(place.file.devices.size() == 1);
  CHECK(place.file.devices[0].copy_of == former);
}

TEST_CASE("device: each repository of an agent has its own, and keeps it") {
  test::TemporaryFolder root;
  std::string first, second;
  {
    Life life(root / "home");
    life.start();
    life.init(root / "a");
    life.init(root / "b");
    first = life.device("a"), second = life.device("b");
    CHECK(first.size() == 16);
    CHECK(second.size() == 16);
    CHECK(first != second);
    CHECK_FALSE(fs::exists(root / "home/device"));
  }
  Life life(root / "home");
  life.start();
  CHECK(life.device("a") == first);
  CHECK(life.device("b") == second);
  CHECK(life.told.find("copy") == std::string::npos);
}

TEST_CASE("device: the copy of a home is noticed and told; a home that was moved goes on") {
  test::TemporaryFolder root;
  std::string id;
  {
    Life life(root / "home");
    life.start();
    life.init(root / "w");
    id = life.device("w");
  }
  fs::copy(root / "home", root / "copy", fs::copy_options::recursive);
  {
    Life copy(root / "copy");
    copy.start();
    CHECK(copy.device("w") != id);
    CHECK(copy.told.find("this is a copy of the repository in " + (root / "home")) !=
          std::string::npos);
    const auto status = copy.agent.repositories().at("w")->status();
    CHECK(status.device == copy.device("w"));
    CHECK(status.copy_of == id);
  }
  fs::rename(root / "home", root / "moved");
  Life life(root / "moved");
  life.start();
  CHECK(life.device("w") == id);
  CHECK(life.agent.repositories().at("w")->status().copy_of.empty());
}

TEST_CASE("device: a folder that moved is the same device; the copy of its home is another") {
  test::TemporaryFolder root;
  std::string id;
  {
    Life life(root / "home");
    life.start();
    life.init(root / "w");
    id = life.device("w");
    fs::copy(root / "w", root / "elsewhere");
    bool moved = false;
    life.agent.move(life.agent.repositories().at("w"), {root / "elsewhere", false, false},
                    [&](const auto& result) { moved = result.has_value(); });
    life.until([&] { return moved; });
    CHECK(life.device("w") == id);
    bool renamed = false;
    life.agent.rename(life.agent.repositories().at("w"), "novel",
                      [&](const auto& result) { renamed = result.has_value(); });
    life.until([&] { return renamed; });
    CHECK(life.device("novel") == id);
  }
  fs::copy(root / "home", root / "copy", fs::copy_options::recursive);
  fs::copy(root / "w", root / "third");
  {
    Life copy(root / "copy");
    copy.start();
    const std::string other = copy.device("novel");
    CHECK(other != id);
    bool moved = false;
    copy.agent.move(copy.agent.repositories().at("novel"), {root / "third", false, false},
                    [&](const auto& result) { moved = result.has_value(); });
    copy.until([&] { return moved; });
    CHECK(copy.device("novel") == other);
  }
  Life life(root / "home");
  life.start();
  CHECK(life.device("novel") == id);
  CHECK(life.agent.repositories().at("novel")->file().worktree == root / "elsewhere");
}

TEST_CASE("device: of two folders of one repository in a home only the original is watched") {
  test::TemporaryFolder root;
  std::string id;
  Life(root / "home").start();
  {
    Life life(root / "home");
    life.start();
    life.init(root / "w");
    id = life.device("w");
  }
  const auto paths = test::must(config::resolve_paths({}, root / "home", "/"));
  const std::string data = only_repository(paths);
  // The name of the copy sorts before that of the original.
  fs::copy(data, paths.repositories + "/a-copy", fs::copy_options::recursive);
  Life life(root / "home");
  life.start();
  CHECK(life.device("w") == id);
  REQUIRE(life.agent.repositories().contains("a-copy"));
  const auto status = life.agent.repositories().at("a-copy")->status();
  CHECK(status.state == ipc::RepositoryState::error);
  CHECK(status.reason.find(data) != std::string::npos);
}

TEST_CASE("device: of the repositories of 0.1.0 the oldest of each history keeps the device") {
  test::TemporaryFolder root;
  const std::string former = "00112233445566ff";
  std::string shared;
  {
    Life life(root / "home");
    life.start();
    life.init(root / "a");
    life.clock.advance(std::chrono::seconds(1));
    life.init(root / "b");
    life.init(root / "c");
  }
  const auto paths = test::must(config::resolve_paths({}, root / "home", "/"));
  const auto folder_of = [&](const std::string& name) {
    for (const auto& entry : fs::directory_iterator(paths.repositories))
      if (entry.path().filename().string().starts_with(name + "-")) return entry.path().string();
    return std::string();
  };
  // b is a clone of a.
  const std::string history = description(folder_of("a")).id;
  for (const char* name : {"a", "b", "c"}) forget_devices(folder_of(name));
  std::string text = test::read_file(folder_of("b") + "/repository.toml");
  const std::string own = description(folder_of("b")).id;
  text.replace(text.find(own), own.size(), history);
  test::write_file(folder_of("b") + "/repository.toml", text);

  test::write_file(root / "home/device", former);
  const bool halfway = GENERATE(false, true);
  if (halfway) {  // as if the power had gone after one of them
    const std::string b = folder_of("b");
    fs::rename(b, root / "away");
    {
      Life life(root / "home");
      life.start();
      CHECK(life.device("a") == former);
    }
    fs::rename(root / "away", b);
  }
  std::string of_b;
  for (int start = 0; start < 2; ++start) {
    Life life(root / "home");
    life.start();
    CHECK(life.device("a") == former);
    CHECK(life.device("c") == former);
    CHECK(life.device("b") != former);
    if (start == 1) CHECK(life.device("b") == of_b);
    of_b = life.device("b");
  }
  CHECK(description(folder_of("a")).devices.front().id == former);
}

TEST_CASE("device: garbage in the file of 0.1.0 is named, and everything goes on") {
  test::TemporaryFolder root;
  {
    Life life(root / "home");
    life.start();
    life.init(root / "w");
  }
  const auto paths = test::must(config::resolve_paths({}, root / "home", "/"));
  forget_devices(only_repository(paths));
  const std::string garbage =
      GENERATE(std::string(), std::string("NOT HEXADECIMAL!"), std::string("0123456789ABCDEF"),
               std::string(100, '\xff'), std::string("0123456789abcdef\n"));
  test::write_file(root / "home/device", garbage);
  Life life(root / "home");
  life.start();
  CHECK(remote::layout::is_valid_device_id(life.device("w")));
  CHECK(life.told.find((root / "home/device") + " does not hold") != std::string::npos);
}

}  // namespace vcs::agent::repository
