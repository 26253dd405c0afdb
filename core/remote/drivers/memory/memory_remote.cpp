// SPDX-License-Identifier: Apache-2.0
// A sorted map behind a mutex; stores share it by pointer.
#include "core/remote/drivers/memory/memory_remote.hpp"

#include <algorithm>

namespace vcs::remote::drivers {

namespace {

class MemoryRemote final : public RemoteStore {
 public:
  explicit MemoryRemote(std::shared_ptr<MemoryObjects> objects) : objects_(std::move(objects)) {}

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    VCS_TRY(check_object_name(name));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    if (found == by_name->end()) return fail(ErrorCode::not_found, "there is no {}", name);
    VCS_ASSIGN(const ByteRange part, clip_range(name, range, found->second.size()));
    const auto begin = found->second.begin() + static_cast<std::ptrdiff_t>(part.offset);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(part.length));
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    VCS_TRY(check_object_name(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    const auto by_name = objects_->by_name.lock();
    if (mode == PutMode::if_absent && by_name->contains(name))
      return fail(ErrorCode::already_exists, "{} is already there", name);
    (*by_name)[name].assign(bytes.begin(), bytes.end());
    return {};
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    VCS_TRY(check_object_name(name));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    if (found == by_name->end()) return std::nullopt;
    return ObjectInfo{name, found->second.size()};
  }

  // Calls the visitor without the lock, as the visitor may call the store.
  Result<void> list(const std::string& prefix,
                    const std::function<bool(const ObjectInfo&)>& visitor) override {
    VCS_TRY(check_prefix(prefix));
    std::vector<ObjectInfo> found;
    {
      const auto by_name = objects_->by_name.lock();
      for (auto it = by_name->lower_bound(prefix);
           it != by_name->end() && it->first.starts_with(prefix); ++it)
        found.push_back({it->first, it->second.size()});
    }
    for (const ObjectInfo& info : found)
      if (!visitor(info)) break;
    return {};
  }

  Result<void> remove(const std::string& name) override {
    VCS_TRY(check_object_name(name));
    const auto by_name = objects_->by_name.lock();
    by_name->erase(name);
    return {};
  }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    VCS_TRY(check_object_name(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    const auto by_name = objects_->by_name.lock();
    const auto found = by_name->find(name);
    const bool there = found != by_name->end();
    if (there != expected.has_value() || (there && found->second != *expected))
      return fail(ErrorCode::precondition_failed, "{} is not what it was expected to be", name);
    (*by_name)[name].assign(bytes.begin(), bytes.end());
    return {};
  }

  Properties properties() const override { return {}; }

 private:
  std::shared_ptr<MemoryObjects> objects_;
};

}  // namespace

std::unique_ptr<RemoteStore> make_memory_remote(std::shared_ptr<MemoryObjects> objects) {
  return std::make_unique<MemoryRemote>(std::move(objects));
}

}  // namespace vcs::remote::drivers
