// SPDX-License-Identifier: Apache-2.0
// Counts the agent's calls down to the next fault.
#include "tests/simulation/disk_faults.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

namespace vcs::test {
namespace {

using std::chrono::milliseconds;

// Work pauses at one in kPauses of the calls at which it may pause.
constexpr std::uint64_t kPauses = 24;

// True once, when the count that was set is reached.
bool strikes(std::uint64_t& left) {
  return left > 0 && --left == 0;
}

// A file that exists may be opened on a full disk, too.
bool needs_room(const Call& call, SimulatedDisk& disk) {
  if (is_write(call.kind) || call.kind == CallKind::make_directory) return true;
  const bool makes = call.kind == CallKind::create || call.kind == CallKind::make_directories;
  return makes && !disk.stat(call.path);
}

}  // namespace

void DiskFaults::heal() {
  refuse_change_in_ = refuse_read_in_ = refuse_look_in_ = die_in_ = meddle_in_ = 0;
  full_ = dead_ = false;
  meddling_ = nullptr;
}

base::Result<void> DiskFaults::refuse(Call& call, int os_error) {
  ++refusals_;
  last_trouble_ = clock_.steady();
  if (is_write(call.kind) && random_.one_in(2))
    call.bytes_before_refusal = random_.below(call.bytes.size() + 1);
  // An agent that dies in the middle of a sync loses nothing by it: the kernel goes on.
  if (call.kind == CallKind::sync_file && !dead_) disk_.sync_failed(call.path);
  return base::fail_errno(os_error, "simulated trouble at " + call.path);
}

// True where the agent holds no lock. A merge writes a file of its own, which nobody else uses.
bool DiskFaults::may_pause(const Call& call) const {
  const auto pool = loop_.pool();
  if (!pool) return false;
  if (call.path.starts_with(worktree_)) return true;
  const bool merges = *pool == agent::loop::Pool::maintenance;
  if (merges && call.path.ends_with(".merge")) return true;
  return call.kind == CallKind::read && (merges || *pool == agent::loop::Pool::remote);
}

// Pauses longer than one tick of file times: two saves within one tick look like one.
void DiskFaults::pause() {
  base::Nanos time = milliseconds(5 + random_.below(20));
  if (random_.one_in(16)) time += milliseconds(random_.below(1000));
  loop_.pause(time);
}

void DiskFaults::look_into_worktree() {
  if (!strikes(meddle_in_)) return;
  const Peace peace(*this);
  std::exchange(meddling_, nullptr)();
}

base::Result<void> DiskFaults::before(Call& call) {
  if (peace_ > 0) return {};
  if (!dead_ && may_pause(call) && random_.one_in(kPauses)) pause();
  if (dead_) return base::fail_errno(EIO, "nobody is there any more, at " + call.path);
  if (call.path.starts_with(worktree_)) {
    look_into_worktree();
    if (!strikes(refuse_look_in_)) return {};
    last_refused_look_ = clock_.steady();
    return refuse(call, EIO);
  }
  if (!call.path.starts_with(home_)) return {};
  if (!is_mutating(call.kind)) {
    if (call.kind == CallKind::read && strikes(refuse_read_in_)) return refuse(call, EIO);
    return {};
  }
  if (strikes(die_in_)) {
    dead_ = true;
    return refuse(call, EIO);
  }
  if (strikes(refuse_change_in_)) return refuse(call, refusal_);
  if (full_ && needs_room(call, disk_)) return refuse(call, ENOSPC);
  return {};
}

}  // namespace vcs::test
