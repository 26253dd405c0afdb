// SPDX-License-Identifier: Apache-2.0
// Says whether everything is safe, then why.
#include "cli/render/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/line/help.hpp"
#include "cli/render/progress.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kNarrowWindow = 60;  // columns
constexpr std::size_t kItemColumn = 11;    // the column where the text of an item begins
constexpr double kWatchesNear = 0.8;
constexpr std::uint64_t kLeastWatches = 524'288;

bool is_stopped(const ipc::RepositoryStatus& repository) {
  return repository.state == ipc::RepositoryState::suspended ||
         repository.state == ipc::RepositoryState::error;
}

std::string reason_of(const ipc::RepositoryStatus& repository) {
  return repository.reason.empty() ? std::string() : ": " + escaped_text(repository.reason);
}

std::string copied_text(const std::vector<ipc::RepositoryStatus>& repositories) {
  std::vector<std::string> parts, here_only;
  const bool several = repositories.size() > 1;
  for (const auto& repository : repositories) {
    std::vector<std::string> synced;
    const std::string name = escaped(repository.name);
    for (const auto& remote : repository.remotes) {
      if (!remote.push) continue;
      if (remote.state == ipc::RemoteState::synced && remote.behind_commits == 0)
        synced.push_back(escaped(remote.name));
      else
        parts.push_back((several ? name + "/" : std::string()) + escaped(remote.name) + " is " +
                        remote_lag(remote));
    }
    if (!has_copies(repository)) here_only.push_back(name);
    if (!synced.empty())
      parts.insert(parts.begin(), fmt::format("{}copied to {}", several ? name + " is " : "",
                                              fmt::join(synced, ", ")));
  }
  if (here_only.size() == repositories.size()) return "on this machine only";
  if (!here_only.empty())
    parts.push_back(fmt::format("{} {} on this machine only", fmt::join(here_only, ", "),
                                here_only.size() == 1 ? "is" : "are"));
  return fmt::format("{}", fmt::join(parts, "; "));
}

// What is not saved yet, or cannot be saved; "" if all is saved.
std::string missing_text(const std::vector<ipc::RepositoryStatus>& repositories) {
  std::uint64_t problems = 0, pending = 0, missing_packs = 0;
  std::vector<std::string> first_snapshots, opening, looked_through;
  for (const auto& repository : repositories) {
    problems += repository.problem_count;
    pending += repository.pending_changes;
    missing_packs += repository.missing_packs.size() + !repository.damage.empty();
    if (!repository.open)
      opening.push_back(escaped(repository.name));
    else if (repository.head.empty())
      first_snapshots.push_back(escaped(repository.name));
    else if (repository.state == ipc::RepositoryState::scanning)
      looked_through.push_back(escaped(repository.name));
  }
  if (!opening.empty())
    return fmt::format("Not everything is known yet: {} {} being opened", fmt::join(opening, ", "),
                       opening.size() == 1 ? "is" : "are");
  if (!first_snapshots.empty())
    return fmt::format("Not everything is saved yet: the first snapshot of {} runs",
                       fmt::join(first_snapshots, ", "));
  if (missing_packs != 0) return "A part of what was saved is missing or damaged";
  if (problems != 0)
    return fmt::format("{} could not be saved; all other saves are kept",
                       counted(problems, "file", "files"));
  if (!looked_through.empty())
    return fmt::format("What changed while nobody watched is not known yet: {} {} being checked",
                       fmt::join(looked_through, ", "), looked_through.size() == 1 ? "is" : "are");
  if (pending != 0)
    return fmt::format("{} of the last moments {} being saved",
                       counted(pending, "change", "changes"), pending == 1 ? "is" : "are");
  return {};
}

std::string watches_text(const ipc::WatchStatus& watches, const Style& style) {
  std::string out;
  const bool near = watches.limit != 0 && static_cast<double>(watches.used) >=
                                              kWatchesNear * static_cast<double>(watches.limit);
  if (watches.polled_folders == 0 && !near) return out;
  out += "  watches  " + style.warning(fmt::format("{} of {} used", with_separators(watches.used),
                                                   with_separators(watches.limit)));
  if (watches.polled_folders != 0) {
    out += fmt::format("; {} looked at in turn instead",
                       counted(watches.polled_folders, "folder is", "folders are"));
  }
  const std::uint64_t needed = std::max(kLeastWatches, 2 * (watches.used + watches.polled_folders));
  // Without a single watch, other programs may have taken all inotify instances, too.
  const char* queue = watches.used == 0 ? " fs.inotify.max_user_instances=1024" : "";
  return out +
         fmt::format("\n           allow more: sudo sysctl fs.inotify.max_user_watches={}{}\n",
                     needed, queue);
}

std::string state_text(const ipc::RepositoryStatus& repository, const Style& style) {
  const std::string state = std::string(base::name_of(repository.state)) + reason_of(repository);
  return is_stopped(repository) ? style.bad(state) : style.good(state);
}

std::string saved_text(const ipc::RepositoryStatus& repository, base::UnixNanos now) {
  if (!repository.open)
    return repository.state == ipc::RepositoryState::opening ? "not known yet: it is being opened"
                                                             : "not known";
  if (repository.head.empty()) return "nothing yet";
  std::string text =
      fmt::format("{} ({}), {}", ago(repository.head_time, now), short_id(repository.head),
                  counted(repository.commits, "save", "saves"));
  if (repository.pending_changes != 0)
    text += fmt::format(", {} waiting", counted(repository.pending_changes, "change", "changes"));
  return text;
}

std::string store_text(const ipc::StoreStatus& store) {
  std::string text = fmt::format("{} in {}", base::humanize_bytes(store.bytes_stored),
                                 counted(store.packs, "pack", "packs"));
  if (store.bytes_stored != 0 &&
      static_cast<double>(store.bytes_raw) >= 1.05 * static_cast<double>(store.bytes_stored)) {
    text +=
        fmt::format(", {:.1f} times smaller than what was saved",
                    static_cast<double>(store.bytes_raw) / static_cast<double>(store.bytes_stored));
  }
  return text;
}

std::string problems_text(const ipc::RepositoryStatus& repository, const Style& style) {
  std::string out;
  for (const auto& problem : repository.problems) {
    out += fmt::format("  {}  {}: {}\n", style.bad("problem"), escaped(problem.path),
                       escaped_text(problem.reason));
  }
  if (repository.problem_count > repository.problems.size()) {
    out += fmt::format("  and {} more\n",
                       with_separators(repository.problem_count - repository.problems.size()));
  }
  for (const auto& file : repository.incomplete)
    out += fmt::format("  {}  {}: saved without attributes: {}\n", style.warning("partly"),
                       escaped(file.path.empty() ? "." : file.path), escaped_text(file.reason));
  if (repository.incomplete_count > repository.incomplete.size()) {
    out += fmt::format("  and {} more saved without attributes\n",
                       with_separators(repository.incomplete_count - repository.incomplete.size()));
  }
  return out;
}

std::string unwatched_text(const std::vector<ipc::UnwatchedTime>& times, base::UnixNanos now) {
  if (times.empty()) return {};
  std::string out = fmt::format("  gap      not watched from {} to {}",
                                clock_time(times[0].from, now), clock_time(times[0].to, now));
  if (times.size() > 1)
    out += fmt::format(", nor at {} in the last week",
                       counted(times.size() - 1, "other time", "other times"));
  return out + "\n           of what was saved meanwhile only the last state is kept\n";
}

// Splits "  saved    2 minutes ago" into two lines, and breaks long lines between words.
std::string in_narrow_window(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indent);
    if (const std::size_t gap = line.find("  "); indent == 2 && gap < kItemColumn - indent) {
      (out += "  ") += line.substr(0, gap);
      out += '\n';
      line.remove_prefix(std::min(line.find_first_not_of(' ', gap), line.size()));
      out += "    " + wrapped(line, 4, width) + "\n";
    } else {
      const std::size_t shown = std::min<std::size_t>(indent, 4);
      out += std::string(shown, ' ') + wrapped(line, shown, width) + "\n";
    }
  }
  return out;
}

std::string repository_text(const ipc::RepositoryStatus& repository, base::UnixNanos now,
                            const Style& style) {
  std::string out = fmt::format("{}  {}\n", style.strong(escaped(repository.name)),
                                style.place(escaped(repository.worktree)));
  out += fmt::format("  state    {}\n", state_text(repository, style));
  if (repository.state == ipc::RepositoryState::suspended)
    out += fmt::format("           has the folder moved? vcsctl repo move {} FOLDER\n",
                       escaped(repository.name));
  if (repository.progress.stage != ipc::Stage::none)
    out += fmt::format("  running  {}\n", progress_line(repository.progress, 0, 200));
  out += fmt::format("  saved    {}\n", saved_text(repository, now));
  if (repository.open) {
    out += fmt::format("  files    {}, {}\n", with_separators(repository.files),
                       base::humanize_bytes(repository.bytes));
    out += fmt::format("  store    {}\n", store_text(repository.store));
  }
  for (const auto& remote : repository.remotes)
    out += fmt::format("  remote   {}\n", remote_line(remote, style));
  if (!repository.copy_of.empty() && !repository.remotes.empty())
    out += fmt::format("  copy     copies to remotes as {}; {} there is another copy\n",
                       escaped(repository.device), escaped(repository.copy_of));
  if (repository.last_audit.drift != 0) {
    out += fmt::format("  check    found {} the watcher had missed\n",
                       counted(repository.last_audit.drift, "change", "changes"));
  }
  out += unwatched_text(repository.unwatched, now);
  if (repository.skipped_special != 0) {
    out +=
        fmt::format("  skipped  {}\n", counted(repository.skipped_special, "pipe, socket or device",
                                               "pipes, sockets and devices"));
  }
  if (repository.skipped_builtin != 0) {
    out += fmt::format("  left out {} by built-in rules; !PATTERN in .vcsignore keeps such files\n",
                       counted(repository.skipped_builtin, "temporary file", "temporary files"));
  }
  for (const ipc::ProblemPath& folder : repository.unmounted) {
    out += fmt::format(
        "  away     {}: not mounted any more; what was there is kept as it was\n"
        "           gone for good? vcsctl mounts --forget {} -r {}\n",
        style.bad(escaped(folder.path)), escaped(folder.path), escaped(repository.name));
  }
  for (const std::string& name : repository.missing_packs) {
    out += fmt::format("  store    {} is gone\n           get it back: vcsctl repair -r {}\n",
                       style.bad(escaped(name)), escaped(repository.name));
  }
  if (!repository.damage.empty())
    out += fmt::format("  damage   {}\n           get it back: vcsctl repair -r {}\n",
                       style.bad(escaped_text(repository.damage)), escaped(repository.name));
  return out + alarm_text(repository.alarm, repository.name, now, style) +
         owed_text(repository.owed, repository.name, style) +
         watches_text(repository.watches, style) + problems_text(repository, style);
}

}  // namespace

bool has_copies(const ipc::RepositoryStatus& repository) {
  return std::any_of(repository.remotes.begin(), repository.remotes.end(),
                     [](const ipc::RemoteStatus& remote) { return remote.push; });
}

std::string alarm_sentence(const ipc::AlarmStatus& alarm) {
  const auto files = [](ipc::Count count) { return counted(count, "file was", "files were"); };
  if (alarm.reason == ipc::AlarmReason::none) return {};
  if (alarm.reason == ipc::AlarmReason::encryption)
    return fmt::format("{} rewritten with content that looks encrypted", files(alarm.rewritten));
  return fmt::format("{} deleted within minutes", files(alarm.deleted));
}

std::string alarm_text(const ipc::AlarmStatus& alarm, const std::string& repository,
                       base::UnixNanos now, const Style& style) {
  if (alarm.reason == ipc::AlarmReason::none) return {};
  const std::string where = "-r " + escaped(repository), commit = short_id(alarm.commit);
  return fmt::format(
      "  alarm    {}, noticed {}; all of it is kept\n"
      "           see it:      vcsctl diff {} HEAD {}\n"
      "           undo it:     vcsctl restore {} --overwrite {}\n"
      "           intended:    vcsctl alarm --acknowledge {}\n",
      style.bad(alarm_sentence(alarm)), clock_time(alarm.since, now), commit, where, commit, where,
      where);
}

namespace {

std::string owed_sentence(const ipc::OwedStatus& owed) {
  const std::string what = owed.entries == 0
                               ? std::string("files that were saved are")
                               : counted(owed.entries, "file or folder that was saved is",
                                         "files and folders that were saved are");
  return what + " not written yet";
}

}  // namespace

std::string owed_text(const ipc::OwedStatus& owed, const std::string& repository,
                      const Style& style) {
  if (owed.commit.empty()) return {};
  std::string out =
      fmt::format("  owed     {}; they do not count as deleted\n", style.bad(owed_sentence(owed)));
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 0; i < std::min(kShown, owed.paths.size()); ++i)
    out += fmt::format("           {}\n", escaped(owed.paths[i].path));
  if (owed.entries > kShown)
    out += fmt::format("           and {} more\n", with_separators(owed.entries - kShown));
  return out + fmt::format(
                   "           write them:  vcsctl owed --write -r {0}\n"
                   "           or not:      vcsctl owed --give-up -r {0}\n",
                   escaped(repository));
}

namespace {

bool is_unsynced(const ipc::StatusResponse& status, const std::string& repository,
                 const std::string& remote) {
  return std::any_of(status.unsynced.begin(), status.unsynced.end(), [&](const auto& unsynced) {
    return unsynced.repository == repository && unsynced.remote == remote;
  });
}

}  // namespace

std::vector<std::string> attention(const ipc::StatusResponse& status, const BehindLimit& limit) {
  std::vector<std::string> reasons;
  for (const auto& repository : status.repositories) {
    if (is_stopped(repository))
      reasons.push_back(
          fmt::format("{} is {}{}", escaped(repository.name),
                      repository.state == ipc::RepositoryState::error ? "in error" : "suspended",
                      reason_of(repository)));
    if (repository.state == ipc::RepositoryState::opening)
      reasons.push_back(
          fmt::format("{} is still being opened; ask again in a moment", escaped(repository.name)));
    if (repository.alarm.reason != ipc::AlarmReason::none)
      reasons.push_back(
          fmt::format("{}: {}", escaped(repository.name), alarm_sentence(repository.alarm)));
    if (repository.problem_count != 0)
      reasons.push_back(fmt::format("{}: {} could not be saved", escaped(repository.name),
                                    counted(repository.problem_count, "file", "files")));
    if (!repository.owed.commit.empty())
      reasons.push_back(fmt::format("{}: {}; see: vcsctl owed -r {}", escaped(repository.name),
                                    owed_sentence(repository.owed), escaped(repository.name)));
    if (!repository.unmounted.empty())
      reasons.push_back(
          fmt::format("{}: {} not mounted any more", escaped(repository.name),
                      repository.unmounted.size() == 1
                          ? escaped(repository.unmounted.front().path) + " is"
                          : counted(repository.unmounted.size(), "folder is", "folders are")));
    if (!repository.missing_packs.empty())
      reasons.push_back(fmt::format(
          "{}: {} gone from its store; see: vcsctl repair -r {}", escaped(repository.name),
          counted(repository.missing_packs.size(), "pack is", "packs are"),
          escaped(repository.name)));
    if (!repository.damage.empty())
      reasons.push_back(fmt::format("{}: {}; see: vcsctl repair -r {}", escaped(repository.name),
                                    escaped_text(repository.damage), escaped(repository.name)));
    for (const auto& remote : repository.remotes) {
      if (is_unsynced(status, repository.name, remote.name)) continue;  // reported below
      const bool late = remote.oldest_unsynced_seconds > limit(repository.name);
      if (remote.state != ipc::RemoteState::error && !late) continue;
      reasons.push_back(fmt::format("{}/{}: {}", escaped(repository.name), escaped(remote.name),
                                    remote_lag(remote)));
    }
  }
  for (const auto& remote : status.unsynced)
    reasons.push_back(fmt::format("{}/{} has not got everything: {}", escaped(remote.repository),
                                  escaped(remote.remote), escaped_text(remote.reason)));
  return reasons;
}

std::string headline(const ipc::StatusResponse& status, base::UnixNanos now) {
  const auto& all = status.repositories;
  if (all.empty()) return "Nothing is watched yet. Start with: vcsctl init FOLDER";
  for (const auto& repository : all) {
    if (is_stopped(repository))
      return fmt::format("Saves are NOT being kept: {} is {}{}", escaped(repository.name),
                         repository.state == ipc::RepositoryState::error ? "in error" : "suspended",
                         reason_of(repository));
  }
  if (std::any_of(all.begin(), all.end(), [](const auto& repository) {
        return repository.state == ipc::RepositoryState::stopping;
      }))
    return "The agent is stopping; what changes from now on is saved when it starts again.";
  base::UnixNanos last{};
  for (const auto& repository : all) last = std::max(last, repository.head_time);
  const std::string missing = missing_text(all);
  if (last == base::UnixNanos{}) return missing + ".";
  return fmt::format("{}; last save {}, {}.",
                     missing.empty() ? std::string("All saves are kept") : missing,
                     clock_time(last, now), copied_text(all));
}

std::string remote_lag(const ipc::RemoteStatus& remote) {
  if (!remote.push)
    return fmt::format("nothing is copied there; to change that: vcsctl remote set {} --push",
                       escaped(remote.name));
  const std::string behind =
      remote.behind_commits == 0
          ? std::string()
          : fmt::format("{} behind ({})", counted(remote.behind_commits, "save", "saves"),
                        human_duration(remote.oldest_unsynced_seconds));
  if (remote.state == ipc::RemoteState::synced && behind.empty()) return "synced";
  if (remote.state == ipc::RemoteState::error || remote.state == ipc::RemoteState::waiting) {
    std::string text =
        remote.state == ipc::RemoteState::error ? "in error" : "waiting to try again";
    if (!remote.last_error.empty()) text += ": " + escaped_text(remote.last_error);
    return behind.empty() ? text : text + "; " + behind;
  }
  if (remote.state == ipc::RemoteState::syncing)
    return behind.empty() ? "copying" : "copying, " + behind;
  return behind.empty() ? std::string(base::name_of(remote.state)) : behind;
}

std::string remote_line(const ipc::RemoteStatus& remote, const Style& style) {
  const std::string lag = remote_lag(remote);
  const std::string painted = remote.state == ipc::RemoteState::error    ? style.bad(lag)
                              : remote.state == ipc::RemoteState::synced ? style.good(lag)
                                                                         : style.warning(lag);
  return fmt::format("{}  {}  {}", escaped(remote.name), style.place(escaped(remote.url)), painted);
}

std::string status_text(const ipc::StatusResponse& status, const BehindLimit& limit,
                        base::UnixNanos now, const Style& style, std::size_t width) {
  const auto reasons = attention(status, limit);
  const std::string first = headline(status, now);
  std::string out = (reasons.empty() ? style.good(first) : style.bad(first)) + "\n";
  for (const std::string& reason : reasons) out += fmt::format("{} {}\n", style.bad("!"), reason);
  for (const auto& repository : status.repositories)
    out += "\n" + repository_text(repository, now, style);
  return width < kNarrowWindow ? in_narrow_window(out, width) : out;
}

}  // namespace vcs::cli
