// SPDX-License-Identifier: Apache-2.0
// Tests of core/history/mass_change: what raises an alarm, and what does not.
#include "core/history/mass_change.hpp"

#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using history::MassChange;
using object::ObjectId;
using test::must;
using Kind = MassChange::Kind;

namespace {

std::string text_of(std::size_t number) {
  std::string text;
  while (text.size() < 700) text += "Chapter " + std::to_string(number) + ". It was a dark night. ";
  return text;
}

struct Desk {
  test::Workshop workshop;
  test::SeededRandom random{test::test_seed()};

  std::string noise(std::size_t size = 700) {
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    bytes[0] = '\x01';  // no format begins with it
    return bytes;
  }
  static std::string name(std::size_t number, const std::string& folder = "texts") {
    return folder + "/" + std::to_string(number) + ".txt";
  }
  void write(std::size_t count, const std::string& folder = "texts") {
    for (std::size_t i = 0; i < count; ++i) workshop.save(name(i, folder), text_of(i));
  }
  // Small files that are all different.
  void fill(const std::string& folder, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      workshop.save(folder + "/" + std::to_string(i), std::to_string(i));
  }
  ObjectId snap() { return workshop.snap().id; }
  MassChange examine(const ObjectId& before, const ObjectId& after) {
    return must(history::examine_mass_change(workshop.repository(), before, after));
  }
};

}  // namespace

TEST_CASE("mass change: half of all files deleted is told, and the commit before it") {
  Desk desk;
  desk.write(120);
  const ObjectId first = desk.snap();
  desk.workshop.save("texts/7.txt", "edited by its owner");
  const ObjectId edited = desk.snap();
  for (std::size_t i = 0; i < 30; ++i) desk.workshop.remove(Desk::name(i));
  const ObjectId part = desk.snap();
  CHECK(desk.examine(first, part).kind == Kind::none);
  for (std::size_t i = 30; i < 61; ++i) desk.workshop.remove(Desk::name(i));
  const ObjectId last = desk.snap();
  const MassChange found = desk.examine(first, last);
  CHECK(found.kind == Kind::deletion);
  CHECK(found.deleted == 61);
  CHECK(found.last_good == edited);
  // Less than half, or fewer than fifty.
  CHECK(desk.examine(part, last).kind == Kind::none);
  CHECK(desk.examine(last, last).kind == Kind::none);
}

TEST_CASE("mass change: files that had come back were well until they went again") {
  Desk desk;
  desk.write(60);
  const ObjectId first = desk.snap();
  desk.workshop.remove("texts");
  desk.snap();
  desk.write(60);
  const ObjectId back = desk.snap();
  desk.workshop.remove("texts");
  CHECK(desk.examine(first, desk.snap()).last_good == back);
}

TEST_CASE("mass change: a thousand deleted files are told wherever they are") {
  Desk desk;
  desk.fill("a", 3000);
  const ObjectId all = desk.snap();
  for (std::size_t i = 0; i < 999; ++i) desk.workshop.remove("a/" + std::to_string(i));
  CHECK(desk.examine(all, desk.snap()).kind == Kind::none);
  desk.workshop.remove("a/999");
  CHECK(desk.examine(all, desk.snap()).kind == Kind::deletion);
}

TEST_CASE("mass change: what programs made does not count, and does not hide what people made") {
  Desk desk;
  desk.fill("app/node_modules/m", 1500);
  desk.write(60);
  const ObjectId all = desk.snap();
  desk.workshop.remove("app/node_modules");
  const ObjectId cleaned = desk.snap();
  CHECK(desk.examine(all, cleaned).kind == Kind::none);
  desk.fill("build-debug", 1500);
  const ObjectId built = desk.snap();
  desk.workshop.remove("texts");
  CHECK(desk.examine(built, desk.snap()).kind == Kind::deletion);
}

TEST_CASE("mass change: files that were moved or renamed are not gone") {
  Desk desk;
  desk.write(200);
  const ObjectId first = desk.snap();
  desk.workshop.rename("texts", "letters");
  const ObjectId moved = desk.snap();
  CHECK(desk.examine(first, moved).kind == Kind::none);
  // With another suffix and edited, as a converter leaves them.
  for (std::size_t i = 0; i < 200; ++i) {
    desk.workshop.remove(Desk::name(i, "letters"));
    desk.workshop.save("letters/" + std::to_string(i) + ".md", "# " + text_of(i));
  }
  CHECK(desk.examine(moved, desk.snap()).kind == Kind::none);
}

TEST_CASE("mass change: a switch by git is git's business, and so is what it keeps") {
  Desk desk;
  desk.write(100, "project/texts");
  desk.workshop.save("project/.git/HEAD", "ref: refs/heads/main\n");
  desk.fill("project/.git/objects/ab", 1200);
  const ObjectId first = desk.snap();
  desk.workshop.remove("project/.git/objects/ab");
  const ObjectId collected = desk.snap();
  CHECK(desk.examine(first, collected).kind == Kind::none);
  // The files are deleted, then git moves its HEAD: in two saves that follow each other.
  desk.workshop.remove("project/texts");
  const ObjectId removed = desk.snap();
  CHECK(desk.examine(collected, removed).kind == Kind::deletion);
  desk.workshop.save("project/.git/HEAD", "ref: refs/heads/empty\n");
  const ObjectId switched = desk.snap();
  CHECK(desk.examine(collected, switched).kind == Kind::none);
  // A HEAD that git did not write excuses nothing, and the earlier switch no longer counts.
  desk.write(100, "project/texts");
  const ObjectId again = desk.snap();
  desk.workshop.remove("project/texts");
  desk.workshop.save("project/.git/HEAD", desk.noise());
  const MassChange found = desk.examine(switched, desk.snap());
  CHECK(found.kind == Kind::none);  // written and deleted since then
  CHECK(desk.examine(again, *desk.workshop.repository().head()).kind == Kind::deletion);
  // Deleting the git repository itself raises the alarm.
  desk.workshop.save("project/.git/HEAD", "ref: refs/heads/main\n");
  desk.fill("project/.git/objects/cd", 1200);
  const ObjectId whole = desk.snap();
  desk.workshop.remove("project/.git");
  CHECK(desk.examine(whole, desk.snap()).kind == Kind::deletion);
}

TEST_CASE("mass change: encryption in place is told, and the commit before it") {
  Desk desk;
  desk.write(300);
  const ObjectId first = desk.snap();
  for (std::size_t i = 0; i < 300; i += 2) desk.workshop.save(Desk::name(i), text_of(i + 1000));
  const ObjectId edited = desk.snap();
  CHECK(desk.examine(first, edited).kind == Kind::none);
  for (std::size_t i = 0; i < 20; ++i) desk.workshop.save(Desk::name(i), desk.noise());
  const ObjectId begun = desk.snap();
  CHECK(desk.examine(first, begun).kind == Kind::none);
  for (std::size_t i = 20; i < 200; ++i) desk.workshop.save(Desk::name(i), desk.noise(20'000));
  const MassChange found = desk.examine(first, desk.snap());
  CHECK(found.kind == Kind::encryption);
  CHECK(found.last_good == edited);
  CHECK(found.rewritten > 150);
  CHECK(found.rewritten <= 250);
  // Files that were noise before do not count.
  const ObjectId noisy = desk.snap();
  for (std::size_t i = 0; i < 200; ++i) desk.workshop.save(Desk::name(i), desk.noise());
  CHECK(desk.examine(noisy, desk.snap()).kind == Kind::none);
}

TEST_CASE("mass change: encryption under another suffix is told as such, also of large files") {
  Desk desk;
  desk.write(60);
  desk.workshop.save("large.txt", [] {
    std::string text;
    while (text.size() < 300'000) text += text_of(text.size());
    return text;
  }());
  const ObjectId first = desk.snap();
  for (std::size_t i = 0; i < 60; ++i) {
    desk.workshop.remove(Desk::name(i));
    desk.workshop.save(Desk::name(i) + ".locked", desk.noise());
  }
  desk.workshop.remove("large.txt");
  // The beginning of the large file stays readable.
  desk.workshop.save("large.txt.locked", text_of(1) + desk.noise(300'000));
  const MassChange found = desk.examine(first, desk.snap());
  CHECK(found.kind == Kind::encryption);
  CHECK(found.rewritten == 61);
  CHECK(found.deleted == 0);
  CHECK(found.last_good == first);
}

TEST_CASE("mass change: archives, photos and compressed logs may come by the hundred") {
  Desk desk;
  desk.write(100);
  const ObjectId first = desk.snap();
  for (int i = 0; i < 300; ++i) desk.workshop.save("new/" + std::to_string(i), desk.noise());
  CHECK(desk.examine(first, desk.snap()).kind == Kind::none);
  const ObjectId full = desk.snap();
  for (std::size_t i = 0; i < 100; ++i) {
    desk.workshop.remove(Desk::name(i));
    desk.workshop.save(Desk::name(i) + ".gz", "\x1f\x8b\x08" + desk.noise());
  }
  CHECK(desk.examine(full, desk.snap()).kind == Kind::none);
}
