// SPDX-License-Identifier: Apache-2.0
// The outputs of a command: standard output, standard error, or a test's string.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::cli {

class Output {
 public:
  virtual ~Output() = default;
  virtual void write(std::string_view text) = 0;
  // Writes out what is buffered. Returns the first error of any write; later writes are dropped.
  virtual Result<void> flush() = 0;
};

// Buffers up to 64 KiB. `fd` is not owned; `name` is for messages.
class FileOutput final : public Output {
 public:
  FileOutput(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  void write(std::string_view text) override;
  Result<void> flush() override;
  bool has_begun() const { return begun_; }  // something was written

 private:
  int fd_;
  std::string name_;
  std::string buffer_;
  int error_ = 0;
  bool begun_ = false;
};

class TextOutput final : public Output {
 public:
  void write(std::string_view text) override { text_ += text; }
  Result<void> flush() override { return {}; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace vcs::cli
