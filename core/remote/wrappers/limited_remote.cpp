// SPDX-License-Identifier: Apache-2.0
// Puts a semaphore and a token bucket around each call.
#include "core/remote/wrappers/limited_remote.hpp"

#include <algorithm>

#include "core/base/guarded.hpp"

namespace vcs::remote::wrappers {

namespace {

// Thread-safe.
class TokenBucket {
 public:
  TokenBucket(std::uint64_t bytes_per_second, const base::Clock& clock, const base::Sleeper& sleep)
      : rate_(bytes_per_second), clock_(clock), sleep_(sleep) {}

  // Waits until all bytes taken before are within the rate.
  Result<void> wait() {
    if (rate_ == 0) return {};
    base::SteadyNanos paid_at{};
    {
      const auto paid = paid_at_.lock();
      paid_at = *paid;
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
    const auto paid_at = paid_at_.lock();
    *paid_at = std::max(*paid_at, clock_.steady()) + std::chrono::duration_cast<base::Nanos>(cost);
  }

 private:
  const std::uint64_t rate_;
  const base::Clock& clock_;
  const base::Sleeper& sleep_;
  base::Guarded<base::SteadyNanos>
      paid_at_;  // the time at which the bytes taken so far are within the rate
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

  // Takes no slot: the visitor may call the store, and would wait for its own slot.
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
  // Takes one of the concurrent calls, and gives it back in the destructor.
  class Slot {
   public:
    explicit Slot(LimitedRemote& owner) : owner_(owner) {
      if (owner_.limit_ == 0) return;
      base::Lock lock(owner_.mutex_);
      while (owner_.running_ >= owner_.limit_) owner_.freed_.wait(lock);
      ++owner_.running_;
    }
    ~Slot() {
      if (owner_.limit_ == 0) return;
      const base::Lock lock(owner_.mutex_);
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
  base::Mutex mutex_;
  base::Condition freed_;
  std::size_t running_ VCS_GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::unique_ptr<RemoteStore> make_limited_remote(std::unique_ptr<RemoteStore> inner,
                                                 const Limits& limits, const base::Clock& clock,
                                                 base::Sleeper sleep) {
  return std::make_unique<LimitedRemote>(std::move(inner), limits, clock, std::move(sleep));
}

}  // namespace vcs::remote::wrappers
