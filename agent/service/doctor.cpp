// SPDX-License-Identifier: Apache-2.0
// One function for each check.
#include "agent/service/doctor.hpp"

#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "agent/agent.hpp"
#include "core/base/byte_size.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::agent::service {
namespace {

using ipc::DoctorCheck;

constexpr std::uint64_t kLittleSpace = 1u << 30;
constexpr rlim_t kFewDescriptors = 4096;
constexpr std::uint64_t kEnoughWatches = 524'288;

std::uint64_t read_number(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  file >> number;
  return number;
}

DoctorCheck check_space(Agent& agent) {
  const std::string& data = agent.paths().data;
  const auto space = agent.context().filesystem.space(data);
  if (!space)
    return {"disk space", ipc::CheckResult::error, space.error().message,
            "Check the disk that holds " + data + "."};
  const std::string detail =
      fmt::format("{} free where {} lies", base::humanize_bytes(space->free_bytes), data);
  if (space->free_bytes < kLittleSpace)
    return {"disk space", ipc::CheckResult::warning, detail,
            "Make room, or move the data with VCSD_HOME; saves are kept again by themselves."};
  return {"disk space", ipc::CheckResult::ok, detail, ""};
}

DoctorCheck check_permissions(Agent& agent) {
  const auto stat = agent.context().filesystem.stat(agent.paths().data);
  if (!stat) return {"private data", ipc::CheckResult::error, stat.error().message, ""};
  if ((stat->mode & 077) != 0)
    return {"private data", ipc::CheckResult::warning,
            fmt::format("{} can be entered by others (mode {:o})", agent.paths().data, stat->mode),
            fmt::format("chmod 700 '{}'", agent.paths().data)};
  return {"private data", ipc::CheckResult::ok, agent.paths().data + " is closed to others", ""};
}

DoctorCheck check_watches(const std::vector<ipc::RepositoryStatus>& repositories) {
  std::uint64_t used = 0, polled = 0, limit = 0;
  for (const auto& repository : repositories) {
    used = std::max(used, repository.watches.used);  // each has the sum of all
    polled += repository.watches.polled_folders;
    limit = std::max(limit, repository.watches.limit);
  }
  const std::string detail =
      fmt::format("{} folders watched, {} polled, limit {}", used, polled, limit);
  if (polled == 0) return {"watches", ipc::CheckResult::ok, detail, ""};
  // No watch at all: other programs may have taken the inotify instances, too.
  const char* queue = used == 0 ? " fs.inotify.max_user_instances=1024" : "";
  return {"watches", ipc::CheckResult::warning, detail,
          fmt::format("sudo sysctl fs.inotify.max_user_watches={}{}",
                      std::max({kEnoughWatches, 2 * (used + polled), 2 * limit}), queue)};
}

DoctorCheck check_queue() {
  const std::uint64_t queue = read_number("/proc/sys/fs/inotify/max_queued_events");
  if (queue == 0) return {"event queue", ipc::CheckResult::ok, "not inotify", ""};
  const std::string detail = fmt::format("{} events fit", queue);
  if (queue < 16'384)
    return {"event queue", ipc::CheckResult::warning, detail,
            "sudo sysctl fs.inotify.max_queued_events=16384"};
  return {"event queue", ipc::CheckResult::ok, detail, ""};
}

DoctorCheck check_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::string detail =
      fmt::format("{} may be open", static_cast<std::uint64_t>(limit.rlim_cur));
  if (limit.rlim_cur < kFewDescriptors)
    return {"open files", ipc::CheckResult::warning, detail,
            "ulimit -n 65536, or LimitNOFILE= in the service"};
  return {"open files", ipc::CheckResult::ok, detail, ""};
}

DoctorCheck check_repository(const ipc::RepositoryStatus& repository) {
  const std::string name = "folder " + repository.name;
  if (repository.state == ipc::RepositoryState::suspended)
    return {name, ipc::CheckResult::error, "suspended: " + repository.reason,
            "It goes on by itself when the cause is gone. Has the folder moved? vcsctl repo move " +
                repository.name + " FOLDER"};
  if (repository.state == ipc::RepositoryState::error)
    return {name, ipc::CheckResult::error, "error: " + repository.reason,
            "It goes on by itself when the cause is gone."};
  if (repository.alarm.reason != ipc::AlarmReason::none)
    return {
        name, ipc::CheckResult::error,
        fmt::format("the alarm rings: {} of many files", base::name_of(repository.alarm.reason)),
        "See: vcsctl alarm -r " + repository.name};
  if (!repository.damage.empty() || !repository.missing_packs.empty())
    return {name, ipc::CheckResult::error,
            repository.damage.empty() ? "packs of its store are gone" : repository.damage,
            "See: vcsctl repair -r " + repository.name};
  if (repository.problem_count > 0)
    return {name, ipc::CheckResult::warning,
            fmt::format("{} file{} could not be saved", repository.problem_count,
                        repository.problem_count == 1 ? "" : "s"),
            "See: vcsctl status " + repository.name};
  if (repository.last_audit.drift > 0)
    return {name, ipc::CheckResult::warning,
            fmt::format("the check found {} change{} the watcher had missed",
                        repository.last_audit.drift, repository.last_audit.drift == 1 ? "" : "s"),
            "They are saved. Lower watch.audit_interval for this folder to find such sooner."};
  for (const auto& remote : repository.remotes)
    if (remote.state == ipc::RemoteState::error)
      return {name, ipc::CheckResult::error,
              fmt::format("remote {}: {}", remote.name, remote.last_error),
              "See: vcsctl remote list"};
  return {name, ipc::CheckResult::ok, std::string(base::name_of(repository.state)), ""};
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

DoctorCheck check_copies(const std::vector<ipc::RepositoryStatus>& repositories) {
  std::vector<std::string> alone;
  for (const auto& repository : repositories)
    if (std::none_of(repository.remotes.begin(), repository.remotes.end(),
                     [](const ipc::RemoteStatus& remote) { return remote.push; }))
      alone.push_back(repository.name);
  if (alone.empty()) return {"a copy elsewhere", ipc::CheckResult::ok, "", ""};
  return {"a copy elsewhere", ipc::CheckResult::warning, listed(alone) + ": on this machine only",
          "vcsctl remote add NAME FOLDER -r " + alone.front()};
}

// A copy on the same disk helps against mistakes, not against the loss of the disk.
DoctorCheck check_disks(const std::vector<ipc::RepositoryStatus>& repositories) {
  std::vector<std::string> together;
  for (const auto& repository : repositories) {
    std::size_t copies = 0, elsewhere = 0;
    for (const auto& remote : repository.remotes) {
      copies += remote.push ? 1 : 0;
      elsewhere += remote.push && !remote.same_disk ? 1 : 0;
    }
    if (copies != 0 && elsewhere == 0) together.push_back(repository.name);
  }
  if (together.empty()) return {"copy on the same disk", ipc::CheckResult::ok, "none", ""};
  return {"copy on the same disk", ipc::CheckResult::warning,
          listed(together) + ": the history and every copy would be lost with one disk",
          "Add a remote on another disk: vcsctl remote add NAME FOLDER -r " + together.front()};
}

}  // namespace

std::vector<DoctorCheck> examine(Agent& agent,
                                 const std::vector<ipc::RepositoryStatus>& repositories) {
  std::vector<DoctorCheck> checks{check_space(agent), check_permissions(agent),
                                  check_watches(repositories), check_queue(), check_descriptors()};
  if (!repositories.empty()) {
    checks.push_back(check_copies(repositories));
    checks.push_back(check_disks(repositories));
  }
  for (const auto& repository : repositories) checks.push_back(check_repository(repository));
  return checks;
}

}  // namespace vcs::agent::service
