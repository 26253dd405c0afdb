// SPDX-License-Identifier: Apache-2.0
// Builds the machine from namespaces, a few mounts, and a folder that looks like a system.
#include "tests/support/booted_machine.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "tests/support/programs.hpp"

namespace vcs::test {
namespace {

// Makes the disk's missing folders, then runs systemd in place of this shell. $1: the disk.
constexpr const char* kBoot = R"(
set -e
umask 022
disk=$1
mount --make-rprivate /
mount --bind "$disk" "$disk"
cd "$disk"
mkdir -p usr etc/systemd/system var/lib/systemd/linger var/log/journal run tmp proc sys dev
mkdir -p root home/ada opt old
for link in bin sbin lib lib64; do [ -e $link ] || [ ! -e /$link ] || ln -sfn usr/$link $link; done
mount --rbind /usr usr
mount -o remount,bind,ro usr
if [ ! -e etc/passwd ]; then
  for needed in ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf login.defs security dbus-1 pam.d alternatives; do
    [ ! -e /etc/$needed ] || cp -a /etc/$needed etc/
  done
  cat > etc/passwd <<END
root:x:0:0:root:/root:/bin/sh
messagebus:x:100:100::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
ada:x:1000:1000:Ada:/home/ada:/bin/sh
END
  printf 'root:x:0:\nmessagebus:x:100:\nsystemd-journal:x:101:\nnogroup:x:65534:\nada:x:1000:\n' > etc/group
  printf 'root:*:19000:0:99999:7:::\nada:*:19000:0:99999:7:::\n' > etc/shadow
  chown 1000:1000 home/ada
  : > var/lib/systemd/linger/ada
  : > etc/machine-id
  ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
  for unit in systemd-timesyncd systemd-resolved systemd-networkd systemd-udevd getty@tty1 console-getty; do
    ln -s /dev/null etc/systemd/system/$unit.service
  done
fi
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
for device in null zero full random urandom tty; do
  : > dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 none run
mount -t tmpfs -o mode=1777 none tmp
pivot_root . old
umount -l old
exec env -i container=test PATH=/usr/bin:/usr/sbin /lib/systemd/systemd
)";

std::string first_child(pid_t process) {
  const std::string path =
      "/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children";
  std::ifstream children(path);
  std::string child;
  children >> child;
  return child;
}

}  // namespace

bool BootedMachine::possible() {
  if (geteuid() != 0) {
    WARN("skipped: only root can boot a machine of its own");
    return false;
  }
  for (const char* needed : {"unshare", "nsenter", "setpriv", "pivot_root", "systemctl"})
    if (find_program({needed}).empty()) return false;
  if (access("/lib/systemd/systemd", X_OK) != 0 || access("/usr/bin/dbus-daemon", X_OK) != 0) {
    WARN("skipped: systemd or dbus is not installed");
    return false;
  }
  const CommandResult tried = run_program(
      {"unshare", "--mount", "--pid", "--cgroup", "--net", "--uts", "--ipc", "--fork", "sh", "-c",
       "mount --make-rprivate / && mount -t tmpfs none /mnt && mount -t cgroup2 none /mnt"});
  if (tried.status != 0) WARN("skipped: a machine of its own cannot be made here: " << tried.err);
  return tried.status == 0;
}

BootedMachine::BootedMachine() {
  chmod(disk_.path().c_str(), 0755);
  install_programs();
  boot();
}

BootedMachine::~BootedMachine() {
  halt();
}

void BootedMachine::install_programs() {
  const std::string folder = disk_.path() + kPrograms;
  for (const char* name : {"vcsd", "vcsctl"}) {
    const CommandResult copied = run_program(
        {"sh", "-c",
         "umask 022 && mkdir -p \"$2\" && cp \"$1\" \"$2/new\" && mv \"$2/new\" \"$2/$3\"", "sh",
         program(name), folder, name});
    if (copied.status != 0) throw std::runtime_error("cannot install: " + copied.err);
  }
}

void BootedMachine::boot() {
  const std::string log = disk_ / "boot.log";
  const pid_t self = getpid();
  holder_ = fork();
  if (holder_ == 0) {
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != self) _exit(126);
    execlp("unshare", "unshare", "--mount", "--pid", "--cgroup", "--net", "--uts", "--ipc",
           "--fork", "--kill-child", "sh", "-c", kBoot, "sh", disk_.path().c_str(), nullptr);
    _exit(127);
  }
  const bool up = eventually([&] {
    const std::string child = first_child(holder_);
    if (child.empty()) return false;
    first_process_ = std::stoi(child);
    return person("systemctl --user is-active default.target").status == 0;
  });
  if (!up) throw std::runtime_error("the machine does not boot: " + read_file(log));
}

void BootedMachine::halt() {
  if (holder_ < 0) return;
  kill(first_process_, SIGKILL);  // which ends all its processes
  kill(holder_, SIGKILL);
  while (waitpid(holder_, nullptr, 0) < 0 && errno == EINTR) {
  }
  holder_ = -1;
}

void BootedMachine::reboot() {
  root("systemctl stop user@1000.service");
  halt();
  boot();
}

CommandResult BootedMachine::root(const std::string& shell) const {
  return run_program({"nsenter", "--target", std::to_string(first_process_), "--all", "env", "-i",
                      "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "sh", "-c", shell});
}

CommandResult BootedMachine::as_person(const std::string& shell, bool session) const {
  std::vector<std::string> command{"nsenter",
                                   "--target",
                                   std::to_string(first_process_),
                                   "--all",
                                   "setpriv",
                                   "--reuid=1000",
                                   "--regid=1000",
                                   "--clear-groups",
                                   "env",
                                   "-i",
                                   "HOME=/home/ada",
                                   "USER=ada",
                                   std::string("PATH=") + kPrograms + ":/usr/bin:/bin"};
  if (session) command.push_back("XDG_RUNTIME_DIR=/run/user/1000");
  for (const std::string& word : {std::string("sh"), std::string("-c"), "cd; " + shell})
    command.push_back(word);
  return run_program(command);
}

}  // namespace vcs::test
