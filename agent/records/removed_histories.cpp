// SPDX-License-Identifier: Apache-2.0
// Renames the description first, then the folder: after a kill between the two the history is a
// removed one as well.
#include "agent/records/removed_histories.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/toml_loader.hpp"

namespace vcs::agent::records {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPrefix = "removed+";
constexpr base::UnixNanos kDoomed{};
constexpr std::size_t kLeastOfAnId = 4;

struct AsideName {
  base::UnixNanos expires{};
  std::string folder;  // its former name
};

std::optional<AsideName> parse_aside(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  const std::size_t end = name.find('+');
  if (end == std::string_view::npos || end + 1 == name.size()) return std::nullopt;
  std::int64_t number = 0;
  const auto [last, error] = std::from_chars(name.data(), name.data() + end, number);
  if (error != std::errc{} || last != name.data() + end || number < 0 ||
      seconds(number) > std::chrono::duration_cast<seconds>(base::Nanos::max()))
    return std::nullopt;
  return AsideName{base::UnixNanos(seconds(number)), std::string(name.substr(end + 1))};
}

Result<config::RepositoryFile> read_removed(base::Directory& repository) {
  VCS_ASSIGN(const Bytes bytes,
             base::read_file(repository, config::kRepositoryRemovedName, config::kMaximumTomlSize));
  return config::parse_repository_file(base::as_text(bytes), config::kRepositoryRemovedName);
}

// The ctime of the description: its rename sets it; a copy of the data has a later one.
base::UnixNanos time_of_removal(base::Directory& repository) {
  const auto stat = repository.stat(config::kRepositoryRemovedName);
  return stat ? stat->ctime : base::UnixNanos{};
}

bool is_beginning(const std::string& wanted, const std::string& id) {
  if (wanted.size() < kLeastOfAnId || wanted.size() > id.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; };
  return std::equal(wanted.begin(), wanted.end(), id.begin(),
                    [&](char a, char b) { return lower(a) == b; });
}

}  // namespace

std::vector<RemovedHistory> list_removed(base::Directory& repositories) {
  std::vector<RemovedHistory> all;
  const auto entries = base::list_sorted(repositories);
  if (!entries) return all;
  for (const base::DirectoryEntry& entry : *entries) {
    auto folder = repositories.open_directory(entry.name);
    if (!folder || (*folder)->stat(config::kRepositoryFileName)) continue;
    const auto aside = parse_aside(entry.name);
    if (aside && aside->expires == kDoomed) continue;
    auto file = read_removed(**folder);
    if (!file) continue;
    const base::UnixNanos removed =
        aside ? aside->expires - kRemovedKept : time_of_removal(**folder);
    all.push_back({entry.name, std::move(*file), aside ? aside->expires : base::UnixNanos{},
                   removed, aside ? aside->folder : entry.name});
  }
  return all;
}

Result<void> take_out(base::Directory& repositories, const std::string& folder) {
  VCS_ASSIGN(const auto repository, repositories.open_directory(folder));
  VCS_TRY(
      repository->rename(config::kRepositoryFileName, *repository, config::kRepositoryRemovedName));
  (void)repository->remove_file(config::kRepositoryCopyName);
  return repository->sync();
}

Result<std::string> put_aside(base::Directory& repositories, const std::string& folder,
                              base::UnixNanos expires) {
  VCS_TRY(take_out(repositories, folder));
  const std::string name =
      fmt::format("{}{}+{}", kPrefix, expires.time_since_epoch() / seconds(1), folder);
  VCS_TRY(repositories.rename(folder, repositories, name, true));
  VCS_TRY(repositories.sync());
  return name;
}

Result<std::string> doom(base::Directory& repositories, const std::string& folder) {
  return put_aside(repositories, folder, kDoomed);
}

// Renames the description last: until then the history is a removed one.
Result<std::string> bring_back(base::Directory& repositories, const RemovedHistory& removed) {
  std::string folder = removed.folder;
  if (const auto aside = parse_aside(folder)) {
    VCS_TRY(repositories.rename(folder, repositories, aside->folder, true));
    VCS_TRY(repositories.sync());
    folder = aside->folder;
  }
  VCS_ASSIGN(const auto repository, repositories.open_directory(folder));
  VCS_ASSIGN(const std::string text, config::format_repository_file(removed.file));
  for (const char* name : {config::kRepositoryRemovedName, config::kRepositoryCopyName})
    VCS_TRY(base::replace_file(*repository, name, base::as_bytes(text), 0600));
  VCS_TRY(
      repository->rename(config::kRepositoryRemovedName, *repository, config::kRepositoryFileName));
  VCS_TRY(repository->sync());
  return folder;
}

std::vector<RemovedHistory> find_removed(std::vector<RemovedHistory> all,
                                         const std::string& wanted) {
  std::erase_if(all, [&](const RemovedHistory& history) {
    return history.file.name != wanted && history.key != wanted &&
           !is_beginning(wanted, history.file.id);
  });
  return all;
}

void sweep_doomed(base::Directory& repositories, const base::Log& log) {
  sweep_removed(repositories, kDoomed, log);
}

void sweep_removed(base::Directory& repositories, base::UnixNanos now, const base::Log& log) {
  const auto entries = base::list_sorted(repositories);
  if (!entries) return;
  for (const base::DirectoryEntry& entry : *entries) {
    const auto aside = parse_aside(entry.name);
    if (!aside || aside->expires > now) continue;
    if (auto gone = base::remove_tree(repositories, entry.name); gone)
      log.info("{}: the removed history is deleted", aside->folder);
    else
      log.warning("{}: cannot delete the removed history: {}", aside->folder, gone.error().message);
  }
}

}  // namespace vcs::agent::records
