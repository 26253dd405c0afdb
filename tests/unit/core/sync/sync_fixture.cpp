// SPDX-License-Identifier: Apache-2.0
// What the tests of core/sync share.
#include "tests/unit/core/sync/sync_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "core/object/chunk_list.hpp"
#include "core/object/chunker.hpp"
#include "core/store/content_reader.hpp"
#include "core/store/frame_builder.hpp"
#include "core/tree/tree.hpp"

namespace vcs::test {

using base::Bytes;
using base::Result;
using object::ObjectId;
using object::ObjectKind;

namespace {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

constexpr std::size_t kChunked = 16 * 1024;

base::Failure refused() {
  return base::fail(base::ErrorCode::unavailable, "the line is down");
}

}  // namespace

remote::layout::RemoteConfig test_config() {
  return {"00112233445566778899aabbccddeeff", 1,  4096, 42,
          remote::layout::Encryption::none,   {}, {}};
}

LocalHistory::LocalHistory(std::uint64_t seal_at) : seal_at_(seal_at) {
  reopen();
}

void LocalHistory::reopen() {
  store_.reset();
  store::StoreOptions options;
  options.seal_at = seal_at_;
  store_ = must(
      store::ObjectStore::open(must(filesystem_->make_directories(packs_folder())), options, {}));
}

ObjectId LocalHistory::save(const std::map<std::string, std::optional<std::string>>& files) {
  store::FrameBuilder blobs(*store_, ObjectKind::blob, 1);
  store::FrameBuilder lists(*store_, ObjectKind::chunk_list, 1);
  store::FrameBuilder nodes(*store_, ObjectKind::tree_node, 1);
  const auto add = [&](store::FrameBuilder& builder, base::ByteView bytes) {
    const ObjectId id = object::hash_bytes(bytes);
    if (store_->claim(id)) must(builder.add(id, bytes));
    return id;
  };
  const auto content_of = [&](const std::string& text) -> object::ContentRef {
    base::ByteView bytes = base::as_bytes(text);
    if (bytes.size() < kChunked) return {object::ContentKind::blob, add(blobs, bytes)};
    const object::Chunker chunker({1, 4096, 42});
    std::vector<object::ChunkListEntry> chunks;
    while (!bytes.empty()) {
      const std::size_t cut = chunker.next_cut(bytes);
      chunks.push_back({add(blobs, bytes.first(cut)), cut});
      bytes = bytes.subspan(cut);
    }
    const ObjectId root = must(object::build_chunk_list(chunks, [&](const ObjectId&, Bytes node) {
      add(lists, node);
      return Result<void>();
    }));
    return {object::ContentKind::chunks, root};
  };
  std::vector<tree::TreeEdit> edits;
  for (const auto& [path, text] : files) {
    if (!text) {
      edits.push_back({path, std::nullopt});
      continue;
    }
    object::TreeEntry entry;
    entry.mode = 0644;
    entry.size = text->size();
    entry.content = content_of(*text);
    edits.push_back({path, entry});
  }
  std::sort(edits.begin(), edits.end(),
            [](const auto& a, const auto& b) { return object::compare_paths(a.path, b.path) < 0; });
  tree::NodeSource source(*store_);
  ObjectId before;
  if (head_) before = must(object::decode_commit(must(store_->get(*head_)))).tree;
  object::Commit commit;
  commit.tree = must(tree::edit_tree(source, before, edits, [&](const ObjectId&, Bytes node) {
    add(nodes, node);
    return Result<void>();
  }));
  must(blobs.flush());
  must(lists.flush());
  must(nodes.flush());
  commit.parent = head_;
  commit.sequence = ++sequence_;
  commit.time = base::unix_nanos(1'700'000'000'000'000'000) + std::chrono::seconds(sequence_);
  commit.device = device;
  const Bytes bytes = object::encode_commit(commit);
  const pack::FrameInput input{object::hash_bytes(bytes), bytes};
  object::Compressor compressor;
  must(store_->commit(
      must(pack::encode_frame(ObjectKind::commit, {&input, 1}, 1, compressor, true))));
  store_->release_claims();
  head_ = input.id;
  return input.id;
}

void LocalHistory::set_head(const ObjectId& head) {
  head_ = head;
  sequence_ = must(object::decode_commit(must(store_->get(head)))).sequence;
}

std::unique_ptr<sync::RemoteCache> LocalHistory::open_cache(const std::string& remote) {
  return must(sync::RemoteCache::open(
      must(filesystem_->make_directories(folder_ / "remotes/" + remote)), {}));
}

void LocalHistory::lose_cache(const std::string& remote) {
  std::filesystem::remove_all(folder_ / "remotes/" + remote);
}

std::map<std::string, std::string> files_of(store::ObjectStore& store, const ObjectId& commit) {
  std::map<std::string, std::string> files;
  tree::NodeSource nodes(store);
  const ObjectId tree = must(object::decode_commit(must(store.get(commit)))).tree;
  must(tree::walk_tree(
      nodes, tree, "", true, [&](const std::string& path, const object::TreeEntry& entry) {
        const Bytes bytes = must(store::read_whole_content(store, entry.content, 64u << 20));
        files[path] = base::as_text(bytes);
        return true;
      }));
  return files;
}

std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(generator());
  return text;
}

bool WatchedRemote::strikes() {
  const std::uint64_t call = ++calls;
  return fail_at != 0 && (call == fail_at || (fail_all_from_there && call > fail_at));
}

Result<Bytes> WatchedRemote::get(const std::string& name, remote::ByteRange range) {
  ++gets;
  if (strikes()) return refused();
  auto bytes = inner_->get(name, range);
  if (bytes) bytes_got += bytes->size();
  return bytes;
}

Result<void> WatchedRemote::put(const std::string& name, base::ByteView bytes,
                                remote::PutMode mode) {
  ++puts;
  bytes_put += bytes.size();
  const bool struck = strikes();
  if (struck && !fail_after) return refused();
  auto result = inner_->put(name, bytes, mode);
  return struck ? refused() : result;
}

Result<std::optional<remote::ObjectInfo>> WatchedRemote::stat(const std::string& name) {
  if (strikes()) return refused();
  return inner_->stat(name);
}

Result<void> WatchedRemote::list(const std::string& prefix, const std::string& after,
                                 const remote::ObjectVisitor& visitor) {
  ++lists;
  if (strikes()) return refused();
  return inner_->list(prefix, after, visitor);
}

Result<void> WatchedRemote::remove(const std::string& name) {
  if (strikes()) return refused();
  return inner_->remove(name);
}

Result<void> WatchedRemote::replace_if(const std::string& name,
                                       const std::optional<Bytes>& expected, base::ByteView bytes) {
  ++puts;
  bytes_put += bytes.size();
  const bool struck = strikes();
  if (struck && !fail_after) return refused();
  auto result = inner_->replace_if(name, expected, bytes);
  return struck ? refused() : result;
}

std::vector<std::string> WatchedRemote::names(const std::string& prefix) {
  std::vector<std::string> found;
  for (const auto& [name, bytes] : objects())
    if (name.starts_with(prefix)) found.push_back(name);
  return found;
}

void WatchedRemote::reset() {
  calls = puts = gets = lists = bytes_put = bytes_got = 0;
  fail_at = 0;
  fail_after = fail_all_from_there = false;
}

sync::PushOptions push_options(const LocalHistory& history) {
  sync::PushOptions options;
  options.device = history.device;
  options.config = test_config();
  return options;
}

Result<sync::PushReport> push_to(remote::RemoteStore& remote, LocalHistory& history,
                                 std::size_t threads) {
  sync::PushOptions options = push_options(history);
  options.threads = threads;
  options.pack_bytes = 64 * 1024;
  const auto cache = history.open_cache();
  return sync::push(history.store(), *history.head(), remote, *cache, options);
}

}  // namespace vcs::test
