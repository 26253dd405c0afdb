// SPDX-License-Identifier: Apache-2.0
// Decodes the kernel's buffers: total on any bytes.
#ifdef __linux__
#include "agent/watch/inotify_events.hpp"

#include <sys/inotify.h>

#include <cstring>
#include <string>

namespace vcs::agent::watch {

std::optional<InotifyEvent> take_event(std::span<const char>& bytes) {
  inotify_event header;
  if (bytes.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  bytes = bytes.subspan(sizeof(header));
  if (bytes.size() < header.len) return std::nullopt;
  // The name is padded with zeros.
  const std::string_view name(bytes.data(), strnlen(bytes.data(), header.len));
  bytes = bytes.subspan(header.len);
  return InotifyEvent{header.wd, header.mask, header.cookie, name};
}

void append_event(std::string& bytes, const InotifyEvent& event) {
  inotify_event header{};
  header.wd = event.descriptor;
  header.mask = event.mask;
  header.cookie = event.cookie;
  const std::size_t padding = event.name.empty() ? 0 : 16 - event.name.size() % 16;
  header.len = static_cast<std::uint32_t>(event.name.size() + padding);
  bytes.append(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes.append(event.name);
  bytes.append(padding, '\0');
}

}  // namespace vcs::agent::watch

#endif
