// SPDX-License-Identifier: Apache-2.0
// Locks, and what each of them guards: it lies in the lock (Guarded), or says whose it is
// (VCS_GUARDED_BY). Clang's build finds who touches it without the lock. docs/decisions/locks.md
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <utility>

// Nothing for other compilers, which know of no such attributes.
#if defined(__clang__)
#define VCS_THREAD_ATTRIBUTE(...) __attribute__((__VA_ARGS__))
#else
#define VCS_THREAD_ATTRIBUTE(...)
#endif

// --- Of a member ---

// It is read and written with the lock only.
#define VCS_GUARDED_BY(mutex) VCS_THREAD_ATTRIBUTE(guarded_by(mutex))

// --- Of a function ---

// Whoever calls it has the lock, and keeps it.
#define VCS_REQUIRES(...) VCS_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
// As above; of a lock that readers share, their half is enough.
#define VCS_REQUIRES_SHARED(...) VCS_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
// Whoever calls it does not have the lock, for it is taken here.
#define VCS_EXCLUDES(...) VCS_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
// What it returns is this lock.
#define VCS_RETURNS_LOCK(mutex) VCS_THREAD_ATTRIBUTE(lock_returned(mutex))
// What is in it is not checked; a comment says why it is right. Its callers are.
#define VCS_NO_THREAD_CHECK VCS_THREAD_ATTRIBUTE(no_thread_safety_analysis)

// --- Of the locks below ---

#define VCS_ACQUIRES(...) VCS_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define VCS_ACQUIRES_SHARED(...) VCS_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define VCS_ACQUIRES_IF(...) VCS_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define VCS_RELEASES(...) VCS_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

namespace vcs::base {

// std::mutex, which clang can follow. Held by a Lock.
class VCS_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() VCS_ACQUIRES() { mutex_.lock(); }
  bool try_lock() VCS_ACQUIRES_IF(true) { return mutex_.try_lock(); }
  void unlock() VCS_RELEASES() { mutex_.unlock(); }

 private:
  friend class Lock;
  std::mutex mutex_;
};

// Has a mutex while it lives, but between unlock() and lock().
class VCS_THREAD_ATTRIBUTE(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) VCS_ACQUIRES(mutex) : lock_(mutex.mutex_) {}
  // Takes over what the caller has, from try_lock().
  Lock(Mutex& mutex, std::adopt_lock_t adopt) VCS_REQUIRES(mutex) : lock_(mutex.mutex_, adopt) {}
  ~Lock() VCS_RELEASES() {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void lock() VCS_ACQUIRES() { lock_.lock(); }
  void unlock() VCS_RELEASES() { lock_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

// std::condition_variable for a Lock. It wakes for no reason, too: whoever waits asks in a loop
// whether what it waits for has come. A loop, unlike a lambda, is known to have the lock.
class Condition {
 public:
  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }
  // Gives the mutex back meanwhile.
  void wait(Lock& lock) { condition_.wait(lock.lock_); }
  // False: the time is over.
  bool wait_until(Lock& lock, std::chrono::steady_clock::time_point end) {
    return condition_.wait_until(lock.lock_, end) == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable condition_;
};

// std::shared_mutex, held by a ReadLock or a WriteLock.
class VCS_THREAD_ATTRIBUTE(capability("shared mutex")) SharedMutex {
 private:
  friend class ReadLock;
  friend class WriteLock;
  std::shared_mutex mutex_;
};

// Shares the mutex with other readers while it lives.
class VCS_THREAD_ATTRIBUTE(scoped_lockable) ReadLock {
 public:
  explicit ReadLock(SharedMutex& mutex) VCS_ACQUIRES_SHARED(mutex) : lock_(mutex.mutex_) {}
  ~ReadLock() VCS_RELEASES() {}
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

// Has the mutex alone while it lives.
class VCS_THREAD_ATTRIBUTE(scoped_lockable) WriteLock {
 public:
  explicit WriteLock(SharedMutex& mutex) VCS_ACQUIRES(mutex) : lock_(mutex.mutex_) {}
  ~WriteLock() VCS_RELEASES() {}
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

// A value that nobody reaches without its lock, whatever compiles it.
//
//   base::Guarded<std::vector<Error>> errors;
//   errors.lock()->push_back(error);  // with the lock up to the end of the statement
//   const auto told = errors.lock();  // and here as long as `told` lives
template <typename T>
class Guarded {
 public:
  // The value, and its lock.
  template <typename Value>
  class Access {
   public:
    Value* operator->() const { return &value_; }
    Value& operator*() const& { return value_; }
    // A reference would outlive the lock.
    Value& operator*() const&& = delete;

   private:
    friend class Guarded;
    Access(std::mutex& mutex, Value& value) : lock_(mutex), value_(value) {}
    const std::lock_guard<std::mutex> lock_;
    Value& value_;
  };

  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  [[nodiscard]] Access<T> lock() { return {mutex_, value_}; }
  [[nodiscard]] Access<const T> lock() const { return {mutex_, value_}; }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace vcs::base
