// SPDX-License-Identifier: Apache-2.0
// An inotify queue of its own, with a watch for the lock and one for each folder.
#include "agent/watch/place_watch.hpp"

#ifdef __linux__
#include <sys/inotify.h>
#endif
#include <unistd.h>

namespace vcs::agent::watch {

#ifdef __linux__

namespace {

constexpr std::uint32_t kGoing =
    IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::string folder_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

}  // namespace

PlaceWatch::PlaceWatch(uv_loop_t* loop, std::function<void()> told)
    : queue_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), told_(std::move(told)) {
  if (!queue_.valid()) return;
  if (uv_poll_init(loop, &handle_, queue_.get()) != 0) {
    queue_.reset();
    return;
  }
  handle_.data = this;
  uv_poll_start(&handle_, UV_READABLE, [](uv_poll_t* handle, int, int) {
    static_cast<PlaceWatch*>(handle->data)->drain();
  });
}

void PlaceWatch::close() {
  if (queue_.valid()) uv_close(reinterpret_cast<uv_handle_t*>(&handle_), nullptr);
}

// A name that is watched already keeps its watch.
void PlaceWatch::watch(const std::string& lock, const std::string& socket) {
  if (!queue_.valid()) return;
  // IN_ATTRIB also reports its removal: the file is held open, so only its number of links changes.
  inotify_add_watch(queue_.get(), lock.c_str(), IN_OPEN | IN_ATTRIB | IN_MOVE_SELF);
  for (const std::string& path : {lock, socket})
    inotify_add_watch(queue_.get(), folder_of(path).c_str(), kGoing);
}

void PlaceWatch::drain() {
  alignas(inotify_event) char events[4096];
  while (read(queue_.get(), events, sizeof events) > 0) {
  }
  told_();
}

#else

PlaceWatch::PlaceWatch(uv_loop_t*, std::function<void()> told) : told_(std::move(told)) {}
void PlaceWatch::close() {}
void PlaceWatch::watch(const std::string&, const std::string&) {}
void PlaceWatch::drain() {}

#endif

}  // namespace vcs::agent::watch
