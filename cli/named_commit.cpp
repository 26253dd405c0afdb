// SPDX-License-Identifier: Apache-2.0
// Reads times and asks the agent for the commits that they mean.
#include "cli/named_commit.hpp"

#include <fmt/format.h>

#include <ctime>

#include "cli/path_mapping.hpp"
#include "core/base/time_expression.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"
#include "ipc/messages/history.hpp"

namespace vcs::cli {

// "today" means the end of the day, so a time may be this far ahead; a day in autumn may have 25
// hours.
constexpr base::Nanos kLongestDay = std::chrono::hours(25);

bool split_range(const std::string& text, std::string& a, std::string& b) {
  const std::size_t dots =
      text.starts_with("@{") ? text.find("..", text.find('}')) : text.find("..");
  if (dots == std::string::npos || text == "..") return false;
  const std::string before = text.substr(0, dots), after = text.substr(dots + 2);
  if (!before.empty() && !looks_like_commit(before)) return false;
  if (!after.empty() && !looks_like_commit(after)) return false;
  a = before.empty() ? "HEAD" : before;
  b = after.empty() ? "HEAD" : after;
  return true;
}

Result<void> must_not_be_range(const std::string& text) {
  std::string a, b;
  if (!split_range(text, a, b)) return {};
  return fail(ErrorCode::invalid, "'{}' is a range; ranges are for diff: vcsctl diff {} {}",
              escaped(text), escaped(a), escaped(b));
}

Result<std::string> commit_at(const Context& context, ipc::Client& client,
                              const std::string& repository, const std::string& time) {
  // Read the time by the agent's clock, which dated the commits, but in our zone.
  const base::UnixNanos told = client.agent().time;
  const base::UnixNanos now = told != base::UnixNanos{} ? told : context.clock().now();
  ipc::ResolveRequest request;
  request.repository = repository;
  VCS_ASSIGN(request.time, base::parse_time_expression(time, now));
  const auto found = client.call<ipc::Resolve>(request);
  // An older agent does not know `resolve` and reads times itself.
  if (!found && found.error().code == ErrorCode::unsupported) return "@{" + time + "}";
  if (!found) return tl::unexpected(found.error());
  if (request.time > now + kLongestDay && found->commit.time <= now)
    return fail(ErrorCode::invalid, "'{}' is in the future; the last save is from {}",
                escaped(time), clock_time(found->commit.time, now));
  if (found->before_history)
    return fail(ErrorCode::not_found,
                "there is no save at or before '{}'; the first one is {} of {}; to take that "
                "one, name {} instead of a time",
                escaped(time), short_id(found->commit.id), clock_time(found->commit.time, now),
                short_id(found->commit.id));
  return found->commit.id;
}

Result<std::string> named_commit(const Context& context, ipc::Client& client,
                                 const std::string& repository, const std::string& text) {
  VCS_TRY(must_not_be_range(text));
  const std::size_t end = text.find('}');
  if (!text.starts_with("@{") || end == std::string::npos) return text;
  VCS_ASSIGN(const std::string id, commit_at(context, client, repository, text.substr(2, end - 2)));
  return id + text.substr(end + 1);
}

Result<std::string> chosen_commit(const Context& context, ipc::Client& client,
                                  const std::string& repository, const std::string& text) {
  if (!context.line().has("--at"))
    return text.empty() ? "HEAD" : named_commit(context, client, repository, text);
  if (text.empty()) return commit_at(context, client, repository, context.line().text("--at"));
  return fail(ErrorCode::invalid, "give either {} or --at, not both", escaped(text));
}

Result<std::string> commit_for_everywhere(const Context& context, const std::string& text) {
  const std::size_t end = text.find('}');
  if (text.empty()) return "HEAD";
  if (!text.starts_with("@{") || end == std::string::npos) return text;
  VCS_ASSIGN(const base::UnixNanos time,
             base::parse_time_expression(text.substr(2, end - 2), context.clock().now()));
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto seconds = static_cast<std::time_t>(second.time_since_epoch().count());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("@{{{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z}}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (time - second).count()) +
         text.substr(end + 1);
}

}  // namespace vcs::cli
