// SPDX-License-Identifier: Apache-2.0
// Asks for the pieces of a content, one after the other.
#include "cli/commands/content.hpp"

#include "ipc/base64.hpp"

namespace vcs::cli {

using base::ErrorCode;

namespace {

constexpr std::uint64_t kPieceBytes = 512 * 1024;

base::Result<std::string> bytes_of(const ipc::ContentResponse& piece) {
  std::string bytes;
  if (ipc::from_base64(piece.data_b64, bytes)) return bytes;
  return base::fail(ErrorCode::corrupt, "the agent's answer is not base64");
}

}  // namespace

base::Result<void> read_content(
    ipc::Client& client, ipc::ContentRequest request,
    const std::function<base::Result<void>(const ipc::ContentResponse&, std::string)>& on_piece) {
  request.length = kPieceBytes;
  for (request.offset = 0;;) {
    VCS_ASSIGN(const ipc::ContentResponse piece, client.call(ipc::methods::content, request));
    VCS_ASSIGN(std::string bytes, bytes_of(piece));
    if (!piece.commit.empty()) request.commit = piece.commit;
    request.offset += bytes.size();
    const bool empty = bytes.empty();
    VCS_TRY(on_piece(piece, std::move(bytes)));
    if (request.offset >= piece.size) return {};
    if (empty) return base::fail(ErrorCode::corrupt, "the agent sent less than there is");
  }
}

}  // namespace vcs::cli
