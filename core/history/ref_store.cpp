// SPDX-License-Identifier: Apache-2.0
// Reads and writes ref files in a folder, and reconciles the head.
#include "core/history/ref_store.hpp"

#include <algorithm>

#include "core/history/commit_chain.hpp"
#include "core/history/head_recovery.hpp"
#include "core/history/ref_file.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;

bool is_valid_name(const std::string& name) {
  constexpr std::size_t kLongest = 200;
  if (name.empty() || name.size() > kLongest || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

RefStore::RefStore(std::unique_ptr<base::Directory> directory) : directory_(std::move(directory)) {}

Result<std::optional<ObjectId>> RefStore::read(const std::string& name) {
  if (!is_valid_name(name)) return fail(ErrorCode::invalid, "'{}' is no name of a ref", name);
  auto bytes = base::read_file(*directory_, name, kRefFileSize * 2);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::not_found) return std::nullopt;
    if (bytes.error().code == ErrorCode::invalid)
      return fail(ErrorCode::corrupt, "the ref '{}' is damaged: it is too long", name);
    return Failure(std::move(bytes).error());
  }
  auto commit = decode_ref(*bytes);
  if (!commit)
    return Failure(
        std::move(commit).error().with_context(fmt::format("the ref '{}' is damaged", name)));
  return *commit;
}

// Writes in place, which is far cheaper than a new file; the system flushes it later. A ref is
// smaller than a disk sector, and a ref that is damaged all the same is rebuilt.
Result<void> RefStore::overwrite(const std::string& name, ByteView bytes) {
  VCS_ASSIGN(const auto file, directory_->open_file(name, base::OpenMode::write_existing));
  VCS_ASSIGN(const base::FileStat stat, file->stat());
  if (stat.size != bytes.size()) return fail(ErrorCode::corrupt, "the ref '{}' is damaged", name);
  return file->write_at(bytes, 0);
}

Result<void> RefStore::write(const std::string& name, const ObjectId& commit, bool durable) {
  if (!is_valid_name(name)) return fail(ErrorCode::invalid, "'{}' is no name of a ref", name);
  const Bytes bytes = encode_ref(commit);
  if (!durable && overwrite(name, bytes)) return {};
  // Its name begins with a dot, so names() never lists a half-written ref.
  const std::string temporary = "." + name;
  {
    VCS_ASSIGN(const auto file, directory_->open_file(temporary, base::OpenMode::create_or_open));
    VCS_TRY(file->truncate(0));
    VCS_TRY(file->write_at(bytes, 0));
    if (durable) VCS_TRY(file->sync());
  }
  VCS_TRY(directory_->rename(temporary, *directory_, name));
  if (durable) VCS_TRY(directory_->sync());
  return {};
}

Result<std::vector<std::string>> RefStore::names() {
  VCS_ASSIGN(const auto entries, base::list_sorted(*directory_));
  std::vector<std::string> names;
  for (const base::DirectoryEntry& entry : entries)
    if (is_valid_name(entry.name)) names.push_back(entry.name);
  return names;
}

Result<void> RefStore::remove(const std::string& name) {
  if (!is_valid_name(name)) return fail(ErrorCode::invalid, "'{}' is no name of a ref", name);
  auto removed = directory_->remove_file(name);
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return directory_->sync();
}

Result<std::optional<ObjectId>> RefStore::read_head(store::ObjectStore& store,
                                                    const base::Log& log) {
  auto head = read(kHead);
  if (!head && head.error().code == ErrorCode::corrupt) {
    log.warning("{}; it is rebuilt from the packs", head.error().message);
    return std::nullopt;
  }
  if (!head || !*head) return head;
  StoreCommits commits(store);
  VCS_ASSIGN(const auto step, read_step_if_whole(commits, **head));
  if (step) return head;
  log.error(
      "the newest commit, {}, is not in the store; the newest commit that is there becomes the "
      "head (vcsctl repair may bring the lost one back)",
      (*head)->short_hex());
  VCS_TRY(write(kLostHead, **head, true));
  return std::nullopt;
}

// After proven damage, keeps the newest commit behind the head, which no file names any more: its
// tree is incomplete, but it was a save.
Result<void> RefStore::look_behind(store::ObjectStore& store, std::optional<ObjectId>& head) {
  if (store.recovery().damage.empty()) return {};
  // A lost head that a file has named is the better choice.
  if (const auto lost = read(kLostHead); lost && *lost) return {};
  VCS_ASSIGN(const std::optional<ObjectId> newest, newest_behind(store, head));
  if (!newest) return {};
  if (head) return write(kLostHead, *newest, true);
  head = newest;
  return {};
}

Result<std::optional<ObjectId>> RefStore::reconcile(store::ObjectStore& store,
                                                    const base::Log& log) {
  const auto written = read(kHead);
  VCS_ASSIGN(std::optional<ObjectId> head, read_head(store, log));
  VCS_ASSIGN(head, advance_head(store, head));
  const store::RecoveryReport& recovery = store.recovery();
  // The file is written when the commit is durable, so its commit was complete once. If it is not
  // complete now, it is damaged: the chain stays, and a repair brings back what it can.
  const bool was_whole = written && head && *written == head;
  if (!was_whole && (!recovery.damage.empty() || recovery.torn_bytes > 0)) {
    VCS_ASSIGN(const std::optional<ObjectId> complete, newest_complete(store, head));
    if (head && complete != head)
      log.error("commit {} is incomplete after damage; the head is now {}", head->short_hex(),
                complete ? complete->short_hex() : "none");
    head = complete ? complete : head;
    VCS_TRY(look_behind(store, head));
  }
  if (!head || (written && *written == head)) return head;
  // A full disk must not stop anybody from reading the repository.
  if (auto moved = write(kHead, *head); !moved)
    log.warning("cannot write the ref '{}': {}; nothing is lost, because the packs have it as well",
                kHead, moved.error().message);
  return head;
}

}  // namespace vcs::history
