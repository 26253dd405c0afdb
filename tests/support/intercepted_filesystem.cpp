// SPDX-License-Identifier: Apache-2.0
// Asks the interceptor, then forwards the call to the inner filesystem.
#include "tests/support/intercepted_filesystem.hpp"

#include <utility>

#include "core/base/special_calls.hpp"

namespace vcs::test {

using base::Result;

namespace {

// Asks the interceptor, makes the call, and tells the interceptor the result.
template <typename Forward>
auto intercepted(Interceptor& interceptor, Call& call, Forward&& forward) -> decltype(forward()) {
  VCS_TRY(interceptor.before(call));
  auto result = forward();
  interceptor.after(call, result.has_value());
  return result;
}

class InterceptedFile final : public base::File, public base::SpecialFile {
 public:
  InterceptedFile(std::unique_ptr<base::File> inner, Interceptor& interceptor, std::string path,
                  int file)
      : inner_(std::move(inner)), interceptor_(interceptor), path_(std::move(path)), file_(file) {}

  Result<std::size_t> read_at(std::span<std::uint8_t> out, std::uint64_t offset) override {
    Call call = make_call(CallKind::read);
    call.offset = offset;
    return intercepted(interceptor_, call, [&] { return inner_->read_at(out, offset); });
  }
  Result<void> write_at(base::ByteView bytes, std::uint64_t offset) override {
    return put(CallKind::write, bytes, offset, &base::File::write_at);
  }
  Result<void> write_past_cache(base::ByteView bytes, std::uint64_t offset) override {
    return put(CallKind::write_past_cache, bytes, offset, &base::File::write_past_cache);
  }
  Result<void> truncate(std::uint64_t size) override {
    Call call = make_call(CallKind::truncate);
    call.offset = size;
    return intercepted(interceptor_, call, [&] { return inner_->truncate(size); });
  }
  Result<void> sync() override {
    return pass(CallKind::sync_file, [&] { return inner_->sync(); });
  }
  Result<base::FileStat> stat() override {
    auto stat = pass(CallKind::look, [&] { return inner_->stat(); });
    if (stat) interceptor_.seen(path_, *stat);
    return stat;
  }
  Result<std::unique_ptr<base::Mapping>> map(std::uint64_t length) override {
    return pass(CallKind::read, [&] { return inner_->map(length); });
  }
  Result<std::uint64_t> next_data(std::uint64_t offset) override {
    return pass(CallKind::look, [&] { return inner_->next_data(offset); });
  }
  Result<std::uint64_t> next_hole(std::uint64_t offset) override {
    return pass(CallKind::look, [&] { return inner_->next_hole(offset); });
  }
  Result<void> set_mode(std::uint32_t mode) override {
    return pass(CallKind::set_metadata, [&] { return inner_->set_mode(mode); });
  }
  Result<void> set_owner(std::uint32_t uid, std::uint32_t gid) override {
    return pass(CallKind::set_metadata, [&] { return inner_->set_owner(uid, gid); });
  }
  Result<void> set_mtime(base::UnixNanos mtime) override {
    return pass(CallKind::set_metadata, [&] { return inner_->set_mtime(mtime); });
  }
  Result<std::vector<base::ExtendedAttribute>> extended_attributes() override {
    return pass(CallKind::look, [&] { return inner_->extended_attributes(); });
  }
  Result<void> set_extended_attribute(const base::ExtendedAttribute& attribute) override {
    return pass(CallKind::set_metadata, [&] { return inner_->set_extended_attribute(attribute); });
  }
  Result<void> remove_extended_attribute(const std::string& name) override {
    return pass(CallKind::set_metadata,
                [&] { return base::remove_extended_attribute(*inner_, name); });
  }
  Result<bool> has_writer() override {
    return pass(CallKind::look, [&] { return inner_->has_writer(); });
  }

 private:
  Call make_call(CallKind kind) const {
    Call call{.kind = kind, .path = path_};
    call.file = file_;
    return call;
  }
  template <typename Forward>
  auto pass(CallKind kind, Forward&& forward) -> decltype(forward()) {
    Call call = make_call(kind);
    return intercepted(interceptor_, call, std::forward<Forward>(forward));
  }
  using Write = Result<void> (base::File::*)(base::ByteView, std::uint64_t);
  Result<void> put(CallKind kind, base::ByteView bytes, std::uint64_t offset, Write write) {
    Call call = make_call(kind);
    call.bytes = bytes;
    call.offset = offset;
    if (auto allowed = interceptor_.before(call); !allowed) {
      if (call.bytes_before_refusal > 0)
        VCS_TRY(((*inner_).*write)(bytes.first(call.bytes_before_refusal), offset));
      return allowed;
    }
    auto result = ((*inner_).*write)(bytes, offset);
    interceptor_.after(call, result.has_value());
    return result;
  }

  const std::unique_ptr<base::File> inner_;
  Interceptor& interceptor_;
  const std::string path_;
  const int file_;
};

class InterceptedDirectory final : public base::Directory, public base::SpecialDirectory {
 public:
  InterceptedDirectory(std::unique_ptr<base::Directory> inner, Interceptor& interceptor,
                       std::string path)
      : inner_(std::move(inner)), interceptor_(interceptor), path_(std::move(path)) {}

  Result<void> list(const std::function<bool(const base::DirectoryEntry&)>& visitor) override {
    return pass(CallKind::list, path_, [&] { return inner_->list(visitor); });
  }
  Result<base::FileStat> stat(const std::string& name) override {
    auto stat = pass(CallKind::look, below(name), [&] { return inner_->stat(name); });
    if (stat) interceptor_.seen(below(name), *stat);
    return stat;
  }
  Result<base::FileStat> stat_self() override {
    auto stat = pass(CallKind::look, path_, [&] { return inner_->stat_self(); });
    if (stat) interceptor_.seen(path_, *stat);
    return stat;
  }
  Result<std::unique_ptr<base::Directory>> open_directory(const std::string& name) override {
    VCS_ASSIGN(auto opened,
               pass(CallKind::open, below(name), [&] { return inner_->open_directory(name); }));
    return std::make_unique<InterceptedDirectory>(std::move(opened), interceptor_, below(name));
  }
  Result<std::unique_ptr<base::Directory>> open_parent() override {
    VCS_ASSIGN(auto opened,
               pass(CallKind::open, path_, [&] { return base::open_parent(*inner_); }));
    return std::make_unique<InterceptedDirectory>(std::move(opened), interceptor_,
                                                  path_.substr(0, path_.rfind('/')));
  }
  Result<std::unique_ptr<base::File>> open_file(const std::string& name, base::OpenMode mode,
                                                std::uint32_t permissions) override {
    const bool may_create =
        mode == base::OpenMode::create_new || mode == base::OpenMode::create_or_open;
    return pass_file(may_create ? CallKind::create : CallKind::open, name,
                     [&] { return inner_->open_file(name, mode, permissions); });
  }
  Result<std::string> read_link(const std::string& name) override {
    return pass(CallKind::read, below(name), [&] { return inner_->read_link(name); });
  }
  Result<void> make_directory(const std::string& name, std::uint32_t mode) override {
    return pass(CallKind::make_directory, below(name),
                [&] { return inner_->make_directory(name, mode); });
  }
  Result<void> make_symlink(const std::string& target, const std::string& name) override {
    Call call = make_call(CallKind::make_symlink, below(name));
    call.target = target;
    return intercepted(interceptor_, call, [&] { return inner_->make_symlink(target, name); });
  }
  Result<void> rename(const std::string& from, base::Directory& to_directory, const std::string& to,
                      bool no_replace) override {
    auto* target = dynamic_cast<InterceptedDirectory*>(&to_directory);
    if (target == nullptr)
      return base::fail(base::ErrorCode::unsupported, "rename: the folders are of two kinds");
    Call call = make_call(CallKind::rename, below(from));
    call.target = target->below(to);
    return intercepted(interceptor_, call,
                       [&] { return inner_->rename(from, *target->inner_, to, no_replace); });
  }
  Result<void> exchange(const std::string& one, const std::string& other) override {
    Call call = make_call(CallKind::exchange, below(one));
    call.target = below(other);
    return intercepted(interceptor_, call, [&] { return base::exchange(*inner_, one, other); });
  }
  Result<void> remove_file(const std::string& name) override {
    return pass(CallKind::remove_file, below(name), [&] { return inner_->remove_file(name); });
  }
  Result<void> remove_directory(const std::string& name) override {
    return pass(CallKind::remove_directory, below(name),
                [&] { return inner_->remove_directory(name); });
  }
  Result<void> sync() override {
    return pass(CallKind::sync_directory, path_, [&] { return inner_->sync(); });
  }
  Result<void> set_mtime(const std::string& name, base::UnixNanos mtime) override {
    return pass(CallKind::set_metadata, below(name),
                [&] { return inner_->set_mtime(name, mtime); });
  }
  Result<void> set_owner(const std::string& name, std::uint32_t uid, std::uint32_t gid) override {
    return pass(CallKind::set_metadata, below(name),
                [&] { return inner_->set_owner(name, uid, gid); });
  }
  Result<void> set_mode(const std::string& name, std::uint32_t mode) override {
    return pass(CallKind::set_metadata, below(name),
                [&] { return base::set_mode(*inner_, name, mode); });
  }
  Result<void> set_mode_self(std::uint32_t mode) override {
    return pass(CallKind::set_metadata, path_, [&] { return inner_->set_mode_self(mode); });
  }
  Result<void> set_owner_self(std::uint32_t uid, std::uint32_t gid) override {
    return pass(CallKind::set_metadata, path_, [&] { return inner_->set_owner_self(uid, gid); });
  }
  Result<void> set_mtime_self(base::UnixNanos mtime) override {
    return pass(CallKind::set_metadata, path_, [&] { return inner_->set_mtime_self(mtime); });
  }
  Result<std::vector<base::ExtendedAttribute>> extended_attributes_self() override {
    return pass(CallKind::look, path_, [&] { return inner_->extended_attributes_self(); });
  }
  Result<void> set_extended_attribute_self(const base::ExtendedAttribute& attribute) override {
    return pass(CallKind::set_metadata, path_,
                [&] { return inner_->set_extended_attribute_self(attribute); });
  }
  Result<void> remove_extended_attribute_self(const std::string& name) override {
    return pass(CallKind::set_metadata, path_,
                [&] { return base::remove_extended_attribute(*inner_, name); });
  }
  bool only_grows() override { return base::only_grows(*inner_); }
  base::UnixNanos born() override { return base::born(*inner_); }
  Result<void> sync_filesystem() override {
    return pass(CallKind::sync_filesystem, path_, [&] { return base::sync_filesystem(*inner_); });
  }
  std::string filesystem_name() override { return base::filesystem_name(*inner_); }
  Result<std::unique_ptr<base::File>> lock_file(const std::string& name) override {
    return pass_file(CallKind::create, name, [&] { return inner_->lock_file(name); });
  }

 private:
  std::string below(const std::string& name) const { return path_ + "/" + name; }
  static Call make_call(CallKind kind, std::string path) {
    return Call{.kind = kind, .path = std::move(path)};
  }
  template <typename Forward>
  auto pass(CallKind kind, std::string path, Forward&& forward) -> decltype(forward()) {
    Call call = make_call(kind, std::move(path));
    return intercepted(interceptor_, call, std::forward<Forward>(forward));
  }
  template <typename Forward>
  Result<std::unique_ptr<base::File>> pass_file(CallKind kind, const std::string& name,
                                                Forward&& forward) {
    Call call = make_call(kind, below(name));
    VCS_ASSIGN(auto file, intercepted(interceptor_, call, std::forward<Forward>(forward)));
    return std::make_unique<InterceptedFile>(std::move(file), interceptor_, call.path, call.file);
  }

  const std::unique_ptr<base::Directory> inner_;
  Interceptor& interceptor_;
  const std::string path_;
};

Call path_call(CallKind kind, const std::string& path) {
  return Call{.kind = kind, .path = path};
}

}  // namespace

Result<std::unique_ptr<base::Directory>> InterceptedFileSystem::open_directory(
    const std::string& path) {
  Call call = path_call(CallKind::open, path);
  VCS_ASSIGN(auto opened,
             intercepted(interceptor_, call, [&] { return inner_.open_directory(path); }));
  return std::make_unique<InterceptedDirectory>(std::move(opened), interceptor_, path);
}

Result<std::unique_ptr<base::Directory>> InterceptedFileSystem::make_directories(
    const std::string& path, std::uint32_t mode) {
  Call call = path_call(CallKind::make_directories, path);
  VCS_ASSIGN(auto opened,
             intercepted(interceptor_, call, [&] { return inner_.make_directories(path, mode); }));
  return std::make_unique<InterceptedDirectory>(std::move(opened), interceptor_, path);
}

Result<base::FileStat> InterceptedFileSystem::stat(const std::string& path) {
  Call call = path_call(CallKind::look, path);
  return intercepted(interceptor_, call, [&] { return inner_.stat(path); });
}

Result<std::string> InterceptedFileSystem::canonical(const std::string& path) {
  Call call = path_call(CallKind::look, path);
  return intercepted(interceptor_, call, [&] { return inner_.canonical(path); });
}

Result<base::SpaceInfo> InterceptedFileSystem::space(const std::string& path) {
  Call call = path_call(CallKind::look, path);
  return intercepted(interceptor_, call, [&] { return inner_.space(path); });
}

}  // namespace vcs::test
