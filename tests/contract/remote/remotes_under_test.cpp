// SPDX-License-Identifier: Apache-2.0
// The list of stores that must keep the contract.
#include <catch2/catch.hpp>

#include "core/remote/drivers/file/file_remote.hpp"
#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "core/remote/wrappers/logged_remote.hpp"
#include "tests/contract/remote/remote_store_contract.hpp"
#include "tests/support/refused_calls.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

using remote::RemoteStore;

const base::SystemClock kClock;
base::SystemRandom random_source;

OpenClient memory_clients() {
  return [objects = std::make_shared<remote::drivers::MemoryObjects>(&kClock)] {
    return remote::drivers::make_memory_remote(objects);
  };
}

OpenClient file_clients() {
  std::shared_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  return [folder = std::make_shared<TemporaryFolder>(), filesystem] {
    auto store = remote::drivers::open_file_remote(
        *folder / "deep/store", true,
        {*filesystem, kClock, random_source, base::thread_sleeper(), {}});
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  };
}

// Forwards every call as if the filesystem had no hard links, no RENAME_NOREPLACE and no syncs of
// folders.
class OnPoorFilesystem final : public RemoteStore {
 public:
  explicit OnPoorFilesystem(std::unique_ptr<RemoteStore> inner) : inner_(std::move(inner)) {}

  base::Result<base::Bytes> get(const std::string& name, remote::ByteRange range) override {
    return poorly([&] { return inner_->get(name, range); });
  }
  base::Result<void> put(const std::string& name, base::ByteView bytes,
                         remote::PutMode mode) override {
    return poorly([&] { return inner_->put(name, bytes, mode); });
  }
  base::Result<std::optional<remote::ObjectInfo>> stat(const std::string& name) override {
    return poorly([&] { return inner_->stat(name); });
  }
  base::Result<void> list(const std::string& prefix, const std::string& after,
                          const remote::ObjectVisitor& visitor) override {
    return poorly([&] { return inner_->list(prefix, after, visitor); });
  }
  base::Result<void> remove(const std::string& name) override {
    return poorly([&] { return inner_->remove(name); });
  }
  base::Result<void> replace_if(const std::string& name, const std::optional<base::Bytes>& expected,
                                base::ByteView bytes) override {
    return poorly([&] { return inner_->replace_if(name, expected, bytes); });
  }
  base::Result<void> put_many(const std::vector<remote::NamedBytes>& objects,
                              remote::PutMode mode) override {
    return poorly([&] { return inner_->put_many(objects, mode); });
  }
  base::Result<void> remove_many(const std::vector<std::string>& names) override {
    return poorly([&] { return inner_->remove_many(names); });
  }
  base::Result<std::string> incarnation() override { return inner_->incarnation(); }
  base::Result<remote::Examination> examine() override {
    return poorly([&] { return inner_->examine(); });
  }
  void cancel() override { inner_->cancel(); }
  remote::Properties properties() const override { return inner_->properties(); }

 private:
  template <typename Call>
  auto poorly(Call&& call) -> decltype(call()) {
    std::optional<decltype(call())> result;
    with_refused(calls_of_a_poor_filesystem(), [&] { result = call(); });
    return result ? std::move(*result) : call();
  }

  std::unique_ptr<RemoteStore> inner_;
};

using Wrap = std::function<std::unique_ptr<RemoteStore>(std::unique_ptr<RemoteStore>)>;

std::function<OpenClient()> wrapped(Wrap wrap) {
  return [wrap] { return [open = memory_clients(), wrap] { return wrap(open()); }; };
}

std::unique_ptr<RemoteStore> retrying(std::unique_ptr<RemoteStore> inner) {
  return remote::wrappers::make_retrying_remote(std::move(inner), {}, random_source,
                                                base::thread_sleeper());
}

std::unique_ptr<RemoteStore> limited(std::unique_ptr<RemoteStore> inner) {
  return remote::wrappers::make_limited_remote(std::move(inner), {2, 1u << 30, 1u << 30}, kClock,
                                               [](base::Nanos) { return true; });
}

std::unique_ptr<RemoteStore> logged(std::unique_ptr<RemoteStore> inner) {
  return remote::wrappers::make_logged_remote(std::move(inner), "test", kClock,
                                              base::Log([](base::LogLevel, const std::string&) {}));
}

}  // namespace

const std::vector<RemoteUnderTest>& remotes_under_test() {
  static const std::vector<RemoteUnderTest> kList = {
      {"memory", 3000, memory_clients},
      {"file", 200, file_clients},
      {"file on a poor filesystem", 100,
       [] {
         return [open = file_clients()] { return std::make_unique<OnPoorFilesystem>(open()); };
       }},
      {"retrying(memory)", 3000, wrapped(retrying)},
      {"limited(memory)", 3000, wrapped(limited)},
      {"logged(memory)", 3000, wrapped(logged)},
      {"retrying(limited(logged(file)))", 200,
       [] { return [open = file_clients()] { return retrying(limited(logged(open()))); }; }},
  };
  return kList;
}

}  // namespace vcs::test
