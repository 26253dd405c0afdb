// SPDX-License-Identifier: Apache-2.0
// Measures each call and writes its line.
#include "core/remote/wrappers/logged_remote.hpp"

namespace vcs::remote::wrappers {

namespace {

class LoggedRemote final : public RemoteStore {
 public:
  LoggedRemote(std::unique_ptr<RemoteStore> inner, std::string label, const base::Clock& clock,
               base::Log log)
      : inner_(std::move(inner)), label_(std::move(label)), clock_(clock), log_(std::move(log)) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    return logged("get " + name, [&] { return inner_->get(name, range); });
  }
  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    return logged(fmt::format("put {} ({} bytes)", name, bytes.size()),
                  [&] { return inner_->put(name, bytes, mode); });
  }
  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    return logged("stat " + name, [&] { return inner_->stat(name); });
  }
  Result<void> list(const std::string& prefix, const std::string& after,
                    const ObjectVisitor& visitor) override {
    const std::string from = after.empty() ? std::string() : " after " + after;
    return logged("list " + prefix + from, [&] { return inner_->list(prefix, after, visitor); });
  }
  Result<void> remove(const std::string& name) override {
    return logged("remove " + name, [&] { return inner_->remove(name); });
  }
  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    return logged(fmt::format("replace {} ({} bytes)", name, bytes.size()),
                  [&] { return inner_->replace_if(name, expected, bytes); });
  }
  Result<std::vector<bool>> has_many(const std::vector<std::string>& names) override {
    return logged(fmt::format("stat {} objects", names.size()),
                  [&] { return inner_->has_many(names); });
  }
  Result<std::vector<std::optional<Bytes>>> get_many(
      const std::vector<std::string>& names) override {
    return logged(fmt::format("get {} objects", names.size()),
                  [&] { return inner_->get_many(names); });
  }
  Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode) override {
    return logged(fmt::format("put {} objects", objects.size()),
                  [&] { return inner_->put_many(objects, mode); });
  }
  Result<void> remove_many(const std::vector<std::string>& names) override {
    return logged(fmt::format("remove {} objects", names.size()),
                  [&] { return inner_->remove_many(names); });
  }
  void cancel() override {
    log_.debug("{}: cancel", label_);
    inner_->cancel();
  }
  Properties properties() const override { return inner_->properties(); }
  Result<std::string> incarnation() override {
    return logged("incarnation", [&] { return inner_->incarnation(); });
  }
  Result<Examination> examine() override {
    return logged("examine", [&] { return inner_->examine(); });
  }
  Result<std::unique_ptr<RemoteWatch>> watch(const std::string& prefix,
                                             std::function<void()> on_change) override {
    return logged("watch " + prefix, [&] { return inner_->watch(prefix, std::move(on_change)); });
  }
  Result<void> retain(const std::vector<std::string>& names, base::UnixNanos until) override {
    return logged(fmt::format("retain {} objects", names.size()),
                  [&] { return inner_->retain(names, until); });
  }

 private:
  template <typename Call>
  auto logged(const std::string& what, const Call& call) -> decltype(call()) {
    const base::SteadyNanos begin = clock_.steady();
    auto result = call();
    const std::chrono::duration<double, std::milli> took = clock_.steady() - begin;
    if (result)
      log_.debug("{}: {}: done in {:.1f} ms", label_, what, took.count());
    else
      log_.debug("{}: {}: {} after {:.1f} ms: {}", label_, what, base::name_of(result.error().code),
                 took.count(), result.error().message);
    return result;
  }

  const std::unique_ptr<RemoteStore> inner_;
  const std::string label_;
  const base::Clock& clock_;
  const base::Log log_;
};

}  // namespace

std::unique_ptr<RemoteStore> make_logged_remote(std::unique_ptr<RemoteStore> inner,
                                                std::string label, const base::Clock& clock,
                                                base::Log log) {
  return std::make_unique<LoggedRemote>(std::move(inner), std::move(label), clock, std::move(log));
}

}  // namespace vcs::remote::wrappers
