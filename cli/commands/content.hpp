// SPDX-License-Identifier: Apache-2.0
// A file of a commit, piece by piece.
#pragma once

#include <functional>
#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// `on_piece` gets each piece and its bytes, at least once. The commit is resolved with the first
// piece, so that a commit made meanwhile cannot mix two contents.
base::Result<void> read_content(
    ipc::Client& client, ipc::ContentRequest request,
    const std::function<base::Result<void>(const ipc::ContentResponse&, std::string)>& on_piece);

}  // namespace vcs::cli
