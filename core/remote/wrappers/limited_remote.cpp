// SPDX-License-Identifier: Apache-2.0
// A semaphore and a token bucket around each call.
#include "core/remote/wrappers/limited_remote.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace vcs::remote::wrappers {

namespace {

// Thread-safe.
class TokenBucket {
 public:
  TokenBucket(std::uint64_t bytes_per_second, const base::Clock& clock, const base::Sleeper& sleep)
      : rate_(bytes_per_second), clock_(clock), sleep_(sleep) {}

  // Waits until all that was taken before is paid for.
  Result<void> wait() {
    if (rate_ == 0) return {};
    base::SteadyNanos paid_at{};
    {
      const std::lock_guard lock(mutex_);
      paid_at = paid_at_;
    }
    const base::SteadyNanos now = clock_.steady();
    if (paid_at > now && !sleep_(paid_at - now))
      return fail(ErrorCode::cancelled, "stopped while waiting for bandwidth");
    return {};
  }

  void take(std::uint64_t bytes) {
    if (rate_ == 0) return;
    const std::chrono::duration<double> cost(static_cast<double>(bytes) /
                                             static_cast<double>(rate_));
    const std::lock_guard lock(mutex_);
    paid_at_ = std::max(paid_at_, clock_.steady()) + std::chrono::duration_cast<base::Nanos>(cost);
  }

 private:
  const std::uint64_t rate_;
  const base::Clock& clock_;
  const base::Sleeper& sleep_;
  std::mutex mutex_;
  base::SteadyNanos paid_at_{};  // when the bytes taken so far are within the rate
};

class LimitedRemote final : public RemoteStore {
 public:
  LimitedRemote(std::unique_ptr<RemoteStore> inner, const Limits& limits, const base::Clock& clock,
                base::Sleeper sleep)
      : inner_(std::move(inner)),
        sleep_(std::move(sleep)),
        limit_(limits.concurrent_calls),
        upload_(limits.upload_bytes_per_second, clock, sleep_),
        download_(limits.download_bytes_per_second, clock, sleep_) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    const Slot slot(*this);
    VCS_TRY(download_.wait());
    auto bytes = inner_->get(name, range);
    if (bytes) download_.take(bytes->size());
    return bytes;
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    return upload(bytes.size(), [&] { return inner_->put(name, bytes, mode); });
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    const Slot slot(*this);
    return inner_->stat(name);
  }

  // No slot is held: the visitor may call the store, and would wait for itself.
  Result<void> list(const std::string& prefix,
                    const std::function<bool(const ObjectInfo&)>& visitor) override {
    return inner_->list(prefix, visitor);
  }

  Result<void> remove(const std::string& name) override {
    const Slot slot(*this);
    return inner_->remove(name);
  }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    return upload(bytes.size(), [&] { return inner_->replace_if(name, expected, bytes); });
  }

  Result<std::vector<bool>> has_many(const std::vector<std::string>& names) override {
    const Slot slot(*this);
    return inner_->has_many(names);
  }

  Result<std::vector<std::optional<Bytes>>> get_many(
      const std::vector<std::string>& names) override {
    const Slot slot(*this);
    VCS_TRY(download_.wait());
    auto objects = inner_->get_many(names);
    if (objects)
      for (const auto& bytes : *objects) download_.take(bytes ? bytes->size() : 0);
    return objects;
  }

  Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode) override {
    std::uint64_t bytes = 0;
    for (const NamedBytes& object : objects) bytes += object.bytes.size();
    return upload(bytes, [&] { return inner_->put_many(objects, mode); });
  }

  Properties properties() const override {
    Properties properties = inner_->properties();
    if (limit_ != 0) properties.concurrency = std::min(properties.concurrency, limit_);
    return properties;
  }

 private:
  // One of the calls at once, while it lives.
  class Slot {
   public:
    explicit Slot(LimitedRemote& owner) : owner_(owner) {
      if (owner_.limit_ == 0) return;
      std::unique_lock lock(owner_.mutex_);
      owner_.freed_.wait(lock, [&] { return owner_.running_ < owner_.limit_; });
      ++owner_.running_;
    }
    ~Slot() {
      if (owner_.limit_ == 0) return;
      const std::lock_guard lock(owner_.mutex_);
      --owner_.running_;
      owner_.freed_.notify_one();
    }
    Slot(const Slot&) = delete;

   private:
    LimitedRemote& owner_;
  };

  template <typename Call>
  Result<void> upload(std::uint64_t bytes, const Call& call) {
    const Slot slot(*this);
    VCS_TRY(upload_.wait());
    auto result = call();
    upload_.take(bytes);
    return result;
  }

  const std::unique_ptr<RemoteStore> inner_;
  const base::Sleeper sleep_;
  const std::size_t limit_;
  TokenBucket upload_;
  TokenBucket download_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<RemoteStore> make_limited_remote(std::unique_ptr<RemoteStore> inner,
                                                 const Limits& limits, const base::Clock& clock,
                                                 base::Sleeper sleep) {
  return std::make_unique<LimitedRemote>(std::move(inner), limits, clock, std::move(sleep));
}

}  // namespace vcs::remote::wrappers
