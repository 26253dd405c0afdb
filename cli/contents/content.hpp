// SPDX-License-Identifier: Apache-2.0
// Reads the content of a file of a commit, piece by piece.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "ipc/messages/content.hpp"

namespace vcs::cli {

// Calls `on_bytes` with the whole content in order, in pieces; the agent sends them raw if it can.
// The first piece fixes the content, so a commit made meanwhile cannot mix two contents.
Result<void> read_content(ipc::Client& client, ipc::ContentRequest request,
                          const std::function<Result<void>(std::string_view)>& on_bytes);

// The same, but gives the agent's answers with their bytes in base64; at least one.
Result<void> read_encoded_content(
    ipc::Client& client, ipc::ContentRequest request,
    const std::function<Result<void>(const ipc::ContentResponse&, std::string_view)>& on_piece);

}  // namespace vcs::cli
