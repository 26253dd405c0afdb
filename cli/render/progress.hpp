// SPDX-License-Identifier: Apache-2.0
// The progress bar on standard error while work runs.
#pragma once

#include <functional>
#include <string>

#include "cli/context.hpp"
#include "ipc/messages/common.hpp"

namespace vcs::cli {

// "reading  [#####-----]  45 %  1,234 of 2,700 files  12.3 of 27.0 MB  4.10 MB/s  4 s left", cut to
// `width` columns. `bytes_per_second` 0: not known. Pure.
std::string progress_line(const ipc::Progress& progress, double bytes_per_second,
                          std::size_t width);

// Draws on a terminal, at most ten times a second; does nothing elsewhere. The destructor erases
// the bar. One thread.
class ProgressBar {
 public:
  explicit ProgressBar(const Context& context);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool visible() const { return visible_; }
  void show(const ipc::Progress& progress);
  void erase();
  // For the progress of a call.
  std::function<void(const ipc::Progress&)> callback() {
    return [this](const ipc::Progress& progress) { show(progress); };
  }

 private:
  const Context& context_;
  const bool visible_;
  bool drawn_ = false;
  ipc::Stage stage_ = ipc::Stage::none;
  std::uint64_t first_bytes_ = 0;
  base::SteadyNanos stage_began_{}, last_drawn_{};
};

// Runs `work`, which waits for the agent. Meanwhile a second connection asks five times a second
// for the progress of the snapshot of `repository` ("": any). Without a terminal only `work` runs.
void with_snapshot_progress(const Context& context, const std::string& repository,
                            const std::function<void()>& work);

}  // namespace vcs::cli
