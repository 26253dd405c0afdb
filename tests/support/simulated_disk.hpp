// SPDX-License-Identifier: Apache-2.0
// A filesystem in memory that knows what would survive a power cut.
//
// The model of durability is that of RecordingFileSystem: a file's content is safe after a finished
// sync of the file, a name after a finished sync of its folder; of what came later each write (or
// its beginning, at a multiple of 512 bytes) and each name survives or not, independent of the
// others. A rename within a folder survives as a whole; one between folders is safe at once. After
// a sync that failed, what it should have written never gets to the disk, as on Linux; but what was
// written past the cache may.
//
// File times come from the clock, rounded down to the tick of a kernel (4 ms). Inode numbers are
// given in order. Symlinks are kept and never followed. There are no holes, owners or attributes.
//
// For one thread: a simulation runs on one thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/filesystem.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

// An event that a kernel would send to a watcher.
struct DiskEvent {
  enum class Kind { made, written, closed, attributes, removed, moved_away, moved_here };
  Kind kind;
  std::string path;  // absolute
  bool folder = false;
};

class SimulatedDisk final : public base::FileSystem {
 public:
  explicit SimulatedDisk(const base::Clock& clock);
  ~SimulatedDisk() override;

  base::Result<std::unique_ptr<base::Directory>> open_directory(const std::string& path) override;
  base::Result<std::unique_ptr<base::Directory>> make_directories(const std::string& path,
                                                                  std::uint32_t mode) override;
  base::Result<base::FileStat> stat(const std::string& path) override;
  base::Result<std::string> canonical(const std::string& path) override;
  base::Result<base::SpaceInfo> space(const std::string& path) override;

  // Makes `to` another name of the file `from`. Both are absolute, and `to` must not exist.
  void link(const std::string& from, const std::string& to);

  // Called for every change, in its order, before the call that makes it returns.
  void on_event(std::function<void(const DiskEvent&)> observer);

  // Visits everything below `path` in the order of names, a folder before its entries; not `path`.
  struct Entry {
    std::string path;  // relative
    base::FileStat stat;
    base::ByteView content;  // of a file; the target of a symlink
  };
  void visit(const std::string& path, const std::function<void(const Entry&)>& visitor) const;

  // Marks a sync of the file as failed: the unsynced data can be read until a power cut and is lost
  // then. Data that went past the cache may survive, as before.
  void sync_failed(const std::string& path);
  // Makes all below `path`, as it is now, survive a power cut.
  void make_durable(const std::string& path);
  // After one of these calls nothing that was opened before may be used; all locks are free.
  void process_dies();
  void lose_power(SeededRandom& random);

  struct Node;
  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace vcs::test
