// SPDX-License-Identifier: Apache-2.0
// Turns the entries of the file and of the environment into settings.
#include "config/load.hpp"

#include <algorithm>
#include <map>

#include "config/option_table.hpp"
#include "config/overrides.hpp"
#include "config/toml_loader.hpp"
#include "config/toml_writer.hpp"
#include "config/validator.hpp"

namespace vcs::config {

namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestKeyShown = 100;

struct Assignment {
  Value value;
  Origin origin;
  std::uint32_t column = 0;  // for messages; 0 unless the value is from a file
};
using Assignments = std::map<const Option*, Assignment>;

struct RepositorySection {
  std::string name;
  Assignments assignments;
};

// A key as a person finds it in the file, from name `from` of the path on.
std::string shown_key(const std::vector<std::string>& path, std::size_t from = 0) {
  std::string key;
  for (std::size_t i = from; i < path.size() && key.size() <= kLongestKeyShown; ++i) {
    key += (key.empty() ? "" : ".") + toml_key(path[i]);
  }
  if (key.size() > kLongestKeyShown) key.resize(kLongestKeyShown), key += "…";
  return key;
}

std::string repository_prefix(const std::string& name) {
  return fmt::format("repository.{}.", toml_key(name));
}

class Loader {
 public:
  explicit Loader(const std::string& file_name) : file_name_(file_name) {}

  void read_file_entries(const std::vector<TomlEntry>& entries) {
    for (const TomlEntry& entry : entries) {
      if (problems_.size() >= kMostProblems) return;
      read_entry(entry);
    }
  }

  void read_environment(const Environment& environment) {
    Overrides overrides = read_overrides(environment);
    for (Override& found : overrides.values) {
      const Origin origin{Origin::Kind::environment, found.option->environment_name(), 0};
      environment_[found.option] = {std::move(found.value), origin, 0};
    }
    std::move(overrides.problems.begin(), overrides.problems.end(), std::back_inserter(problems_));
    loaded_.warnings = std::move(overrides.warnings);
  }

  Result<Loaded> finish() {
    if (problems_.empty()) merge();
    if (problems_.empty()) return std::move(loaded_);
    problems_.resize(std::min(problems_.size(), kMostProblems));
    return fail(ErrorCode::invalid, "{}", fmt::join(problems_, "\n"));
  }

 private:
  void problem(const TomlEntry& entry, std::string_view message) {
    problems_.push_back(fmt::format("{}:{}:{}: {}: {}", file_name_, entry.line, entry.column,
                                    shown_key(entry.path), message));
  }

  void read_entry(const TomlEntry& entry) {
    const bool empty = std::holds_alternative<TomlEmptyTable>(entry.value);
    if (entry.path[0] == "repository") {
      if (entry.path.size() > 2) return read_repository_key(entry);
      if (empty) return;
      return problem(entry, "write a section [repository.NAME] instead");
    }
    if (empty && entry.path.size() == 1 && is_section(entry.path[0])) return;
    assign(entry, 0, file_values_);
  }

  void read_repository_key(const TomlEntry& entry) {
    const bool empty = std::holds_alternative<TomlEmptyTable>(entry.value);
    if (empty && entry.path.size() == 3 && is_section(entry.path[2])) return;
    assign(entry, 2, section_of(entry.path[1]));
  }

  // The key is what follows the first `skip` names of the path.
  void assign(const TomlEntry& entry, std::size_t skip, Assignments& assignments) {
    const std::string key = shown_key(entry.path, skip);
    const Option* option = find_option(key);
    if (option == nullptr) return problem(entry, "is not known" + suggestion(key));
    if (skip > 0 && option->scope != Scope::repository) {
      return problem(entry, fmt::format("holds for all repositories; set {} outside of this "
                                        "section",
                                        key));
    }
    auto value = convert_value(option->type(), entry.value);
    if (!value) return problem(entry, value.error().message);
    if (const auto checked = check_value(*option, *value); !checked) {
      return problem(entry, checked.error().message);
    }
    if (assignments.contains(option))
      return problem(entry, fmt::format("{} and its older name {} are both set; keep the first",
                                        option->key, option->older_key));
    const Origin origin{Origin::Kind::file, file_name_, entry.line};
    assignments[option] = {std::move(*value), origin, entry.column};
  }

  static bool is_section(std::string_view name) {
    return std::any_of(sections().begin(), sections().end(),
                       [&](const Section& section) { return section.name == name; });
  }

  Assignments& section_of(const std::string& name) {
    const auto found = std::find_if(sections_.begin(), sections_.end(),
                                    [&](const auto& section) { return section.name == name; });
    if (found != sections_.end()) return found->assignments;
    sections_.push_back({name, {}});
    return sections_.back().assignments;
  }

  void merge() {
    Assignments common = file_values_;
    apply(environment_, common);
    loaded_.settings = settled(common);
    check(loaded_.settings, common, "");
    for (const Option& option : options()) {
      const auto found = common.find(&option);
      loaded_.values.push_back({std::string(option.key),
                                value_text(option.field.get(loaded_.settings)),
                                found == common.end() ? Origin{} : found->second.origin});
    }
    for (const RepositorySection& section : sections_) merge_section(section);
  }

  void merge_section(const RepositorySection& section) {
    Assignments own = file_values_;
    apply(section.assignments, own);
    apply(environment_, own);
    const std::string prefix = repository_prefix(section.name);
    Settings settings = settled(own);
    // A problem of the common settings is reported already.
    if (problems_.empty()) check(settings, own, prefix);
    for (const Option& option : options()) {
      if (!section.assignments.contains(&option)) continue;
      loaded_.values.push_back({fmt::format("{}{}", prefix, option.key),
                                value_text(option.field.get(settings)), own[&option].origin});
    }
    loaded_.repositories.push_back({section.name, std::move(settings)});
  }

  static void apply(const Assignments& stronger, Assignments& to) {
    for (const auto& [option, assignment] : stronger) to[option] = assignment;
  }

  static Settings settled(const Assignments& assignments) {
    Settings settings;
    for (const auto& [option, assignment] : assignments) {
      option->field.set(settings, assignment.value);
    }
    return settings;
  }

  void check(const Settings& settings, const Assignments& from, const std::string& prefix) {
    for (const Violation& violation : validate(settings)) {
      problems_.push_back(place_of(violation, from, prefix) + violation.message);
    }
  }

  // The place for the message: of the first key in the violation that the file or the environment
  // sets.
  static std::string place_of(const Violation& violation, const Assignments& from,
                              const std::string& prefix) {
    for (const std::string& key : violation.keys) {
      const auto found = from.find(find_option(key));
      if (found == from.end()) continue;
      const Origin& origin = found->second.origin;
      if (origin.kind == Origin::Kind::environment) return origin.name + ": ";
      return fmt::format("{}:{}: {}{}: ", origin.text(), found->second.column, prefix, key);
    }
    return {};
  }

  const std::string file_name_;
  Assignments file_values_;
  std::vector<RepositorySection> sections_;
  Assignments environment_;
  std::vector<std::string> problems_;
  Loaded loaded_;
};

bool is_dangling_link(const std::string& path, base::FileSystem& filesystem) {
  const std::size_t slash = path.rfind('/');
  const auto folder = filesystem.open_directory(path.substr(0, std::max<std::size_t>(slash, 1)));
  return folder && (*folder)->stat(path.substr(slash + 1)).has_value();
}

// The text of the file; "" if the file or its folder does not exist. Follows links, because people
// keep the file elsewhere and link to it.
Result<std::string> read_text(const std::string& path, base::FileSystem& filesystem) {
  const auto real = filesystem.canonical(path);
  if (!real && real.error().code == ErrorCode::not_found) {
    if (!is_dangling_link(path, filesystem)) return std::string();
    return fail(ErrorCode::invalid, "{} is a link to a file that does not exist", path);
  }
  if (!real) return tl::unexpected(real.error());
  const std::size_t slash = real->rfind('/');
  VCS_ASSIGN(const auto folder,
             filesystem.open_directory(real->substr(0, std::max<std::size_t>(slash, 1))));
  auto bytes = base::read_file(*folder, real->substr(slash + 1), kMaximumTomlSize);
  if (!bytes) return tl::unexpected(std::move(bytes).error().with_context(path));
  return std::string(base::as_text(*bytes));
}

}  // namespace

std::string Origin::text() const {
  if (kind == Kind::default_value) return "default";
  return kind == Kind::file ? fmt::format("{}:{}", name, line) : name;
}

const Settings& Loaded::for_repository(std::string_view name) const {
  const auto found = std::find_if(repositories.begin(), repositories.end(),
                                  [&](const auto& repository) { return repository.name == name; });
  return found == repositories.end() ? settings : found->settings;
}

Result<Loaded> load(const Paths& paths, const Environment& environment,
                    base::FileSystem& filesystem) {
  VCS_ASSIGN(const std::string text, read_text(paths.config_file, filesystem));
  return load_text(text, paths.config_file, environment);
}

Result<Loaded> load_text(std::string_view text, const std::string& file_name,
                         const Environment& environment) {
  VCS_ASSIGN(const std::vector<TomlEntry> entries, parse_toml(text, file_name));
  Loader loader(file_name);
  loader.read_file_entries(entries);
  loader.read_environment(environment);
  return loader.finish();
}

}  // namespace vcs::config
