// SPDX-License-Identifier: Apache-2.0
// Gets a small content in one answer, and the rest of a large one as a stream.
#include "cli/contents/content.hpp"

#include "ipc/base64.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/content.hpp"

namespace vcs::cli {

namespace {

constexpr std::uint64_t kEncodedBytes = 512 * 1024;
constexpr std::uint64_t kFirstBytes = 1024 * 1024;

Failure too_little() {
  return fail(ErrorCode::corrupt, "the agent sent fewer bytes than the file has");
}

// Reads what follows the first piece.
Result<void> read_rest(ipc::Client& client, const ipc::ContentResponse& first,
                       const std::string& repository,
                       const std::function<Result<void>(std::string_view)>& on_bytes) {
  ipc::ContentsRequest request;
  request.repository = repository;
  request.ids = {first.id};
  request.offset = first.raw.size();
  std::uint64_t position = request.offset;
  Result<void> used;
  const auto on_piece = [&](ipc::ContentPiece piece) {
    if (!piece.error.empty())
      used = fail(ErrorCode::corrupt, "{}", piece.error);
    else if (piece.offset != position)
      used = too_little();
    else
      used = on_bytes(piece.raw);
    position += piece.raw.size();
    return used.has_value();
  };
  const auto end = client.stream<ipc::Contents>(request, on_piece);
  VCS_TRY(used);
  if (!end) return tl::unexpected(end.error());
  if (position < first.size) return too_little();
  return {};
}

}  // namespace

Result<void> read_encoded_content(
    ipc::Client& client, ipc::ContentRequest request,
    const std::function<Result<void>(const ipc::ContentResponse&, std::string_view)>& on_piece) {
  request.length = kEncodedBytes;
  for (request.offset = 0;;) {
    VCS_ASSIGN(const ipc::ContentResponse piece, client.call<ipc::Content>(request));
    std::string bytes;
    if (!ipc::from_base64(piece.data_b64, bytes))
      return fail(ErrorCode::corrupt, "the agent's answer is not base64");
    if (!piece.commit.empty()) request.commit = piece.commit;
    request.offset += bytes.size();
    VCS_TRY(on_piece(piece, bytes));
    if (request.offset >= piece.size) return {};
    if (bytes.empty()) return too_little();
  }
}

Result<void> read_content(ipc::Client& client, ipc::ContentRequest request,
                          const std::function<Result<void>(std::string_view)>& on_bytes) {
  if (!client.has_raw())
    return read_encoded_content(
        client, std::move(request),
        [&](const ipc::ContentResponse&, std::string_view bytes) { return on_bytes(bytes); });
  request.raw = true;
  request.length = kFirstBytes;
  VCS_ASSIGN(const ipc::ContentResponse first, client.call<ipc::Content>(request));
  VCS_TRY(on_bytes(first.raw));
  if (first.raw.size() >= first.size) return {};
  return read_rest(client, first, request.repository, on_bytes);
}

}  // namespace vcs::cli
