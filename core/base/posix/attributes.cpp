// SPDX-License-Identifier: Apache-2.0
// Extended attributes of open files and folders.
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/posix/files.hpp"

namespace vcs::base::posix {

namespace {

// An attribute may grow between the call for its size and the read; a few attempts are enough.
constexpr int kAttempts = 8;

ssize_t list_names(int fd, char* out, std::size_t size) {
#ifdef __APPLE__
  return ::flistxattr(fd, out, size, 0);
#else
  return retried([&] { return ::flistxattr(fd, out, size); });
#endif
}

ssize_t get_value(int fd, const char* name, void* out, std::size_t size) {
#ifdef __APPLE__
  return ::fgetxattr(fd, name, out, size, 0, 0);
#else
  return retried([&] { return ::fgetxattr(fd, name, out, size); });
#endif
}

int set_value(int fd, const ExtendedAttribute& attribute) {
#ifdef __APPLE__
  return ::fsetxattr(fd, attribute.name.c_str(), attribute.value.data(), attribute.value.size(), 0,
                     0);
#else
  return retried([&] {
    return ::fsetxattr(fd, attribute.name.c_str(), attribute.value.data(), attribute.value.size(),
                       0);
  });
#endif
}

int remove_value(int fd, const char* name) {
#ifdef __APPLE__
  return ::fremovexattr(fd, name, 0);
#else
  return retried([&] { return ::fremovexattr(fd, name); });
#endif
}

bool is_absent(int os_error) {
#ifdef __APPLE__
  return os_error == ENOATTR;
#else
  return os_error == ENODATA;
#endif
}

// True for attributes that a person or a program set. Labels of the system's own policy
// (security.selinux, trusted.*) belong to the machine, not to the file.
bool is_kept([[maybe_unused]] std::string_view name) {
#ifdef __APPLE__
  return true;
#else
  return name.starts_with("user.") || name.starts_with("system.posix_acl_") ||
         name == "security.capability";
#endif
}

// The names, each ended by a NUL. Most files have none, and then this is one system call.
Result<std::string> read_names(int fd, const std::string& where) {
  std::array<char, 1024> small;
  ssize_t got = list_names(fd, small.data(), small.size());
  if (got >= 0) return std::string(small.data(), static_cast<std::size_t>(got));
  std::string names;
  for (int attempt = 0; attempt < kAttempts && got < 0 && errno == ERANGE; ++attempt) {
    const ssize_t size = list_names(fd, nullptr, 0);
    if (size < 0) break;
    names.resize(static_cast<std::size_t>(size) + 256);
    got = list_names(fd, names.data(), names.size());
  }
  if (got >= 0) {
    names.resize(static_cast<std::size_t>(got));
    return names;
  }
  if (errno == ENOTSUP) return std::string();
  return fail_errno(errno, "list extended attributes of " + where);
}

// False if the attribute vanished meanwhile.
bool read_value(int fd, ExtendedAttribute& attribute) {
  ssize_t got = -1;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const ssize_t size = get_value(fd, attribute.name.c_str(), nullptr, 0);
    if (size < 0) break;
    attribute.value.resize(static_cast<std::size_t>(size));
    // A call with size zero would return the length, not the value.
    got = size == 0 ? 0
                    : get_value(fd, attribute.name.c_str(), attribute.value.data(),
                                attribute.value.size());
    if (got >= 0 || errno != ERANGE) break;
  }
  if (got >= 0) {
    attribute.value.resize(static_cast<std::size_t>(got));
    return true;
  }
  if (is_absent(errno)) return false;
  attribute.value.clear();
  attribute.os_error = errno;
  return true;
}

}  // namespace

Result<std::vector<ExtendedAttribute>> extended_attributes(int fd, const std::string& where) {
  VCS_ASSIGN(const std::string names, read_names(fd, where));
  std::vector<ExtendedAttribute> attributes;
  for (std::size_t begin = 0; begin < names.size();) {
    ExtendedAttribute attribute;
    attribute.name = names.c_str() + begin;
    begin += attribute.name.size() + 1;
    if (!is_kept(attribute.name)) continue;
    if (read_value(fd, attribute)) attributes.push_back(std::move(attribute));
  }
  std::sort(attributes.begin(), attributes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return attributes;
}

Result<void> set_extended_attribute(int fd, const ExtendedAttribute& attribute,
                                    const std::string& where) {
  if (set_value(fd, attribute) != 0)
    return fail_errno(errno, "set extended attribute " + attribute.name + " of " + where);
  return {};
}

Result<void> remove_extended_attribute(int fd, const std::string& name, const std::string& where) {
  if (remove_value(fd, name.c_str()) != 0 && !is_absent(errno))
    return fail_errno(errno, "remove extended attribute " + name + " of " + where);
  return {};
}

}  // namespace vcs::base::posix
