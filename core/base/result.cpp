// SPDX-License-Identifier: Apache-2.0
// Builds errors, and maps each errno to an error code.
#include "core/base/result.hpp"

#include <cerrno>
#include <system_error>

namespace vcs::base {

Error Error::with_context(std::string_view context) && {
  message.insert(0, fmt::format("{}: ", context));
  return std::move(*this);
}

namespace {

// Not in the switch of code_of_errno: on some systems these names share values.
bool is_unsupported(int os_error) {
  return os_error == ENOTSUP || os_error == EOPNOTSUPP || os_error == ENOSYS || os_error == EXDEV ||
         os_error == ENOTTY;
}

}  // namespace

ErrorCode code_of_errno(int os_error) {
  if (is_unsupported(os_error)) return ErrorCode::unsupported;
  if (os_error == EAGAIN || os_error == EWOULDBLOCK) return ErrorCode::busy;
  switch (os_error) {
    case ENOENT:
      return ErrorCode::not_found;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorCode::already_exists;
    case EINVAL:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return ErrorCode::invalid;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::denied;
    case EBUSY:
    case ETXTBSY:
      return ErrorCode::busy;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::no_space;
    case ECANCELED:
      return ErrorCode::cancelled;
    // The next five are temporary limits; after the others a peer cannot be reached.
    case EINTR:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::io;
  }
}

Failure fail_errno(int os_error, std::string what) {
  what += ": ";
  what += std::generic_category().message(os_error);
  return Failure(Error{code_of_errno(os_error), std::move(what), os_error});
}

}  // namespace vcs::base
