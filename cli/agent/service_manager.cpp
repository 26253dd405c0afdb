// SPDX-License-Identifier: Apache-2.0
// Calls the manager's own program, systemctl or launchctl.
#include "cli/agent/service_manager.hpp"

#include <fmt/ranges.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "cli/agent/service_unit.hpp"

namespace vcs::cli {
namespace {

constexpr const char* kService = "vcsd.service";
constexpr std::size_t kLargestUnit = 1u << 20;

bool is_own_folder(const std::string& path) {
  struct stat status {};
  return path.starts_with('/') && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid();
}

// Cron, `su` and `sudo` set no XDG_RUNTIME_DIR, or another user's; systemctl needs it to find the
// manager.
config::Environment with_runtime_folder(config::Environment environment) {
  if (is_own_folder(config::variable(environment, "XDG_RUNTIME_DIR"))) return environment;
  const std::string usual = fmt::format("/run/user/{}", geteuid());
  if (!is_own_folder(usual)) return environment;
  environment["XDG_RUNTIME_DIR"] = usual;
  environment.erase("DBUS_SESSION_BUS_ADDRESS");
  return environment;
}

// The value of `name` in lines of NAME=VALUE.
std::string property(const std::string& text, const std::string& name) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text.compare(at, name.size() + 1, name + "=") == 0)
      return text.substr(at + name.size() + 1, end - at - name.size() - 1);
    at = end + 1;
  }
  return {};
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<ServiceManager> ServiceManager::of(const config::Environment& environment,
                                          base::FileSystem& filesystem) {
  const std::string home = config::variable(environment, "HOME");
  if (!home.starts_with('/'))
    return fail(ErrorCode::invalid, "HOME is not set; where should the unit go?");
  ServiceManager manager(with_runtime_folder(environment), filesystem);
#ifdef __APPLE__
  const std::string domain = fmt::format("gui/{}", getuid()), service = domain + "/dev.vcsd.agent";
  manager.name_ = "launchd";
  manager.unit_ = home + "/Library/LaunchAgents/dev.vcsd.agent.plist";
  manager.start_ = {"launchctl", "bootstrap", domain, manager.unit_};
  manager.restart_ = {"launchctl", "kickstart", "-k", service};
  manager.disable_ = {"launchctl", "bootout", service};
  manager.show_ = {"launchctl", "print", service};
#else
  std::string config = config::variable(environment, "XDG_CONFIG_HOME");
  if (!config.starts_with('/')) config = home + "/.config";
  const std::string folder = config + "/systemd/user/";
  manager.name_ = "systemd";
  manager.unit_ = folder + kService;
  manager.wants_ = folder + "default.target.wants/" + kService;
  manager.elsewhere_ = {manager.wants_,
                        std::string("/etc/systemd/user/default.target.wants/") + kService};
  manager.reload_ = {"systemctl", "--user", "daemon-reload"};
  manager.enable_ = {"systemctl", "--user", "enable", kService};
  manager.start_ = {"systemctl", "--user", "start", kService};
  manager.restart_ = {"systemctl", "--user", "restart", kService};
  manager.disable_ = {"systemctl", "--user", "disable", "--now", kService};
  manager.show_ = {"systemctl", "--user", "show",
                   "--property=ActiveState,MainPID,StatusText,Result,ExecMainStatus", kService};
#endif
  return manager;
}

Result<ServiceManager::State> ServiceManager::state() const {
  auto shown = run_program(show_, environment_);
  State state;
#ifdef __APPLE__
  if (!shown) return tl::unexpected(std::move(shown).error());
  state.active = shown->status == 0;
#else
  const std::string why = shown ? last_line(shown->err) : shown.error().message;
  if (!shown || shown->status != 0)
    return fail(ErrorCode::unavailable, "no {} of yours can be reached here ({})", name_, why);
  const std::string active = property(shown->out, "ActiveState");
  state.active = active == "active" || active == "reloading";
  state.failed = active == "failed";
  state.process = number(property(shown->out, "MainPID"));
  state.status = property(shown->out, "StatusText");
  state.result = property(shown->out, "Result");
  state.exit_status = number(property(shown->out, "ExecMainStatus"));
#endif
  return state;
}

bool ServiceManager::has_unit_for(const std::optional<std::string>& home) const {
  std::vector<std::string> places{unit_};
  places.insert(places.end(), elsewhere_.begin(), elsewhere_.end());
  for (const std::string& place : places) {
    const auto real = filesystem_.canonical(place);
    if (!real) continue;
    const std::size_t slash = real->rfind('/');
    const auto folder = filesystem_.open_directory(real->substr(0, slash));
    if (!folder) continue;
    const auto bytes = base::read_file(**folder, real->substr(slash + 1), kLargestUnit);
    return bytes && unit_is_for(std::string(base::as_text(*bytes)), home);
  }
  return false;
}

bool ServiceManager::has_system_unit() const {
  const passwd* person = getpwuid(geteuid());
  if (person == nullptr) return false;
  return filesystem_
      .stat(fmt::format("/etc/systemd/system/multi-user.target.wants/vcsd@{}.service",
                        person->pw_name))
      .has_value();
}

Result<void> ServiceManager::run(const CommandLine& line) const {
  if (line.empty()) return {};
  VCS_ASSIGN(const Ran ran, run_program(line, environment_));
  if (ran.status == 0) return {};
  return fail(ErrorCode::unavailable, "'{}' ended with {}: {}", fmt::join(line, " "), ran.status,
              last_line(ran.err));
}

Result<void> ServiceManager::run_and_tell(const CommandLine& line) const {
  const auto before = state();
  if (before && before->failed)
    (void)run_program({"systemctl", "--user", "reset-failed", kService}, environment_);
  const auto done = run(line);
  if (done) return {};
  const std::string words = last_words();
  return fail(ErrorCode::unavailable, "{} could not start vcsd: {}", name_,
              words.empty() ? done.error().message : words);
}

// Why the agent did not start: its own status text, else the last line of its log in the journal,
// else its exit status.
std::string ServiceManager::last_words() const {
  const auto after = state();
  if (after && !after->status.empty()) return after->status;
  const auto log = run_program(
      {"journalctl", "--user", "-u", kService, "-n", "1", "-o", "cat", "--no-pager", "-q"},
      environment_);
  if (log && log->status == 0 && !last_line(log->out).empty()) return last_line(log->out);
  if (!after || after->result.empty() || after->result == "success") return {};
  // systemd.exec(5): systemd could not set up user, capabilities or mounts before the agent ran.
  const bool confined =
      after->exit_status == 217 || after->exit_status == 218 || after->exit_status == 226;
  return fmt::format("it ended with {} ({}){}", after->exit_status, after->result,
                     confined ? "; this system forbids what the unit asks for, see "
                                "share/vcsd/without-user-namespaces.conf"
                              : "");
}

Result<void> ServiceManager::enable() const {
  VCS_TRY(run(reload_));
  return run(enable_);
}

Result<void> ServiceManager::start() const {
  return run_and_tell(start_);
}

Result<void> ServiceManager::restart() const {
  return run_and_tell(restart_);
}

Result<void> ServiceManager::disable() const {
  return run(disable_);
}

Result<void> ServiceManager::reload() const {
  return run(reload_);
}

void ServiceManager::forget_by_hand() const {
  const std::size_t slash = wants_.rfind('/');
  if (slash == std::string::npos) return;
  if (const auto folder = filesystem_.open_directory(wants_.substr(0, slash)))
    (void)(*folder)->remove_file(wants_.substr(slash + 1));
}

std::optional<std::string> service_home(const config::Environment& environment,
                                        const config::Paths& paths, bool home_given) {
  if (!home_given && config::variable(environment, "VCSD_HOME").empty()) return std::nullopt;
  return paths.data;
}

}  // namespace vcs::cli
