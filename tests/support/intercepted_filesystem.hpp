// SPDX-License-Identifier: Apache-2.0
// A filesystem around another one that asks an interceptor before each call and tells it after.
// FaultFileSystem and RecordingFileSystem share it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::test {

enum class CallKind {
  // The kinds up to set_metadata change something.
  create,  // open_file that may create, lock_file
  write,   // write_at
  write_past_cache,
  truncate,
  sync_file,
  sync_directory,
  sync_filesystem,  // path: the folder that it was asked of
  rename,
  exchange,
  remove_file,
  remove_directory,
  make_directory,
  make_directories,
  make_symlink,
  set_metadata,  // mode, owner, time, extended attributes
  // The kinds below only read.
  open,  // folders, and files that must exist
  read,  // read_at, map, read_link
  list,
  look,  // stat, holes, extended attributes, writers, space
};
constexpr std::size_t kCallKinds = static_cast<std::size_t>(CallKind::look) + 1;

inline bool is_mutating(CallKind kind) {
  return kind < CallKind::open;
}
inline bool is_write(CallKind kind) {
  return kind == CallKind::write || kind == CallKind::write_past_cache;
}

struct Call {
  CallKind kind;
  std::string path{};  // begins with the path of the folder that was opened or wrapped
  std::string
      target{};  // rename: the new path; exchange: the other one; make_symlink: what the link says
  base::ByteView bytes{};    // writes
  std::uint64_t offset = 0;  // writes, read: where; truncate: the new size
  // For the interceptor's own use. `file` is the value that it set when the file was opened.
  int file = 0;
  std::size_t ticket = 0;
  // A refused write first writes this many of its bytes.
  std::size_t bytes_before_refusal = 0;
};

// Called from any thread.
class Interceptor {
 public:
  virtual ~Interceptor() = default;
  // An error is returned instead of making the call.
  virtual base::Result<void> before(Call& call) = 0;
  // Not for calls that `before` refused.
  virtual void after(Call& call, bool succeeded) = 0;
  // May change the stat data that the caller gets of a file or folder.
  virtual void seen(const std::string& path, base::FileStat& stat) { (void)path, (void)stat; }
};

// `inner` and `interceptor` must outlive the filesystem and all that is opened through it.
class InterceptedFileSystem : public base::FileSystem {
 public:
  InterceptedFileSystem(base::FileSystem& inner, Interceptor& interceptor)
      : inner_(inner), interceptor_(interceptor) {}

  base::Result<std::unique_ptr<base::Directory>> open_directory(const std::string& path) override;
  base::Result<std::unique_ptr<base::Directory>> make_directories(const std::string& path,
                                                                  std::uint32_t mode) override;
  base::Result<base::FileStat> stat(const std::string& path) override;
  base::Result<std::string> canonical(const std::string& path) override;
  base::Result<base::SpaceInfo> space(const std::string& path) override;

 private:
  base::FileSystem& inner_;
  Interceptor& interceptor_;
};

}  // namespace vcs::test
