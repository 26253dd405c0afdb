// SPDX-License-Identifier: Apache-2.0
// Writes bytes to a file on another thread, so that the caller can go on.
#pragma once

#include <future>
#include <memory>
#include <optional>

#include "core/base/filesystem.hpp"
#include "core/base/thread_pool.hpp"

namespace vcs::pack {

// One write at a time. Not thread-safe.
class WriteBehind {
 public:
  explicit WriteBehind(base::ThreadPool& threads) : threads_(threads) {}
  ~WriteBehind() { (void)wait(); }
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  // Writes past the cache, see File. The caller must keep the bytes unchanged until it calls
  // wait(), which it must. Without memory for another thread's task, this writes them itself.
  void begin(std::shared_ptr<base::File> file, ByteView bytes, std::uint64_t offset);
  // Waits for the write that begin() started and returns its result. Success if there is none.
  Result<void> wait();

 private:
  void hand_over(std::shared_ptr<base::File> file, ByteView bytes, std::uint64_t offset);

  base::ThreadPool& threads_;
  std::future<Result<void>> written_;
  std::optional<Result<void>> written_here_;
};

}  // namespace vcs::pack
