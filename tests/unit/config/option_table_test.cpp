// SPDX-License-Identifier: Apache-2.0
// The table agrees with itself: defaults, names, bounds, texts.
#include "config/option_table.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "config/reload.hpp"
#include "config/validator.hpp"

using namespace vcs::config;

namespace {

// A value that the option allows and that is not its default.
Value another_value(const Option& option) {
  const Value value = option.default_value();
  for (const std::string_view choice : option.choices)
    if (Value(std::string(choice)) != value) return std::string(choice);
  if (const auto* nanos = std::get_if<vcs::base::Nanos>(&value)) return *nanos + kSecond;
  if (const auto* size = std::get_if<std::uint64_t>(&value)) return *size + 1;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number + 1;
  if (const auto* flag = std::get_if<bool>(&value)) return !*flag;
  if (const auto* text = std::get_if<std::string>(&value)) return *text + "x";
  return std::vector<std::string>{"x"};
}

}  // namespace

TEST_CASE("option table: defaults satisfy their own bounds and each other") {
  for (const Option& option : options()) {
    INFO(option.key);
    CHECK(check_value(option, option.default_value()));
  }
  CHECK(validate(Settings{}).empty());
}

TEST_CASE("option table: every row has a field of its own, and its type") {
  for (const Option& option : options()) {
    INFO(option.key);
    Settings settings;
    const Value other = another_value(option);
    option.field.set(settings, other);
    CHECK(option.field.get(settings) == other);
    for (const Option& neighbour : options()) {
      if (&neighbour == &option) continue;
      CHECK(neighbour.field.get(settings) == neighbour.default_value());
    }
    const bool choosable = option.field.type == Type::string || option.choices.empty();
    CHECK(choosable);
  }
}

TEST_CASE("option table: keys, sections and variables are unique and well formed") {
  std::set<std::string> keys, variables;
  for (const Option& option : options()) {
    INFO(option.key);
    CHECK(keys.insert(std::string(option.key)).second);
    CHECK(variables.insert(option.environment_name()).second);
    CHECK(find_option(option.key) == &option);
    CHECK(find_option_by_environment(option.environment_name()) == &option);
    CHECK(option.help.ends_with('.'));
    const auto known = sections();
    CHECK(std::any_of(known.begin(), known.end(),
                      [&](const Section& section) { return section.name == option.section(); }));
  }
  CHECK(find_option("watch.settle_quiet")->environment_name() == "VCSD_WATCH_SETTLE_QUIET");
  CHECK(find_option("watch") == nullptr);
  CHECK(find_option_by_environment("VCSD_HOME") == nullptr);
}

TEST_CASE("option table: the text of a value reads back as the value") {
  for (const Option& option : options()) {
    INFO(option.key);
    const Value value = option.default_value();
    if (option.type() == Type::string_list) continue;
    const auto back = parse_value(option.type(), value_text(value));
    REQUIRE(back);
    CHECK(*back == value);
  }
}

TEST_CASE("option table: bounds are inclusive and zero is let through where it means something") {
  const Option& level = *find_option("core.zstd_level");
  CHECK(check_value(level, std::int64_t{-7}));
  CHECK(check_value(level, std::int64_t{19}));
  CHECK_FALSE(check_value(level, std::int64_t{-8}));
  CHECK_FALSE(check_value(level, std::numeric_limits<std::int64_t>::max()));
  const Option& workers = *find_option("core.workers");
  CHECK(check_value(workers, std::int64_t{0}));
  CHECK_FALSE(check_value(workers, std::int64_t{-1}));
  CHECK(allowed_text(workers) == "0 (as measured), or from 1 to 256");
  const Option& bandwidth = *find_option("sync.bandwidth_limit");
  CHECK(check_value(bandwidth, std::numeric_limits<std::uint64_t>::max()));
  CHECK_FALSE(check_value(bandwidth, std::uint64_t{1023}));
}

TEST_CASE("option table: a slip finds its word, another word finds nothing") {
  const std::vector<std::string> words = {"status", "restore", "commit"};
  CHECK(nearest("comit", words) == "commit");
  CHECK(nearest("statsu", words) == "status");
  CHECK_FALSE(nearest("", words));
  CHECK_FALSE(nearest("elephant", words));
  CHECK_FALSE(nearest(std::string(100'000, 'c'), words));
}

TEST_CASE("reload: what may change is taken over, the rest is named and stays") {
  Settings fresh;
  fresh.watch.settle_quiet = 1 * kSecond;
  fresh.core.workers = 7;
  const Reload result = reload(Settings{}, fresh);
  CHECK(result.settings.watch.settle_quiet == 1 * kSecond);
  CHECK(result.settings.core.workers == 0);
  CHECK(result.changed == std::vector<std::string>{"watch.settle_quiet"});
  CHECK(result.needs_restart == std::vector<std::string>{"core.workers"});
  CHECK(reload(fresh, fresh).changed.empty());
}
