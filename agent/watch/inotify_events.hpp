// SPDX-License-Identifier: Apache-2.0
// Decodes the bytes that read() gives from an inotify descriptor, one event at a time.
#pragma once
#ifdef __linux__

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vcs::agent::watch {

struct InotifyEvent {
  int descriptor = -1;
  std::uint32_t mask = 0;
  std::uint32_t cookie = 0;
  std::string_view name;  // points into the bytes; empty: the watched folder itself
};

// Removes the first event from `bytes` and returns it. Nothing: no whole event is left.
std::optional<InotifyEvent> take_event(std::span<const char>& bytes);

// The opposite, for tests and benchmarks: appends the event as the kernel would have written it.
void append_event(std::string& bytes, const InotifyEvent& event);

}  // namespace vcs::agent::watch

#endif
