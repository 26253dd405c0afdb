// SPDX-License-Identifier: Apache-2.0
// Puts a semaphore and a token bucket around each call.
#include "core/remote/wrappers/limited_remote.hpp"

#include <algorithm>
#include <utility>

#include "core/base/guarded.hpp"
#include "core/remote/cancellation.hpp"

namespace vcs::remote::wrappers {

namespace {

// Thread-safe.
class TokenBucket {
 public:
  TokenBucket(std::uint64_t bytes_per_second, const base::Clock& clock, const base::Sleeper& sleep,
              const Cancellation& cancellation)
      : rate_(bytes_per_second), clock_(clock), sleep_(sleep), cancellation_(cancellation) {}

  // Waits until all bytes taken before are within the rate.
  Result<void> wait() {
    if (rate_ == 0) return {};
    base::SteadyNanos paid_at{};
    {
      const auto paid = paid_at_.lock();
      paid_at = *paid;
    }
    const base::SteadyNanos now = clock_.steady();
    if (paid_at > now && !cancellation_.sleep(paid_at - now, sleep_))
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
  const Cancellation& cancellation_;
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
        upload_(limits.upload_bytes_per_second, clock, sleep_, cancellation_),
        download_(limits.download_bytes_per_second, clock, sleep_, cancellation_) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    VCS_TRY(download_.wait());
    auto bytes = inner_->get(name, range);
    if (bytes) download_.take(bytes->size());
    return bytes;
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    return upload(bytes.size(), [&] { return inner_->put(name, bytes, mode); });
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->stat(name);
  }

  // Takes no slot: the visitor may call the store, and would wait for its own slot.
  Result<void> list(const std::string& prefix, const std::string& after,
                    const ObjectVisitor& visitor) override {
    return inner_->list(prefix, after, visitor);
  }

  Result<void> remove(const std::string& name) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->remove(name);
  }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    return upload(bytes.size(), [&] { return inner_->replace_if(name, expected, bytes); });
  }

  Result<std::vector<bool>> has_many(const std::vector<std::string>& names) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->has_many(names);
  }

  Result<std::vector<std::optional<Bytes>>> get_many(
      const std::vector<std::string>& names) override {
    VCS_ASSIGN(const Slot slot, take_slot());
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

  Result<void> remove_many(const std::vector<std::string>& names) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->remove_many(names);
  }

  void cancel() override {
    {
      const base::Lock lock(mutex_);
      cancellation_.set();
      freed_.notify_all();
    }
    inner_->cancel();
  }

  Properties properties() const override {
    Properties properties = inner_->properties();
    if (limit_ != 0) properties.concurrency = std::min(properties.concurrency, limit_);
    return properties;
  }

  Result<std::string> incarnation() override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->incarnation();
  }

  Result<Examination> examine() override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->examine();
  }

  Result<std::unique_ptr<RemoteWatch>> watch(const std::string& prefix,
                                             std::function<void()> on_change) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->watch(prefix, std::move(on_change));
  }

  Result<void> retain(const std::vector<std::string>& names, base::UnixNanos until) override {
    VCS_ASSIGN(const Slot slot, take_slot());
    return inner_->retain(names, until);
  }

 private:
  // One of the concurrent calls, given back in the destructor.
  class Slot {
   public:
    explicit Slot(LimitedRemote& owner) : owner_(&owner) {}
    Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Slot(const Slot&) = delete;
    ~Slot() {
      if (owner_ != nullptr) owner_->give_back_slot();
    }

   private:
    LimitedRemote* owner_;
  };

  Result<Slot> take_slot() {
    base::Lock lock(mutex_);
    while (limit_ != 0 && running_ >= limit_ && !cancellation_.is_set()) freed_.wait(lock);
    VCS_TRY(cancellation_.check());
    ++running_;
    return Slot(*this);
  }

  void give_back_slot() {
    const base::Lock lock(mutex_);
    --running_;
    freed_.notify_one();
  }

  template <typename Call>
  Result<void> upload(std::uint64_t bytes, const Call& call) {
    VCS_ASSIGN(const Slot slot, take_slot());
    VCS_TRY(upload_.wait());
    auto result = call();
    upload_.take(bytes);
    return result;
  }

  const std::unique_ptr<RemoteStore> inner_;
  const base::Sleeper sleep_;
  const std::size_t limit_;
  Cancellation cancellation_;
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
