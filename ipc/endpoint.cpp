// SPDX-License-Identifier: Apache-2.0
// Checks the folder and the name before it binds, and who owns them before it connects.
#include "ipc/endpoint.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vcs::ipc {
namespace {

using base::fail_errno;
using base::FileDescriptor;

constexpr int kBacklog = 128;

bool is_ours_or_roots(uid_t user) {
  return user == geteuid() || user == 0;
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    return fail(ErrorCode::invalid, "the socket's path '{}' is not absolute", path);
  if (path.size() >= sizeof address.sun_path)
    return fail(
        ErrorCode::invalid,
        "the socket's path {} has {} bytes, and the system allows {}; choose a shorter home", path,
        path.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<FileDescriptor> open_socket() {
  FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  if (!fd.valid()) return fail_errno(errno, "cannot create a socket");
  if (fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail_errno(errno, "cannot set up a socket");
#ifdef SO_NOSIGPIPE
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return fd;
}

int connect_to(int fd, const sockaddr_un& address) {
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// Makes the folder if it is missing, and refuses one that other users own or may use. It may be a
// symlink, for example to another disk, if our user or root made it.
Result<void> prepare_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(errno, "cannot create the socket's folder " + folder);
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0) return fail_errno(errno, folder);
  if (S_ISLNK(status.st_mode) && !is_ours_or_roots(status.st_uid))
    return fail(ErrorCode::denied, "{} is a symlink that another user made (uid {})", folder,
                status.st_uid);
  const FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOTDIR) return fail(ErrorCode::denied, "{} is not a folder", folder);
    return fail_errno(errno, "cannot open the socket's folder " + folder);
  }
  if (fstat(fd.get(), &status) != 0) return fail_errno(errno, folder);
  if (status.st_uid != geteuid())
    return fail(ErrorCode::denied, "the folder {} belongs to another user (uid {})", folder,
                status.st_uid);
  if ((status.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "the folder {} is open to other users (mode {:o}); chmod 700 {}",
                folder, status.st_mode & 0777U, folder);
  return {};
}

// Removes the socket at `path` if our user owns it and nobody listens there.
Result<void> remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno(errno, path);
  }
  if (!S_ISSOCK(status.st_mode))
    return fail(ErrorCode::already_exists, "{} exists and is not a socket; move it away", path);
  if (status.st_uid != geteuid())
    return fail(ErrorCode::denied, "the socket {} belongs to another user (uid {})", path,
                status.st_uid);
  VCS_ASSIGN(const FileDescriptor probe, open_socket());
  if (connect_to(probe.get(), address) == 0 || errno != ECONNREFUSED)
    return fail(ErrorCode::busy, "an agent already listens at {}", path);
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail_errno(errno, "cannot remove the stale socket " + path);
  return {};
}

// On some systems the name gets the mode of the socket; elsewhere the folder protects it until
// listen() sets the mode. The umask is not changed, because all threads share it.
int bind_private(int fd, const sockaddr_un& address) {
  (void)fchmod(fd, 0600);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Result<void> check_place(const std::string& path) {
  struct stat folder {
  }, socket_status{};
  const bool found =
      stat(folder_of(path).c_str(), &folder) == 0 && lstat(path.c_str(), &socket_status) == 0;
  if (!found && (errno == ENOENT || errno == ENOTDIR))
    return fail(ErrorCode::unavailable, "no agent is running (there is not a socket at {})", path);
  if (!found) return fail_errno(errno, path);
  if (!is_ours_or_roots(folder.st_uid) || !is_ours_or_roots(socket_status.st_uid))
    return fail(ErrorCode::denied, "the socket {} belongs to another user (uid {})", path,
                socket_status.st_uid);
  if (!S_ISSOCK(socket_status.st_mode)) return fail(ErrorCode::denied, "{} is not a socket", path);
  return {};
}

}  // namespace

Endpoint::Endpoint(std::string path, FileDescriptor socket, dev_t device, ino_t inode)
    : path_(std::move(path)), socket_(std::move(socket)), device_(device), inode_(inode) {}

Endpoint::Endpoint(Endpoint&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      socket_(std::move(other.socket_)),
      device_(other.device_),
      inode_(other.inode_) {}

Endpoint& Endpoint::operator=(Endpoint&& other) noexcept {
  if (this == &other) return *this;
  remove_name();
  path_ = std::exchange(other.path_, {});
  socket_ = std::move(other.socket_);
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

Endpoint::~Endpoint() {
  remove_name();
}

bool Endpoint::has_its_name() const {
  struct stat status {};
  return !path_.empty() && lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

void Endpoint::remove_name() {
  if (has_its_name()) unlink(path_.c_str());
}

Result<Endpoint> Endpoint::listen(const std::string& path) {
  VCS_ASSIGN(const sockaddr_un address, address_of(path));
  VCS_TRY(prepare_folder(folder_of(path)));
  VCS_TRY(remove_stale_socket(path, address));
  VCS_ASSIGN(FileDescriptor fd, open_socket());
  if (bind_private(fd.get(), address) != 0)
    return fail_errno(errno, "cannot create the socket " + path);
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return fail_errno(errno, path);
  Endpoint endpoint(path, std::move(fd), status.st_dev, status.st_ino);
  if (chmod(path.c_str(), 0600) != 0) return fail_errno(errno, "cannot protect " + path);
  if (::listen(endpoint.fd(), kBacklog) != 0) return fail_errno(errno, "cannot listen at " + path);
  return endpoint;
}

Result<FileDescriptor> connect_endpoint(const base::Clock& clock, const std::string& path,
                                        base::Nanos timeout) {
  VCS_ASSIGN(const sockaddr_un address, address_of(path));
  VCS_TRY(check_place(path));
  VCS_ASSIGN(FileDescriptor fd, open_socket());
  const base::SteadyNanos deadline = clock.steady() + timeout;
  while (connect_to(fd.get(), address) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == ECONNREFUSED || error == ENOENT)
      return fail(ErrorCode::unavailable, "no agent is running (nobody listens at {})", path);
    // The agent's queue of connections is full. poll() cannot wait for room, so try again.
    if (error != EAGAIN) return fail_errno(error, "cannot connect to " + path);
    if (clock.steady() >= deadline)
      return Failure({ErrorCode::unavailable,
                      fmt::format("the agent at {} is too busy to take a connection", path),
                      ETIMEDOUT});
    poll(nullptr, 0, 10);
  }
  VCS_TRY(check_peer(fd.get()));
  return fd;
}

Result<uid_t> peer_user(int fd) {
#ifdef SO_PEERCRED
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return fail_errno(errno, "cannot tell who is at the other end of the socket");
  return credentials.uid;
#else
  uid_t user = 0;
  gid_t group = 0;
  if (getpeereid(fd, &user, &group) != 0)
    return fail_errno(errno, "cannot tell who is at the other end of the socket");
  return user;
#endif
}

Result<void> check_peer(int fd) {
  VCS_ASSIGN(const uid_t user, peer_user(fd));
  if (is_ours_or_roots(user)) return {};
  return fail(ErrorCode::denied, "the other end of the socket is another user (uid {})", user);
}

}  // namespace vcs::ipc
