// SPDX-License-Identifier: Apache-2.0
// Each form in a function of its own.
#include "agent/service/revision.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/service/time_expression.hpp"

namespace vcs::agent::service {
namespace {

using base::ErrorCode;
using base::Result;
using object::ObjectId;

constexpr std::size_t kShortestPrefix = 4;
constexpr std::size_t kMostShownMatches = 5;

Result<Revision> head_of(snapshot::Repository& repository) {
  const auto head = repository.head();
  if (!head) return base::fail(ErrorCode::not_found, "there is no commit yet");
  return snapshot::read_step(repository, *head);
}

Result<Revision> at_time(snapshot::Repository& repository, std::string_view expression,
                         base::UnixNanos now) {
  VCS_ASSIGN(const base::UnixNanos wanted, parse_time_expression(expression, now));
  VCS_ASSIGN(Revision head, head_of(repository));
  VCS_ASSIGN(auto found, snapshot::not_younger(repository, std::move(head), wanted));
  if (!found)
    return base::fail(ErrorCode::not_found,
                      "no commit is that old: @{{{}}}; `vcsctl log` shows which there are",
                      expression);
  return std::move(*found);
}

Result<Revision> by_prefix(snapshot::Repository& repository, const std::string& prefix) {
  const bool hexadecimal = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!hexadecimal || prefix.size() > 2 * ObjectId::kSize)
    return base::fail(ErrorCode::invalid,
                      "'{}' is no commit: give an id, HEAD, HEAD~N, @{{15:40}} or @{{2 hours ago}}",
                      prefix);
  if (prefix.size() < kShortestPrefix)
    return base::fail(ErrorCode::invalid, "'{}' is too short: give at least {} digits of the id",
                      prefix, kShortestPrefix);
  std::vector<ObjectId> matches;
  for (const auto& [id, kind] : repository.store().find_by_prefix(prefix))
    if (kind == object::ObjectKind::commit &&
        std::find(matches.begin(), matches.end(), id) == matches.end())
      matches.push_back(id);
  if (matches.empty())
    return base::fail(ErrorCode::not_found, "no commit begins with {}; see: vcsctl log", prefix);
  if (matches.size() == 1) return snapshot::read_step(repository, matches[0]);
  std::string list;
  for (std::size_t i = 0; i < std::min(matches.size(), kMostShownMatches); ++i)
    list += "\n  " + matches[i].hex();
  return base::fail(ErrorCode::invalid, "{} commits begin with {}; give more digits:{}",
                    matches.size(), prefix, list);
}

Result<Revision> before(snapshot::Repository& repository, Revision at, std::uint64_t generations,
                        const std::string& text) {
  VCS_ASSIGN(auto found, snapshot::ancestor(repository, std::move(at), generations));
  if (!found) return base::fail(ErrorCode::not_found, "{} goes back before the first commit", text);
  return std::move(*found);
}

}  // namespace

Result<Revision> resolve_revision(snapshot::Repository& repository, const std::string& text,
                                  base::UnixNanos now) {
  std::string name = text.empty() ? "HEAD" : text;
  std::uint64_t generations = 0;
  if (const std::size_t tilde = name.rfind('~');
      tilde != std::string::npos && !name.ends_with('}')) {
    const char* const end = name.data() + name.size();
    const char* const digits = name.data() + tilde + 1;
    const auto [stop, error] = std::from_chars(digits, end, generations);
    if (digits == end)
      generations = 1;
    else if (error != std::errc() || stop != end)
      return base::fail(ErrorCode::invalid, "'{}' is no commit: a number must follow '~'", text);
    name.resize(tilde);
  }
  auto base = [&]() -> Result<Revision> {
    if (name == "HEAD" || name == "@" || name == "head") return head_of(repository);
    if (name.starts_with("@{") && name.ends_with('}'))
      return at_time(repository, std::string_view(name).substr(2, name.size() - 3), now);
    return by_prefix(repository, name);
  }();
  if (!base) return base;
  return before(repository, std::move(*base), generations, text);
}

}  // namespace vcs::agent::service
