// SPDX-License-Identifier: Apache-2.0
// Sends each call through the simulated weather.
#include "tests/simulation/faulty_remote.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "core/remote/layout/remote_layout.hpp"

namespace vcs::test {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::Result;
using remote::ObjectInfo;
using remote::PutMode;

// A list may leave out objects that are younger.
constexpr base::Nanos kFresh = std::chrono::minutes(1);
// The longest time of a call on the way there, and again on the way back.
constexpr std::chrono::milliseconds kDistance(40);
// A wrapper that waits asks this often whether it must stop.
constexpr base::Nanos kNap = std::chrono::milliseconds(500);

class FaultyRemote final : public remote::RemoteStore {
 public:
  FaultyRemote(FaultyRemotes::Machine& machine, SimulatedLoop& loop, const base::Clock& clock,
               SeededRandom& random, const std::function<bool()>& is_dead)
      : machine_(machine),
        inner_(remote::drivers::make_memory_remote(machine.objects)),
        loop_(loop),
        clock_(clock),
        random_(random),
        is_dead_(is_dead) {}

  Result<Bytes> get(const std::string& name, remote::ByteRange range) override {
    return through([&] { return inner_->get(name, range); });
  }
  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    return through([&]() -> Result<void> {
      const bool large = name.starts_with(remote::layout::kPacksPrefix) ||
                         name.starts_with(remote::layout::kIndexPrefix);
      if (large && mode == PutMode::if_absent && machine_.weather.partial_puts && random_.one_in(8))
        return keep_half(name, bytes);
      return noted(name, inner_->put(name, bytes, mode));
    });
  }
  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    return through([&] { return inner_->stat(name); });
  }
  Result<void> list(const std::string& prefix, const std::string& after,
                    const remote::ObjectVisitor& visitor) override {
    return through([&] {
      return inner_->list(prefix, after,
                          [&](const ObjectInfo& info) { return hidden(info) || visitor(info); });
    });
  }
  Result<void> remove(const std::string& name) override {
    return through([&] { return inner_->remove(name); });
  }
  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    return through([&] { return noted(name, inner_->replace_if(name, expected, bytes)); });
  }
  void cancel() override { inner_->cancel(); }
  Result<std::string> incarnation() override {
    return through([&] { return inner_->incarnation(); });
  }
  remote::Properties properties() const override { return inner_->properties(); }

 private:
  base::Failure away() {
    ++machine_.troubles;
    return base::fail(ErrorCode::unavailable, "the simulated remote does not answer");
  }

  template <typename Call>
  auto through(const Call& call) -> decltype(call()) {
    const RemoteWeather& weather = machine_.weather;
    ++machine_.calls;
    travel();
    if (weather.down || is_dead_()) return away();
    const bool fails = weather.fails_one_in > 0 && random_.one_in(weather.fails_one_in);
    if (fails && random_.one_in(2)) return away();
    auto answer = call();
    travel();
    if (fails) return away();
    return answer;
  }

  void travel() {
    const auto longest = static_cast<std::uint64_t>(
        std::max<base::Nanos>(machine_.weather.slowness / 2, kDistance).count());
    if (!random_.one_in(3))
      loop_.pause(base::Nanos(static_cast<std::int64_t>(random_.below(longest))));
  }

  Result<void> noted(const std::string& name, Result<void> done) {
    if (done) machine_.put_at[name] = clock_.steady();
    return done;
  }

  Result<void> keep_half(const std::string& name, ByteView bytes) {
    (void)noted(name, inner_->put(name, bytes.first(bytes.size() / 2), PutMode::if_absent));
    return away();
  }

  bool hidden(const ObjectInfo& info) {
    if (!machine_.weather.lists_lie) return false;
    if (clock_.steady() - machine_.put_at[info.name] >= kFresh) return false;
    const bool hides = random_.one_in(2);
    machine_.troubles += hides;
    return hides;
  }

  FaultyRemotes::Machine& machine_;
  const std::unique_ptr<remote::RemoteStore> inner_;
  SimulatedLoop& loop_;
  const base::Clock& clock_;
  SeededRandom& random_;
  const std::function<bool()>& is_dead_;
};

}  // namespace

std::unique_ptr<remote::RemoteStore> FaultyRemotes::open(const std::string& url) {
  return std::make_unique<FaultyRemote>(machine(url), loop_, clock_, random_, is_dead_);
}

remote::registry::RemoteOpener FaultyRemotes::opener() {
  return
      [this](std::string_view url, remote::registry::OpenRemote,
             remote::registry::WrapOptions options, const remote::registry::RemoteServices& given)
          -> Result<std::unique_ptr<remote::RemoteStore>> {
        const std::atomic<bool>* cancel = options.retry.cancel;
        const base::Sleeper sleep = [this, cancel](base::Nanos time) {
          const auto goes_on = [cancel] { return cancel == nullptr || !cancel->load(); };
          for (; time.count() > 0 && goes_on(); time -= kNap) loop_.pause(std::min(time, kNap));
          return goes_on();
        };
        const remote::registry::RemoteServices services{given.filesystem, given.clock, given.random,
                                                        given.log, sleep};
        return remote::registry::wrap_remote(open(std::string(url)), std::move(options), services);
      };
}

}  // namespace vcs::test
