// SPDX-License-Identifier: Apache-2.0
// The rows of the table, and the functions that search it.
#include "config/option_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace vcs::config {

namespace {

template <typename T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, base::Nanos>) return Type::duration;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Type::byte_size;
  if constexpr (std::is_same_v<T, std::int64_t>) return Type::integer;
  if constexpr (std::is_same_v<T, bool>) return Type::boolean;
  if constexpr (std::is_same_v<T, std::string> || base::Named<T>) return Type::string;
  if constexpr (std::is_same_v<T, std::vector<std::string>>) return Type::string_list;
}

// A choice is text in a Value.
template <typename T>
Value value_of(const T& member) {
  if constexpr (base::Named<T>)
    return std::string(base::name_of(member));
  else
    return member;
}

// check_value() refuses text that is none of the choices; here it changes nothing.
template <typename T>
void take(T& member, const Value& value) {
  if constexpr (base::Named<T>)
    member = base::find_named<T>(std::get<std::string>(value)).value_or(member);
  else
    member = std::get<T>(value);
}

template <auto Group, auto Member>
Field at() {
  using T = std::remove_cvref_t<decltype((Settings{}.*Group).*Member)>;
  return {type_of<T>(), [](const Settings& from) { return value_of((from.*Group).*Member); },
          [](Settings& to, const Value& value) { take((to.*Group).*Member, value); }};
}
template <base::Named Enum>
std::vector<std::string_view> choices() {
  std::vector<std::string_view> all;
  all.reserve(base::kNamesOf<Enum>.size());
  for (const auto& [value, text] : base::kNamesOf<Enum>) all.push_back(text);
  return all;
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

// Fields that a row does not set keep the defaults of Option: any value, and no meaning for 0.
// clang-format off
const std::vector<Option>& table() {
  static const std::vector<Option> rows = {
    {.key = "watch.settle_quiet", .field = watch<&WatchSettings::settle_quiet>(),
     .bounds = between(10 * kMillisecond, kMinute), .scope = Scope::repository,
     .reloads = true,
     .help = "A change becomes a snapshot when nothing more has happened for this long."},
    {.key = "watch.settle_latest", .field = watch<&WatchSettings::settle_latest>(),
     .bounds = between(10 * kMillisecond, kHour), .scope = Scope::repository, .reloads = true,
     .help = "Under continuous writing a snapshot is taken at the latest after this long. At least "
             "watch.settle_quiet."},
    {.key = "watch.delete_delay", .field = watch<&WatchSettings::delete_delay>(),
     .bounds = between(base::Nanos{0}, kHour), .scope = Scope::repository, .reloads = true,
     .help = "A deletion is held back for this long: many programs save by deleting a file and writing it "
             "anew."},
    {.key = "watch.unstable_interval", .field = watch<&WatchSettings::unstable_interval>(),
     .bounds = between(kSecond, kDay), .scope = Scope::repository, .reloads = true,
     .help = "A file that is written without a rest, such as a log, is captured this often."},
    {.key = "watch.ignore", .field = watch<&WatchSettings::ignore>(),
     .scope = Scope::repository, .reloads = true,
     .help = "Patterns of files and folders to leave out, in the syntax of .gitignore. They come before "
             "those of the .vcsignore files in the folder itself."},
    {.key = "watch.honor_gitignore", .field = watch<&WatchSettings::honor_gitignore>(),
     .scope = Scope::repository, .reloads = true,
     .help = "Leave out what .gitignore files name, too. Off, because what git ignores is often what people "
             "lose."},
    {.key = "watch.poll_interval", .field = watch<&WatchSettings::poll_interval>(),
     .bounds = between(kSecond, kDay), .scope = Scope::repository, .reloads = true,
     .help = "Folders that cannot be watched, because the system's limit is reached or the filesystem sends "
             "no events, are looked at this often; less often, down to a tenth, where looking takes long."},
    {.key = "watch.audit_interval", .field = watch<&WatchSettings::audit_interval>(),
     .bounds = between(kSecond, 365 * kDay), .zero_means = "off", .scope = Scope::repository,
     .reloads = true,
     .help = "Everything is compared with the last snapshot this often, at low priority, to find what events "
             "have missed."},
    {.key = "watch.max_file_size", .field = watch<&WatchSettings::max_file_size>(),
     .bounds = at_least(1), .zero_means = "no limit", .scope = Scope::repository,
     .reloads = true,
     .help = "Larger files are left out, and `vcsctl status` says so."},
    {.key = "watch.watch_limit_share", .field = watch<&WatchSettings::watch_limit_share>(),
     .bounds = between(1, 100), .scope = Scope::global, .reloads = false,
     .help = "Percent of the system's limit of file watches that the agent may use. The rest stays for other "
             "programs."},

    {.key = "core.chunk_average", .field = core<&CoreSettings::chunk_average>(),
     .bounds = between(4 * kKiB, 4 * kMiB), .scope = Scope::repository, .reloads = true,
     .help = "Average size of the pieces that large files are cut into: a power of two. It is fixed when a "
             "repository is made; a change holds for new ones."},
    {.key = "core.zstd_level", .field = core<&CoreSettings::zstd_level>(),
     .bounds = between(-7, 19), .scope = Scope::repository, .reloads = true,
     .help = "Compression level: higher is smaller and slower."},
    {.key = "core.hash_provider", .field = core<&CoreSettings::hash_provider>(),
     .choices = choices<HashChoice>(), .scope = Scope::global, .reloads = false,
     .help = "The library that computes SHA-256. All give the same ids; `auto` takes the fastest one that "
             "passes its self-test."},
    {.key = "core.workers", .field = core<&CoreSettings::workers>(),
     .bounds = between(1, 256), .zero_means = "as measured", .scope = Scope::global,
     .reloads = false,
     .help = "Threads that read, hash and compress. As measured: one per core at first, then whatever gives "
             "the highest throughput, up to two per core."},
    {.key = "core.readers", .field = core<&CoreSettings::readers>(),
     .bounds = between(1, 256), .zero_means = "as the disk asks for", .scope = Scope::repository,
     .reloads = true,
     .help = "Of these, how many read files at the same time. As the disk asks for: two where heads have to "
             "move, eight where a server answers, else all."},
    {.key = "core.batch_files", .field = core<&CoreSettings::batch_files>(),
     .bounds = between(1, 65536), .zero_means = "as measured", .scope = Scope::repository,
     .reloads = true,
     .help = "Files that a thread takes at a time. As measured: so many that they take about 10 ms."},
    {.key = "core.memory_limit", .field = core<&CoreSettings::memory_limit>(),
     .bounds = between(64 * kMiB, 1024 * kGiB), .scope = Scope::global, .reloads = false,
     .help = "About this much memory is used for data under way, at most."},
    {.key = "core.pack_size", .field = core<&CoreSettings::pack_size>(),
     .bounds = between(kMiB, kGiB), .scope = Scope::repository, .reloads = true,
     .help = "A pack file that has grown past this size is closed and a new one begun."},
    {.key = "core.recompress", .field = core<&CoreSettings::recompress>(),
     .choices = choices<Recompress>(), .scope = Scope::repository, .reloads = true,
     .help = "When nothing has happened for five minutes, closed packs are merged and compressed anew: not on "
             "battery, at the lowest priority, and never while a save waits."},
    {.key = "core.recompress_level", .field = core<&CoreSettings::recompress_level>(),
     .bounds = between(1, 19), .scope = Scope::repository, .reloads = true,
     .help = "Compression level of that work. A higher one makes all packs be compressed anew once."},
    {.key = "core.alarm", .field = core<&CoreSettings::alarm>(),
     .scope = Scope::repository, .reloads = true,
     .help = "When within ten minutes 50 files and half of all, or 1000 files, are deleted, or 50 files "
             "rewritten with content that looks encrypted, `vcsctl status` says so, exits with 3, and old "
             "packs are left alone until `vcsctl alarm --acknowledge`. Saves go on.",
     .older_key = "core.brake"},

    {.key = "agent.log_level", .field = agent<&AgentSettings::log_level>(),
     .choices = choices<base::LogLevel>(), .scope = Scope::global, .reloads = true,
     .help = "The least important messages that are logged."},
    {.key = "agent.socket", .field = agent<&AgentSettings::socket>(),
     .scope = Scope::global, .reloads = false,
     .help = "Absolute path of the agent's socket. Empty: vcsd.sock in VCSD_HOME or in the user's runtime "
             "directory."},
    {.key = "agent.max_clients", .field = agent<&AgentSettings::max_clients>(),
     .bounds = between(1, 65536), .scope = Scope::global, .reloads = false,
     .help = "Connections that the agent accepts at the same time."},

    {.key = "sync.interval", .field = sync<&SyncSettings::interval>(),
     .bounds = between(kMillisecond, kDay), .zero_means = "at once", .scope = Scope::global,
     .reloads = true,
     .help = "The least time between two copies to the same remote, so that many saves travel together."},
    {.key = "sync.bandwidth_limit", .field = sync<&SyncSettings::bandwidth_limit>(),
     .bounds = at_least(kKiB), .zero_means = "no limit", .scope = Scope::global,
     .reloads = true,
     .help = "Bytes a second to each remote."},
    {.key = "sync.concurrency", .field = sync<&SyncSettings::concurrency>(),
     .bounds = between(1, 64), .scope = Scope::global, .reloads = false,
     .help = "Requests to one remote at the same time."},
    {.key = "sync.retry_longest", .field = sync<&SyncSettings::retry_longest>(),
     .bounds = between(kSecond, kDay), .scope = Scope::global, .reloads = true,
     .help = "After failures the pause before the next attempt grows up to this long."},
    {.key = "sync.behind_warning", .field = sync<&SyncSettings::behind_warning>(),
     .bounds = between(kSecond, 365 * kDay), .scope = Scope::global, .reloads = true,
     .help = "A remote that has lacked a snapshot for this long needs attention: `vcsctl status` says so and "
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

std::string variable_of(std::string_view key) {
  std::string name = "VCSD_";
  for (const char c : key) {
    name += c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace

std::string Option::environment_name() const {
  return variable_of(key);
}

std::string Option::older_environment_name() const {
  return older_key.empty() ? std::string() : variable_of(older_key);
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
    if (!key.empty() && option.older_key == key) return &option;
  }
  return nullptr;
}

const Option* find_option_by_environment(std::string_view variable_name) {
  for (const Option& option : options()) {
    if (option.environment_name() == variable_name) return &option;
    if (!variable_name.empty() && option.older_environment_name() == variable_name) return &option;
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
