// SPDX-License-Identifier: Apache-2.0
// One logger; levels as in core/base/log.hpp.
#include "agent/process/logging.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace vcs::agent::process {
namespace {

spdlog::level::level_enum spdlog_level(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::debug:
      return spdlog::level::debug;
    case base::LogLevel::info:
      return spdlog::level::info;
    case base::LogLevel::warning:
      return spdlog::level::warn;
    case base::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// sd-daemon(3): a line that begins with <N> has that syslog priority.
const char* priority(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::debug:
      return "<7>";
    case base::LogLevel::info:
      return "<6>";
    case base::LogLevel::warning:
      return "<4>";
    case base::LogLevel::error:
      return "<3>";
  }
  return "<6>";
}

class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::shared_ptr<LogFile> file) : file_(std::move(file)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    file_->write({line.data(), line.size()});
  }
  void flush_() override {}

 private:
  std::shared_ptr<LogFile> file_;
};

std::shared_ptr<spdlog::logger> make_logger(std::shared_ptr<LogFile> file) {
  if (!file) return spdlog::stderr_logger_mt("vcsd");
  auto logger =
      std::make_shared<spdlog::logger>("vcsd", std::make_shared<FileSink>(std::move(file)));
  spdlog::register_logger(logger);
  return logger;
}

}  // namespace

base::Log make_log(bool to_journal, std::shared_ptr<LogFile> file) {
  auto logger = make_logger(std::move(file));
  logger->set_pattern(to_journal ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v");
  logger->flush_on(spdlog::level::debug);
  return base::Log([logger, to_journal](base::LogLevel level, const std::string& text) {
    logger->log(spdlog_level(level), "{}{}", to_journal ? priority(level) : "", text);
  });
}

void set_log_level(base::LogLevel level) {
  spdlog::set_level(spdlog_level(level));
}

}  // namespace vcs::agent::process
