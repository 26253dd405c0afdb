// SPDX-License-Identifier: Apache-2.0
// The checks between values, one function for each section.
#include "config/validator.hpp"

#include <bit>

#include "config/paths.hpp"
#include "core/base/byte_size.hpp"
#include "core/base/duration.hpp"

namespace vcs::config {

namespace {

using Violations = std::vector<Violation>;

// Git's own limit for a line is of this order; a longer pattern is an accident.
constexpr std::size_t kLongestPattern = 4096;

void check_watch(const WatchSettings& watch, Violations& out) {
  if (watch.settle_latest < watch.settle_quiet) {
    out.push_back({{"watch.settle_latest", "watch.settle_quiet"},
                   fmt::format("watch.settle_latest ({}) must be at least watch.settle_quiet ({})",
                               base::format_duration(watch.settle_latest),
                               base::format_duration(watch.settle_quiet))});
  }
  for (const std::string& pattern : watch.ignore) {
    const bool one_line = pattern.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos;
    if (one_line && !pattern.empty() && pattern.size() <= kLongestPattern) continue;
    out.push_back({{"watch.ignore"},
                   "watch.ignore holds a pattern that is empty, longer than 4096 bytes, or has a "
                   "line break or a zero byte in it"});
    return;
  }
}

void check_core(const CoreSettings& core, Violations& out) {
  const std::string average = base::format_byte_size(core.chunk_average);
  if (!std::has_single_bit(core.chunk_average)) {
    out.push_back(
        {{"core.chunk_average"},
         fmt::format("core.chunk_average must be a power of two, like {}, not {}",
                     base::format_byte_size(std::bit_floor(core.chunk_average)), average)});
  }
  const std::uint64_t largest_chunk = 4 * core.chunk_average;
  if (core.pack_size < largest_chunk) {
    out.push_back({{"core.pack_size", "core.chunk_average"},
                   fmt::format("core.pack_size ({}) must be at least four times "
                               "core.chunk_average ({})",
                               base::format_byte_size(core.pack_size), average)});
  }
  // A worker holds a chunk as read and as compressed.
  const std::uint64_t needed = static_cast<std::uint64_t>(core.workers) * 2 * largest_chunk;
  if (core.memory_limit < needed) {
    out.push_back({{"core.memory_limit", "core.workers", "core.chunk_average"},
                   fmt::format("core.memory_limit must be at least {} for {} workers with chunks "
                               "of up to {}",
                               base::format_byte_size(needed), core.workers,
                               base::format_byte_size(largest_chunk))});
  }
}

void check_agent(const AgentSettings& agent, Violations& out) {
  if (agent.socket.empty()) return;
  if (const auto checked = check_socket_path(agent.socket); !checked) {
    out.push_back({{"agent.socket"}, "agent.socket: " + checked.error().message});
  }
}

void check_sync(const SyncSettings& sync, Violations& out) {
  if (sync.behind_warning < sync.interval) {
    out.push_back({{"sync.behind_warning", "sync.interval"},
                   fmt::format("sync.behind_warning ({}) must be at least sync.interval ({}), or "
                               "every remote is behind all the time",
                               base::format_duration(sync.behind_warning),
                               base::format_duration(sync.interval))});
  }
}

}  // namespace

std::vector<Violation> validate(const Settings& settings) {
  Violations violations;
  check_watch(settings.watch, violations);
  check_core(settings.core, violations);
  check_agent(settings.agent, violations);
  check_sync(settings.sync, violations);
  return violations;
}

}  // namespace vcs::config
