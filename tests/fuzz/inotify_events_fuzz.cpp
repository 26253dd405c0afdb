// SPDX-License-Identifier: Apache-2.0
// Parsing any buffer gives events inside its bytes, and ends. Includes the source itself, because
// its room needs libraries that no other fuzzer needs.
#include "agent/watch/inotify_events.cpp"

#include <cstddef>

#include "tests/fuzz/require.hpp"

using namespace vcs::agent::watch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const char> input(reinterpret_cast<const char*>(data), size);
  std::span<const char> rest = input;
  std::size_t left = rest.size();
  while (const auto event = take_event(rest)) {
    FUZZ_REQUIRE(rest.size() < left);
    left = rest.size();
    FUZZ_REQUIRE(event->name.find('\0') == std::string_view::npos);
    FUZZ_REQUIRE(event->name.empty() || (event->name.data() >= input.data() &&
                                         event->name.data() + event->name.size() <= rest.data()));
    std::string bytes;
    append_event(bytes, *event);
    std::span<const char> view(bytes);
    const auto again = take_event(view);
    FUZZ_REQUIRE(again && view.empty() && again->name == event->name);
    FUZZ_REQUIRE(again->descriptor == event->descriptor && again->mask == event->mask &&
                 again->cookie == event->cookie);
  }
  return 0;
}
