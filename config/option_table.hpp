// SPDX-License-Identifier: Apache-2.0
// The one table of all options.
//
// A row names an option, the field of Settings that holds it (and gives its type and default), its
// bounds, its scope, whether a running agent takes it over, and its help. The file's keys, the
// environment's names, the checks, `config show`, docs/config.md and the sample file all come from
// this table.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "config/value.hpp"

namespace vcs::config {

enum class Scope { global, repository };  // repository: a section [repository.NAME] may override it

// The field of Settings behind an option.
struct Field {
  Type type = Type::string;
  Value (*get)(const Settings&) = nullptr;
  void (*set)(Settings&, const Value&) = nullptr;  // the value must be of this field's type
};

// Inclusive, in nanoseconds, bytes or plain numbers.
struct Bounds {
  std::int64_t lowest = 0;
  std::int64_t highest = std::numeric_limits<std::int64_t>::max();
};

struct Option {
  std::string_view key;  // "watch.settle_quiet"
  Field field;
  Bounds bounds{};
  std::string_view zero_means{};  // the meaning of 0, then allowed outside the bounds; "": none
  std::vector<std::string_view> choices{};
  Scope scope = Scope::global;
  bool reloads = false;  // a running agent takes it over on SIGHUP; false: only a restart does
  std::string_view help{};
  std::string_view older_key{};  // still read; "": none

  Type type() const { return choices.empty() ? field.type : Type::choice; }
  std::string environment_name() const;        // "VCSD_WATCH_SETTLE_QUIET"
  std::string older_environment_name() const;  // "": none
  std::string_view section() const { return key.substr(0, key.find('.')); }
  std::string_view name() const { return key.substr(key.find('.') + 1); }
  Value default_value() const { return field.get(Settings{}); }
};

struct Section {
  std::string_view name, help;
};

std::span<const Section> sections();
std::span<const Option> options();  // grouped by section, in the order of sections()

// By their names or older names. Null: none.
const Option* find_option(std::string_view key);
const Option* find_option_by_environment(std::string_view variable_name);

// Checks bounds and choices. The error's message completes "KEY …".
Result<void> check_value(const Option& option, const Value& value);
// "from 10ms to 1h", "0 (off), or from 1m to 30d", "one of auto, libsodium, openssl"; "": any.
std::string allowed_text(const Option& option);

// The candidate nearest to `word` by edit distance, if it is near enough for a typing error.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);
// "; did you mean KEY?" for an unknown key, or "".
std::string suggestion(std::string_view unknown_key);

}  // namespace vcs::config
