// The kernel's lock, with a name in it for people.
#include "agent/single_instance.hpp"

namespace vcs::agent {
namespace {

constexpr const char* kLockName = "agent.lock";

}  // namespace

base::Result<std::unique_ptr<base::File>> become_single_instance(base::Directory& data,
                                                                 const std::string& holder) {
  auto lock = data.lock_file(kLockName);
  if (!lock) {
    if (lock.error().code != base::ErrorCode::busy) return lock;
    std::string who = "another agent";
    if (auto text = base::read_file(data, kLockName, 256); text && !text->empty())
      who = base::as_text(*text);
    return base::fail(base::ErrorCode::busy, "{} runs here already; stop it with: vcsctl stop",
                      who);
  }
  VCS_TRY((*lock)->truncate(0));
  VCS_TRY((*lock)->write_at(base::as_bytes(holder), 0));
  return lock;
}

}  // namespace vcs::agent
