// SPDX-License-Identifier: Apache-2.0
// Errors as values.
//
// Every function that can fail returns Result<T>. The code of an Error says what the caller does
// next; its message says to a person what happened, where, and what to do. Programmer errors are
// asserted, never returned. No function of ours throws; the caller of a library catches its
// exceptions and returns an Error.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "core/base/names.hpp"

namespace vcs::base {

enum class ErrorCode {
  not_found,            // the thing named does not exist
  already_exists,       // it exists and must not
  invalid,              // the request or the input is wrong; repeating it will not help
  corrupt,              // stored bytes are not what was stored
  denied,               // the system or a remote refuses access
  busy,                 // somebody else holds it
  no_space,             // disk or quota is full
  io,                   // the device failed
  unavailable,          // cannot be reached now; may be retried
  precondition_failed,  // it changed since the caller read it
  unstable,             // a file changed while we read it
  cancelled,            // the caller asked to stop
  unsupported,          // this system or store cannot do it
  archived,             // a remote has it in cold storage; somebody must fetch it from there first
};

// True if stored bytes are missing or damaged: a copy elsewhere may still have them.
constexpr bool tells_of_loss(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::corrupt;
}

// JSON has these names, so they are stable.
constexpr auto names_of(ErrorCode) {
  using enum ErrorCode;
  return names<ErrorCode>({{not_found, "not_found"},
                           {already_exists, "already_exists"},
                           {invalid, "invalid"},
                           {corrupt, "corrupt"},
                           {denied, "denied"},
                           {busy, "busy"},
                           {no_space, "no_space"},
                           {io, "io"},
                           {unavailable, "unavailable"},
                           {precondition_failed, "precondition_failed"},
                           {unstable, "unstable"},
                           {cancelled, "cancelled"},
                           {unsupported, "unsupported"},
                           {archived, "archived"}});
}

struct Error {
  ErrorCode code = ErrorCode::io;
  std::string message;
  int os_error = 0;  // errno if a system call failed, else 0

  // The same error with "context: " put before its message.
  Error with_context(std::string_view context) &&;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline bool tells_of_loss(const Error& error) {
  return tells_of_loss(error.code);
}

// fail(ErrorCode::invalid, "port {} is out of range", port)
template <typename... Args>
Failure fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Failure(Error{code, fmt::format(format, std::forward<Args>(args)...), 0});
}

// The code for an errno value.
ErrorCode code_of_errno(int os_error);

// "<what>: <strerror>" with the code for `os_error`. The caller passes it, because building the
// message could change errno.
Failure fail_errno(int os_error, std::string what);

}  // namespace vcs::base

// Used in all rooms without `base::`.
namespace vcs {

using base::Error;
using base::ErrorCode;
using base::fail;
using base::Failure;
using base::Result;

}  // namespace vcs

#define VCS_CONCAT_IMPL(a, b) a##b
#define VCS_CONCAT(a, b) VCS_CONCAT_IMPL(a, b)

// Returns the error of `expression` to the caller, if it has one.
#define VCS_TRY(expression)                                       \
  do {                                                            \
    if (auto vcs_try_result = (expression); !vcs_try_result)      \
      return ::tl::unexpected(std::move(vcs_try_result).error()); \
  } while (false)

// VCS_ASSIGN(auto file, open(path)): declares or assigns the value, or returns the error.
#define VCS_ASSIGN(target, expression) \
  VCS_ASSIGN_IMPL(VCS_CONCAT(vcs_assign_result_, __LINE__), target, expression)
#define VCS_ASSIGN_IMPL(result, target, expression)                \
  auto result = (expression);                                      \
  if (!result) return ::tl::unexpected(std::move(result).error()); \
  target = std::move(*result)
