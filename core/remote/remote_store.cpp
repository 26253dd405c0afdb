// SPDX-License-Identifier: Apache-2.0
// The rules for names, batches as plain loops, and what a store need not offer.
#include "core/remote/remote_store.hpp"

#include <algorithm>

namespace vcs::remote {

namespace {

constexpr std::size_t kLongestName = 200;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_valid_component(std::string_view component) {
  return !component.empty() && component != "." && component != ".." &&
         std::all_of(component.begin(), component.end(), is_name_character);
}

}  // namespace

bool is_valid_object_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  while (true) {
    const std::size_t slash = name.find('/');
    if (!is_valid_component(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool is_valid_prefix(std::string_view prefix) {
  if (prefix.empty()) return true;
  if (prefix.size() > kLongestName) return false;
  if (prefix.back() == '/') prefix.remove_suffix(1);
  return is_valid_object_name(prefix);
}

Result<void> check_object_name(std::string_view name) {
  if (is_valid_object_name(name)) return {};
  return fail(ErrorCode::invalid,
              "'{}' is no name for a stored object: 1 to 200 of a-z 0-9 . _ - between "
              "single slashes are allowed",
              name);
}

Result<void> check_prefix(std::string_view prefix) {
  if (is_valid_prefix(prefix)) return {};
  return fail(ErrorCode::invalid, "'{}' is no prefix of names of stored objects", prefix);
}

Result<void> check_listing(std::string_view prefix, std::string_view after) {
  VCS_TRY(check_prefix(prefix));
  return check_prefix(after);
}

Result<void> check_put_size(const std::string& name, std::uint64_t size,
                            const Properties& properties) {
  if (size <= properties.largest_object) return {};
  return fail(ErrorCode::invalid, "{} has {} bytes; this store takes objects of up to {} bytes",
              name, size, properties.largest_object);
}

Result<ByteRange> clip_range(const std::string& name, ByteRange range, std::uint64_t size) {
  if (range.offset > size)
    return fail(ErrorCode::invalid, "{} has {} bytes; nothing starts at byte {}", name, size,
                range.offset);
  return ByteRange{range.offset, std::min(range.length, size - range.offset)};
}

Result<std::vector<bool>> RemoteStore::has_many(const std::vector<std::string>& names) {
  std::vector<bool> result;
  result.reserve(names.size());
  for (const std::string& name : names) {
    VCS_ASSIGN(const auto info, stat(name));
    result.push_back(info.has_value());
  }
  return result;
}

Result<std::vector<std::optional<Bytes>>> RemoteStore::get_many(
    const std::vector<std::string>& names) {
  std::vector<std::optional<Bytes>> result;
  result.reserve(names.size());
  for (const std::string& name : names) {
    auto bytes = get(name);
    if (bytes)
      result.emplace_back(std::move(*bytes));
    else if (bytes.error().code == ErrorCode::not_found)
      result.emplace_back();
    else
      return tl::unexpected(std::move(bytes).error());
  }
  return result;
}

Result<void> RemoteStore::put_many(const std::vector<NamedBytes>& objects, PutMode mode) {
  for (const NamedBytes& object : objects) VCS_TRY(put(object.name, object.bytes, mode));
  return {};
}

Result<void> RemoteStore::remove_many(const std::vector<std::string>& names) {
  for (const std::string& name : names) VCS_TRY(remove(name));
  return {};
}

Result<std::string> RemoteStore::incarnation() {
  return std::string();
}

Result<Examination> RemoteStore::examine() {
  Examination examination;
  examination.warnings = properties().weaknesses;
  return examination;
}

Result<std::unique_ptr<RemoteWatch>> RemoteStore::watch(const std::string&, std::function<void()>) {
  return fail(ErrorCode::unsupported, "this remote does not tell when something changes there");
}

Result<void> RemoteStore::retain(const std::vector<std::string>&, base::UnixNanos) {
  return fail(ErrorCode::unsupported, "this remote cannot protect objects from being removed");
}

}  // namespace vcs::remote
