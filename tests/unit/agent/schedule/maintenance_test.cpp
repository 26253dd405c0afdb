// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/maintenance and power_supply.
#include "agent/schedule/maintenance.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/schedule/power_supply.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::schedule::is_on_battery;
using agent::schedule::Maintenance;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

config::CoreSettings switched(config::Recompress recompress, std::int64_t level = 9) {
  config::CoreSettings settings;
  settings.recompress = recompress;
  settings.recompress_level = level;
  return settings;
}

// A store with packs worth merging, and idle work on it.
struct Stage {
  explicit Stage(const config::CoreSettings& settings = switched(config::Recompress::idle),
                 int saves = 60) {
    store::StoreOptions options;
    options.seal_at = 3000;
    store = test::must(
        store::ObjectStore::open(test::must(files->open_directory(folder.path())), options, {}));
    save(saves);
    maintenance = std::make_unique<Maintenance>(Maintenance::Parts{loop,
                                                                   clock,
                                                                   *files,
                                                                   {},
                                                                   object::HashProvider::libsodium,
                                                                   store,
                                                                   folder.path(),
                                                                   [this] { return quiet; },
                                                                   [this] { ++compacted; }},
                                                settings);
  }

  void save(int count) {
    object::Compressor compressor;
    for (int n = 0; n < count; ++n) {
      const std::string text = "the same in every save, nearly: " + std::to_string(++saved);
      const pack::FrameInput input{object::hash_bytes(base::as_bytes(text)), base::as_bytes(text)};
      test::must(store->append(test::must(
          pack::encode_frame(object::ObjectKind::blob, std::span(&input, 1), 1, compressor))));
    }
    test::must(store->sync());
  }

  test::TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> files = base::make_posix_filesystem();
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::shared_ptr<store::ObjectStore> store;
  bool quiet = true;
  int compacted = 0, saved = 0;
  std::unique_ptr<Maintenance> maintenance;
};

TEST_CASE("maintenance: it works after five quiet minutes and then sleeps without a timer") {
  Stage stage;
  const auto before = stage.store->stats();
  stage.loop.advance(minutes(5) - seconds(1));
  REQUIRE(stage.loop.in_background() == 0);
  stage.loop.advance(seconds(1));
  REQUIRE(stage.loop.in_background() == 1);
  REQUIRE(stage.maintenance->running());
  stage.loop.work_once();
  REQUIRE(stage.compacted == 1);
  REQUIRE(stage.maintenance->totals().runs > 0);
  REQUIRE(stage.maintenance->totals().bytes_after < stage.maintenance->totals().bytes_before);
  REQUIRE(stage.store->stats().packs < before.packs);
  REQUIRE(stage.store->stats().objects == before.objects);
  REQUIRE(stage.loop.timers() == 0);
}

TEST_CASE("maintenance: without anything to gain, or switched off, there is no timer") {
  Stage nothing(switched(config::Recompress::idle), 1);
  REQUIRE(nothing.loop.timers() == 0);
  nothing.maintenance->look();
  nothing.save(1);
  nothing.maintenance->look();
  REQUIRE(nothing.loop.timers() == 0);
  nothing.save(60);
  nothing.maintenance->look();
  REQUIRE(nothing.loop.timers() == 1);

  Stage off(switched(config::Recompress::off));
  off.maintenance->look();
  REQUIRE(off.loop.timers() == 0);
  off.maintenance->apply_settings(switched(config::Recompress::idle));
  REQUIRE(off.loop.timers() == 1);
  off.maintenance->apply_settings(switched(config::Recompress::off));
  off.loop.advance(hours(1));
  REQUIRE(off.loop.in_background() == 0);
  REQUIRE(off.loop.timers() == 0);
}

TEST_CASE("maintenance: what happens puts it off, and so does a snapshot or a push") {
  Stage stage;
  for (int n = 0; n < 4; ++n) {
    stage.loop.advance(minutes(4));
    stage.maintenance->activity();
  }
  REQUIRE(stage.loop.in_background() == 0);
  stage.quiet = false;
  stage.loop.advance(minutes(30));
  REQUIRE(stage.loop.in_background() == 0);
  REQUIRE(stage.loop.timers() == 1);
  stage.quiet = true;
  stage.loop.advance(minutes(5));
  REQUIRE(stage.loop.in_background() == 1);
}

TEST_CASE("maintenance: a save stops it at once, and it goes on when all is quiet again") {
  Stage stage;
  stage.loop.advance(minutes(5));
  REQUIRE(stage.loop.in_background() == 1);
  stage.maintenance->activity();
  stage.loop.work_once();
  REQUIRE(stage.maintenance->totals().runs == 0);
  REQUIRE_FALSE(stage.maintenance->running());
  stage.loop.advance(minutes(4));
  REQUIRE(stage.loop.in_background() == 0);
  stage.loop.advance(minutes(1));
  REQUIRE(stage.loop.work_once());
  REQUIRE(stage.maintenance->totals().runs > 0);
}

TEST_CASE("maintenance: a higher level makes it work once more") {
  Stage stage;
  stage.loop.advance(minutes(5));
  stage.loop.work_once();
  const auto runs = stage.maintenance->totals().runs;
  stage.maintenance->apply_settings(switched(config::Recompress::idle));
  REQUIRE(stage.loop.timers() == 0);
  stage.maintenance->apply_settings(switched(config::Recompress::idle, 12));
  stage.loop.advance(minutes(5));
  REQUIRE(stage.loop.work_once());
  // A merge that gives the same bytes is recorded, and replaces no pack.
  REQUIRE(stage.maintenance->totals().runs >= runs);
  REQUIRE(stage.loop.timers() == 0);
}

TEST_CASE("maintenance: a command works at once, busy or switched off, and is answered") {
  Stage stage(switched(config::Recompress::off));
  stage.quiet = false;
  std::optional<base::Result<store::CompactionTotals>> first, second;
  std::uint64_t told = 0;
  const auto progress = [&](const Maintenance::Progress& done) {
    told = done.bytes_total;
    return true;
  };
  stage.maintenance->run_now(progress, [&](auto result) { first = result; });
  stage.maintenance->run_now(progress, [&](auto result) { second = result; });
  stage.maintenance->activity();
  REQUIRE(stage.loop.in_background() == 1);
  stage.loop.work_once();
  REQUIRE(first.has_value());
  REQUIRE(test::must(*first).runs > 0);
  REQUIRE_FALSE(second.has_value());
  stage.loop.work_once();
  REQUIRE(test::must(*second).runs == 0);
  REQUIRE(stage.loop.timers() == 0);
}

TEST_CASE("maintenance: stopping waits for what runs, and answers every command") {
  Stage stage;
  stage.loop.advance(minutes(5));
  std::optional<base::Result<store::CompactionTotals>> answer;
  bool stopped = false;
  stage.maintenance->run_now([](const auto&) { return true; },
                             [&](auto result) { answer = result; });
  stage.maintenance->stop([&] { stopped = true; });
  stage.loop.turn();
  REQUIRE_FALSE(stopped);
  stage.loop.work_once();
  REQUIRE(stopped);
  REQUIRE(answer->error().code == base::ErrorCode::cancelled);
  stage.maintenance->look();
  REQUIRE(stage.loop.timers() == 0);
  REQUIRE(stage.loop.in_background() == 0);
}

TEST_CASE("maintenance: a damaged pack is named, and not tried for ever") {
  Stage stage;
  {
    std::fstream pack(stage.folder.path() + "/00000001.pack",
                      std::ios::in | std::ios::out | std::ios::binary);
    pack.seekp(500);
    pack.write("damage", 6);
  }
  std::optional<base::Result<store::CompactionTotals>> answer;
  stage.maintenance->run_now([](const auto&) { return true; },
                             [&](auto result) { answer = result; });
  stage.loop.work_once();
  REQUIRE(test::must(*answer).damage.size() == 1);
  REQUIRE(test::must(*answer).runs > 0);
  REQUIRE(stage.loop.timers() == 0);
}

// --- Power supplies ---

struct Supplies {
  void add(const std::string& name, const std::map<std::string, std::string>& properties) {
    std::filesystem::create_directories(folder.path() + "/" + name);
    for (const auto& [key, value] : properties)
      std::ofstream(folder.path() + "/" + name + "/" + key) << value << "\n";
  }
  bool on_battery() { return is_on_battery(*base::make_posix_filesystem(), folder.path()); }
  test::TemporaryFolder folder;
};

TEST_CASE("power supply: a laptop is on its battery when nothing feeds it") {
  Supplies supplies;
  REQUIRE_FALSE(supplies.on_battery());
  supplies.add("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"online", "1"}});
  REQUIRE(supplies.on_battery());
  supplies.add("AC", {{"type", "Mains"}, {"online", "0"}});
  REQUIRE(supplies.on_battery());
  supplies.add("AC", {{"type", "Mains"}, {"online", "1"}});
  REQUIRE_FALSE(supplies.on_battery());
}

TEST_CASE("power supply: a full battery, a mouse's, or none is no battery to spare") {
  Supplies supplies;
  supplies.add("hidpp_battery_0",
               {{"type", "Battery"}, {"status", "Discharging"}, {"scope", "Device"}});
  REQUIRE_FALSE(supplies.on_battery());
  supplies.add("BAT0", {{"type", "Battery"}, {"status", "Full"}});
  REQUIRE_FALSE(supplies.on_battery());
  REQUIRE_FALSE(is_on_battery(*base::make_posix_filesystem(), "/no/such/folder"));
}

}  // namespace
