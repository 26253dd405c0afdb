// SPDX-License-Identifier: Apache-2.0
// Draws the bar, and asks for the progress of requests that do not report it.
#include "cli/render/progress.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "core/base/byte_size.hpp"
#include "core/base/guarded.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kBarCells = 20;
constexpr base::Nanos kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kPollInterval = std::chrono::milliseconds(200);
// Returns to the start of the line and clears it.
constexpr std::string_view kErase = "\r\x1b[K";

double fraction_of(const ipc::Progress& progress) {
  const auto part = [](std::uint64_t done, std::uint64_t total) {
    return total == 0 ? -1.0
                      : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  };
  const double bytes = part(progress.bytes_done, progress.bytes_total);
  return bytes >= 0 ? bytes : part(progress.files_done, progress.files_total);
}

std::string bar(double fraction) {
  const auto full = static_cast<std::size_t>(fraction * kBarCells);
  return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'), std::string(kBarCells - full, '-'),
                     fraction * 100);
}

// The unit of the counts in a stage.
std::string_view unit_of(ipc::Stage stage) {
  if (stage == ipc::Stage::fetching) return "packs";
  return stage == ipc::Stage::sending ? "objects" : "files";
}

std::string amount(const std::string& done, const std::string& total, bool total_known) {
  return total_known ? fmt::format("{} of {}", done, total) : done;
}

// Cuts `line` to whole characters in at most `width` columns.
std::string cut(const std::string& line, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < line.size() && display_width(out) < width; ++i) {
    out += line[i];
    while (i + 1 < line.size() && (static_cast<unsigned char>(line[i + 1]) & 0xc0) == 0x80)
      out += line[++i];
  }
  return out;
}

}  // namespace

std::string progress_line(const ipc::Progress& progress, double bytes_per_second,
                          std::size_t width) {
  std::string line = fmt::format("{:<10}", std::string(base::name_of(progress.stage)));
  const double fraction = fraction_of(progress);
  if (fraction >= 0) line += "  " + bar(fraction);
  if (progress.files_done != 0 || progress.files_total != 0) {
    line += fmt::format("  {} {}",
                        amount(with_separators(progress.files_done),
                               with_separators(progress.files_total), progress.files_total != 0),
                        unit_of(progress.stage));
  }
  if (progress.bytes_done != 0 || progress.bytes_total != 0) {
    line += "  " + amount(base::humanize_bytes(progress.bytes_done),
                          base::humanize_bytes(progress.bytes_total), progress.bytes_total != 0);
  }
  if (bytes_per_second >= 1) {
    line +=
        fmt::format("  {}/s", base::humanize_bytes(static_cast<std::uint64_t>(bytes_per_second)));
    if (progress.bytes_total > progress.bytes_done) {
      const auto rest = static_cast<double>(progress.bytes_total - progress.bytes_done);
      line += fmt::format("  {} left", human_duration(rest / bytes_per_second));
    }
  }
  return cut(line, width);
}

ProgressBar::ProgressBar(const Context& context)
    : context_(context), visible_(context.terminal().err && !context.json()) {}

ProgressBar::~ProgressBar() {
  erase();
}

void ProgressBar::show(const ipc::Progress& progress) {
  if (!visible_ || progress.stage == ipc::Stage::none) return;
  const base::SteadyNanos now = context_.clock().steady();
  if (progress.stage != stage_ || progress.bytes_done < first_bytes_) {
    stage_ = progress.stage;
    stage_began_ = now;
    first_bytes_ = progress.bytes_done;
  } else if (now - last_drawn_ < kRedrawInterval) {
    return;
  }
  last_drawn_ = now;
  const double seconds = base::in_seconds(now - stage_began_);
  const double rate =
      seconds < 0.5 ? 0 : static_cast<double>(progress.bytes_done - first_bytes_) / seconds;
  const std::size_t width = context_.terminal().width_of_err();
  context_.err().write(
      fmt::format("{}{}", kErase, progress_line(progress, rate, width > 1 ? width - 1 : width)));
  (void)context_.err().flush();
  drawn_ = true;
}

void ProgressBar::erase() {
  if (!drawn_) return;
  context_.err().write(kErase);
  (void)context_.err().flush();
  drawn_ = false;
}

namespace {

// The end of the work that is watched.
class WorkEnd {
 public:
  void come() {
    {
      const base::Lock lock(mutex_);
      has_come_ = true;
    }
    came_.notify_one();
  }
  // Waits for it, but not longer than `time`. True: it has come.
  bool wait(base::Nanos time) {
    const auto end = std::chrono::steady_clock::now() + time;
    base::Lock lock(mutex_);
    while (!has_come_ && came_.wait_until(lock, end)) {
    }
    return has_come_;
  }

 private:
  base::Mutex mutex_;
  base::Condition came_;
  bool has_come_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace

void with_snapshot_progress(const Context& context, const std::string& repository,
                            const std::function<void()>& work) {
  ProgressBar bar(context);
  if (!bar.visible()) return work();
  WorkEnd end;
  std::thread watcher([&] {
    auto client = context.connect(Start::never);
    while (client && !end.wait(kPollInterval)) {
      const auto status = client->call<ipc::Status>({repository, false});
      if (!status) return;
      for (const auto& each : status->repositories) bar.show(each.progress);
    }
  });
  work();
  end.come();
  watcher.join();
}

}  // namespace vcs::cli
