// SPDX-License-Identifier: Apache-2.0
// Writes bytes to a file on a thread of its own, so that who made them can go on.
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

  // Past the cache, see File. The bytes have to stay as they are until wait(), which has to follow.
  // Where there is no memory to hand them over they are written before this returns.
  void begin(std::shared_ptr<base::File> file, ByteView bytes, std::uint64_t offset);
  // Until what was begun is written; what came of it. Success if nothing was begun.
  Result<void> wait();

 private:
  void hand_over(std::shared_ptr<base::File> file, ByteView bytes, std::uint64_t offset);

  base::ThreadPool& threads_;
  std::future<Result<void>> written_;
  std::optional<Result<void>> written_here_;
};

}  // namespace vcs::pack
