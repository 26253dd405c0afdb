// SPDX-License-Identifier: Apache-2.0
// Pieces of --json that are not one message.
#pragma once

#include "cli/context.hpp"

namespace vcs::cli {

// An array, one element a line, written as the elements come. An array that an error cut short is
// left open, so that nobody takes it for a whole one.
class JsonArray {
 public:
  explicit JsonArray(Output& out) : out_(out) {}
  template <typename Message>
  void add(const Message& message) {
    out_.write(empty_ ? "[\n" : ",\n");
    out_.write(ipc::encode(message));
    empty_ = false;
  }
  void close() { out_.write(empty_ ? "[]" : "\n]"); }

 private:
  Output& out_;
  bool empty_ = true;
};

// {"error":{"code":…,"message":…}}
std::string error_json(const base::Error& error);

}  // namespace vcs::cli
