// SPDX-License-Identifier: Apache-2.0
// Sets the time zone of this process for the life of the object.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace vcs::test {

class TimeZone {
 public:
  explicit TimeZone(const std::string& name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", name.c_str(), 1);
    tzset();
  }
  ~TimeZone() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace vcs::test
