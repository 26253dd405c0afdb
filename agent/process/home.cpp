// SPDX-License-Identifier: Apache-2.0
// Uses one descriptor for all checks and for the fchmod, so that both act on the same folder.
#include "agent/process/home.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "core/base/file_descriptor.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::process {
namespace {

using base::fail_errno;
using base::FileDescriptor;

constexpr mode_t kForOthers = 077;
constexpr std::array<std::string_view, 7> kOwnNames{
    "agent.lock", "config.toml", "device", "logs", "repositories", "run", "vcsd.sock"};

FileDescriptor open_folder(const std::string& path) {
  return FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool is_ours(std::string_view name) {
  return name == "." || name == ".." ||
         std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end();
}

// A name in the folder that is not one of the agent's own; "" if there is none.
Result<std::string> foreign_name(int folder) {
  const int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return fail_errno(errno, "looking into it");
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(own), closedir);
  while (const dirent* entry = readdir(entries.get()))
    if (!is_ours(entry->d_name)) return std::string(entry->d_name);
  return std::string();
}

// The deepest folder above `path` that exists.
std::string standing_ancestor(std::string path) {
  struct stat status {};
  while (path.size() > 1 && stat(path.c_str(), &status) != 0)
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  return path;
}

// Refuses a folder of another user: root with that user's HOME, as `sudo` may leave it, would make
// a home that locks the user out for good.
Result<void> make_home(const std::string& home) {
  const std::string ancestor = standing_ancestor(home);
  struct stat status {};
  if (stat(ancestor.c_str(), &status) != 0) return fail_errno(errno, ancestor);
  if (status.st_uid != geteuid() && status.st_uid != 0)
    return fail(ErrorCode::denied,
                "{} belongs to another user (uid {}), so no home for vcsd is made in it; set HOME "
                "or VCSD_HOME to a place of your own",
                ancestor, status.st_uid);
  VCS_TRY(base::make_posix_filesystem()->make_directories(home));
  return {};
}

}  // namespace

Result<void> accept_home(const std::string& home) {
  FileDescriptor folder = open_folder(home);
  if (!folder.valid() && errno == ENOENT) {
    VCS_TRY(make_home(home));
    folder = open_folder(home);
  }
  if (!folder.valid()) return fail_errno(errno, "opening vcsd's home " + home);
  struct stat status {};
  if (fstat(folder.get(), &status) != 0) return fail_errno(errno, home);
  if (status.st_uid != geteuid())
    return fail(ErrorCode::denied,
                "vcsd's home {} belongs to another user (uid {}); run vcsd as that user, or set "
                "VCSD_HOME to a folder of your own",
                home, status.st_uid);
  if ((status.st_mode & kForOthers) == 0) return {};
  VCS_ASSIGN(const std::string foreign, foreign_name(folder.get()));
  if (!foreign.empty())
    return fail(ErrorCode::denied,
                "vcsd's home {} is open to other users (mode {:o}) and holds more than vcsd's own "
                "files ({}); chmod 700 it, or choose a folder for vcsd alone",
                home, status.st_mode & 0777U, foreign);
  if (fchmod(folder.get(), 0700) != 0) return fail_errno(errno, "closing " + home);
  return {};
}

}  // namespace vcs::agent::process
