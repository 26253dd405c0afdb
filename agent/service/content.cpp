// SPDX-License-Identifier: Apache-2.0
// Requests that read content: a part of one file, and several whole contents.
#include "core/store/content_reader.hpp"

#include <algorithm>

#include "agent/service/agent_service.hpp"
#include "agent/service/entry.hpp"
#include "ipc/base64.hpp"

namespace vcs::agent::service {
namespace {

using history::Repository;
using object::ContentKind;
using object::ObjectKind;

constexpr std::uint64_t kMostEncoded = 512 * 1024;
constexpr std::size_t kMostInARow = std::size_t{1} << 20;  // bytes of one content in one piece

struct Content {
  object::ContentRef ref;
  std::uint64_t size = 0;
};

Result<Content> content_named(store::ObjectStore& store, const std::string& text) {
  VCS_ASSIGN(const object::ObjectId id, object::ObjectId::from_hex(text));
  const auto found = store.find(id);
  if (found && found->kind == ObjectKind::blob)
    return Content{{ContentKind::blob, id}, found->length};
  if (!found || found->kind != ObjectKind::chunk_list)
    return fail(ErrorCode::not_found, "{} is not the id of a content", text);
  const object::ContentRef ref{ContentKind::chunks, id};
  VCS_ASSIGN(const auto size, store::listed_size(store, ref));
  return Content{ref, size.value_or(0)};
}

// The bytes [offset, offset + length) of `content`; fewer at its end.
Result<std::string> read_part(store::ObjectStore& store, const object::ContentRef& content,
                              std::uint64_t offset, std::uint64_t length) {
  std::string part;
  VCS_TRY(store::read_content(store, content, offset, length,
                              [&](ByteView bytes, std::uint64_t) -> Result<void> {
                                part += base::as_text(bytes);
                                return {};
                              }));
  return part;
}

std::uint64_t most_of(const ipc::ContentRequest& request) {
  const std::uint64_t most = request.raw ? ipc::kMaxRawBytes : kMostEncoded;
  return request.length == 0 ? most : std::min(request.length, most);
}

ipc::ContentResponse with_bytes(ipc::ContentResponse response, const ipc::ContentRequest& request,
                                std::string bytes) {
  if (request.raw)
    response.raw = std::move(bytes);
  else
    response.data_b64 = ipc::to_base64(bytes);
  return response;
}

Result<ipc::ContentResponse> piece_by_id(Repository& repository,
                                         const ipc::ContentRequest& request) {
  VCS_ASSIGN(const Content content, content_named(repository.store(), request.id));
  VCS_ASSIGN(std::string bytes,
             read_part(repository.store(), content.ref, request.offset, most_of(request)));
  ipc::ContentResponse response;
  response.size = content.size;
  response.type = ipc::FileType::file;
  response.id = request.id;
  return with_bytes(std::move(response), request, std::move(bytes));
}

Result<ipc::ContentResponse> piece_of_file(Repository& repository, const Revision& revision,
                                           const ipc::ContentRequest& request) {
  VCS_ASSIGN(const object::TreeEntry entry,
             existing_entry(repository, revision, without_trailing_slash(request.path)));
  ipc::ContentResponse response;
  response.type = file_type(entry.type);
  response.id = id_text(entry);
  response.commit = revision.id.hex();
  if (entry.type == object::EntryType::directory)
    return fail(ErrorCode::invalid, "{} is a folder; see: vcsctl ls", request.path);
  if (entry.type == object::EntryType::symlink) {
    const std::string& target = entry.symlink_target;
    response.size = target.size();
    return with_bytes(
        std::move(response), request,
        target.substr(std::min<std::size_t>(request.offset, target.size()), most_of(request)));
  }
  response.size = entry.size;
  VCS_ASSIGN(std::string bytes,
             read_part(repository.store(), entry.content, request.offset, most_of(request)));
  return with_bytes(std::move(response), request, std::move(bytes));
}

// Sends the pieces of one content. False: the client wants no more.
class ContentSender {
 public:
  ContentSender(store::ObjectStore& store, const ipc::ContentsRequest& request,
                const ipc::Reply<ipc::Contents>& reply)
      : store_(store), request_(request), reply_(reply) {}

  bool send(const std::string& id) {
    next_ = {};
    next_.id = id;
    next_.offset = request_.offset;
    if (auto read = read_and_send(); !read && wanted_) {
      next_.length = 0;
      next_.error = std::move(read).error().message;
      wanted_ = reply_.item(next_);
    }
    return wanted_;
  }

 private:
  Result<void> read_and_send() {
    VCS_ASSIGN(const Content content, content_named(store_, next_.id));
    next_.size = content.size;
    if (content.size <= request_.offset) return send_piece({});
    return store::read_content(store_, content.ref, request_.offset,
                               request_.limit == 0 ? content.size : request_.limit,
                               [this](ByteView bytes, std::uint64_t) -> Result<void> {
                                 for (std::string_view rest = base::as_text(bytes); !rest.empty();
                                      rest.remove_prefix(std::min(rest.size(), kMostInARow)))
                                   VCS_TRY(send_piece(rest.substr(0, kMostInARow)));
                                 return {};
                               });
  }

  Result<void> send_piece(std::string_view bytes) {
    next_.raw = bytes;
    next_.length = bytes.size();
    wanted_ = reply_.item(next_);
    next_.offset += bytes.size();
    next_.raw.clear();
    return wanted_ ? Result<void>() : fail(ErrorCode::cancelled, "the client has stopped reading");
  }

  store::ObjectStore& store_;
  const ipc::ContentsRequest& request_;
  const ipc::Reply<ipc::Contents>& reply_;
  ipc::ContentPiece next_;
  bool wanted_ = true;
};

Result<ipc::ContentResponse> tell_content(const Asked& asked, const ipc::ContentRequest& request,
                                          const ipc::Reply<ipc::Content>&) {
  if (!request.id.empty()) return piece_by_id(*asked.history, request);
  VCS_ASSIGN(const Revision revision, resolve_revision(*asked.history, request.commit, asked.now));
  return piece_of_file(*asked.history, revision, request);
}

Result<ipc::StreamEnd> tell_contents(const Asked& asked, const ipc::ContentsRequest& request,
                                     const ipc::Reply<ipc::Contents>& reply) {
  ContentSender sender(asked.history->store(), request, reply);
  ipc::StreamEnd end;
  for (const std::string& id : request.ids) {
    if (!sender.send(id)) break;
    ++end.items;
  }
  return end;
}

}  // namespace

void AgentService::answer(ipc::ContentRequest request, ipc::Reply<ipc::Content> reply) {
  from_history(std::move(request), reply, tell_content);
}

void AgentService::answer(ipc::ContentsRequest request, ipc::Reply<ipc::Contents> reply) {
  from_history(std::move(request), reply, tell_contents);
}

}  // namespace vcs::agent::service
