// SPDX-License-Identifier: Apache-2.0
// Each form has a function of its own.
#include "agent/service/revision.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/time_expression.hpp"

namespace vcs::agent::service {
namespace {

using object::ObjectId;

constexpr std::size_t kShortestPrefix = 4;
constexpr std::uint64_t kMostGenerations = std::uint64_t{1} << 60;
constexpr std::size_t kMostShownMatches = 5;
constexpr std::size_t kShownDigits = 12;

Result<Revision> head_of(history::Repository& repository) {
  const auto head = repository.head();
  if (!head) return fail(ErrorCode::not_found, "there is no commit yet");
  return history::read_step(repository, *head);
}

Result<Revision> at_time(history::Repository& repository, std::string_view expression,
                         base::UnixNanos now) {
  VCS_ASSIGN(const base::UnixNanos wanted, base::parse_time_expression(expression, now));
  VCS_ASSIGN(Revision head, head_of(repository));
  VCS_ASSIGN(auto found, history::not_younger(repository, head, wanted));
  if (found) return std::move(*found);
  VCS_ASSIGN(const Revision first, history::oldest(repository, std::move(head)));
  return fail(ErrorCode::not_found,
              "there is no save at or before @{{{}}}; the first one is {}; to take that one, "
              "name it instead of a time",
              expression, first.id.hex().substr(0, kShownDigits));
}

Result<Revision> by_prefix(history::Repository& repository, const std::string& typed) {
  std::string prefix = typed;
  for (char& c : prefix)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  const bool hexadecimal = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!hexadecimal || prefix.size() > 2 * ObjectId::kSize)
    return fail(ErrorCode::invalid,
                "'{}' is not a commit: give an id, HEAD, HEAD~N, @{{15:40}} or @{{2 hours "
                "ago}}",
                typed);
  if (prefix.size() < kShortestPrefix)
    return fail(ErrorCode::invalid, "'{}' is too short: give at least {} digits of the id", prefix,
                kShortestPrefix);
  std::vector<ObjectId> matches;
  for (const auto& [id, kind] : repository.store().find_by_prefix(prefix))
    if (kind == object::ObjectKind::commit &&
        std::find(matches.begin(), matches.end(), id) == matches.end())
      matches.push_back(id);
  if (matches.empty())
    return fail(ErrorCode::not_found, "no commit begins with '{}'; see: vcsctl log", prefix);
  if (matches.size() == 1) return history::read_step(repository, matches[0]);
  std::string list;
  for (std::size_t i = 0; i < std::min(matches.size(), kMostShownMatches); ++i)
    list += "\n  " + matches[i].hex();
  return fail(ErrorCode::invalid, "{} commits begin with '{}'; give more digits:{}", matches.size(),
              prefix, list);
}

// Removes ~N and ^ from the end of the name, and returns how many commits to go back from it.
Result<std::uint64_t> take_generations(std::string& name) {
  const std::string typed = name;
  std::uint64_t sum = 0;
  while (!name.ends_with('}')) {
    std::uint64_t count = 1;
    const std::size_t mark = name.find_last_of("~^");
    if (mark == std::string::npos || mark == 0) return sum;
    const std::string digits = name.substr(mark + 1);
    const char* const end = digits.data() + digits.size();
    if (!digits.empty()) {
      const auto [stop, error] = std::from_chars(digits.data(), end, count);
      if (name[mark] == '^' || error != std::errc() || stop != end ||
          count > kMostGenerations - sum)
        return fail(ErrorCode::invalid, "'{}' is not a commit: a number must follow '~'", typed);
    }
    sum += count;
    name.resize(mark);
  }
  return sum;
}

Result<Revision> before(history::Repository& repository, Revision at, std::uint64_t generations,
                        const std::string& text) {
  VCS_ASSIGN(auto found, history::ancestor(repository, std::move(at), generations));
  if (!found) return fail(ErrorCode::not_found, "{} goes back before the first commit", text);
  return std::move(*found);
}

}  // namespace

Result<Revision> resolve_revision(history::Repository& repository, const std::string& text,
                                  base::UnixNanos now) {
  if (text.empty()) return fail(ErrorCode::invalid, "which commit? None was named");
  std::string name = text;
  VCS_ASSIGN(const std::uint64_t generations, take_generations(name));
  auto base = [&]() -> Result<Revision> {
    if (name == "HEAD" || name == "@" || name == "head") return head_of(repository);
    if (name.starts_with("@{") && name.ends_with('}'))
      return at_time(repository, std::string_view(name).substr(2, name.size() - 3), now);
    return by_prefix(repository, name);
  }();
  if (!base) return base;
  return before(repository, std::move(*base), generations, text);
}

Result<Revision> revision_at(history::Repository& repository, base::UnixNanos time,
                             bool& before_history) {
  VCS_ASSIGN(Revision head, head_of(repository));
  VCS_ASSIGN(auto found, history::not_younger(repository, head, time));
  before_history = !found;
  return found ? Result<Revision>(std::move(*found)) : history::oldest(repository, std::move(head));
}

}  // namespace vcs::agent::service
