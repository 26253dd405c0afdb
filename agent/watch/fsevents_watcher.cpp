// SPDX-License-Identifier: Apache-2.0
// One stream on a dispatch queue. Compiled on macOS only, and not run there by its authors.
#ifdef __APPLE__
#include "agent/watch/fsevents_watcher.hpp"

#include <CoreServices/CoreServices.h>
#include <dispatch/dispatch.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

namespace vcs::agent::watch {
namespace {

// With a longer latency the system drops events under load; a shorter one gains nothing.
constexpr CFTimeInterval kLatency = 0.01;
constexpr FSEventStreamEventFlags kDropped =
    kFSEventStreamEventFlagMustScanSubDirs | kFSEventStreamEventFlagUserDropped |
    kFSEventStreamEventFlagKernelDropped | kFSEventStreamEventFlagEventIdsWrapped;

// Events name real paths: /var is /private/var.
Result<std::string> real_path(const std::string& path) {
  char* found = realpath(path.c_str(), nullptr);
  if (found == nullptr) return base::fail_errno(errno, "cannot watch " + path);
  std::string real = found;
  free(found);
  return real;
}

// The part of `path` below `folder`; "" for the folder itself, nothing if it lies elsewhere.
std::optional<std::string> below(std::string_view path, std::string_view folder) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return std::string();
  if (path.front() != '/') return std::nullopt;
  return std::string(path.substr(1));
}

class FsEventsWatcher final : public Watcher {
 public:
  explicit FsEventsWatcher(const base::Log& log) : log_(log) {}
  ~FsEventsWatcher() override;

  Result<void> start(const std::string& root, const std::string& cookie_folder, WatchSink sink,
                     FolderFilter skip) override;
  void ask_for_proof(ProofToken token) override;
  void refresh(const std::string& path) override;
  WatchUsage usage() const override;

 private:
  Result<void> open_stream();
  void take(const char* path, FSEventStreamEventFlags flags, std::vector<Change>& batch);
  void tell(std::vector<Change>& batch);
  void take_cookie(ProofToken token);
  void root_changed();

  base::Log log_;
  WatchSink sink_;
  std::string root_, cookie_folder_;
  FSEventStreamRef stream_ = nullptr;
  dispatch_queue_t queue_ = nullptr;
  std::atomic<std::uint64_t> lost_{0};
};

FsEventsWatcher::~FsEventsWatcher() {
  if (stream_ != nullptr) {
    FSEventStreamStop(stream_);
    FSEventStreamInvalidate(stream_);
    FSEventStreamRelease(stream_);
  }
  if (queue_ == nullptr) return;
  // Blocks on the queue still use this object: wait for them.
  dispatch_sync_f(queue_, nullptr, [](void*) {});
  dispatch_release(queue_);
}

Result<void> FsEventsWatcher::start(const std::string& root, const std::string& cookie_folder,
                                    WatchSink sink, FolderFilter) {
  VCS_ASSIGN(root_, real_path(root));
  if (mkdir(cookie_folder.c_str(), 0700) != 0 && errno != EEXIST)
    return base::fail_errno(errno, "cannot watch " + root + ": " + cookie_folder);
  VCS_ASSIGN(cookie_folder_, real_path(cookie_folder));
  sink_ = std::move(sink);
  queue_ = dispatch_queue_create("dev.vcsd.watch", DISPATCH_QUEUE_SERIAL);
  return open_stream();
}

Result<void> FsEventsWatcher::open_stream() {
  CFStringRef paths[2] = {
      CFStringCreateWithFileSystemRepresentation(nullptr, root_.c_str()),
      CFStringCreateWithFileSystemRepresentation(nullptr, cookie_folder_.c_str())};
  if (paths[0] == nullptr || paths[1] == nullptr) {
    for (CFStringRef path : paths)
      if (path != nullptr) CFRelease(path);
    return fail(ErrorCode::invalid, "cannot watch {}: the system does not take the name", root_);
  }
  CFArrayRef list =
      CFArrayCreate(nullptr, reinterpret_cast<const void**>(paths), 2, &kCFTypeArrayCallBacks);
  FSEventStreamContext context{0, this, nullptr, nullptr, nullptr};
  const auto callback = [](ConstFSEventStreamRef, void* self, size_t count, void* event_paths,
                           const FSEventStreamEventFlags* flags, const FSEventStreamEventId*) {
    auto& watcher = *static_cast<FsEventsWatcher*>(self);
    std::vector<Change> batch;
    for (size_t each = 0; each < count; ++each)
      watcher.take(static_cast<char**>(event_paths)[each], flags[each], batch);
    watcher.tell(batch);
  };
  stream_ = FSEventStreamCreate(
      nullptr, callback, &context, list, kFSEventStreamEventIdSinceNow, kLatency,
      kFSEventStreamCreateFlagFileEvents | kFSEventStreamCreateFlagWatchRoot |
          kFSEventStreamCreateFlagNoDefer);
  CFRelease(list);
  for (CFStringRef path : paths) CFRelease(path);
  if (stream_ == nullptr) return fail(ErrorCode::io, "cannot watch {}: no stream", root_);
  FSEventStreamSetDispatchQueue(stream_, queue_);
  if (FSEventStreamStart(stream_)) return {};
  return fail(ErrorCode::io, "cannot watch {}: the stream does not start", root_);
}

void FsEventsWatcher::take(const char* path, FSEventStreamEventFlags flags,
                           std::vector<Change>& batch) {
  if (flags & (kFSEventStreamEventFlagUserDropped | kFSEventStreamEventFlagKernelDropped)) ++lost_;
  if (flags & kFSEventStreamEventFlagRootChanged) {
    tell(batch);
    return root_changed();
  }
  if (const auto cookie = below(path, cookie_folder_); cookie && !cookie->empty()) {
    if (flags & kFSEventStreamEventFlagItemCreated) {
      tell(batch);
      // A cookie of another agent may be no number: it is ignored.
      ProofToken token = 0;
      const char* end = cookie->data() + cookie->size();
      if (std::from_chars(cookie->data(), end, token).ptr == end) take_cookie(token);
    }
    return;
  }
  auto relative = below(path, root_);
  const bool everything =
      (flags & (kFSEventStreamEventFlagUserDropped | kFSEventStreamEventFlagKernelDropped |
                kFSEventStreamEventFlagEventIdsWrapped)) != 0;
  if (everything) relative = "";
  if (!relative) return;
  if ((flags & kFSEventStreamEventFlagUnmount) && relative->empty()) {
    tell(batch);
    if (sink_.root) sink_.root(RootEvent::unmounted);
    return;
  }
  Change change;
  change.path = std::move(*relative);
  // A folder that appeared or was renamed brings its content, for which no events follow.
  const bool folder_moved =
      (flags & kFSEventStreamEventFlagItemIsDir) &&
      (flags & (kFSEventStreamEventFlagItemCreated | kFSEventStreamEventFlagItemRenamed |
                kFSEventStreamEventFlagItemRemoved));
  change.recursive = (flags & kDropped) != 0 || folder_moved ||
                     (flags & (kFSEventStreamEventFlagMount | kFSEventStreamEventFlagUnmount));
  // FSEvents joins the flags of several events on one path; lstat() shows which was the last.
  struct stat stat {};
  change.deleted =
      (flags & (kFSEventStreamEventFlagItemRemoved | kFSEventStreamEventFlagItemRenamed)) &&
      lstat(path, &stat) != 0 && errno == ENOENT;
  batch.push_back(std::move(change));
}

void FsEventsWatcher::tell(std::vector<Change>& batch) {
  if (!batch.empty() && sink_.changes) sink_.changes(std::exchange(batch, {}));
  batch.clear();
}

// Makes one small file in our own folder, later than everything before the call. Another thread
// makes and removes it, because the disk may hang.
void FsEventsWatcher::ask_for_proof(ProofToken token) {
  if (queue_ == nullptr) return;
  auto* path = new std::string(cookie_folder_ + "/" + std::to_string(token));
  dispatch_async_f(dispatch_get_global_queue(QOS_CLASS_USER_INITIATED, 0), path, [](void* context) {
    const std::unique_ptr<std::string> own(static_cast<std::string*>(context));
    const int file = open(own->c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    close(file);
    unlink(own->c_str());
  });
}

// Flushes the stream before it passes the proof on. It must not wait on the queue that delivers the
// events, so it puts the cookie at the end of the queue, behind the flush.
void FsEventsWatcher::take_cookie(ProofToken token) {
  struct Cookie {
    FsEventsWatcher* watcher;
    ProofToken token;
  };
  FSEventStreamFlushAsync(stream_);
  auto* cookie = new Cookie{this, token};
  const auto pass_on = [](void* context) {
    const std::unique_ptr<Cookie> own(static_cast<Cookie*>(context));
    if (own->watcher->sink_.proven) own->watcher->sink_.proven(own->token);
  };
  dispatch_async_f(queue_, cookie, pass_on);
}

void FsEventsWatcher::root_changed() {
  struct stat stat {};
  const bool is_there = ::stat(root_.c_str(), &stat) == 0;
  if (sink_.root) sink_.root(is_there ? RootEvent::moved : RootEvent::gone);
}

// FSEvents is recursive by itself: the caller only needs to scan the path again.
void FsEventsWatcher::refresh(const std::string& path) {
  if (queue_ == nullptr) return;
  struct Request {
    FsEventsWatcher* watcher;
    std::string path;
  };
  auto* request = new Request{this, path};
  dispatch_async_f(queue_, request, [](void* context) {
    const std::unique_ptr<Request> own(static_cast<Request*>(context));
    std::vector<Change> batch{{own->path, true, false, false}};
    own->watcher->tell(batch);
  });
}

WatchUsage FsEventsWatcher::usage() const {
  WatchUsage usage;
  usage.lost_events = lost_;
  return usage;
}

}  // namespace

std::unique_ptr<Watcher> make_fsevents_watcher(const base::Log& log) {
  return std::make_unique<FsEventsWatcher>(log);
}

}  // namespace vcs::agent::watch

#endif
