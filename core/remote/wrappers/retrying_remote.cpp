// SPDX-License-Identifier: Apache-2.0
// The retry loop, written once for all calls.
#include "core/remote/wrappers/retrying_remote.hpp"

#include <algorithm>

#include "core/remote/cancellation.hpp"

namespace vcs::remote::wrappers {

namespace {

class RetryingRemote final : public RemoteStore {
 public:
  RetryingRemote(std::unique_ptr<RemoteStore> inner, const RetryOptions& options,
                 base::Random& random, base::Sleeper sleep)
      : inner_(std::move(inner)), options_(options), random_(random), sleep_(std::move(sleep)) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    return retry([&](bool) { return inner_->get(name, range); });
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    return retry([&](bool again) {
      return unless_written(inner_->put(name, bytes, mode), again, ErrorCode::already_exists, name,
                            bytes);
    });
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    return retry([&](bool) { return inner_->stat(name); });
  }

  // Names come in order, so each attempt asks only for those after the last visited one. The
  // attempts are counted anew when a name came: a long listing may break more often than that.
  Result<void> list(const std::string& prefix, const std::string& after,
                    const ObjectVisitor& visitor) override {
    std::string last = after;
    bool stopped = false;
    const auto visit = [&](const ObjectInfo& info) {
      last = info.name;
      stopped = !visitor(info);
      return !stopped;
    };
    while (true) {
      const std::string from = last;
      auto listed = retry([&](bool) -> Result<void> {
        if (stopped) return {};
        return inner_->list(prefix, last, visit);
      });
      const bool broke = !listed && listed.error().code == ErrorCode::unavailable;
      if (!broke || last == from) return listed;
    }
  }

  Result<void> remove(const std::string& name) override {
    return retry([&](bool) { return inner_->remove(name); });
  }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    return retry([&](bool again) {
      return unless_written(inner_->replace_if(name, expected, bytes), again,
                            ErrorCode::precondition_failed, name, bytes);
    });
  }

  Result<std::vector<bool>> has_many(const std::vector<std::string>& names) override {
    return retry([&](bool) { return inner_->has_many(names); });
  }

  Result<std::vector<std::optional<Bytes>>> get_many(
      const std::vector<std::string>& names) override {
    return retry([&](bool) { return inner_->get_many(names); });
  }

  // After a failure, puts the objects one by one, as some may be there already.
  Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode) override {
    if (stop_asked()) return stopped();
    auto result = inner_->put_many(objects, mode);
    if (result || result.error().code != ErrorCode::unavailable) return result;
    if (!pause(0)) return stopped();
    for (const NamedBytes& object : objects) {
      auto put = retry([&](bool) {
        return unless_written(inner_->put(object.name, object.bytes, mode), true,
                              ErrorCode::already_exists, object.name, object.bytes);
      });
      if (!put) return put;
    }
    return {};
  }

  Result<void> remove_many(const std::vector<std::string>& names) override {
    return retry([&](bool) { return inner_->remove_many(names); });
  }

  void cancel() override {
    cancellation_.set();
    inner_->cancel();
  }

  Properties properties() const override { return inner_->properties(); }

  Result<std::string> incarnation() override {
    return retry([&](bool) { return inner_->incarnation(); });
  }

  Result<Examination> examine() override {
    return retry([&](bool) { return inner_->examine(); });
  }

  Result<std::unique_ptr<RemoteWatch>> watch(const std::string& prefix,
                                             std::function<void()> on_change) override {
    return retry([&](bool) { return inner_->watch(prefix, on_change); });
  }

  Result<void> retain(const std::vector<std::string>& names, base::UnixNanos until) override {
    return retry([&](bool) { return inner_->retain(names, until); });
  }

 private:
  bool stop_asked() const {
    return cancellation_.is_set() || (options_.cancel != nullptr && options_.cancel->load());
  }
  static Failure stopped() {
    return fail(ErrorCode::cancelled, "stopped before the remote answered");
  }

  // False: the caller must stop.
  bool pause(std::size_t attempt) {
    base::Nanos longest = options_.first_pause;
    for (std::size_t i = 0; i < attempt && longest < options_.longest_pause; ++i) longest *= 2;
    longest = std::min(longest, options_.longest_pause);
    const auto half = static_cast<std::uint64_t>(longest.count()) / 2;
    const base::Nanos chosen(static_cast<std::int64_t>(half + random_.next() % (half + 1)));
    return !stop_asked() && cancellation_.sleep(chosen, sleep_) && !stop_asked();
  }

  // `call(again)`: again is true after the first attempt.
  template <typename Call>
  auto retry(const Call& call) -> decltype(call(false)) {
    if (stop_asked()) return stopped();
    for (std::size_t attempt = 0;; ++attempt) {
      auto result = call(attempt > 0);
      if (result || result.error().code != ErrorCode::unavailable) return result;
      if (attempt + 1 >= options_.attempts) return result;
      if (!pause(attempt)) return stopped();
    }
  }

  // `result`, or success if it failed with `code` because an earlier attempt wrote the object.
  Result<void> unless_written(Result<void> result, bool again, ErrorCode code,
                              const std::string& name, ByteView bytes) {
    if (result || !again || result.error().code != code) return result;
    auto there = inner_->get(name, {});
    if (!there)
      return there.error().code == ErrorCode::unavailable ? tl::unexpected(there.error()) : result;
    if (!std::equal(there->begin(), there->end(), bytes.begin(), bytes.end())) return result;
    return {};
  }

  const std::unique_ptr<RemoteStore> inner_;
  const RetryOptions options_;
  base::Random& random_;
  const base::Sleeper sleep_;
  Cancellation cancellation_;
};

}  // namespace

std::unique_ptr<RemoteStore> make_retrying_remote(std::unique_ptr<RemoteStore> inner,
                                                  const RetryOptions& options, base::Random& random,
                                                  base::Sleeper sleep) {
  return std::make_unique<RetryingRemote>(std::move(inner), options, random, std::move(sleep));
}

}  // namespace vcs::remote::wrappers
