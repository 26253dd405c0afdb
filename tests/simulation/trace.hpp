// SPDX-License-Identifier: Apache-2.0
// Records what happens, as lines with their time: hashes all for comparison, and keeps the last
// part for people or prints all as it happens.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <string>

#include "core/base/clock.hpp"

namespace vcs::test {

class Trace {
 public:
  Trace(const base::Clock& clock, bool live) : clock_(clock), live_(live) {}

  template <typename... Args>
  void operator()(fmt::format_string<Args...> format, Args&&... args) {
    add(fmt::format(format, std::forward<Args>(args)...));
  }

  std::uint64_t hash() const { return hash_; }
  std::string text() const { return fmt::format("{}", fmt::join(lines_, "\n")); }

 private:
  static constexpr std::size_t kKept = 400;

  void add(const std::string& what) {
    std::string line =
        fmt::format("{:14.6f}  {}", base::in_seconds(clock_.steady().time_since_epoch()), what);
    for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    if (live_) return fmt::print("{}\n", line);
    lines_.push_back(std::move(line));
    if (lines_.size() > kKept) lines_.pop_front();
  }

  const base::Clock& clock_;
  const bool live_;
  std::uint64_t hash_ = 0xcbf29ce484222325;  // FNV-1a
  std::deque<std::string> lines_;
};

}  // namespace vcs::test
