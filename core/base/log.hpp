// SPDX-License-Identifier: Apache-2.0
// Logging without a logger: the program passes a sink in; without one, `core` logs nothing. The
// reader of a line defines its level:
//   error    somebody must act, data may be at risk     warning  repaired by itself; said once
//   info     rare milestones, never a line per file      debug    for the developer
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>

#include "core/base/names.hpp"

namespace vcs::base {

enum class LogLevel { debug, info, warning, error };
constexpr auto names_of(LogLevel) {
  using enum LogLevel;
  return names<LogLevel>(
      {{debug, "debug"}, {info, "info"}, {warning, "warning"}, {error, "error"}});
}

// The sink is called from any thread and must be thread-safe.
class Log {
 public:
  using Sink = std::function<void(LogLevel, const std::string&)>;

  Log() = default;
  explicit Log(Sink sink) : sink_(std::move(sink)) {}

  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::debug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::info, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::warning, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::error, format, std::forward<Args>(args)...);
  }

 private:
  template <typename... Args>
  void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_) sink_(level, fmt::format(format, std::forward<Args>(args)...));
  }
  Sink sink_;
};

}  // namespace vcs::base
