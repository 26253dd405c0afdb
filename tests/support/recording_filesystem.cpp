// SPDX-License-Identifier: Apache-2.0
// Records the changes that are made through a filesystem.
#include "tests/support/recording_filesystem.hpp"

#include <algorithm>

#include "tests/support/write_parts.hpp"

namespace vcs::test {

namespace {

bool is_sync(CallKind kind) {
  return kind == CallKind::sync_file || kind == CallKind::sync_directory ||
         kind == CallKind::sync_filesystem;
}

}  // namespace

RecordingFileSystem::RecordingFileSystem(base::FileSystem& inner, std::string root,
                                         std::vector<Operation> before)
    : InterceptedFileSystem(inner, *this),
      root_(std::move(root)),
      operations_(std::move(before)),
      files_(files_after(operations_)) {
  for (const Operation& operation : operations_) last_file_ = std::max(last_file_, operation.file);
}

std::vector<Operation> RecordingFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

std::size_t RecordingFileSystem::size() const {
  const std::lock_guard lock(mutex_);
  return operations_.size();
}

std::string RecordingFileSystem::relative(const std::string& path) const {
  if (path == root_) return {};
  return path.starts_with(root_ + "/") ? path.substr(root_.size() + 1) : path;
}

base::Result<void> RecordingFileSystem::before(Call& call) {
  if (!is_sync(call.kind)) return {};
  // A sync is recorded before it runs: it does not cover what other threads write meanwhile.
  const std::lock_guard lock(mutex_);
  call.ticket = operations_.size();
  record(call);
  operations_.back().finished = false;
  return {};
}

void RecordingFileSystem::after(Call& call, bool succeeded) {
  if (!succeeded) return;
  const std::lock_guard lock(mutex_);
  if (is_sync(call.kind)) {
    operations_[call.ticket].finished = true;
  } else if (call.kind == CallKind::create || call.kind == CallKind::open) {
    record_open(call);
  } else if (call.kind == CallKind::rename) {
    record_rename(call);
  } else if (call.kind == CallKind::exchange) {
    record(call);
    exchange(files_, relative(call.path), relative(call.target));
  } else if (call.kind == CallKind::remove_file) {
    files_.erase(relative(call.path));
    record(call);
  } else if (call.kind == CallKind::make_directories) {
    record_folders(relative(call.path));
  } else if (call.kind == CallKind::write_past_cache) {
    record_parts(call);
  } else if (is_mutating(call.kind) && call.kind != CallKind::set_metadata) {
    record(call);
  }
}

void RecordingFileSystem::record(const Call& call) {
  operations_.push_back(
      {.kind = call.kind,
       .file = call.file,
       .path = relative(call.path),
       .target = call.kind == CallKind::make_symlink ? call.target : relative(call.target),
       .bytes = {call.bytes.begin(), call.bytes.end()},
       .offset = call.offset});
}

void RecordingFileSystem::record_parts(const Call& call) {
  for (const WritePart& part : parts_past_cache(call.bytes, call.offset)) {
    Call written = call;
    written.kind = part.past_cache ? CallKind::write_past_cache : CallKind::write;
    written.bytes = part.bytes;
    written.offset = part.offset;
    record(written);
  }
}

// Records each folder and the sync that made it durable, but not the root, which exists already.
void RecordingFileSystem::record_folders(const std::string& path) {
  std::string parent;
  for (std::size_t end = 0; end < path.size(); ++end) {
    end = std::min(path.find('/', end), path.size());
    operations_.push_back({.kind = CallKind::make_directory, .path = path.substr(0, end)});
    operations_.push_back({.kind = CallKind::sync_directory, .path = parent});
    parent = path.substr(0, end);
  }
}

void RecordingFileSystem::record_open(Call& call) {
  const std::string path = relative(call.path);
  if (const auto known = files_.find(path); known != files_.end()) {
    call.file = known->second;
  } else if (call.kind == CallKind::create) {
    call.file = files_[path] = ++last_file_;
    record(call);
  }
}

void RecordingFileSystem::record_rename(const Call& call) {
  record(call);
  const std::string from = relative(call.path);
  const std::string to = relative(call.target);
  std::map<std::string, int> renamed;
  for (const auto& [path, file] : files_) {
    if (path == from || path.starts_with(from + "/"))
      renamed[to + path.substr(from.size())] = file;
    else
      renamed.emplace(path, file);
  }
  files_ = std::move(renamed);
}

}  // namespace vcs::test
