// SPDX-License-Identifier: Apache-2.0
// The object store on a healthy disk, and opening it after a crash or damage.
#include "core/store/object_store.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/base/memory.hpp"
#include "core/base/thread_pool.hpp"
#include "core/history/verifier.hpp"
#include "core/pack/pack_file.hpp"
#include "tests/support/failing_memory.hpp"
#include "tests/support/mapped_memory.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

using base::ErrorCode;
using object::ObjectId;
using object::ObjectKind;

StoreOptions small_packs() {
  StoreOptions options;
  options.seal_at = 2000;
  return options;
}

std::string numbered(int n) {
  return "content number " + std::to_string(n) + std::string(90, '.');
}

std::vector<std::string> verify_errors(ObjectStore& store, const ObjectId& head) {
  history::VerifyOptions options;
  options.read_data = true;
  return test::must(history::verify(store, std::span(&head, 1), options)).errors;
}

TEST_CASE("object store: an empty one knows nothing and makes no file") {
  StoreBox box;
  auto store = box.open();
  REQUIRE_FALSE(store->find(id_of("a")));
  REQUIRE(store->get(id_of("a")).error().code == ErrorCode::not_found);
  REQUIRE(store->stats().packs == 0);
  REQUIRE(store->recovery().damage.empty());
  REQUIRE(store->sync());
  store->abandon();
  REQUIRE(std::filesystem::is_empty(box.packs()));
}

TEST_CASE("object store: nothing is acknowledged in a pack that somebody has removed") {
  StoreBox box;
  {
    auto store = box.open();
    test::must(try_snapshot(*store, {{"a", "first"}}, 1, std::nullopt));
    std::filesystem::remove(box.pack(1));
    const auto refused = try_snapshot(*store, {{"a", "second"}}, 2, std::nullopt);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().code == ErrorCode::io);
    // The next snapshot goes into a new pack.
    test::must(try_snapshot(*store, {{"a", "third"}}, 3, std::nullopt));
  }
  REQUIRE(get_text(*box.open(), id_of("third")) == "third");
}

TEST_CASE("object store: what was appended is found before and after it is durable") {
  StoreBox box;
  ObjectId head;
  const std::string large(3'000'000, 'L');  // more than the write buffer
  {
    auto store = box.open();
    REQUIRE(store->append(frame_of({"first", "second", ""})));
    REQUIRE(get_text(*store, id_of("second")) == "second");
    REQUIRE(get_text(*store, id_of("")).empty());
    REQUIRE(store->append(frame_of({large})));
    REQUIRE(get_text(*store, id_of("first")) == "first");
    head = snapshot(*store, {{"a", "first"}, {"b", "third"}}, 1, {});
    REQUIRE(get_text(*store, id_of("third")) == "third");
    REQUIRE(store->find(head)->kind == ObjectKind::commit);
    REQUIRE(store->find(id_of("second"))->length == 6);
  }
  auto store = box.open();
  REQUIRE(store->recovery().torn_bytes == 0);
  REQUIRE(store->recovery().commit_points == std::vector{head});
  REQUIRE(get_text(*store, id_of("second")) == "second");
  REQUIRE(get_text(*store, id_of(large)) == large);
  REQUIRE(verify_errors(*store, head).empty());
}

TEST_CASE("memory: whatever allocation fails, the store keeps what was acknowledged and goes on") {
  const bool all_after = GENERATE(false, true);
  const bool behind = GENERATE(false, true);
  base::ThreadPool writers(1, "test");
  StoreOptions options = small_packs();
  if (behind) options.writers = &writers;
  const std::string large(3'000'000, 'L');  // more than the write buffer
  const pack::EncodedFrame more = frame_of({numbered(1), numbered(2)}), much = frame_of({large});
  std::uint64_t nth = 1;
  for (bool struck = true; struck; ++nth) {
    CAPTURE(nth, all_after, behind);
    StoreBox box;
    ObjectId before, after;
    {
      auto store = box.open(options);
      before = snapshot(*store, {{"a", "acknowledged"}}, 1, {});
      {
        const auto failing = test::FailingMemory::nth(nth, all_after);
        const bool done = base::has_memory_for([&] {
          for (const pack::EncodedFrame* frame : {&more, &much, &more})
            if (!store->append(*frame)) return;
          (void)store->sync();
        });
        struck = failing.failures() > 0;
        if (!struck) REQUIRE(done);
      }
      store->abandon();
      store->release_claims();
      after = snapshot(*store, {{"a", "acknowledged"}, {"b", "later"}, {"c", large}}, 2, before);
      REQUIRE(get_text(*store, id_of(large)) == large);
    }
    auto store = box.open(options);
    REQUIRE(store->recovery().damage.empty());
    REQUIRE(get_text(*store, id_of("later")) == "later");
    REQUIRE(verify_errors(*store, before).empty());
    REQUIRE(verify_errors(*store, after).empty());
  }
  CHECK(nth > 5);
}

TEST_CASE("memory: a claim that is given up is free, and a loss where others counted on it") {
  StoreBox box;
  auto store = box.open();
  const std::uint64_t losses = store->losses();
  REQUIRE(store->claim(id_of("x")));
  store->give_up_claim(id_of("x"));
  CHECK(store->losses() == losses);
  REQUIRE(store->claim(id_of("x")));
  REQUIRE_FALSE(store->claim(id_of("x")));
  store->give_up_claim(id_of("x"));
  CHECK(store->losses() == losses + 1);
  REQUIRE(store->claim(id_of("x")));
  REQUIRE(store->append(frame_of({"x"})));
  store->give_up_claim(id_of("x"));
  CHECK(store->losses() == losses + 1);
}

TEST_CASE("object store: sync without a commit is durable and leaves no commit point") {
  StoreBox box;
  {
    auto store = box.open();
    REQUIRE(store->append(frame_of({"fetched"})));
    REQUIRE(store->sync());
    REQUIRE(store->sync());
  }
  auto store = box.open();
  REQUIRE(get_text(*store, id_of("fetched")) == "fetched");
  REQUIRE(store->recovery().commit_points.empty());
  REQUIRE(store->stats().objects == 1);
}

TEST_CASE("object store: abandoned objects are forgotten, and durable copies are not") {
  StoreBox box;
  auto store = box.open();
  REQUIRE(store->append(frame_of({"kept"})));
  REQUIRE(store->sync());
  REQUIRE(store->append(frame_of({"dropped"})));
  REQUIRE(store->append(frame_of({"kept"})));
  store->abandon();
  REQUIRE_FALSE(store->contains(id_of("dropped")));
  REQUIRE(get_text(*store, id_of("kept")) == "kept");
  REQUIRE(store->append(frame_of({"dropped"})));
  const ObjectId head = snapshot(*store, {{"f", "later"}}, 1, {});
  REQUIRE(get_text(*store, id_of("dropped")) == "dropped");
  REQUIRE(verify_errors(*store, head).empty());
}

TEST_CASE("object store: an object is claimed once, until it is stored or released") {
  StoreBox box;
  auto store = box.open();
  REQUIRE(store->claim(id_of("x")));
  REQUIRE_FALSE(store->claim(id_of("x")));
  store->release_claims();
  REQUIRE(store->claim(id_of("x")));
  REQUIRE(store->append(frame_of({"x"})));
  REQUIRE_FALSE(store->claim(id_of("x")));
  store->abandon();
  REQUIRE(store->claim(id_of("x")));
}

TEST_CASE("object store: full packs are sealed and all of them are searched") {
  StoreBox box;
  std::optional<ObjectId> head;
  {
    auto store = box.open(small_packs());
    for (int n = 1; n <= 60; ++n)
      head = snapshot(*store, {{"f", numbered(n)}}, static_cast<std::uint64_t>(n), head);
    REQUIRE(store->stats().packs > 5);
    for (int n = 1; n <= 60; ++n) REQUIRE(get_text(*store, id_of(numbered(n))) == numbered(n));
  }
  auto store = box.open(small_packs());
  REQUIRE(store->recovery().damage.empty());
  REQUIRE(store->recovery().commit_points.back() == *head);
  for (int n = 1; n <= 60; ++n) REQUIRE(get_text(*store, id_of(numbered(n))) == numbered(n));
  REQUIRE(verify_errors(*store, *head).empty());
  REQUIRE(store->stats().objects == 180);

  std::size_t commits = 0;
  store->for_each([&](const ObjectId&, ObjectKind kind) { commits += kind == ObjectKind::commit; });
  REQUIRE(commits == 60);
  const auto found = store->find_by_prefix(head->hex().substr(0, 15));
  REQUIRE(found == std::vector{std::pair{*head, ObjectKind::commit}});
  REQUIRE(store->find_by_prefix("").size() == 180);
  REQUIRE(store->find_by_prefix("no hex").empty());
}

TEST_CASE("object store: a lost or garbled index is built anew") {
  StoreBox box;
  std::optional<ObjectId> head;
  {
    auto store = box.open(small_packs());
    for (int n = 1; n <= 40; ++n)
      head = snapshot(*store, {{"f", numbered(n)}}, static_cast<std::uint64_t>(n), head);
  }
  REQUIRE(std::filesystem::remove(box.index(1)));
  std::string garbled = test::read_file(box.index(2));
  garbled[20] ^= 1;
  test::write_file(box.index(2), garbled);
  test::write_file(box.index(3), "");
  test::write_file(box.index(4) + ".tmp0", "left over");
  auto store = box.open(small_packs());
  REQUIRE(store->recovery().damage.empty());
  for (int n = 1; n <= 40; ++n) REQUIRE(get_text(*store, id_of(numbered(n))) == numbered(n));
  REQUIRE(verify_errors(*store, *head).empty());
  REQUIRE(std::filesystem::exists(box.index(1)));
  REQUIRE_FALSE(std::filesystem::exists(box.index(4) + ".tmp0"));
}

TEST_CASE("object store: a torn tail is cut, at every byte of the last commit") {
  StoreBox box;
  ObjectId first;
  std::size_t first_size = 0;
  {
    auto store = box.open();
    first = snapshot(*store, {{"a", "one"}}, 1, {});
    first_size = std::filesystem::file_size(box.pack(1));
    snapshot(*store, {{"a", "two"}}, 2, first);
  }
  const std::string whole = test::read_file(box.pack(1));
  for (std::size_t size = first_size; size < whole.size(); ++size) {
    // The tail is missing, or is zeros.
    for (const std::size_t zeros : {std::size_t{0}, whole.size() - size}) {
      const std::string torn = whole.substr(0, size) + std::string(zeros, '\0');
      if (torn == whole) continue;
      test::write_file(box.pack(1), torn);
      auto store = box.open();
      REQUIRE(store->recovery().damage.empty());
      REQUIRE(store->recovery().commit_points == std::vector{first});
      REQUIRE(get_text(*store, id_of("one")) == "one");
      const ObjectId again = snapshot(*store, {{"a", "two"}}, 2, first);
      REQUIRE(verify_errors(*store, again).empty());
    }
  }
}

TEST_CASE("object store: a pack file from a crash at its creation is used again") {
  StoreBox box;
  for (const std::string& content : {std::string(), std::string("VCSP"), std::string(500, '\0')}) {
    auto prepared = box.open();
    test::write_file(box.pack(1), content);
    ObjectId head;
    {
      auto store = box.open();
      REQUIRE(store->recovery().damage.empty());
      head = snapshot(*store, {{"a", "one"}}, 1, {});
    }
    auto store = box.open();
    REQUIRE(verify_errors(*store, head).empty());
  }
}

TEST_CASE("object store: where the numbers of packs end, saves are refused and not forgotten") {
  StoreBox box;
  const auto last = static_cast<int>(pack::kLargestPackNumber);
  std::filesystem::create_directories(box.packs());
  test::write_file(box.pack(last), "");
  const ObjectId head = snapshot(*box.open(), {{"a", "1"}}, 1, std::nullopt);
  StoreOptions options;
  options.seal_at = 1;
  auto store = box.open(options);
  const auto refused = try_snapshot(*store, {{"a", "2"}}, 2, head);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find(pack::pack_name(pack::kLargestPackNumber)) !=
        std::string::npos);
  store->abandon();
  store.reset();
  store = box.open(options);
  CHECK(store->recovery().damage.empty());
  CHECK(store->recovery().commit_points == std::vector{head});
  CHECK(get_text(*store, id_of("1")) == "1");
}

TEST_CASE("object store: damage before acknowledged commits is told, and nothing whole is lost") {
  StoreBox box;
  std::vector<ObjectId> heads;
  std::vector<std::size_t> ends;
  {
    auto store = box.open();
    for (int n = 1; n <= 5; ++n) {
      heads.push_back(snapshot(*store, {{"f", numbered(n)}}, static_cast<std::uint64_t>(n),
                               n == 1 ? std::nullopt : std::optional(heads.back())));
      ends.push_back(std::filesystem::file_size(box.pack(1)));
    }
  }
  std::string bytes = test::read_file(box.pack(1));
  bytes[ends[1] + 50] ^= 1;  // in the first frame of the third commit
  test::write_file(box.pack(1), bytes);
  for (int opening = 0; opening < 2; ++opening) {
    auto store = box.open();
    REQUIRE(store->recovery().damage.size() == (opening == 0 ? 1 : 0));
    REQUIRE(store->recovery().commit_points == std::vector{heads[0], heads[1]});
    REQUIRE_FALSE(store->contains(id_of(numbered(3))));
    for (const int n : {1, 2, 4, 5}) REQUIRE(get_text(*store, id_of(numbered(n))) == numbered(n));
    const auto errors = verify_errors(*store, heads[4]);
    REQUIRE(errors.size() == 2);
    REQUIRE(errors[0].find("00000001.pack is damaged at offset") == 0);
    REQUIRE(errors[1].find(heads[2].short_hex()) != std::string::npos);
    REQUIRE(errors[1].find("'f'") != std::string::npos);
  }
  REQUIRE(test::read_file(box.pack(1)) == bytes);
  auto store = box.open();
  REQUIRE(store->append(frame_of({"new"})));
  REQUIRE(store->find(id_of("new"))->pack == 2);
}

TEST_CASE("object store: a pack that holds very many small objects is sealed as well") {
  StoreBox box;
  StoreOptions options;
  options.seal_at_objects = 3;
  auto store = box.open(options);
  for (int n = 0; n < 3; ++n) REQUIRE(store->append(frame_of({numbered(n)})));
  CHECK(store->stats().packs == 1);
  REQUIRE(store->append(frame_of({numbered(3), numbered(4), numbered(5), numbered(6)})));
  CHECK(store->stats().packs == 2);
  REQUIRE(store->append(frame_of({numbered(7)})));
  CHECK(store->stats().packs == 3);
  for (int n = 0; n < 8; ++n) CHECK(get_text(*store, id_of(numbered(n))) == numbered(n));
}

TEST_CASE("object store: each flipped byte is noticed, and no wrong byte is ever returned") {
  StoreBox box;
  std::map<ObjectId, std::string> expected;
  std::optional<ObjectId> head;
  StoreOptions options;
  options.seal_at = 600;
  {
    auto store = box.open(options);
    for (int n = 1; n <= 3; ++n) {
      const std::string content = "content " + std::to_string(n);
      head = snapshot(*store, {{"f", content}}, static_cast<std::uint64_t>(n), head);
      expected[id_of(content)] = content;
    }
    REQUIRE(store->stats().packs == 2);
  }
  const std::vector<std::string> files{box.pack(1), box.index(1), box.pack(2)};
  std::map<std::string, std::string> original;
  for (const std::string& file : files) original[file] = test::read_file(file);
  for (const std::string& file : files) {
    // Most of an index is its fan-out table, which has one checksum: a sample of bytes is enough.
    const std::size_t step = file == box.index(1) ? 13 : 1;
    for (std::size_t i = 0; i < original[file].size(); i += step) {
      CAPTURE(file, i);
      for (const auto& [name, bytes] : original) test::write_file(name, bytes);
      std::filesystem::remove(box.index(2));  // of a damaged open pack that was sealed
      std::string damaged = original[file];
      damaged[i] ^= 0x10;
      test::write_file(file, damaged);
      auto store = box.open(options);
      for (const auto& [id, content] : expected)
        if (const auto bytes = store->get(id)) REQUIRE(base::as_text(*bytes) == content);
      const bool told = !store->recovery().damage.empty() || store->recovery().torn_bytes > 0;
      const bool rebuilt = file == box.index(1);
      REQUIRE((told || rebuilt || !verify_errors(*store, *head).empty()));
    }
  }
}

TEST_CASE("object store: an older whole copy answers when the newest is damaged") {
  StoreBox box;
  StoreOptions options;
  options.seal_at = 1;  // every append begins a pack
  {
    auto store = box.open(options);
    REQUIRE(store->append(frame_of({"twice"})));
    REQUIRE(store->append(frame_of({"twice"})));
    REQUIRE(store->append(frame_of({"other"})));
    REQUIRE(store->sync());
  }
  std::string bytes = test::read_file(box.pack(2));
  bytes[16 + 75] ^= 1;  // in the payload of its only frame
  test::write_file(box.pack(2), bytes);
  auto store = box.open(options);
  REQUIRE(store->find(id_of("twice"))->pack == 2);
  REQUIRE(get_text(*store, id_of("twice")) == "twice");
}

#ifdef __linux__
TEST_CASE("object store: pack indexes stay in memory only while much is looked up") {
  StoreBox box;
  StoreOptions options;
  options.seal_at = 1;  // every append begins a pack
  {
    auto store = box.open(options);
    for (const char* text : {"a", "b", "c"}) REQUIRE(store->append(frame_of({text})));
    REQUIRE(store->sync());
  }
  auto store = box.open(options);
  CHECK(test::mapped_in_memory(box.packs()) == 0);
  REQUIRE(store->find(id_of("a")));
  store->release_claims();
  CHECK(test::mapped_in_memory(box.packs()) > 0);
  for (int i = 0; i < 2000; ++i) REQUIRE(store->claim(id_of(numbered(i))));
  CHECK(test::mapped_in_memory(box.packs()) > 0);
  store->release_claims();
  CHECK(test::mapped_in_memory(box.packs()) == 0);
  REQUIRE(get_text(*store, id_of("b")) == "b");
  CHECK(test::mapped_in_memory(box.packs()) > 0);
  store->trim_memory();
  CHECK(test::mapped_in_memory(box.packs()) == 0);
  REQUIRE(get_text(*store, id_of("b")) == "b");
}

TEST_CASE("object store: claims of what is new touch no index that was written meanwhile") {
  constexpr int kMany = 3000;  // records fill more pages than one access maps
  StoreBox box;
  StoreOptions options;
  options.seal_at = 1;  // every append begins a pack
  auto store = box.open(options);
  for (int pack = 0; pack < 3; ++pack) {
    std::vector<std::string> texts;
    for (int i = 0; i < kMany; ++i) texts.push_back(numbered(pack * kMany + i));
    REQUIRE(store->append(frame_of(texts)));
  }
  const auto claim_new = [&] {
    for (int i = 0; i < 200; ++i) REQUIRE(store->claim(id_of(numbered(100'000 + i))));
  };
  const std::size_t before = test::mapped_in_memory(box.packs());
  claim_new();
  CHECK(test::mapped_in_memory(box.packs()) == before);
  for (int i = 0; i < 3 * kMany; i += 7) REQUIRE_FALSE(store->claim(id_of(numbered(i))));

  // Without the filters claims read the indexes, and give the same answers.
  store->release_claims();
  claim_new();
  CHECK(test::mapped_in_memory(box.packs()) > before);
  for (int i = 0; i < 3 * kMany; i += 7) REQUIRE_FALSE(store->claim(id_of(numbered(i))));
}
#endif

}  // namespace
}  // namespace vcs::store
