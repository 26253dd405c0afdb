// SPDX-License-Identifier: Apache-2.0
// The output of commands that write files into a folder: what happens to each file, and the sums.
#pragma once

#include "cli/context.hpp"
#include "cli/render/json.hpp"
#include "cli/render/progress.hpp"
#include "ipc/messages/clone.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::cli {

// Prints what happens to each file, or keeps it for JSON.
class RestoreItems {
 public:
  // `all`: prints all files, not only those with a problem.
  RestoreItems(const Context& context, ProgressBar& bar, bool all)
      : context_(context), bar_(bar), all_(all) {}

  bool take(const ipc::RestoreItem& item);

  template <typename Response>
  void print_json(const Response& response) const {
    context_.print_json(JsonObject().field("items", kept_).field("result", response));
  }

 private:
  const Context& context_;
  ProgressBar& bar_;
  bool all_;
  JsonItems kept_;
};

// Names what could not be fetched from a remote; "" if nothing is missing.
std::string salvage_text(const ipc::SalvageReport& report, const Style& style);

}  // namespace vcs::cli
