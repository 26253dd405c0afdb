// SPDX-License-Identifier: Apache-2.0
// The one inotify instance of the agent, shared by the watchers of all its folders.
//
// The system gives a user few instances (128), and each has a queue of 16,384 events, which a busy
// program fills in less than a tenth of a second. One thread only drains the queue and routes each
// event to the clients that own its watch. The threads of a crew process the events of the clients.
//
// There is one queue, so an event that the kernel drops may have been of any client: all clients
// learn of the loss. A client whose own queue grows too long, because its disk does not answer,
// loses events alone.
#pragma once
#ifdef __linux__

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "agent/watch/crew.hpp"
#include "agent/watch/inotify_events.hpp"
#include "agent/watch/inotify_routes.hpp"
#include "agent/watch/watch_source.hpp"
#include "agent/watch/watcher.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/base/result.hpp"

namespace vcs::agent::watch {

struct InotifyOptions {
  double limit_share = 0.8;
  // Replaces the limit that the system has in fs.inotify.max_user_watches.
  std::optional<std::uint64_t> system_limit;
};

class InotifyInstance;

// One user of the shared instance: the watches of a tree, and a queue of their events. One thread
// at a time passes the content of the queue to process(), in the order of the kernel.
class InotifyClient : public WatchSource, private Crew::Member {
 public:
  explicit InotifyClient(std::shared_ptr<InotifyInstance> instance)
      : instance_(std::move(instance)) {}

  ~InotifyClient() override;

  int add(int folder, std::uint32_t mask, WatchUse use) override;
  void remove(int descriptor) override;
  bool find_room() override;

 protected:
  // What arrived since the last process().
  struct Arrived {
    std::vector<char> events;
    std::vector<ProofToken> proofs;  // `events` holds all events from before they were asked for
    bool mounts_changed = false;
    bool room_was_made = false;    // by other clients; polled folders may get watches
    std::uint64_t to_give_up = 0;  // watches that other clients have a right to
    bool lost_track = false;       // there was no memory for what arrived
    // Holds nothing about the disk; requests about watches may be in it.
    bool is_nothing() const {
      return events.empty() && proofs.empty() && !mounts_changed && !lost_track;
    }
  };
  // True: process() is called again after Crew::kRecall, even if nothing arrives.
  virtual bool process(Arrived arrived) = 0;
  // There was no memory for what arrived, or process() threw for lack of it: the watches are not
  // known any more, and process() is not called again. This is called until it does not throw.
  virtual void lost_track() = 0;

  // Queues events from now on. no_space: the system has no instance left.
  Result<void> join();
  void begin();  // process() may be called from now on
  void call();   // calls process() soon, whether or not anything arrived
  // process() does not run any more when this returns. Remove the watches after it.
  void leave();
  // True if process() has had the events of everything that was done before this call. Else `token`
  // arrives behind these events.
  bool has_told_all(ProofToken token);
  InotifyInstance& instance() const { return *instance_; }

 private:
  friend class InotifyInstance;
  bool serve() final;
  bool serve_once();

  struct Share {
    Arrived arrived;
    std::size_t most_arrived = 0;  // bytes of events; past it some are lost
    std::uint64_t watches = 0;     // that count
    std::uint64_t giving_up = 0;   // of them, those that process() is about to remove
    bool begun = false;
    bool waits_for_room = false;
    bool was_refused = false;  // while others were adding, who may not have needed what they asked
  };

  const std::shared_ptr<InotifyInstance> instance_;
  Share share_;  // of InotifyInstance::of() alone
  enum class Track { kept, lost, told };
  // Used without a lock by the thread that serves the client; the instance reads it when none does.
  Track track_ = Track::kept;
};

// One descriptor of inotify for all trees. It has many members because the limit of watches, the
// routes and the queue belong to the descriptor, and its thread. Thread-safe.
class InotifyInstance {
 public:
  InotifyInstance(const base::Log& log, const InotifyOptions& options);
  ~InotifyInstance();  // no client is left

  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const { return limit_; }  // 0: none
  void read_limit();                              // reads it again; it may have been raised
  // The queue cannot be read any more.
  bool is_blind() const { return blind_; }
  // `giver` has given up the watches that it was asked for: tells the clients that wait for them.
  void made_room(InotifyClient& giver);
  // Takes events as the kernel writes them. Public for tests.
  void feed(std::span<const char> bytes);

 private:
  friend class InotifyClient;
  // The mutex guards this part of a client, too.
  InotifyClient::Share& of(InotifyClient& client) VCS_REQUIRES(mutex_) { return client.share_; }
  Result<void> join(InotifyClient& client);
  void begin(InotifyClient& client);
  void leave(InotifyClient& client);
  void forget(InotifyClient& client);
  InotifyClient::Arrived take(InotifyClient& client);
  bool has_told_all(InotifyClient& client, ProofToken token);
  int add(InotifyClient& client, int folder, std::uint32_t mask, WatchUse use);
  void remove(InotifyClient& client, int descriptor);
  bool has_room(WatchUse use) const VCS_REQUIRES(mutex_);
  bool find_room(InotifyClient& client) VCS_REQUIRES(mutex_);

  Result<void> open_queue() VCS_REQUIRES(mutex_);
  void drain();
  bool drain_once(bool mounted);
  bool read_some(std::size_t& size) VCS_REQUIRES(reading_);
  void read_what_waits() VCS_REQUIRES(reading_);
  void look_at_mounts() VCS_REQUIRES(reading_);
  void mounts_changed();
  void lose_track();
  void added(InotifyClient& client, int descriptor, std::uint32_t mask, bool counted)
      VCS_REQUIRES(mutex_);
  void forget(int descriptor) VCS_REQUIRES(mutex_);
  void deliver(const InotifyEvent& event, std::span<const char> bytes) VCS_REQUIRES(mutex_);
  void give(InotifyClient& client, std::span<const char> bytes) VCS_REQUIRES(mutex_);
  void end_watches() VCS_REQUIRES(mutex_);
  void ask_for_room(InotifyClient& poor) VCS_REQUIRES(mutex_);
  void tell_of_room(InotifyClient& client) VCS_REQUIRES(mutex_);
  void all_added() VCS_REQUIRES(mutex_);

  base::Log log_;
  const InotifyOptions options_;
  std::atomic<std::uint64_t> system_limit_{0}, limit_{0}, used_{0};
  std::atomic<bool> blind_{false};
  base::FileDescriptor inotify_, stop_signal_;
  base::FileDescriptor mounts_;  // becomes ready when anything is mounted or unmounted
  Crew crew_;

  base::Mutex reading_;  // taken before mutex_: events are passed on in the order of the kernel
  std::vector<char> buffer_ VCS_GUARDED_BY(reading_);
  mutable base::Mutex mutex_;
  std::set<InotifyClient*> clients_ VCS_GUARDED_BY(mutex_);
  InotifyRoutes routes_ VCS_GUARDED_BY(mutex_);
  // Calls of add() that the kernel has not answered.
  std::size_t adding_ VCS_GUARDED_BY(mutex_) = 0;
  // Watches of nobody, ended when nothing is being added.
  std::unordered_set<int> unwanted_ VCS_GUARDED_BY(mutex_);
  // Ends of watches that may be being added.
  std::string early_ VCS_GUARDED_BY(mutex_);
  std::thread drainer_;
};

}  // namespace vcs::agent::watch

#endif
