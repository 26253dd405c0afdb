// SPDX-License-Identifier: Apache-2.0
// A file of a commit, piece by piece.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "ipc/messages/content.hpp"

namespace vcs::cli {

// `on_bytes` gets the whole content in order, in pieces; raw where the agent can send it so. The
// content is resolved with the first piece, so that a commit made meanwhile cannot mix two.
Result<void> read_content(ipc::Client& client, ipc::ContentRequest request,
                          const std::function<Result<void>(std::string_view)>& on_bytes);

// The same as the agent's answers, with their bytes in base64; at least one.
Result<void> read_encoded_content(
    ipc::Client& client, ipc::ContentRequest request,
    const std::function<Result<void>(const ipc::ContentResponse&, std::string_view)>& on_piece);

}  // namespace vcs::cli
