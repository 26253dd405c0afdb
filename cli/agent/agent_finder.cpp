// SPDX-License-Identifier: Apache-2.0
// Tries this environment's socket first, and reads the lock only if nobody answers there.
#include "cli/agent/agent_finder.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "ipc/agent_lock.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::cli {
namespace {

using Holder = std::optional<ipc::AgentLock>;

// Longer than the time that an agent gives itself to stop.
constexpr base::Nanos kPatience = std::chrono::seconds(10);
constexpr base::Nanos kPoll = std::chrono::milliseconds(20);

// The lock of version 0.1.0 has no socket. That agent listens at one of these.
std::vector<std::string> places_of_old(const AgentPlaces& places) {
  return {places.data + "/run/vcsd.sock", fmt::format("/run/user/{}/vcsd/vcsd.sock", getuid())};
}

bool took_the_connection(const Error& error) {
  return error.os_error == ETIMEDOUT;
}

class Finder {
 public:
  Finder(const base::Clock& clock, const AgentPlaces& places) : clock_(clock), places_(places) {}

  Result<ipc::Client> find() {
    const base::SteadyNanos deadline = clock_.steady() + kPatience;
    for (;;) {
      auto client = ipc::Client::connect(clock_, places_.socket, {});
      if (client || answered(client.error())) return client;
      VCS_ASSIGN(const Holder holder, ipc::agent_lock_holder(places_.data));
      if (took_the_connection(client.error())) return silent(holder, client.error());
      if (!holder) return nobody(client.error());
      if (auto found = connect_elsewhere(*holder)) return *std::move(found);
      if (client.error().code == ErrorCode::denied && !places_.of_session) return client;
      if (clock_.steady() >= deadline || ipc::prove(*holder) == ipc::Proof::stopped)
        return unreachable(*holder);
      std::this_thread::sleep_for(kPoll);
    }
  }

 private:
  // The error is final: an agent has answered, or trying another socket would not help.
  static bool answered(const Error& error) {
    return error.code != ErrorCode::unavailable && error.code != ErrorCode::denied;
  }

  Failure nobody(const Error& error) const {
    const bool none = error.code == ErrorCode::unavailable || places_.of_session;
    return Failure({none ? ErrorCode::unavailable : error.code, error.message, error.os_error});
  }

  // Connects at the socket in the lock. nullopt if nobody listens there.
  std::optional<Result<ipc::Client>> connect_elsewhere(const ipc::AgentLock& holder) {
    const bool told = !holder.socket.empty();
    if (told && holder.socket == places_.socket) return std::nullopt;
    for (const std::string& socket :
         told ? std::vector<std::string>{holder.socket} : places_of_old(places_)) {
      auto client = ipc::Client::connect(clock_, socket, {});
      if (client && !told && client->agent().pid != static_cast<ipc::Count>(holder.pid))
        continue;  // the agent of another home
      if (client) return client;
      if (told && took_the_connection(client.error())) return silent(holder, client.error());
      if (told && answered(client.error())) return client;
    }
    return std::nullopt;
  }

  static Failure silent(const Holder& holder, const Error& error) {
    return holder ? fail(ErrorCode::busy, "{}", ipc::silent_agent_text(*holder))
                  : fail(ErrorCode::busy, "{}", error.message);
  }

  Failure unreachable(const ipc::AgentLock& holder) const {
    const std::string who = ipc::holder_name(holder);
    if (ipc::prove(holder) == ipc::Proof::stopped)
      return fail(ErrorCode::busy, "{}", ipc::silent_agent_text(holder));
    if (holder.socket.empty())
      return fail(ErrorCode::busy,
                  "an agent runs ({} holds {}/{}) and does not say where it listens; use the "
                  "environment that it was started in (XDG_RUNTIME_DIR, VCSD_AGENT_SOCKET)",
                  who, places_.data, ipc::kAgentLock);
    return fail(ErrorCode::busy,
                "the agent ({}) runs, but nobody listens at {}; {} may say what it is doing", who,
                holder.socket, places_.log);
  }

  const base::Clock& clock_;
  const AgentPlaces& places_;
};

}  // namespace

Result<ipc::Client> find_agent(const base::Clock& clock, const AgentPlaces& places) {
  return Finder(clock, places).find();
}

}  // namespace vcs::cli
