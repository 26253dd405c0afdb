// SPDX-License-Identifier: Apache-2.0
// Draws the bar, and asks for progress where the waiting request does not tell it.
#include "cli/render/progress.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

constexpr std::size_t kBarCells = 20;
constexpr base::Nanos kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kPollInterval = std::chrono::milliseconds(200);
// What follows the start of the line on a terminal.
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

// What is counted while files are not.
std::string_view unit_of(ipc::Stage stage) {
  if (stage == ipc::Stage::fetching) return "packs";
  return stage == ipc::Stage::sending ? "objects" : "files";
}

std::string amount(const std::string& done, const std::string& total, bool total_known) {
  return total_known ? fmt::format("{} of {}", done, total) : done;
}

// Whole characters, no more than `width` columns.
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

void with_snapshot_progress(const Context& context, const std::string& repository,
                            const std::function<void()>& work) {
  ProgressBar bar(context);
  if (!bar.visible()) return work();
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  std::thread watcher([&] {
    auto client = context.connect(Start::never);
    std::unique_lock lock(mutex);
    while (client && !done_changed.wait_for(lock, kPollInterval, [&] { return done; })) {
      lock.unlock();
      const auto status = client->call<ipc::Status>({repository, false});
      lock.lock();
      if (!status) return;
      for (const auto& each : status->repositories) bar.show(each.progress);
    }
  });
  work();
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  done_changed.notify_one();
  watcher.join();
}

}  // namespace vcs::cli
