// SPDX-License-Identifier: Apache-2.0
// Checks every sentence of core/remote/remote_store.hpp on every store.
#include "tests/contract/remote/remote_store_contract.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
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

std::vector<std::string> names(RemoteStore& store, const std::string& prefix = "",
                               const std::string& after = "") {
  std::vector<std::string> result;
  const auto listed = store.list(prefix, after, [&](const ObjectInfo& info) {
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

TEST_CASE("remote contract: list goes on after any name, as a model does") {
  on_every_store([](RemoteStore& store) {
    std::mt19937 generator(11);
    std::set<std::string> all;
    for (int i = 0; i < 40; ++i)
      // The last part has a letter that no folder has.
      all.insert(fmt::format("{}/{}{}/x{}", "ab"[generator() % 2], generator() % 3,
                             std::array{"", "-", ".z"}[generator() % 3], generator() % 4));
    all.insert({"a-b", "a.x", "c", "b0"});
    for (const std::string& name : all)
      REQUIRE(store.put(name, {}, PutMode::if_absent).has_value());
    std::vector<std::string> points(all.begin(), all.end());
    for (const char* point : {"", "a", "a/", "a/1", "a/1-", "a/1-/x9", "b/", "b/0/", "b/zz", "z"})
      points.push_back(point);
    for (const char* prefix : {"", "a", "a/", "a/1", "b/2-/x", "c", "none"}) {
      for (const std::string& after : points) {
        INFO("prefix '" << prefix << "' after '" << after << "'");
        std::vector<std::string> expected;
        for (const std::string& name : all)
          if (name.starts_with(prefix) && name > after) expected.push_back(name);
        CHECK(names(store, prefix, after) == expected);
      }
    }
    const auto all_of_them = [](const ObjectInfo&) { return true; };
    CHECK(code(store.list("", "NOT A NAME", all_of_them)) == ErrorCode::invalid);
  });
}

TEST_CASE("remote contract: list while others put and remove has all that stays, in order") {
  on_every_remote([](const OpenClient& open) {
    const auto reader = open();
    std::set<std::string> stays;
    for (int i = 0; i < 30; ++i) stays.insert(fmt::format("n/{:02}/stays", i));
    for (const std::string& name : stays)
      REQUIRE(reader->put(name, {}, PutMode::if_absent).has_value());
    std::atomic<bool> done{false};
    std::atomic<std::size_t> wrong{0};
    std::thread writer([&, store = std::shared_ptr<RemoteStore>(open())] {
      for (int i = 0; !done; i = (i + 7) % 30) {
        const std::string name = fmt::format("n/{:02}/{}", i, i % 2 == 0 ? "comes" : "zoes");
        if (!store->put(name, text("x"), PutMode::overwrite)) ++wrong;
        if (!store->remove(name)) ++wrong;
      }
    });
    for (int round = 0; round < 20; ++round) {
      const std::vector<std::string> seen = names(*reader, "n/");
      if (std::adjacent_find(seen.begin(), seen.end(), std::greater_equal<>()) != seen.end())
        ++wrong;
      if (!std::includes(seen.begin(), seen.end(), stays.begin(), stays.end())) ++wrong;
    }
    done = true;
    writer.join();
    CHECK(wrong == 0);
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
    const auto check_range = [&](std::size_t offset, std::size_t length, std::size_t gives) {
      const Bytes part = reader->get("packs/large", {offset, length}).value();
      REQUIRE(part.size() == gives);
      CHECK(std::equal(part.begin(), part.end(),
                       large.begin() + static_cast<std::ptrdiff_t>(offset)));
    };
    check_range((8u << 20) + 5, 1u << 20, 1u << 20);
    check_range(0, 1, 1);
    check_range(0, 5u << 20, 5u << 20);
    check_range((16u << 20) - 1, 1, 1);
    check_range((16u << 20) - 1, 100, 1);
    check_range((11u << 20) + 3, 100u << 20, (5u << 20) - 3);
    check_range(16u << 20, 1, 0);
    CHECK(code(reader->get("packs/large", {(16u << 20) + 1, 1})) == ErrorCode::invalid);
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

TEST_CASE("remote contract: a batch may have a name twice") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put_many({{"a", text("1")}, {"b", {}}, {"a", text("2")}}, PutMode::overwrite));
    CHECK(store.get("a").value() == text("2"));
    CHECK(store.has_many({"a", "none", "a"}).value() == std::vector<bool>{true, false, true});
    CHECK(store.get_many({"a", "a"}).value() ==
          std::vector<std::optional<Bytes>>{text("2"), text("2")});
    CHECK(code(store.put_many({{"c", text("3")}, {"c", text("4")}}, PutMode::if_absent)) ==
          ErrorCode::already_exists);
    CHECK(store.get("c").value() == text("3"));
    CHECK(store.remove_many({"a", "b", "a"}).has_value());
    CHECK(names(store) == std::vector<std::string>{"c"});
  });
}

TEST_CASE("remote contract: a large batch is put as its objects would be one by one") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    std::vector<remote::NamedBytes> objects;
    for (std::uint32_t i = 0; i < 40; ++i)
      objects.push_back({fmt::format("p/{:02}/{}", i % 7, i), noise(i * 50, i)});
    REQUIRE(store->put_many(objects, PutMode::if_absent).has_value());
    for (const auto& object : objects) CHECK(open()->get(object.name).value() == object.bytes);
    CHECK(names(*store).size() == objects.size());

    std::vector<remote::NamedBytes> more;
    for (int i = 0; i < 30; ++i) more.push_back({fmt::format("q/{:02}", i), text("new")});
    more.insert(more.begin() + 20, objects[3]);
    CHECK(code(store->put_many(more, PutMode::if_absent)) == ErrorCode::already_exists);
    CHECK(names(*store, "q/").size() == 20);
    more[20] = {"q/05", text("again")};
    CHECK(store->put_many(more, PutMode::overwrite).has_value());
    CHECK(store->get("q/05").value() == text("again"));
    more[10].name = "BAD";
    CHECK(code(store->put_many(more, PutMode::overwrite)) == ErrorCode::invalid);
    CHECK(names(*store, "q/").size() == 30);
  });
}

TEST_CASE("remote contract: remove_many removes what is there and minds nothing that is not") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    std::vector<remote::NamedBytes> objects;
    std::vector<std::string> all = {"never/was", "p"};
    for (int i = 0; i < 250; ++i) {
      objects.push_back({fmt::format("p/{}/{:03}", i % 3, i), {}});
      all.push_back(objects.back().name);
    }
    REQUIRE(store->put_many(objects, PutMode::if_absent).has_value());
    REQUIRE(store->put("kept", text("x"), PutMode::if_absent).has_value());
    CHECK(code(store->remove_many({"kept/BAD"})) == ErrorCode::invalid);
    CHECK(store->remove_many({}).has_value());
    CHECK(store->remove_many(all).has_value());
    CHECK(names(*open()) == std::vector<std::string>{"kept"});
    CHECK(store->remove_many(all).has_value());
  });
}

TEST_CASE("remote contract: an object's time is the same everywhere and never goes back") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    const auto modified = [&]() -> std::optional<base::UnixNanos> {
      return store->stat("refs/a").value().value().modified;
    };
    REQUIRE(store->put("refs/a", text("1"), PutMode::if_absent).has_value());
    CHECK(modified().has_value() == store->properties().has_clock);
    auto last = modified();
    for (int i = 0; i < 5; ++i) {
      const Bytes before = store->get("refs/a").value();
      if (i % 2 == 0)
        REQUIRE(store->put("refs/a", text(std::to_string(i)), PutMode::overwrite).has_value());
      else
        REQUIRE(store->replace_if("refs/a", before, text(std::to_string(i))).has_value());
      CHECK(modified() >= last);
      last = modified();
    }
    REQUIRE(open()->list("refs/", [&](const ObjectInfo& info) {
      CHECK(info.modified == last);
      return true;
    }));
  });
}

TEST_CASE("remote contract: a cancelled store ends every call, and other clients go on") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    REQUIRE(store->put("a", text("1"), PutMode::if_absent).has_value());
    store->cancel();
    store->cancel();
    constexpr auto kCancelled = ErrorCode::cancelled;
    CHECK(code(store->get("a")) == kCancelled);
    CHECK(code(store->put("b", text("2"), PutMode::if_absent)) == kCancelled);
    CHECK(code(store->put("a", text("2"), PutMode::overwrite)) == kCancelled);
    CHECK(code(store->stat("a")) == kCancelled);
    CHECK(code(store->list("", [](const ObjectInfo&) { return true; })) == kCancelled);
    CHECK(code(store->remove("a")) == kCancelled);
    CHECK(code(store->replace_if("a", text("1"), text("2"))) == kCancelled);
    CHECK(code(store->has_many({"a"})) == kCancelled);
    CHECK(code(store->get_many({"a"})) == kCancelled);
    CHECK(code(store->put_many({{"b", {}}}, PutMode::if_absent)) == kCancelled);
    CHECK(code(store->put_many(std::vector<remote::NamedBytes>(20, {"b", {}}),
                               PutMode::overwrite)) == kCancelled);
    CHECK(code(store->remove_many({"a"})) == kCancelled);
    CHECK(code(store->incarnation()) == kCancelled);
    CHECK(code(store->examine()) == kCancelled);
    CHECK(names(*open()) == std::vector<std::string>{"a"});
    CHECK(open()->get("a").value() == text("1"));
  });
}

TEST_CASE("remote contract: cancel ends a listing that is under way") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    for (const char* name : {"a/1", "a/2", "b/1"})
      REQUIRE(store->put(name, {}, PutMode::if_absent).has_value());
    std::size_t seen = 0;
    CHECK(code(store->list("", [&](const ObjectInfo&) {
            store->cancel();
            return ++seen > 0;
          })) == ErrorCode::cancelled);
    CHECK(seen == 1);
  });
}

TEST_CASE(
    "remote contract: cancel ends writers in other threads, and each write is all or nothing") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    const Bytes content = noise(100'000, 5);
    std::atomic<std::size_t> wrong{0}, finished{0};
    std::thread stopper([&] {
      while (finished < 3) std::this_thread::yield();
      store->cancel();
    });
    in_threads([&](std::size_t thread) {
      for (int i = 0;; ++i) {
        const auto put = store->put(fmt::format("t{}/{}", thread, i), content, PutMode::if_absent);
        ++finished;
        if (put) continue;
        if (put.error().code != ErrorCode::cancelled) ++wrong;
        return;
      }
    });
    stopper.join();
    const auto reader = open();
    for (const std::string& name : names(*reader))
      if (reader->get(name).value() != content) ++wrong;
    CHECK(wrong == 0);
  });
}

TEST_CASE("remote contract: the incarnation stays, for every client, while nothing is lost") {
  on_every_remote([](const OpenClient& open) {
    const auto store = open();
    const std::string first = store->incarnation().value();
    REQUIRE(store->put("a/b", text("x"), PutMode::overwrite).has_value());
    REQUIRE(store->remove("a/b").has_value());
    CHECK(store->incarnation().value() == first);
    CHECK(open()->incarnation().value() == first);
  });
}

TEST_CASE("remote contract: an examination leaves no object behind and says what the store is") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("a", text("1"), PutMode::if_absent).has_value());
    const auto examined = store.examine();
    REQUIRE(examined.has_value());
    CHECK_FALSE(examined->engine.empty());
    if (store.properties().has_clock) {
      REQUIRE(examined->clock_difference.has_value());
      CHECK(*examined->clock_difference < std::chrono::minutes(1));
      CHECK(*examined->clock_difference > -std::chrono::minutes(1));
    }
    for (const remote::Capability& capability : examined->capabilities)
      CHECK_FALSE(capability.what.empty());
    CHECK(names(store) == std::vector<std::string>{"a"});
  });
}

TEST_CASE("remote contract: what a store does not offer is unsupported") {
  on_every_store([](RemoteStore& store) {
    REQUIRE(store.put("a", text("1"), PutMode::if_absent).has_value());
    const auto watched = store.watch("", [] {});
    if (!watched) CHECK(watched.error().code == ErrorCode::unsupported);
    const auto retained = store.retain({"a"}, base::unix_nanos(1));
    if (!store.properties().retention) CHECK(code(retained) == ErrorCode::unsupported);
  });
}

TEST_CASE("remote contract: properties are usable") {
  on_every_store([](RemoteStore& store) {
    const remote::Properties properties = store.properties();
    CHECK(properties.largest_object >= 16u << 20);
    CHECK(properties.best_object <= properties.largest_object);
    CHECK(properties.best_object > 0);
    CHECK(properties.concurrency >= 1);
    CHECK(properties.batch_objects >= 1);
    CHECK(properties.batch_bytes > 0);
    CHECK(properties.can_remove);
    CHECK_FALSE(base::name_of(properties.durable).empty());
  });
}

}  // namespace vcs::test
