// SPDX-License-Identifier: Apache-2.0
// The rows of the table, and what is looked up in it.
#include "config/option_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace vcs::config {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

template <typename T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, base::Nanos>) return Type::duration;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Type::byte_size;
  if constexpr (std::is_same_v<T, std::int64_t>) return Type::integer;
  if constexpr (std::is_same_v<T, bool>) return Type::boolean;
  if constexpr (std::is_same_v<T, std::string>) return Type::string;
  if constexpr (std::is_same_v<T, std::vector<std::string>>) return Type::string_list;
}

template <auto Group, auto Member>
Field at() {
  using T = std::remove_cvref_t<decltype((Settings{}.*Group).*Member)>;
  return {type_of<T>(), [](const Settings& from) -> Value { return (from.*Group).*Member; },
          [](Settings& to, const Value& value) { (to.*Group).*Member = std::get<T>(value); }};
}
template <auto Member>
Field watch() {
  return at<&Settings::watch, Member>();
}
template <auto Member>
Field core() {
  return at<&Settings::core, Member>();
}
template <auto Member>
Field agent() {
  return at<&Settings::agent, Member>();
}
template <auto Member>
Field sync() {
  return at<&Settings::sync, Member>();
}

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

Bounds between(base::Nanos lowest, base::Nanos highest) {
  return {lowest.count(), highest.count()};
}
Bounds between(std::uint64_t lowest, std::uint64_t highest) {
  return {static_cast<std::int64_t>(lowest), static_cast<std::int64_t>(highest)};
}
Bounds at_least(std::uint64_t lowest) {
  return between(lowest, kNoLimit);
}
Bounds between(int lowest, int highest) {
  return {lowest, highest};
}

constexpr bool kReloads = true;
constexpr bool kNeedsRestart = false;

// A row: key, field, bounds, what 0 means if it is special, choices, scope, at reload or at start,
// help.
// clang-format off
const std::vector<Option>& table() {
  static const std::vector<Option> rows = {
    {"watch.settle_quiet", watch<&WatchSettings::settle_quiet>(), between(10 * kMillisecond, kMinute),
     "", {}, Scope::repository, kReloads,
     "A change becomes a snapshot when nothing more has happened for this long."},
    {"watch.settle_latest", watch<&WatchSettings::settle_latest>(), between(10 * kMillisecond, kHour),
     "", {}, Scope::repository, kReloads,
     "Under continuous writing a snapshot is taken at the latest after this long. At least "
     "watch.settle_quiet."},
    {"watch.delete_delay", watch<&WatchSettings::delete_delay>(), between(base::Nanos{0}, kHour),
     "", {}, Scope::repository, kReloads,
     "A deletion is held back for this long: many programs save by deleting a file and writing it "
     "anew."},
    {"watch.unstable_interval", watch<&WatchSettings::unstable_interval>(), between(kSecond, kDay),
     "", {}, Scope::repository, kReloads,
     "A file that is written without a rest, such as a log, is captured this often."},
    {"watch.ignore", watch<&WatchSettings::ignore>(), {},
     "", {}, Scope::repository, kReloads,
     "Patterns of files and folders to leave out, in the syntax of .gitignore. They come before "
     "those of the .vcsignore files in the folder itself."},
    {"watch.honor_gitignore", watch<&WatchSettings::honor_gitignore>(), {},
     "", {}, Scope::repository, kReloads,
     "Leave out what .gitignore files name, too. Off, because what git ignores is often what people "
     "lose."},
    {"watch.poll_interval", watch<&WatchSettings::poll_interval>(), between(kSecond, kDay),
     "", {}, Scope::repository, kReloads,
     "Folders that cannot be watched, because the system's limit is reached or the filesystem sends "
     "no events, are looked at this often; less often, down to a tenth, where looking takes long."},
    {"watch.audit_interval", watch<&WatchSettings::audit_interval>(), between(kSecond, 365 * kDay),
     "off", {}, Scope::repository, kReloads,
     "Everything is compared with the last snapshot this often, at low priority, to find what events "
     "have missed."},
    {"watch.max_file_size", watch<&WatchSettings::max_file_size>(), at_least(1),
     "no limit", {}, Scope::repository, kReloads,
     "Larger files are left out, and `vcsctl status` says so."},
    {"watch.watch_limit_share", watch<&WatchSettings::watch_limit_share>(), between(1, 100),
     "", {}, Scope::global, kNeedsRestart,
     "Percent of the system's limit of file watches that the agent may use. The rest stays for other "
     "programs."},

    {"core.chunk_average", core<&CoreSettings::chunk_average>(), between(4 * kKiB, 4 * kMiB),
     "", {}, Scope::repository, kReloads,
     "Average size of the pieces that large files are cut into: a power of two. It is fixed when a "
     "repository is made; a change holds for new ones."},
    {"core.zstd_level", core<&CoreSettings::zstd_level>(), between(-7, 19),
     "", {}, Scope::repository, kReloads,
     "Compression level: higher is smaller and slower."},
    {"core.hash_provider", core<&CoreSettings::hash_provider>(), {},
     "", {"auto", "libsodium", "openssl"}, Scope::global, kNeedsRestart,
     "The library that computes SHA-256. All give the same ids; `auto` takes the fastest one that "
     "passes its self-test."},
    {"core.workers", core<&CoreSettings::workers>(), between(1, 256),
     "as measured", {}, Scope::global, kNeedsRestart,
     "Threads that read, hash and compress. As measured: one per core at first, then whatever gives "
     "the highest throughput, up to two per core."},
    {"core.readers", core<&CoreSettings::readers>(), between(1, 256),
     "as the disk asks for", {}, Scope::repository, kReloads,
     "Of these, how many read files at the same time. As the disk asks for: two where heads have to "
     "move, eight where a server answers, else all."},
    {"core.batch_files", core<&CoreSettings::batch_files>(), between(1, 65536),
     "as measured", {}, Scope::repository, kReloads,
     "Files that a thread takes at a time. As measured: so many that they take about 10 ms."},
    {"core.memory_limit", core<&CoreSettings::memory_limit>(), between(64 * kMiB, 1024 * kGiB),
     "", {}, Scope::global, kNeedsRestart,
     "About this much memory is used for data under way, at most."},
    {"core.pack_size", core<&CoreSettings::pack_size>(), between(kMiB, kGiB),
     "", {}, Scope::repository, kReloads,
     "A pack file that has grown past this size is closed and a new one begun."},
    {"core.recompress", core<&CoreSettings::recompress>(), {},
     "", {"idle", "off"}, Scope::repository, kReloads,
     "When nothing has happened for five minutes, closed packs are merged and compressed anew: not on "
     "battery, at the lowest priority, and never while a save waits."},
    {"core.recompress_level", core<&CoreSettings::recompress_level>(), between(1, 19),
     "", {}, Scope::repository, kReloads,
     "Compression level of that work. A higher one makes all packs be compressed anew once."},
    {"core.brake", core<&CoreSettings::brake>(), {},
     "", {}, Scope::repository, kReloads,
     "When within ten minutes 50 files and half of all, or 1000 files, are deleted, or 50 files "
     "rewritten with content that looks encrypted, `vcsctl status` says so, exits with 3, and old "
     "packs are left alone until `vcsctl alarm --acknowledge`. Saves go on."},

    {"agent.log_level", agent<&AgentSettings::log_level>(), {},
     "", {"debug", "info", "warning", "error"}, Scope::global, kReloads,
     "The least important messages that are logged."},
    {"agent.socket", agent<&AgentSettings::socket>(), {},
     "", {}, Scope::global, kNeedsRestart,
     "Absolute path of the agent's socket. Empty: vcsd.sock in VCSD_HOME or in the user's runtime "
     "directory."},
    {"agent.max_clients", agent<&AgentSettings::max_clients>(), between(1, 65536),
     "", {}, Scope::global, kNeedsRestart,
     "Connections that the agent accepts at the same time."},

    {"sync.interval", sync<&SyncSettings::interval>(), between(kMillisecond, kDay),
     "at once", {}, Scope::global, kReloads,
     "The least time between two copies to the same remote, so that many saves travel together."},
    {"sync.bandwidth_limit", sync<&SyncSettings::bandwidth_limit>(), at_least(kKiB),
     "no limit", {}, Scope::global, kReloads,
     "Bytes a second to each remote."},
    {"sync.concurrency", sync<&SyncSettings::concurrency>(), between(1, 64),
     "", {}, Scope::global, kNeedsRestart,
     "Requests to one remote at the same time."},
    {"sync.retry_longest", sync<&SyncSettings::retry_longest>(), between(kSecond, kDay),
     "", {}, Scope::global, kReloads,
     "After failures the pause before the next attempt grows up to this long."},
    {"sync.behind_warning", sync<&SyncSettings::behind_warning>(), between(kSecond, 365 * kDay),
     "", {}, Scope::global, kReloads,
     "A remote that has lacked a snapshot for this long needs attention: `vcsctl status` says so and "
     "exits with 3."},
  };
  return rows;
}
// clang-format on

constexpr std::array<Section, 4> kSections = {{
    {"watch", "When a change becomes a snapshot, and what is left out."},
    {"core", "How snapshots are made and stored."},
    {"agent", "The background agent itself."},
    {"sync", "Copies on remotes. The remotes themselves are added with `vcsctl remote add`."},
}};

// A bound's number as a value of the option's type, for its text.
Value bound_value(const Option& option, std::int64_t number) {
  if (option.type() == Type::duration) return base::Nanos(number);
  if (option.type() == Type::byte_size) return static_cast<std::uint64_t>(number);
  return number;
}

std::optional<std::int64_t> magnitude(const Value& value) {
  if (const auto* nanos = std::get_if<base::Nanos>(&value)) return nanos->count();
  if (const auto* size = std::get_if<std::uint64_t>(&value)) {
    return static_cast<std::int64_t>(std::min(*size, kNoLimit));
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return std::nullopt;
}

std::string range_text(const Option& option) {
  const std::string lowest = value_text(bound_value(option, option.bounds.lowest));
  if (option.bounds.highest == Bounds{}.highest) return fmt::format("at least {}", lowest);
  const std::string highest = value_text(bound_value(option, option.bounds.highest));
  return fmt::format("from {} to {}", lowest, highest);
}

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Option::environment_name() const {
  std::string name = "VCSD_";
  for (const char c : key) {
    name += c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

std::span<const Section> sections() {
  return kSections;
}
std::span<const Option> options() {
  return table();
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options()) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

const Option* find_option_by_environment(std::string_view variable_name) {
  for (const Option& option : options()) {
    if (option.environment_name() == variable_name) return &option;
  }
  return nullptr;
}

Result<void> check_value(const Option& option, const Value& value) {
  bool allowed = true;
  if (!option.choices.empty()) {
    const auto& choice = std::get<std::string>(value);
    allowed =
        std::find(option.choices.begin(), option.choices.end(), choice) != option.choices.end();
  } else if (const auto number = magnitude(value)) {
    const bool inside = *number >= option.bounds.lowest && *number <= option.bounds.highest;
    allowed = inside || (*number == 0 && !option.zero_means.empty());
  }
  if (allowed) return {};
  return fail(ErrorCode::invalid, "must be {}, not {}", allowed_text(option), value_text(value));
}

std::string allowed_text(const Option& option) {
  if (!option.choices.empty()) return fmt::format("one of {}", fmt::join(option.choices, ", "));
  if (!magnitude(option.default_value())) return {};
  if (option.zero_means.empty()) return range_text(option);
  return fmt::format("0 ({}), or {}", option.zero_means, range_text(option));
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongestWord = 64;  // keeps the work bounded for hostile input
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::optional<std::string> best;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best_distance = distance, best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view unknown_key) {
  std::vector<std::string> keys;
  for (const Option& option : options()) {
    // The right name in no section or in the wrong one is a slip, too.
    const std::size_t dot = unknown_key.rfind('.');
    const auto name = unknown_key.substr(dot == std::string_view::npos ? 0 : dot + 1);
    if (name == option.name()) return fmt::format("; did you mean {}?", option.key);
    keys.emplace_back(option.key);
  }
  const auto key = nearest(unknown_key, keys);
  return key ? fmt::format("; did you mean {}?", *key) : std::string();
}

}  // namespace vcs::config
