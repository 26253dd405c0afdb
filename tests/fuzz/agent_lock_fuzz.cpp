// SPDX-License-Identifier: Apache-2.0
// The text of the agent's lock: any bytes can be read; the result can be written and read again.
#include <cstdlib>

#include "ipc/agent_lock.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const vcs::ipc::AgentLock lock = vcs::ipc::parse_agent_lock(text);
  require(lock.pid >= 0);
  require(lock.socket.empty() || lock.socket.front() == '/');
  require(vcs::ipc::parse_agent_lock(vcs::ipc::agent_lock_text(lock)) == lock ||
          vcs::ipc::agent_lock_text(lock).size() > 512);
  return 0;
}
