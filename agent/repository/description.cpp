// SPDX-License-Identifier: Apache-2.0
// Writes one after the other, and once more after a failure.
#include "agent/repository/description.hpp"

#include <cassert>
#include <utility>

namespace vcs::agent::repository {
namespace {

// A description that could not be written is written again after this long.
constexpr base::Nanos kSaveInterval = std::chrono::seconds(10);

}  // namespace

void Description::save(Done done) {
  assert(context_.agent.loop.here());
  waiting_.push_back(std::move(done));
  if (!saving_) write();
}

void Description::write() {
  saving_ = true;
  context_.errands.run(
      loop::Pool::query,
      [directory = directory_, newest = file_] {
        return config::write_repository_file(*directory, newest);
      },
      [this, served = std::exchange(waiting_, {})](const Result<void>& written) {
        saving_ = false;
        for (const Done& done : served) done(written);
        if (!waiting_.empty() && !saving_) write();
        if (!written) save_again();
      });
}

// After a failed write the file on disk may be the old or the new one. Callers that got the error
// have put back what they changed, and that is what must be found after a restart.
void Description::save_again() {
  if (stopped_ || again_timer_.waits()) return;
  again_timer_.start(kSaveInterval, [this] { save([](const Result<void>&) {}); });
}

void Description::stop() {
  assert(context_.agent.loop.here());
  stopped_ = true;
  again_timer_.stop();
}

void Description::remember_root(const config::RootIdentity& identity) {
  assert(context_.agent.loop.here());
  if (file_.root == identity) return;
  file_.root = identity;
  save([this](const Result<void>& saved) {
    if (!saved)
      context_.agent.log.warning("{}: cannot remember the folder's identity: {}", file_.name,
                                 saved.error().message);
  });
}

std::string Description::device() const {
  const config::DeviceEntry* entry = device_at(context_.agent, data_, file_);
  return entry == nullptr ? std::string() : entry->id;
}

void Description::tell_device(const Device& device) const {
  if (device.origin != DeviceOrigin::copy) return;
  const std::string text = fmt::format(
      "this is a copy of the repository in {}; it copies to its remotes under a name of its own, "
      "{}",
      device.original, device.id);
  context_.warn("state", text);
}

void Description::take_new_device(const std::string& former,
                                  std::function<void(Result<std::string>)> done) {
  const std::vector<config::DeviceEntry> before = file_.devices;
  if (former == device()) {
    const std::string id = repository::take_new_device(context_.agent, data_, file_);
    const std::string text = fmt::format(
        "under the name {}, a remote has saves of another copy of this repository, or saves that "
        "are lost here; this copy now copies to remotes as {}",
        former, id);
    context_.warn("state", text);
  }
  save([this, before, done = std::move(done)](const Result<void>& saved) {
    if (saved) return done(device());
    file_.devices = before;
    done(tl::unexpected(saved.error()));
  });
}

}  // namespace vcs::agent::repository
