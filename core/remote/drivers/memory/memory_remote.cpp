// SPDX-License-Identifier: Apache-2.0
// A sorted map behind a mutex; stores share it by pointer.
#include "core/remote/drivers/memory/memory_remote.hpp"

#include <algorithm>
#include <atomic>

#include "core/remote/cancellation.hpp"

namespace vcs::remote::drivers {

namespace {

class MemoryRemote final : public RemoteStore {
 public:
  explicit MemoryRemote(std::shared_ptr<MemoryObjects> objects) : objects_(std::move(objects)) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    VCS_TRY(check(name));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    if (found == by_name->end()) return fail(ErrorCode::not_found, "there is no {}", name);
    VCS_ASSIGN(const ByteRange part, clip_range(name, range, found->second.size()));
    const auto begin = found->second.begin() + static_cast<std::ptrdiff_t>(part.offset);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(part.length));
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    VCS_TRY(check(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    const auto by_name = objects_->by_name.lock();
    if (mode == PutMode::if_absent && by_name->contains(name))
      return fail(ErrorCode::already_exists, "{} is already there", name);
    write(*by_name, name, bytes);
    return {};
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    VCS_TRY(check(name));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    if (found == by_name->end()) return std::nullopt;
    return info_of(*found);
  }

  // Calls the visitor without the lock, as the visitor may call the store.
  Result<void> list(const std::string& prefix, const std::string& after,
                    const ObjectVisitor& visitor) override {
    VCS_TRY(cancellation_.check());
    VCS_TRY(check_listing(prefix, after));
    for (const ObjectInfo& info : find_all(prefix, after)) {
      VCS_TRY(cancellation_.check());
      if (!visitor(info)) break;
    }
    return {};
  }

  Result<void> remove(const std::string& name) override { return remove_many({name}); }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    VCS_TRY(check(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    const bool there = found != by_name->end();
    if (there != expected.has_value() || (there && found->second != *expected))
      return fail(ErrorCode::precondition_failed, "{} is not what it was expected to be", name);
    write(*by_name, name, bytes);
    return {};
  }

  Result<void> remove_many(const std::vector<std::string>& names) override {
    VCS_TRY(cancellation_.check());
    for (const std::string& name : names) VCS_TRY(check_object_name(name));
    const auto by_name = objects_->by_name.lock();
    const auto modified = objects_->modified.lock();
    for (const std::string& name : names) {
      by_name->erase(name);
      modified->erase(name);
    }
    return {};
  }

  void cancel() override { cancellation_.set(); }

  Properties properties() const override {
    Properties properties;
    properties.has_clock = objects_->clock != nullptr;
    return properties;
  }

  Result<std::string> incarnation() override {
    VCS_TRY(cancellation_.check());
    return fmt::format("memory {}", objects_->number);
  }

  Result<Examination> examine() override {
    VCS_TRY(cancellation_.check());
    Examination examination;
    examination.engine = "the memory of this process";
    if (objects_->clock != nullptr) examination.clock_difference = base::Nanos(0);
    examination.warnings = {"what is copied there ends with this process"};
    return examination;
  }

 private:
  Result<void> check(const std::string& name) const {
    VCS_TRY(cancellation_.check());
    return check_object_name(name);
  }

  ObjectInfo info_of(const std::pair<const std::string, Bytes>& object) const {
    ObjectInfo info{object.first, object.second.size()};
    const auto modified = objects_->modified.lock();
    if (const auto at = modified->find(object.first); at != modified->end())
      info.modified = at->second;
    return info;
  }

  void write(std::map<std::string, Bytes>& by_name, const std::string& name, ByteView bytes) {
    by_name[name].assign(bytes.begin(), bytes.end());
    if (objects_->clock == nullptr) return;
    const auto modified = objects_->modified.lock();
    const auto [at, first] = modified->try_emplace(name, objects_->clock->now());
    if (!first) at->second = std::max(at->second, objects_->clock->now());
  }

  std::vector<ObjectInfo> find_all(const std::string& prefix, const std::string& after) const {
    std::vector<ObjectInfo> found;
    const auto by_name = objects_->by_name.lock();
    auto it = after < prefix ? by_name->lower_bound(prefix) : by_name->upper_bound(after);
    for (; it != by_name->end() && it->first.starts_with(prefix); ++it)
      found.push_back(info_of(*it));
    return found;
  }

  const std::shared_ptr<MemoryObjects> objects_;
  Cancellation cancellation_;
};

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

MemoryObjects::MemoryObjects(const base::Clock* given) : clock(given), number(next_number()) {}

std::unique_ptr<RemoteStore> make_memory_remote(std::shared_ptr<MemoryObjects> objects) {
  return std::make_unique<MemoryRemote>(std::move(objects));
}

}  // namespace vcs::remote::drivers
