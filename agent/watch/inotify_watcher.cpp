// Two threads: one empties the descriptor, one makes changes of what it read.
#ifdef __linux__
#include "agent/watch/inotify_watcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include "agent/watch/inotify_intake.hpp"
#include "agent/watch/inotify_watches.hpp"
#include "core/base/file_descriptor.hpp"

namespace vcs::agent::watch {
namespace {

using base::FileDescriptor;
using base::Result;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kMostArrived = 16 * 1024 * 1024;
// The halves of a rename are next to each other in the queue; so long for the second one, when the
// first was the last to be read.
constexpr auto kMoveWait = std::chrono::milliseconds(5);

// 0 where there is none.
std::uint64_t read_number(const char* path) {
  std::uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

// The smaller of what the system and what a container allows.
std::uint64_t system_limit() {
  const std::uint64_t user = read_number("/proc/sys/user/max_inotify_watches");
  const std::uint64_t all = read_number("/proc/sys/fs/inotify/max_user_watches");
  return user != 0 && all != 0 ? std::min(user, all) : std::max(user, all);
}

std::uint64_t usable_watches(const InotifyOptions& options) {
  const std::uint64_t of_system = options.system_limit ? *options.system_limit : system_limit();
  return static_cast<std::uint64_t>(static_cast<double>(of_system) * options.limit_share);
}

class InotifyWatcher final : public Watcher {
 public:
  InotifyWatcher(const base::Log& log, const InotifyOptions& options)
      : log_(log), options_(options), limit_(usable_watches(options)) {}
  ~InotifyWatcher() override;

  Result<void> start(const std::string& root, const std::string& cookie_folder, WatchSink sink,
                     FolderFilter skip) override;
  void refresh(const std::string& path) override;
  void regain() override;
  void prefer(std::vector<std::string> folders) override;
  WatchUsage usage() const override;

 private:
  void drain();
  void look_at_mounts();
  bool keep(const char* bytes, std::size_t size);
  void process();
  void stop();

  base::Log log_;
  const InotifyOptions options_;
  const std::uint64_t limit_;  // at the start
  FileDescriptor inotify_, stop_signal_;
  FileDescriptor mounts_;  // becomes ready when anything is mounted or unmounted
  std::unique_ptr<InotifyWatches> watches_;
  std::unique_ptr<InotifyIntake> intake_;
  std::thread drainer_, processor_;

  std::mutex mutex_;
  std::condition_variable arrived_or_stop_, room_or_stop_;
  std::vector<char> arrived_;            // under the mutex
  std::vector<std::string> to_refresh_;  // under the mutex
  std::vector<std::string> to_prefer_;   // under the mutex
  bool mounts_changed_ = false;          // under the mutex
  bool to_regain_ = false;               // under the mutex
  bool stopping_ = false;                // under the mutex
  std::atomic<bool> blind_{false};       // the queue cannot be read any more
};

InotifyWatcher::~InotifyWatcher() {
  stop();
}

Result<void> InotifyWatcher::start(const std::string& root, const std::string& cookie_folder,
                                   WatchSink sink, FolderFilter skip) {
  inotify_ = FileDescriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_.valid()) {
    if (errno != EMFILE) return base::fail_errno(errno, "cannot watch " + root);
    return base::fail(base::ErrorCode::no_space,
                      "cannot watch {}: no inotify instance or file descriptor is left; raise "
                      "fs.inotify.max_user_instances with sysctl",
                      root);
  }
  stop_signal_ = FileDescriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!stop_signal_.valid()) return base::fail_errno(errno, "cannot watch " + root);
  // A disk that is mounted elsewhere, too, tells nobody that it left this place.
  mounts_ = FileDescriptor(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  watches_ = std::make_unique<InotifyWatches>(inotify_.get(), limit_);
  intake_ = std::make_unique<InotifyIntake>(*watches_, std::move(sink), log_);
  // The queue is emptied from the first watch on; what is in it is understood when the tree stands.
  drainer_ = std::thread([this] { drain(); });
  if (auto started = watches_->start(root, cookie_folder, std::move(skip)); !started) {
    stop();
    return started;
  }
  processor_ = std::thread([this] { process(); });
  return {};
}

void InotifyWatcher::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (watches_) watches_->cancel();
  arrived_or_stop_.notify_all();
  room_or_stop_.notify_all();
  if (stop_signal_.valid()) (void)eventfd_write(stop_signal_.get(), 1);
  if (drainer_.joinable()) drainer_.join();
  if (processor_.joinable()) processor_.join();
}

void InotifyWatcher::drain() {
  std::vector<char> buffer(kReadSize);
  pollfd sources[3] = {
      {inotify_.get(), POLLIN, 0}, {stop_signal_.get(), POLLIN, 0}, {mounts_.get(), POLLPRI, 0}};
  while (true) {
    if (poll(sources, 3, -1) < 0 && errno != EINTR) break;
    if (sources[1].revents != 0) return;
    if (sources[2].revents != 0) look_at_mounts();
    const ssize_t size = read(inotify_.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) break;
    if (!keep(buffer.data(), static_cast<std::size_t>(size))) return;
  }
  blind_ = true;
  log_.error("file events cannot be read any more (errno {}); changes are found by polling", errno);
}

void InotifyWatcher::look_at_mounts() {
  {
    std::lock_guard lock(mutex_);
    mounts_changed_ = true;
  }
  arrived_or_stop_.notify_one();
}

// False: to stop.
bool InotifyWatcher::keep(const char* bytes, std::size_t size) {
  {
    std::unique_lock lock(mutex_);
    room_or_stop_.wait(lock, [&] { return stopping_ || arrived_.size() < kMostArrived; });
    if (stopping_) return false;
    arrived_.insert(arrived_.end(), bytes, bytes + size);
  }
  arrived_or_stop_.notify_one();
  return true;
}

void InotifyWatcher::process() {
  std::vector<char> bytes;
  std::vector<std::string> refreshes;
  std::vector<std::string> preferred;
  bool check_root = false, regain = false;
  const auto something = [this] {
    return stopping_ || !arrived_.empty() || !to_refresh_.empty() || !to_prefer_.empty() ||
           mounts_changed_ || to_regain_;
  };
  while (true) {
    bytes.clear();
    refreshes.clear();
    {
      std::unique_lock lock(mutex_);
      if (intake_->holds_moves())
        arrived_or_stop_.wait_for(lock, kMoveWait, something);
      else
        arrived_or_stop_.wait(lock, something);
      if (stopping_) return;
      bytes.swap(arrived_);
      refreshes.swap(to_refresh_);
      preferred = std::exchange(to_prefer_, {});
      check_root = std::exchange(mounts_changed_, false);
      regain = std::exchange(to_regain_, false);
    }
    room_or_stop_.notify_one();
    if (bytes.empty())
      intake_->forget_moves();
    else
      intake_->feed(bytes);
    for (const std::string& path : refreshes) intake_->refresh(path);
    if (!preferred.empty()) intake_->prefer(std::move(preferred));
    if (regain) {
      watches_->set_limit(usable_watches(options_));
      intake_->regain();
    }
    if (check_root) intake_->check_root();
  }
}

void InotifyWatcher::refresh(const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    to_refresh_.push_back(path);
  }
  arrived_or_stop_.notify_one();
}

void InotifyWatcher::regain() {
  {
    std::lock_guard lock(mutex_);
    to_regain_ = true;
  }
  arrived_or_stop_.notify_one();
}

void InotifyWatcher::prefer(std::vector<std::string> folders) {
  {
    std::lock_guard lock(mutex_);
    to_prefer_ = std::move(folders);
  }
  arrived_or_stop_.notify_one();
}

WatchUsage InotifyWatcher::usage() const {
  WatchUsage usage;
  usage.used = InotifyWatches::used_by_process();
  usage.limit = watches_ ? watches_->limit() : limit_;
  if (watches_) usage.polled_folders = watches_->polled_folders();
  if (intake_) usage.lost_events = intake_->lost_events();
  if (blind_ && usage.polled_folders == 0) usage.polled_folders = 1;
  return usage;
}

}  // namespace

std::unique_ptr<Watcher> make_inotify_watcher(const base::Log& log, const InotifyOptions& options) {
  return std::make_unique<InotifyWatcher>(log, options);
}

}  // namespace vcs::agent::watch

#endif
