// SPDX-License-Identifier: Apache-2.0
// The service in a machine that systemd has booted: one agent, and it can be reached all the time.
#include <catch2/catch.hpp>

#include "tests/support/booted_machine.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::BootedMachine;
using test::CommandResult;

std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// The machine with a watched folder, whose agent was started by `init`.
class Desk {
 public:
  Desk() {
    // A container does not show the kernel's log, so systemd cannot set up the protection of it.
    require(machine.person(
        "mkdir -p .config/systemd/user/vcsd.service.d work && echo first >work/file && printf "
        "'[Service]\nProtectKernelLogs=no\nPrivateDevices=no\n' "
        ">.config/systemd/user/vcsd.service.d/container.conf"));
    require(machine.person("vcsctl init work --wait"));
  }

  static std::string require(const CommandResult& result) {
    CAPTURE(result.out, result.err);
    REQUIRE((result.status == 0 || result.status == 3));
    return trimmed(result.out + result.err);
  }
  // The pid of the running agent; starts none.
  std::string agent() const {
    return trimmed(
        machine.person("vcsctl version --json --no-start | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'")
            .out);
  }
  std::string of_service() const {
    return trimmed(machine.person("systemctl --user show -P MainPID vcsd.service").out);
  }
  int agents() const { return std::stoi(machine.person("pgrep -cx vcsd").out); }
  // Exactly one agent runs, everybody finds it, and it keeps what is saved.
  void require_one(bool by_service) {
    const std::string pid = agent();
    CAPTURE(pid,
            machine.person("journalctl --user -u vcsd --no-pager | tail -5; vcsctl status").out);
    CHECK(agents() == 1);
    CHECK(std::stoi(pid) > 0);
    CHECK((pid == of_service()) == by_service);
    CHECK(trimmed(machine.cron("vcsctl version --json --no-start").out).find("\"pid\":" + pid) !=
          std::string::npos);
    const std::string text = "save " + std::to_string(++saves_);
    require(machine.person("echo '" + text + "' >work/file; vcsctl commit -r work"));
    CHECK(require(machine.cron("vcsctl cat HEAD:file -r work")) == text);
  }

  BootedMachine machine;

 private:
  int saves_ = 0;
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("booted systemd: from init to the service and through a reboot there is one agent",
          "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  const std::string first = desk.agent();
  desk.require_one(false);
  const std::string said = Desk::require(desk.machine.person("vcsctl service install"));
  CHECK(says(said, "stopped the agent that was started otherwise (process " + first + ")"));
  CHECK(says(said, "starts with your session from now on"));
  desk.require_one(true);
  CHECK(says(Desk::require(desk.machine.person("vcsctl service install")), "from now on"));
  desk.require_one(true);
  desk.machine.reboot();
  CHECK(test::eventually([&] { return desk.agent() == desk.of_service(); }));
  desk.require_one(true);
}

TEST_CASE("booted systemd: whatever ends the agent, the next command finds the service's",
          "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  Desk::require(desk.machine.person("vcsctl service install"));

  Desk::require(desk.machine.person("vcsctl stop"));
  CHECK(says(desk.machine.person("vcsctl version").out, "no agent runs"));
  Desk::require(desk.machine.person("vcsctl status"));
  desk.require_one(true);

  Desk::require(desk.machine.person("vcsctl stop"));
  Desk::require(desk.machine.cron("vcsctl status"));
  desk.require_one(true);

  for (int kill = 0; kill < 3; ++kill) {
    Desk::require(desk.machine.person("kill -9 $(systemctl --user show -P MainPID vcsd.service)"));
    Desk::require(desk.machine.person("vcsctl status"));
    desk.require_one(true);
  }

  desk.machine.install_programs();
  desk.require_one(true);
  Desk::require(desk.machine.person("systemctl --user restart vcsd"));
  desk.require_one(true);

  Desk::require(desk.machine.person("mv /run/user/1000/vcsd /run/user/1000/away"));
  desk.require_one(true);

  const std::string removed = Desk::require(desk.machine.person("vcsctl service remove"));
  CHECK(says(removed, "no longer starts"));
  CHECK(says(desk.machine.person("vcsctl version").out, "no agent runs"));
  Desk::require(desk.machine.person("vcsctl status"));
  desk.require_one(false);
}

TEST_CASE("booted systemd: the service does not disturb an agent that was started before",
          "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  Desk::require(desk.machine.person("vcsctl service install && vcsctl stop"));
  Desk::require(desk.machine.person("vcsd"));
  const std::string by_hand = desk.agent();
  CHECK(desk.machine.person("systemctl --user start vcsd").status != 0);
  CHECK(desk.agent() == by_hand);
  // systemd does not restart the service again and again.
  CHECK(trimmed(desk.machine.person("systemctl --user show -P NRestarts vcsd.service").out) == "0");
  CHECK(says(desk.machine.person("systemctl --user show -P StatusText vcsd.service").out,
             "runs already (process " + by_hand + ")"));
  desk.require_one(false);
}

TEST_CASE("booted systemd: a service that cannot start is taken back, and saves are kept",
          "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  Desk::require(
      desk.machine.person("printf '[Service]\nExecStartPre=/bin/false\n' "
                          ">.config/systemd/user/vcsd.service.d/broken.conf"));
  const CommandResult failed = desk.machine.person("vcsctl service install");
  CAPTURE(failed.out, failed.err);
  CHECK(failed.status == 1);
  CHECK(says(failed.err, "systemd could not start vcsd: "));
  CHECK_FALSE(says(failed.err, "does a systemd of your own run"));
  CHECK(says(desk.machine.person("vcsctl service status").out, "not installed"));
  desk.require_one(false);
}

TEST_CASE("booted systemd: a command tells why the service does not start", "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  Desk::require(desk.machine.person("vcsctl service install && vcsctl stop"));
  Desk::require(desk.machine.person("chmod 755 .local/share/vcsd && touch .local/share/vcsd/mine"));
  const CommandResult failed = desk.machine.person("vcsctl status");
  CAPTURE(failed.out, failed.err);
  CHECK(failed.status == 1);
  CHECK(says(failed.err, "systemd could not start vcsd: vcsd's home"));
  CHECK(says(failed.err, "holds more than vcsd's own files (mine)"));
  Desk::require(desk.machine.person("rm .local/share/vcsd/mine; vcsctl status"));
  desk.require_one(true);
}

TEST_CASE("booted systemd: the system's service for an account is found from her session",
          "[alone]") {
  if (!BootedMachine::possible()) return;
  Desk desk;
  Desk::require(desk.machine.person("vcsctl stop"));
  const std::string unit = std::string(VCS_BINARY_DIR) + "/../systemd/vcsd@.service";
  std::string text = test::read_file(unit);
  const std::size_t start = text.find("ExecStart=\"") + 11;
  text.replace(start, text.find('"', start) - start,
               std::string(BootedMachine::kPrograms) + "/vcsd");
  Desk::require(desk.machine.root("cat >/etc/systemd/system/vcsd@.service <<'END'\n" + text +
                                  "\nEND\nmkdir /etc/systemd/system/vcsd@.service.d; printf "
                                  "'[Service]\nProtectKernelLogs=no\nPrivateDevices=no\n' "
                                  ">/etc/systemd/system/vcsd@.service.d/container.conf\n"
                                  "systemctl daemon-reload && systemctl start vcsd@ada"));
  CHECK(desk.agent() == trimmed(desk.machine.root("systemctl show -P MainPID vcsd@ada").out));
  desk.require_one(false);
}
