// SPDX-License-Identifier: Apache-2.0
// Several machines at one remote: a person can get the saves of each by its name.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/support/real_agent.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

// A machine, which may copy to the remote.
struct Machine {
  RealAgent agent;
  TemporaryFolder place;

  Machine() { agent.start(); }
  std::string file(const std::string& name) const { return place / ("w/" + name); }
  void begin(const std::string& remote) {
    fs::create_directory(place / "w");
    write_file(file("a"), "begun\n");
    agent.json({"init", place / "w", "--name", "w", "--wait"});
    agent.json({"remote", "add", "r", remote});
    agent.json({"sync", "--wait"});
  }
  nlohmann::json clone(const std::string& remote, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"clone", remote, place / "w", "--name", "w"});
    return agent.json(more)["result"];
  }
  void save(const std::string& name, const std::string& text) {
    write_file(file(name), text);
    agent.json({"commit", "-r", "w", "-m", name});
    agent.json({"sync", "-r", "w", "--wait"});
  }
};

// CRC-64/XZ, bit by bit, in the order of the file.
std::string checksum_of(const std::string& bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xc96c5795d7870f42 : 0);
  }
  crc = ~crc;
  std::string out;
  for (int byte = 0; byte < 8; ++byte) out += static_cast<char>(crc >> (8 * byte));
  return out;
}

}  // namespace

TEST_CASE("heads: what a lost machine had saved is listed, and a clone gets it") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine second, third, fourth;
  std::string first_head;
  {
    Machine first;
    first.begin(remote);
    second.clone(remote);
    first.save("only-on-first", "a day of work\n");
    first_head = first.agent.repository("w")["head"];
  }
  second.save("only-on-second", "a note\n");

  const auto heads = third.agent.json({"remote", "heads", remote})["heads"];
  REQUIRE(heads.size() == 2);
  CHECK(heads[1]["commit"] == first_head);
  CHECK(heads[1]["commits"] == 2);
  const std::string id = heads[1]["id"];
  CHECK(id.size() == 16);

  const auto newest = third.clone(remote);
  CHECK(newest["taken"]["id"] == heads[0]["id"]);
  CHECK(newest["heads"].size() == 2);
  CHECK_FALSE(fs::exists(third.file("only-on-first")));

  const auto chosen = fourth.clone(remote, {"--head", id.substr(0, 6)});
  CHECK(chosen["taken"]["id"] == id);
  CHECK(chosen["head"] == first_head);
  CHECK(read_file(fourth.file("only-on-first")) == "a day of work\n");
  CHECK_FALSE(fs::exists(fourth.file("only-on-second")));
}

TEST_CASE("heads: one that is not there, or not a name, is refused before anything is made") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  for (const std::string head : {"nobody", "0", "\x1b[31m", "kept-0000000000000000"}) {
    const auto refused = second.agent.ctl({"clone", remote, second.place / "w", "--head", head});
    INFO(refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("no head") != std::string::npos);
    CHECK(refused.err.find('\x1b') == std::string::npos);
  }
  CHECK(second.agent.json({"repo", "list"})["repositories"].empty());
  CHECK_FALSE(fs::exists(second.place / "w"));
  // Nothing is registered here, so nothing must be removed.
  fs::create_directory(disk / "empty");
  for (const std::string& place : {disk / "nothing", disk / "empty"}) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"remote", "heads", place},
          {"clone", place, second.place / "w"}}) {
      const auto refused = second.agent.ctl(words);
      INFO(refused.err);
      CHECK(refused.status == 1);
      CHECK(refused.err.find("the remote " + place + " is not there") != std::string::npos);
      CHECK(refused.err.find("add it again") == std::string::npos);
    }
  }
  CHECK(first.agent.ctl({"remote", "heads", "other"}).err.find("no remote 'other'") !=
        std::string::npos);
}

TEST_CASE("heads: one that was kept aside is cloned and removed; that of a machine is not") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  const auto head = first.agent.json({"remote", "heads", "r"})["heads"][0];
  CHECK(head["here"] == true);
  const std::string refs = remote + "/refs/" + head["device"].get<std::string>() + "/";
  const std::string kept = "kept-" + head["commit"].get<std::string>().substr(0, 16);
  fs::copy_file(refs + "head", refs + kept);

  CHECK(first.agent.json({"remote", "heads", "r"})["heads"][1]["kept"] == true);
  CHECK(second.clone(remote, {"--head", kept})["taken"]["kept"] == true);
  CHECK(read_file(second.file("a")) == "begun\n");

  CHECK(first.agent.ctl({"remote", "heads", "r", "--remove", kept}).status == 1);
  CHECK(fs::exists(refs + kept));
  CHECK(first.agent.json({"remote", "heads", "r", "--remove", kept, "--yes"})["removed"] == true);
  CHECK_FALSE(fs::exists(refs + kept));
  for (const Machine* machine : {&first, &second}) {
    const auto refused = machine->agent.ctl(
        {"remote", "heads", remote, "--remove", head["device"].get<std::string>(), "--yes"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("cannot be removed") != std::string::npos);
  }
  CHECK(fs::exists(refs + "head"));
}

TEST_CASE("heads: two clones on one machine copy to a head each, and nothing piles up") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  for (const char* name : {"c1", "c2"})
    second.agent.json({"clone", remote, second.place / name, "--name", name});
  for (int round = 0; round < 4; ++round) {
    for (const std::string name : {"c1", "c2"}) {
      write_file(second.place / (name + "/" + name), std::to_string(round));
      second.agent.json({"commit", "-r", name});
      CHECK(second.agent.ctl({"sync", "-r", name, "--wait"}).status == 0);
    }
  }
  const auto heads = first.agent.json({"remote", "heads", "r"})["heads"];
  REQUIRE(heads.size() == 3);
  for (const auto& head : heads) CHECK(head["kept"] == false);
  CHECK(heads[0]["folder"] == second.place / "c2");
  CHECK(heads[0]["repository"] == "c2");
  CHECK(heads[0]["commits"] == 5);
  CHECK(heads[1]["folder"] == second.place / "c1");
  CHECK_FALSE(heads[0]["machine"].get<std::string>().empty());
  const std::string name = heads[0]["machine"];
  CHECK(first.agent.ctl({"clone", remote, first.place / "x", "--head", name})
            .err.find("fits 3 heads") != std::string::npos);
  Machine third;
  third.clone(remote, {"--head", "c1"});
  CHECK(read_file(third.file("c1")) == "3");
  CHECK_FALSE(fs::exists(third.file("c2")));
}

TEST_CASE("heads: a clone made to look at sends nothing until it is told to") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  second.clone(remote, {"--no-push"});
  write_file(second.file("b"), "only here\n");
  second.agent.json({"commit", "-r", "w"});
  const auto status = second.agent.repository("w")["remotes"][0];
  CHECK(status["state"] == "off");
  CHECK(status["push"] == false);
  CHECK(second.agent.ctl({"status"}).out.find("on this machine only") != std::string::npos);
  const auto refused = second.agent.ctl({"sync", "--wait"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("vcsctl remote set origin --push") != std::string::npos);
  CHECK(second.agent.ctl({"remote", "set", "origin"}).status == 2);
  CHECK(second.agent.ctl({"remote", "set", "nowhere", "--push"}).status == 1);
  second.agent.stop(SIGTERM);
  second.agent.start();
  CHECK(second.agent.repository("w")["remotes"][0]["state"] == "off");
  CHECK(first.agent.json({"remote", "heads", "r"})["heads"].size() == 1);

  second.agent.json({"remote", "set", "origin", "--push"});
  CHECK(second.agent.ctl({"sync", "--wait"}).status == 0);
  CHECK(first.agent.json({"remote", "heads", "r"})["heads"].size() == 2);
  second.agent.json({"remote", "set", "origin", "--no-push"});
  write_file(second.file("c"), "not there\n");
  const auto commit = second.agent.json({"commit", "-r", "w"});
  CHECK(first.agent.json({"remote", "heads", "r"})["heads"][0]["commit"] != commit["id"]);
}

TEST_CASE("heads: an image of a disk that lives on beside the original gets a head of its own") {
  TemporaryFolder place, disk;
  const std::string remote = disk / "store";
  RealAgent agent("", geteuid(), place / "home");
  agent.start();
  fs::create_directory(place / "w");
  write_file(place / "w/a", "begun\n");
  agent.json({"init", place / "w", "--wait"});
  agent.json({"remote", "add", "r", remote});
  agent.json({"sync", "--wait"});
  agent.stop(SIGTERM);
  for (const std::string name : {"home", "w"})
    fs::copy(place / name, place / (name + ".image"), fs::copy_options::recursive);
  for (int round = 0; round < 6; ++round) {
    // The paths and the machine are the same: only the remote can tell the two copies apart.
    for (const std::string name : {"home", "w"}) {
      fs::rename(place / name, place / "between");
      fs::rename(place / (name + ".image"), place / name);
      fs::rename(place / "between", place / (name + ".image"));
    }
    agent.start();
    write_file(place / "w/a", "round " + std::to_string(round) + "\n");
    agent.json({"commit", "-m", "a"});
    const auto synced = agent.ctl({"sync", "--wait"});
    INFO(synced.out << synced.err << agent.log());
    CHECK(synced.status == 0);
    const auto heads = agent.json({"remote", "heads", "r"})["heads"];
    CHECK(heads.size() == (round == 0 ? 1 : 2));
    CHECK(heads[0]["commit"] == agent.repository()["head"]);
    CHECK(heads[0]["here"] == true);
    for (const auto& head : heads) CHECK(head["kept"] == false);
    agent.stop(SIGTERM);
  }
  CHECK(agent.log().find("another copy of this repository") != std::string::npos);
}

TEST_CASE("heads: a remote of another repository is refused when it is added") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  second.begin(disk / "other");
  const auto refused = second.agent.ctl({"remote", "add", "b", remote});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("another repository") != std::string::npos);
  CHECK(second.agent.json({"remote", "list"})["remotes"].size() == 1);
}

TEST_CASE("heads: a home of 0.1.0 goes on, and its clone of the same history gets its own head") {
  const std::string former = "1514731a7ac86b57";
  TemporaryFolder place;
  RealAgent agent("", geteuid(), place / "home");
  const std::string golden = VCS_SOURCE_DIR "/tests/golden/home.v0.1.0/";
  const auto everything = fs::copy_options::recursive | fs::copy_options::overwrite_existing;
  fs::copy(golden + "home", place / "home", everything);
  fs::copy(golden + "remote", place / "remote", everything);
  for (const auto& entry : fs::recursive_directory_iterator(place / "home")) {
    if (entry.path().extension() != ".toml") continue;
    std::string text = read_file(entry.path());
    const std::string old = "/home/ada";
    for (std::size_t at; (at = text.find(old)) != std::string::npos;)
      text.replace(at, old.size(), place.path());
    write_file(entry.path(), text);
  }
  for (const std::string name : {"w", "c"}) fs::create_directory(place / name);
  write_file(place / "w/a", "three\n");
  write_file(place / "c/a", "two\n");

  std::string of_clone;
  for (int start = 0; start < 2; ++start) {
    agent.start();
    for (const std::string name : {"w", "c"}) {
      write_file(place / (name + "/b"), name + std::to_string(start));
      agent.json({"commit", "-r", name});
      CHECK(agent.ctl({"sync", "-r", name, "--wait"}).status == 0);
    }
    const auto first = agent.repository("w"), clone = agent.repository("c");
    CHECK(first["device"] == former);
    CHECK(clone["device"] != former);
    if (start == 1) CHECK(clone["device"] == of_clone);
    of_clone = clone["device"];
    const auto heads = agent.json({"remote", "heads", place / "remote"})["heads"];
    REQUIRE(heads.size() == 3);
    CHECK(heads[0]["commit"] == clone["head"]);
    CHECK(heads[1]["commit"] == first["head"]);
    // A change of the top folder may get a commit of its own.
    CHECK(heads[1]["commits"] >= 3 + start);
    CHECK(heads[1]["commits"] <= 4 + start);
    CHECK(heads[2]["kept"] == true);
    agent.stop(SIGTERM);
  }
}

TEST_CASE(
    "heads: the head of a machine that pushes at that very moment is one of its saves, whole") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first;
  first.begin(remote);
  const std::string id = first.agent.json({"remote", "heads", "r"})["heads"][0]["id"];
  std::atomic<bool> ended{false};
  std::atomic<int> saved{0};
  std::thread saving([&] {
    for (int n = 1; !ended; ++n) {
      // "b" is written first: no save has a new "a" with an old "b".
      write_file(first.file("b"), std::to_string(n));
      write_file(first.file("a"), std::to_string(n));
      first.agent.ctl({"commit", "-r", "w"});
      saved = n;
      first.agent.ctl({"sync", "-r", "w"});
    }
  });
  for (int round = 0; round < 4; ++round) {
    Machine other;
    const int before = saved;
    const auto cloned = other.clone(remote, {"--head", id, "--no-push"});
    CAPTURE(round, before);
    CHECK(cloned["taken"]["id"] == id);
    CHECK(other.agent.ctl({"verify", "-r", "w", "--read-data"}).status == 0);
    const std::string commit = cloned["head"];
    CHECK(first.agent.ctl({"show", commit, "-r", "w"}).status == 0);
    CHECK(read_file(other.file("a")) == first.agent.ctl({"cat", commit + ":a", "-r", "w"}).out);
  }
  ended = true;
  saving.join();
}

TEST_CASE("heads: a remote of a newer format is refused in clear words, and nothing is written") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  first.begin(remote);
  // Sets an unknown version in the envelope, and the checksum that fits.
  std::string config = read_file(remote + "/config");
  config[5] = 99;
  const std::string body = config.substr(0, config.size() - 8);
  fs::permissions(remote + "/config", fs::perms::owner_write, fs::perm_options::add);
  write_file(remote + "/config", body + checksum_of(body));
  const auto everything = [&] {
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(remote)) all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto before = everything();
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"clone", remote, second.place / "w"}, {"remote", "heads", remote}}) {
    const auto refused = second.agent.ctl(command);
    CAPTURE(command, refused.out, refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("has version 99") != std::string::npos);
    CHECK(refused.err.find("update it") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(second.place / "w"));
  CHECK(second.agent.json({"repo", "list"})["repositories"].empty());
  CHECK(everything() == before);
}

TEST_CASE("heads: an id may be cut and written large, and must fit one head of this remote") {
  TemporaryFolder disk;
  const std::string remote = disk / "store", another = disk / "another";
  Machine first, stranger, second;
  first.begin(remote);
  stranger.begin(another);
  const std::string id = first.agent.json({"remote", "heads", "r"})["heads"][0]["id"];
  const std::string foreign = stranger.agent.json({"remote", "heads", "r"})["heads"][0]["id"];
  for (const std::string& head : {foreign, foreign.substr(0, 8), id.substr(0, 3), id + "0"}) {
    CAPTURE(head);
    const auto refused = second.agent.ctl({"clone", remote, second.place / "w", "--head", head});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("no head") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(second.place / "w"));
  std::string large = id.substr(0, 8);
  for (char& c : large) c = static_cast<char>(std::toupper(c));
  CHECK(second.clone(remote, {"--head", large})["taken"]["id"] == id);
}

TEST_CASE("heads: control characters in what a machine tells of itself are harmless") {
  TemporaryFolder disk;
  const std::string remote = disk / "store";
  Machine first, second;
  fs::create_directory(first.place / "w\x1b[31m\nred");
  write_file(first.place / "w\x1b[31m\nred/a", "begun\n");
  first.agent.json({"init", first.place / "w\x1b[31m\nred", "--name", "w", "--wait"});
  first.agent.json({"remote", "add", "r", remote});
  first.agent.json({"sync", "--wait"});
  const auto listed = second.agent.ctl({"remote", "heads", remote});
  CHECK(listed.status == 0);
  const auto refused = second.agent.ctl({"clone", remote, second.place / "x", "--head", "nobody"});
  const auto cloned = second.agent.ctl({"clone", remote, second.place / "x", "--name", "x"});
  CHECK(cloned.status == 0);
  for (const std::string& text : {listed.out, refused.err, cloned.out, cloned.err}) {
    CAPTURE(text);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\nred") == std::string::npos);
  }
}

}  // namespace vcs::test
