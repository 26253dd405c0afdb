// SPDX-License-Identifier: Apache-2.0
// Parses the lines of the lock file, and asks /proc about the process that they name.
#include "ipc/agent_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "core/base/file_descriptor.hpp"

namespace vcs::ipc {
namespace {

constexpr std::string_view kFirstLine = "vcsd-lock 1";
constexpr std::string_view kOldText = "vcsd with process id ";
constexpr std::string_view kOldStopping = ", stopping";
constexpr std::size_t kLongest = 512;  // a socket's path is no longer than 107 bytes

// 0 unless the whole text is a positive number.
template <typename Number>
Number number_of(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 ? value : Number{0};
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "vcsd with process id 17", and ", stopping" behind it.
AgentLock parse_old(std::string_view text) {
  AgentLock lock;
  text.remove_prefix(kOldText.size());
  if (text.ends_with(kOldStopping)) {
    lock.state = AgentState::stopping;
    text.remove_suffix(kOldStopping.size());
  }
  lock.pid = number_of<pid_t>(text);
  return lock;
}

std::string read_all(int fd) {
  std::array<char, kLongest + 1> buffer;
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got =
        ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return {buffer.data(), size};
}

// The fields of /proc/PID/stat behind the process's name: "S 1 …"; "" if there are none. The name
// may hold any characters.
std::string stat_fields(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  const base::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  std::array<char, 1024> buffer;
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  const std::size_t name_end = text.rfind(") ");
  return name_end == std::string_view::npos ? std::string()
                                            : std::string(text.substr(name_end + 2));
}

}  // namespace

std::string agent_lock_text(const AgentLock& lock) {
  return fmt::format("{}\npid {}\nstart {}\nstate {}\nsocket {}\n", kFirstLine, lock.pid,
                     lock.start, base::name_of(lock.state), lock.socket);
}

AgentLock parse_agent_lock(std::string_view text) {
  if (text.starts_with(kOldText)) return parse_old(text);
  AgentLock lock;
  if (text.size() > kLongest || next_line(text) != kFirstLine) return lock;
  while (!text.empty()) {
    const std::string_view rest = text, line = next_line(text);
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view name = line.substr(0, space);
    const std::string_view value = line.substr(std::min(space + 1, line.size()));
    if (name == "pid") lock.pid = number_of<pid_t>(value);
    if (name == "start") lock.start = number_of<std::uint64_t>(value);
    if (name == "state")
      lock.state = base::find_named<AgentState>(value).value_or(AgentState::running);
    if (name != "socket") continue;
    // `socket` is the last field, because a path may hold newlines.
    const std::string_view path = rest.substr(std::min(space + 1, rest.size()));
    if (path.ends_with('\n') && path.starts_with('/') && path.find('\0') == std::string_view::npos)
      lock.socket = path.substr(0, path.size() - 1);
    break;
  }
  return lock;
}

Result<void> write_agent_lock(base::File& held, const AgentLock& lock) {
  const std::string text = agent_lock_text(lock);
  VCS_TRY(held.write_at(base::as_bytes(text), 0));
  return held.truncate(text.size());
}

Result<std::optional<AgentLock>> agent_lock_holder(const std::string& data) {
  const std::string path = data + "/" + kAgentLock;
  const base::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return base::fail_errno(errno, path);
  }
  // Holds the lock for this moment only: an agent that starts right now tries again.
  while (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return base::fail_errno(errno, "lock " + path);
    return parse_agent_lock(read_all(fd.get()));
  }
  return std::nullopt;
}

std::uint64_t process_start(pid_t process) {
  constexpr int kStartField = 19;  // field 22 of the file; here counted from the state as 0
  std::string_view fields;
  const std::string text = stat_fields(process);
  fields = text;
  for (int field = 0; field < kStartField; ++field) {
    const std::size_t space = fields.find(' ');
    if (space == std::string_view::npos) return 0;
    fields.remove_prefix(space + 1);
  }
  return number_of<std::uint64_t>(fields.substr(0, fields.find(' ')));
}

Proof prove(const AgentLock& lock) {
  if (lock.pid == 0 || lock.start == 0 || process_start(lock.pid) != lock.start) return Proof::none;
  const std::string fields = stat_fields(lock.pid);
  const char state = fields.empty() ? '?' : fields.front();
  return state == 'T' || state == 't' ? Proof::stopped : Proof::alive;
}

std::string holder_name(const AgentLock& lock) {
  return lock.pid == 0 ? "an unknown process" : fmt::format("process {}", lock.pid);
}

std::string silent_agent_text(const AgentLock& lock) {
  switch (prove(lock)) {
    case Proof::stopped:
      return fmt::format(
          "the agent ({}) is stopped by a signal or a debugger and cannot answer; let it go on "
          "with: kill -CONT {}",
          holder_name(lock), lock.pid);
    case Proof::alive:
      return fmt::format(
          "the agent ({}) has accepted the connection but does not answer; if it stays so, end it "
          "with: kill {}",
          holder_name(lock), lock.pid);
    case Proof::none:
      break;
  }
  return fmt::format("an agent ({}) has accepted the connection but does not answer",
                     holder_name(lock));
}

}  // namespace vcs::ipc
