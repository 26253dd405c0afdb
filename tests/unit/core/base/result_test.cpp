// SPDX-License-Identifier: Apache-2.0
// Tests of error values.
#include "core/base/result.hpp"

#include <cerrno>
#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace vcs::base;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::invalid, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  VCS_ASSIGN(const int once, half(number));
  VCS_TRY(half(once));
  return half(once);
}

}  // namespace

TEST_CASE("result: an error passes through to the caller") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error().message == "3 is odd");
  CHECK(quarter(7).error().code == ErrorCode::invalid);
}

TEST_CASE("result: context is put before the message and keeps the rest") {
  const Error error = Error{ErrorCode::busy, "it is held", EAGAIN}.with_context("open pack");
  CHECK(error.message == "open pack: it is held");
  CHECK(error.code == ErrorCode::busy);
  CHECK(error.os_error == EAGAIN);
}

TEST_CASE("result: an errno says what, why and which code") {
  const Error error = fail_errno(ENOSPC, "write /a").value();
  CHECK(error.code == ErrorCode::no_space);
  CHECK(error.os_error == ENOSPC);
  CHECK(error.message == "write /a: No space left on device");
}

TEST_CASE("result: errnos map to the code a caller acts on") {
  CHECK(code_of_errno(ENOENT) == ErrorCode::not_found);
  CHECK(code_of_errno(EEXIST) == ErrorCode::already_exists);
  CHECK(code_of_errno(EACCES) == ErrorCode::denied);
  CHECK(code_of_errno(EROFS) == ErrorCode::denied);
  CHECK(code_of_errno(EDQUOT) == ErrorCode::no_space);
  CHECK(code_of_errno(EAGAIN) == ErrorCode::busy);
  CHECK(code_of_errno(ENOTSUP) == ErrorCode::unsupported);
  CHECK(code_of_errno(EMFILE) == ErrorCode::unavailable);
  CHECK(code_of_errno(ETIMEDOUT) == ErrorCode::unavailable);
  CHECK(code_of_errno(ENOTDIR) == ErrorCode::invalid);
  CHECK(code_of_errno(EIO) == ErrorCode::io);
  CHECK(code_of_errno(123456) == ErrorCode::io);
}

TEST_CASE("result: every code has a name of its own") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::archived); ++code)
    names.insert(name_of(static_cast<ErrorCode>(code)));
  CHECK(names.size() == static_cast<std::size_t>(ErrorCode::archived) + 1);
  CHECK(name_of(ErrorCode::precondition_failed) == "precondition_failed");
}
