// SPDX-License-Identifier: Apache-2.0
// One thread drains the inotify queue and routes each event to its clients.
#ifdef __linux__
#include "agent/watch/inotify_instance.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "core/base/memory.hpp"
#include "core/base/thread_name.hpp"

namespace vcs::agent::watch {
namespace {

using base::FileDescriptor;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kMostArrived = 16 * 1024 * 1024;
// Events about a watched folder itself, and about its watch.
constexpr std::uint32_t kEnds = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

// 0 if the file has no number.
std::uint64_t read_number(const char* path) {
  std::uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

// The smaller of the system's limit and of the container's.
std::uint64_t read_system_limit() {
  const std::uint64_t user = read_number("/proc/sys/user/max_inotify_watches");
  const std::uint64_t all = read_number("/proc/sys/fs/inotify/max_user_watches");
  return user != 0 && all != 0 ? std::min(user, all) : std::max(user, all);
}

// Watches the open folder, not the one that its path leads to by now. IN_DONT_FOLLOW would watch
// the link in /proc; open() has already refused to follow a symlink.
int add_watch(int inotify, int folder, std::uint32_t mask) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
  return inotify_add_watch(inotify, path, mask | IN_MASK_ADD);
}

// Calls `visitor` with each event and its bytes. Unchecked, for the visitor may need locks that the
// caller has.
template <typename Visitor>
void each_event(std::span<const char> bytes, Visitor&& visitor) VCS_NO_THREAD_CHECK {
  for (std::span<const char> rest = bytes; const auto event = take_event(rest); bytes = rest)
    visitor(*event, bytes.first(bytes.size() - rest.size()));
}

void append(std::vector<char>& bytes, std::span<const char> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

// Replaces all events by one loss, but keeps the ends of watches, which no scan would find again.
std::vector<char> without_most(std::span<const char> events) {
  std::vector<char> kept;
  each_event(events, [&](const InotifyEvent& event, std::span<const char> bytes) {
    if (event.mask & IN_IGNORED) append(kept, bytes);
  });
  std::string loss;
  append_event(loss, {-1, IN_Q_OVERFLOW, 0, ""});
  append(kept, loss);
  return kept;
}

}  // namespace

// --- The calls of a client ---

InotifyClient::~InotifyClient() {
  if (!share_.begun || track_ != Track::kept) instance_->forget(*this);
}
int InotifyClient::add(int folder, std::uint32_t mask, WatchUse use) {
  return instance_->add(*this, folder, mask, use);
}
void InotifyClient::remove(int descriptor) {
  instance_->remove(*this, descriptor);
}
bool InotifyClient::find_room() {
  const base::Lock lock(instance_->mutex_);
  return instance_->find_room(*this);
}
Result<void> InotifyClient::join() {
  return instance_->join(*this);
}
void InotifyClient::begin() {
  instance_->begin(*this);
}
void InotifyClient::call() {
  const base::Lock lock(instance_->mutex_);
  if (instance_->of(*this).begun) instance_->crew_.call(*this);
}
void InotifyClient::leave() {
  instance_->leave(*this);
}
bool InotifyClient::has_told_all(ProofToken token) {
  return instance_->has_told_all(*this, token);
}
bool InotifyClient::serve_once() {
  Arrived arrived = instance_->take(*this);
  if (arrived.lost_track && track_ == Track::kept) track_ = Track::lost;
  if (track_ == Track::kept) return process(std::move(arrived));
  if (track_ == Track::lost) lost_track();
  track_ = Track::told;
  return false;
}

// Without memory it returns true, so that lost_track() is tried again after Crew::kRecall.
bool InotifyClient::serve() {
  bool again = true;
  const bool had_memory = base::has_memory_for([&] { again = serve_once(); });
  if (!had_memory && track_ == Track::kept) track_ = Track::lost;
  return again;
}

// --- Clients join and leave ---

InotifyInstance::InotifyInstance(const base::Log& log, const InotifyOptions& options)
    : log_(log), options_(options), buffer_(kReadSize) {
  read_limit();
}

InotifyInstance::~InotifyInstance() {
  if (!drainer_.joinable()) return;
  (void)eventfd_write(stop_signal_.get(), 1);
  drainer_.join();
}

void InotifyInstance::read_limit() {
  system_limit_ = options_.system_limit ? *options_.system_limit : read_system_limit();
  limit_ = static_cast<std::uint64_t>(static_cast<double>(system_limit_) * options_.limit_share);
}

Result<void> InotifyInstance::open_queue() {
  FileDescriptor inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.valid() && errno == EMFILE)
    return fail(ErrorCode::no_space,
                "no inotify instance or file descriptor is left; raise "
                "fs.inotify.max_user_instances with sysctl");
  if (!inotify.valid()) return base::fail_errno(errno, "no inotify instance");
  stop_signal_ = FileDescriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!stop_signal_.valid()) return base::fail_errno(errno, "no descriptor to stop watching");
  // No event tells of an unmount while the disk is mounted elsewhere, too: watch the mount table.
  mounts_ = FileDescriptor(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  inotify_ = std::move(inotify);
  try {
    drainer_ = std::thread([this] { drain(); });
  } catch (const std::system_error&) {
    inotify_ = FileDescriptor();  // a queue that nobody drains would swallow events
    return fail(ErrorCode::no_space, "no thread is left to read inotify's events");
  }
  return {};
}

Result<void> InotifyInstance::join(InotifyClient& client) {
  const base::Lock lock(mutex_);
  if (!inotify_.valid()) VCS_TRY(open_queue());
  of(client).most_arrived = kMostArrived;
  clients_.insert(&client);
  return {};
}

void InotifyInstance::begin(InotifyClient& client) {
  const base::Lock lock(mutex_);
  of(client).begun = true;
  crew_.call(client);
}

void InotifyInstance::leave(InotifyClient& client) {
  {
    const base::Lock lock(mutex_);
    clients_.erase(&client);
  }
  crew_.dismiss(client);
}

// Removes the routes of a client that does not know its own watches, for lack of memory.
void InotifyInstance::forget(InotifyClient& client) {
  const base::Lock lock(mutex_);
  routes_.erase(client);
  used_ = routes_.counted();
}

InotifyClient::Arrived InotifyInstance::take(InotifyClient& client) {
  const base::Lock lock(mutex_);
  InotifyClient::Share& share = of(client);
  share.most_arrived = kMostArrived;
  share.giving_up = share.arrived.to_give_up;
  return std::exchange(share.arrived, {});
}

// --- Watches ---

// Watches that are being added count, so that many calls at once do not exceed the limit.
bool InotifyInstance::has_room(WatchUse use) const {
  if (use == WatchUse::renewal || use == WatchUse::above) return true;
  const std::uint64_t most = use == WatchUse::root ? system_limit_ : limit_;
  return most == 0 || routes_.counted() + adding_ < most;
}

bool InotifyInstance::find_room(InotifyClient& client) {
  if (has_room(WatchUse::folder)) return true;
  ask_for_room(client);
  return false;
}

// Calls the kernel without the mutex, because the filesystem takes part and may hang. So an event
// may be read before its client is known. The caller scans the folder after it adds the watch,
// which finds all changes but the end of the watch itself: `early_` keeps that event.
int InotifyInstance::add(InotifyClient& client, int folder, std::uint32_t mask, WatchUse use) {
  {
    const base::Lock lock(mutex_);
    if (!has_room(use)) {
      of(client).was_refused = adding_ > 0;
      ask_for_room(client);
      return -ENOSPC;
    }
    ++adding_;
  }
  const int descriptor = add_watch(inotify_.get(), folder, mask);
  const int result = descriptor >= 0 ? descriptor : -errno;
  const base::Lock lock(mutex_);
  --adding_;
  if (descriptor >= 0) added(client, descriptor, mask, use != WatchUse::above);
  if (adding_ == 0) all_added();
  return result;
}

// An added folder may have been watched before, or may be gone: then there is room for the clients
// that were refused. Else whoever added it may have more than its share only now.
void InotifyInstance::all_added() {
  end_watches();
  for (InotifyClient* client : clients_)
    if (std::exchange(of(*client).was_refused, false) && find_room(*client)) tell_of_room(*client);
}

void InotifyInstance::added(InotifyClient& client, int descriptor, std::uint32_t mask,
                            bool counted) {
  unwanted_.erase(descriptor);
  if (routes_.join(descriptor, {&client, mask, counted})) ++of(client).watches;
  used_ = routes_.counted();
  bool ended = false;
  each_event(early_,
             [&](const InotifyEvent& event, std::span<const char> bytes) VCS_REQUIRES(mutex_) {
               if (event.descriptor != descriptor) return;
               give(client, bytes);
               ended |= (event.mask & IN_IGNORED) != 0;
             });
  if (ended) forget(descriptor);
}

// The kernel has ended the watch.
void InotifyInstance::forget(int descriptor) {
  routes_.visit(descriptor, [this](const InotifyRoutes::Member& member) VCS_REQUIRES(mutex_) {
    if (member.counted) --of(*member.client).watches;
  });
  routes_.erase(descriptor);
  used_ = routes_.counted();
}

void InotifyInstance::remove(InotifyClient& client, int descriptor) {
  const base::Lock lock(mutex_);
  const InotifyRoutes::Left left = routes_.leave(descriptor, client);
  // The kernel has ended the watch already, and its IN_IGNORED is in the client's queue.
  if (!left.was_member) return;
  InotifyClient::Share& share = of(client);
  if (left.counted) --share.watches;
  if (left.counted && share.giving_up > 0) --share.giving_up;
  used_ = routes_.counted();
  std::string end;
  append_event(end, {descriptor, IN_IGNORED, 0, ""});
  give(client, end);
  if (!left.last) return;
  unwanted_.insert(descriptor);
  if (adding_ == 0) end_watches();
}

// Not while a call of add() runs: the kernel may just give it the same watch.
void InotifyInstance::end_watches() {
  for (const int descriptor : unwanted_) (void)inotify_rm_watch(inotify_.get(), descriptor);
  unwanted_.clear();
  early_.clear();
}

// A client with less than an equal share gets watches from clients with more. Each of those gives
// up its quietest watches, at least an eighth of its surplus, because finding them takes a while.
void InotifyInstance::ask_for_room(InotifyClient& poor) {
  InotifyClient::Share& asking = of(poor);
  if (asking.waits_for_room) return;
  const auto above = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  const std::uint64_t fair = limit_ / std::max<std::size_t>(clients_.size(), 1);
  std::uint64_t wanted = above(fair, asking.watches);
  for (InotifyClient* client : clients_) {
    if (wanted == 0) return;
    InotifyClient::Share& rich = of(*client);
    // Watches that another client has asked for already are not asked for again.
    const std::uint64_t leaving = rich.giving_up + rich.arrived.to_give_up;
    asking.waits_for_room |= leaving > 0;
    const std::uint64_t too_much = above(rich.watches, fair + leaving);
    if (too_much == 0) continue;
    const std::uint64_t part = std::max(std::min(wanted, too_much), too_much / 8);
    asking.waits_for_room = true;
    rich.arrived.to_give_up += part;
    wanted = above(wanted, part);
    if (rich.begun) crew_.call(*client);
  }
}

void InotifyInstance::made_room(InotifyClient& giver) {
  const base::Lock lock(mutex_);
  of(giver).giving_up = 0;
  for (InotifyClient* client : clients_) {
    if (std::exchange(of(*client).waits_for_room, false)) tell_of_room(*client);
  }
}

void InotifyInstance::tell_of_room(InotifyClient& client) {
  InotifyClient::Share& share = of(client);
  share.arrived.room_was_made = true;
  if (share.begun) crew_.call(client);
}

// --- Events ---

void InotifyInstance::drain() {
  base::name_this_thread("vcsd-inotify");
  pollfd sources[3] = {
      {inotify_.get(), POLLIN, 0}, {stop_signal_.get(), POLLIN, 0}, {mounts_.get(), POLLPRI, 0}};
  bool readable = true;
  while (readable) {
    if (poll(sources, 3, -1) < 0 && errno != EINTR) break;
    if (sources[1].revents != 0) return;
    if (!base::has_memory_for([&] { readable = drain_once(sources[2].revents != 0); }))
      lose_track();
  }
  blind_ = true;
  log_.error("file events cannot be read any more (errno {}); changes are found by polling", errno);
}

// False: the queue cannot be read any more.
bool InotifyInstance::drain_once(bool mounted) {
  const base::Lock reading(reading_);
  if (mounted) mounts_changed();
  std::size_t size = 0;
  return read_some(size);
}

// Reads once, and routes the events. `size`: the bytes that were read.
bool InotifyInstance::read_some(std::size_t& size) {
  size = 0;
  const ssize_t got = read(inotify_.get(), buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) return false;
  size = static_cast<std::size_t>(got);
  // Mounts made before the last of these events must be known before the events are routed.
  look_at_mounts();
  feed(std::span(buffer_).first(size));
  return true;
}

// The kernel queues an event before the call that caused it returns, so the queue holds everything
// that was done until now. Mostly it is empty, and no thread need be woken.
bool InotifyInstance::has_told_all(InotifyClient& client, ProofToken token) {
  const base::Lock reading(reading_);
  if (!base::has_memory_for([this]() VCS_REQUIRES(reading_) { read_what_waits(); })) lose_track();
  look_at_mounts();
  const base::Lock lock(mutex_);
  InotifyClient::Share& share = of(client);
  if (crew_.is_idle(client) && share.arrived.is_nothing())
    return share.begun && client.track_ == InotifyClient::Track::kept;
  share.arrived.proofs.push_back(token);
  if (share.begun) crew_.call(client);
  return false;
}

// Reads only the bytes that wait now: a program that never stops writing would keep us here.
void InotifyInstance::read_what_waits() {
  int waiting = 0;
  if (ioctl(inotify_.get(), FIONREAD, &waiting) != 0) return;
  std::size_t size = 0;
  for (auto left = static_cast<std::int64_t>(waiting); left > 0;
       left -= static_cast<std::int64_t>(size))
    if (!read_some(size) || size == 0) return;
}

void InotifyInstance::look_at_mounts() {
  pollfd mounts{mounts_.get(), POLLPRI, 0};
  if (poll(&mounts, 1, 0) > 0) mounts_changed();
}

// For lack of memory; needs none.
void InotifyInstance::lose_track() {
  const base::Lock lock(mutex_);
  for (InotifyClient* client : clients_) {
    of(*client).arrived.lost_track = true;
    if (of(*client).begun) crew_.call(*client);
  }
}

void InotifyInstance::mounts_changed() {
  const base::Lock lock(mutex_);
  for (InotifyClient* client : clients_) {
    of(*client).arrived.mounts_changed = true;
    if (of(*client).begun) crew_.call(*client);
  }
}

void InotifyInstance::feed(std::span<const char> events) {
  const base::Lock lock(mutex_);
  each_event(events, [this](const InotifyEvent& event, std::span<const char> bytes)
                         VCS_REQUIRES(mutex_) { deliver(event, bytes); });
}

void InotifyInstance::deliver(const InotifyEvent& event, std::span<const char> bytes) {
  if (event.mask & IN_Q_OVERFLOW) {
    for (InotifyClient* client : clients_) give(*client, bytes);
    return;
  }
  routes_.visit(event.descriptor, [&](const InotifyRoutes::Member& member) VCS_REQUIRES(mutex_) {
    if (event.mask & (member.mask | IN_UNMOUNT | IN_IGNORED)) give(*member.client, bytes);
  });
  if (adding_ > 0 && (event.mask & kEnds)) early_.append(bytes.begin(), bytes.end());
  if (event.mask & IN_IGNORED) forget(event.descriptor);
}

void InotifyInstance::give(InotifyClient& client, std::span<const char> bytes) {
  InotifyClient::Share& share = of(client);
  std::vector<char>& events = share.arrived.events;
  if (events.size() >= share.most_arrived) {
    events = without_most(events);
    share.most_arrived = events.size() + kMostArrived;
  }
  const bool is_first = events.empty();
  append(events, bytes);
  if (is_first && share.begun) crew_.call(client);
}

}  // namespace vcs::agent::watch

#endif
