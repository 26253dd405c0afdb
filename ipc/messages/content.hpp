// SPDX-License-Identifier: Apache-2.0
// Messages that carry the content of files.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// --- content: a piece of one file ---
struct ContentRequest {
  std::string repository, commit, path;
  Count offset = 0, length = 0;  // at most 512 KiB a request, or kMaxRawBytes
  bool raw = false;              // send the bytes raw
  std::string id = {};           // of a content, instead of commit and path
  VCS_FIELDS(repository, commit, VCS_PATH(path), offset, length, raw, id)
};
struct ContentResponse {
  std::string data_b64;
  std::string raw;  // instead of data_b64, if the request asks for raw bytes
  Count size = 0;   // of the whole content
  FileType type = FileType::none;
  std::string id;
  std::string commit;  // full id; request later pieces from this commit, because HEAD may move
  VCS_FIELDS(data_b64, size, type, id, commit)
};
struct Content {
  static constexpr auto kName = "content";
  using Request = ContentRequest;
  using Response = ContentResponse;
};

// --- contents: several whole contents in order, each in pieces ---
struct ContentsRequest {
  std::string repository;
  std::vector<std::string> ids;
  Count offset = 0;  // the first byte of each
  Count limit = 0;   // how many bytes of each; 0: all
  VCS_FIELDS(repository, ids, offset, limit)
};
struct ContentPiece {
  std::string raw;  // `length` bytes
  std::string id;
  Count offset = 0, length = 0, size = 0;  // size: of the whole content
  std::string error;                       // why this content ends here; "": no error
  VCS_FIELDS(id, offset, length, size, error)
};
struct Contents {
  static constexpr auto kName = "contents";
  using Request = ContentsRequest;
  using Item = ContentPiece;
  using Response = StreamEnd;
};

}  // namespace vcs::ipc
