// SPDX-License-Identifier: Apache-2.0
// Checks every sentence of core/remote/remote_store.hpp on every store.
#include "tests/contract/remote/remote_store_contract.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <thread>

namespace vcs::test {

namespace {

using base::Bytes;
using base::ErrorCode;
using remote::ObjectInfo;
using remote::PutMode;
using remote::RemoteStore;

constexpr std::size_t kThreads = 8;

Bytes text(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

Bytes noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 generator(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(generator());
  return bytes;
}

std::vector<std::string> names(RemoteStore& store, const std::string& prefix = "") {
  std::vector<std::string> result;
  const auto listed = store.list(prefix, [&](const ObjectInfo& info) {
    result.push_back(info.name);
    return true;
  });
  REQUIRE(listed.has_value());
  return result;
}

template <typename T>
ErrorCode code(const base::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_FALSE(result.error().message.empty());
  return result.error().code;
}

void on_every_remote(const std::function<void(const OpenClient&)>& examine) {
  for (const RemoteUnderTest& subject : remotes_under_test()) {
    INFO("store: " << subject.name);
    examine(subject.make());
  }
}

void on_every_store(const std::function<void(RemoteStore&)>& examine) {
  on_every_remote([&](const OpenClient& open) { examine(*open()); });
}

void in_threads(const std::function<void(std::size_t)>& work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("remote contract: what was put can be got, statted and listed by every client") {
  on_every_remote([](const OpenClient& open) {
    const auto writer = open();
    const auto reader = open();
    REQUIRE(writer->put("packs/ab/one", text("content"), PutMode::if_absent).has_value());
    CHECK(reader->get("packs/ab/one").value() == text("content"));
    const auto info = reader->stat("packs/ab/one").value();
    REQUIRE(info.has_value());
    CHECK(info->name == "packs/ab/one");
    CHECK(info->size == 7);
    CHECK(names(*reader) == std::vector<std::string>{"packs/ab/one"});
  });
}

TEST_CASE("remote contract: an object may be empty") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("empty", {}, PutMode::if_absent).has_value());
    CHECK(store.get("empty").value().empty());
    CHECK(store.stat("empty").value()->size == 0);
    CHECK(code(store.put("empty", text("x"), PutMode::if_absent)) == ErrorCode::already_exists);
  });
}

TEST_CASE("remote contract: what is not there is not_found, no info, and absent from batches") {
  on_every_store([](RemoteStore& store) {
    CHECK(code(store.get("nothing")) == ErrorCode::not_found);
    CHECK(code(store.get("no/thing")) == ErrorCode::not_found);
    CHECK_FALSE(store.stat("nothing").value().has_value());
    CHECK_FALSE(store.stat("no/thing/here").value().has_value());
    CHECK(names(store).empty());
    CHECK(names(store, "no/").empty());
  });
}

TEST_CASE("remote contract: a folder of names is no object") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("a/b", text("x"), PutMode::if_absent).has_value());
    CHECK_FALSE(store.stat("a").value().has_value());
    CHECK(code(store.get("a")) == ErrorCode::not_found);
    CHECK(store.remove("a").has_value());
    CHECK(store.get("a/b").has_value());
    CHECK_FALSE(store.stat("a/b/c").value().has_value());
    CHECK(code(store.get("a/b/c")) == ErrorCode::not_found);
  });
}

TEST_CASE("remote contract: if_absent keeps what is there, overwrite replaces it") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("name", text("first"), PutMode::if_absent).has_value());
    CHECK(code(store.put("name", text("second"), PutMode::if_absent)) == ErrorCode::already_exists);
    CHECK(store.get("name").value() == text("first"));
    REQUIRE(store.put("name", text("3"), PutMode::overwrite).has_value());
    CHECK(store.get("name").value() == text("3"));
    REQUIRE(store.put("other", text("4"), PutMode::overwrite).has_value());
    CHECK(store.get("other").value() == text("4"));
  });
}

TEST_CASE("remote contract: names outside the rule are refused") {
  std::vector<std::string> bad = {"",     "/",    "/a",   "a/",    "a//b", ".",   "..",
                                  "a/.",  "a/..", "../a", "a/./b", "A",    "a b", "a\\b",
                                  "a\nb", "ä",    "a+b",  "a:b",   "a%20b"};
  bad.push_back(std::string(201, 'a'));
  bad.push_back(std::string("a\0b", 3));
  on_every_store([&](RemoteStore& store) {
    for (const std::string& name : bad) {
      INFO("name: " << name);
      CHECK(code(store.put(name, text("x"), PutMode::overwrite)) == ErrorCode::invalid);
      CHECK(code(store.put(name, text("x"), PutMode::if_absent)) == ErrorCode::invalid);
      CHECK(code(store.get(name)) == ErrorCode::invalid);
      CHECK(code(store.stat(name)) == ErrorCode::invalid);
      CHECK(code(store.remove(name)) == ErrorCode::invalid);
      CHECK(code(store.replace_if(name, {}, text("x"))) == ErrorCode::invalid);
    }
    CHECK(names(store).empty());
  });
}

TEST_CASE("remote contract: names inside the rule are kept exactly") {
  std::vector<std::string> good = {"-",       "...",    ".hidden", "0",        "_",
                                   "a-b_c.d", "x/.y/z", "x/..z",   "x/y.tmp-1"};
  good.push_back(std::string(200, 'n'));
  good.push_back(fmt::format("{:d>99}/{:e>100}", "", ""));
  on_every_store([&](RemoteStore& store) {
    for (const std::string& name : good)
      REQUIRE(store.put(name, text(name), PutMode::if_absent).has_value());
    for (const std::string& name : good) CHECK(store.get(name).value() == text(name));
    auto sorted = good;
    std::sort(sorted.begin(), sorted.end());
    CHECK(names(store) == sorted);
  });
}

TEST_CASE("remote contract: a range is cut at the end of the object") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("digits", text("0123456789"), PutMode::if_absent).has_value());
    CHECK(store.get("digits", {0, 10}).value() == text("0123456789"));
    CHECK(store.get("digits", {3, 4}).value() == text("3456"));
    CHECK(store.get("digits", {8, 100}).value() == text("89"));
    CHECK(store.get("digits", {8}).value() == text("89"));
    CHECK(store.get("digits", {4, 0}).value().empty());
    CHECK(store.get("digits", {10}).value().empty());
    CHECK(code(store.get("digits", {11})) == ErrorCode::invalid);
    CHECK(code(store.get("digits", {UINT64_MAX, UINT64_MAX})) == ErrorCode::invalid);
  });
}

TEST_CASE("remote contract: removing is final, and removing nothing is no error") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("a/b", text("x"), PutMode::if_absent).has_value());
    REQUIRE(store.remove("a/b").has_value());
    CHECK_FALSE(store.stat("a/b").value().has_value());
    CHECK(names(store).empty());
    CHECK(store.remove("a/b").has_value());
    CHECK(store.remove("never/was").has_value());
    CHECK(store.put("a/b", text("again"), PutMode::if_absent).has_value());
  });
}

TEST_CASE("remote contract: list tells many names in byte order, each once") {
  for (const RemoteUnderTest& subject : remotes_under_test()) {
    INFO("store: " << subject.name);
    const OpenClient open = subject.make();
    const auto client = open();
    RemoteStore& store = *client;
    std::set<std::string> expected;
    std::mt19937 generator(7);
    const std::string_view letters = "ab./-_0";
    while (expected.size() < subject.many) {
      std::string name = "n/";
      for (int i = 0; i < 12; ++i) name += letters[generator() % letters.size()];
      name += "x";
      // No name is a folder of another one: each has one x, its last character.
      if (remote::is_valid_object_name(name)) expected.insert(name);
    }
    std::vector<remote::NamedBytes> objects;
    for (const auto& name : expected) objects.push_back({name, {}});
    std::shuffle(objects.begin(), objects.end(), generator);
    std::atomic<std::size_t> next{0}, failed{0};
    in_threads([&](std::size_t) {
      for (std::size_t i; (i = next++) < objects.size();)
        if (!store.put(objects[i].name, objects[i].bytes, PutMode::if_absent)) ++failed;
    });
    REQUIRE(failed == 0);
    CHECK(names(store) == std::vector<std::string>(expected.begin(), expected.end()));
    CHECK(names(store, "n/") == std::vector<std::string>(expected.begin(), expected.end()));
  }
}

TEST_CASE("remote contract: list takes any prefix of names and stops when asked to") {
  on_every_store([](RemoteStore& store) {
    for (const char* name : {"a-b", "a.b", "a/1", "a/2/x", "a/2/y", "a/20", "ab", "b/1"})
      REQUIRE(store.put(name, text(name), PutMode::if_absent).has_value());
    using List = std::vector<std::string>;
    CHECK(names(store) == List{"a-b", "a.b", "a/1", "a/2/x", "a/2/y", "a/20", "ab", "b/1"});
    CHECK(names(store, "a/") == List{"a/1", "a/2/x", "a/2/y", "a/20"});
    CHECK(names(store, "a/2") == List{"a/2/x", "a/2/y", "a/20"});
    CHECK(names(store, "a/2/") == List{"a/2/x", "a/2/y"});
    CHECK(names(store, "a") == List{"a-b", "a.b", "a/1", "a/2/x", "a/2/y", "a/20", "ab"});
    CHECK(names(store, "a/2/x") == List{"a/2/x"});
    CHECK(names(store, "c").empty());
    CHECK(code(store.list("/a", [](const ObjectInfo&) { return true; })) == ErrorCode::invalid);
    CHECK(code(store.list("a//", [](const ObjectInfo&) { return true; })) == ErrorCode::invalid);
    List seen;
    REQUIRE(store
                .list("",
                      [&](const ObjectInfo& info) {
                        seen.push_back(info.name);
                        CHECK(info.size == info.name.size());
                        return seen.size() < 4;
                      })
                .has_value());
    CHECK(seen == List{"a-b", "a.b", "a/1", "a/2/x"});
  });
}

TEST_CASE("remote contract: a visitor of list may use the store") {
  on_every_store([](RemoteStore& store) {
    for (const char* name : {"a/1", "a/2", "a/3"})
      REQUIRE(store.put(name, text(name), PutMode::if_absent).has_value());
    std::size_t seen = 0;
    REQUIRE(store
                .list("a/",
                      [&](const ObjectInfo& info) {
                        CHECK(store.get(info.name).value() == text(info.name));
                        CHECK(store.remove(info.name).has_value());
                        return ++seen > 0;
                      })
                .has_value());
    CHECK(seen == 3);
    CHECK(names(store).empty());
  });
}

TEST_CASE("remote contract: replace_if writes only over what was expected") {
  on_every_store([](RemoteStore& store) {
    CHECK(code(store.replace_if("refs/a/head", text("1"), text("2"))) ==
          ErrorCode::precondition_failed);
    CHECK_FALSE(store.stat("refs/a/head").value().has_value());
    REQUIRE(store.replace_if("refs/a/head", {}, text("1")).has_value());
    CHECK(code(store.replace_if("refs/a/head", {}, text("2"))) == ErrorCode::precondition_failed);
    CHECK(code(store.replace_if("refs/a/head", text("2"), text("3"))) ==
          ErrorCode::precondition_failed);
    CHECK(code(store.replace_if("refs/a/head", Bytes{}, text("3"))) ==
          ErrorCode::precondition_failed);
    CHECK(store.get("refs/a/head").value() == text("1"));
    REQUIRE(store.replace_if("refs/a/head", text("1"), text("longer")).has_value());
    CHECK(store.get("refs/a/head").value() == text("longer"));
    REQUIRE(store.replace_if("refs/a/head", text("longer"), {}).has_value());
    REQUIRE(store.replace_if("refs/a/head", Bytes{}, text("4")).has_value());
    CHECK(store.get("refs/a/head").value() == text("4"));
  });
}

TEST_CASE("remote contract: of many that replace the same content exactly one wins") {
  on_every_remote([](const OpenClient& open) {
    if (!open()->properties().atomic_replace) return;
    std::vector<std::unique_ptr<RemoteStore>> clients;
    for (std::size_t i = 0; i < kThreads; ++i) clients.push_back(open());
    std::optional<Bytes> expected;
    for (int round = 0; round < 6; ++round) {
      std::atomic<std::size_t> winners{0}, losers{0}, winner{kThreads};
      in_threads([&](std::size_t thread) {
        // Half of them share a client.
        const std::size_t client = thread % 2 == 0 ? 0 : thread;
        const Bytes mine = text(fmt::format("round {} thread {}", round, thread));
        const auto result = clients[client]->replace_if("ref", expected, mine);
        if (result)
          ++winners, winner = thread;
        else if (result.error().code == ErrorCode::precondition_failed)
          ++losers;
      });
      CHECK(winners == 1);
      CHECK(losers == kThreads - 1);
      expected = text(fmt::format("round {} thread {}", round, winner.load()));
      CHECK(clients[1]->get("ref").value() == *expected);
    }
  });
}

TEST_CASE("remote contract: of many that put the same absent name exactly one wins") {
  on_every_remote([](const OpenClient& open) {
    std::vector<std::unique_ptr<RemoteStore>> clients;
    for (std::size_t i = 0; i < kThreads; ++i) clients.push_back(open());
    std::atomic<std::size_t> winners{0}, losers{0}, winner{0};
    in_threads([&](std::size_t thread) {
      const auto result =
          clients[thread]->put("new/name", text(std::to_string(thread)), PutMode::if_absent);
      if (result)
        ++winners, winner = thread;
      else if (result.error().code == ErrorCode::already_exists)
        ++losers;
    });
    CHECK(winners == 1);
    CHECK(losers == kThreads - 1);
    CHECK(clients[0]->get("new/name").value() == text(std::to_string(winner.load())));
  });
}

TEST_CASE("remote contract: calls from several threads do not disturb each other") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    std::atomic<std::size_t> wrong{0};
    in_threads([&](std::size_t thread) {
      for (int i = 0; i < 20; ++i) {
        const std::string name = fmt::format("t{}/{}", thread, i % 5);
        const Bytes content = noise(1000 + 17 * thread, static_cast<std::uint32_t>(i));
        if (!store->put(name, content, PutMode::overwrite)) ++wrong;
        if (store->get(name) != content) ++wrong;
        if (i % 7 == 6 && !store->remove(name)) ++wrong;
        if (!store->list("t", [](const ObjectInfo&) { return true; })) ++wrong;
      }
    });
    CHECK(wrong == 0);
  });
}

TEST_CASE("remote contract: readers of an object that is being replaced see it whole") {
  on_every_store([](RemoteStore& store) {
    const std::vector<Bytes> versions = {noise(200'000, 1), noise(150'000, 2)};
    REQUIRE(store.put("object", versions[0], PutMode::overwrite).has_value());
    std::atomic<bool> done{false};
    std::atomic<std::size_t> wrong{0};
    std::thread reader([&] {
      while (!done) {
        const auto bytes = store.get("object");
        if (!bytes || (*bytes != versions[0] && *bytes != versions[1])) ++wrong;
      }
    });
    for (std::size_t i = 0; i < 20; ++i)
      if (!store.put("object", versions[i % 2], PutMode::overwrite)) ++wrong;
    done = true;
    reader.join();
    CHECK(wrong == 0);
  });
}

TEST_CASE("remote contract: an object of 16 MiB comes back whole and in parts") {
  on_every_remote([](const OpenClient& open) {
    const Bytes large = noise(16u << 20, 3);
    REQUIRE(open()->put("packs/large", large, PutMode::if_absent).has_value());
    const auto reader = open();
    CHECK(reader->get("packs/large").value() == large);
    const Bytes part = reader->get("packs/large", {(8u << 20) + 5, 1u << 20}).value();
    CHECK(std::equal(part.begin(), part.end(), large.begin() + (8u << 20) + 5));
    CHECK(part.size() == 1u << 20);
    CHECK(reader->stat("packs/large").value()->size == large.size());
  });
}

TEST_CASE("remote contract: what was put is there after reopening") {
  on_every_remote([](const OpenClient& open) {
    {
      const auto store = open();
      REQUIRE(store->put("a/b/c", text("kept"), PutMode::if_absent).has_value());
      REQUIRE(store->replace_if("ref", {}, text("1")).has_value());
      REQUIRE(store->put("gone", text("x"), PutMode::if_absent).has_value());
      REQUIRE(store->remove("gone").has_value());
    }
    const auto store = open();
    CHECK(store->get("a/b/c").value() == text("kept"));
    CHECK(names(*store) == std::vector<std::string>{"a/b/c", "ref"});
    CHECK(store->replace_if("ref", text("1"), text("2")).has_value());
  });
}

TEST_CASE("remote contract: batches answer in the order of the names") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put_many({{"a", text("1")}, {"b/c", text("2")}}, PutMode::if_absent).has_value());
    CHECK(store.has_many({"b/c", "none", "a"}).value() == std::vector<bool>{true, false, true});
    const auto got = store.get_many({"b/c", "none", "a"}).value();
    REQUIRE(got.size() == 3);
    CHECK(got[0] == text("2"));
    CHECK_FALSE(got[1].has_value());
    CHECK(got[2] == text("1"));
    CHECK(store.has_many({}).value().empty());
    CHECK(store.get_many({}).value().empty());
    CHECK(store.put_many({}, PutMode::if_absent).has_value());
    CHECK(code(store.put_many({{"new", text("3")}, {"a", text("4")}}, PutMode::if_absent)) ==
          ErrorCode::already_exists);
    CHECK(store.get("a").value() == text("1"));
    CHECK(store.get("new").value() == text("3"));
    CHECK(store.put_many({{"a", text("5")}}, PutMode::overwrite).has_value());
    CHECK(store.get("a").value() == text("5"));
    CHECK(code(store.has_many({"a", "BAD"})) == ErrorCode::invalid);
    CHECK(code(store.get_many({"BAD"})) == ErrorCode::invalid);
  });
}

TEST_CASE("remote contract: properties are usable") {
  on_every_store([](RemoteStore& store) {
    CHECK(store.properties().largest_object >= 8u << 20);
    CHECK(store.properties().concurrency >= 1);
  });
}

}  // namespace vcs::test
