// SPDX-License-Identifier: Apache-2.0
// Gives first the number and kinds, then each file by its name.
#include "cli/render/unsaved.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vcs::cli {
namespace {

constexpr std::size_t kMostNamed = 10;
constexpr std::array<std::pair<ipc::ProblemKind, const char*>, 4> kKinds{
    {{ipc::ProblemKind::too_large, "too large"},
     {ipc::ProblemKind::path_too_long, "with too long a path"},
     {ipc::ProblemKind::lacking, "tried again soon"},
     {ipc::ProblemKind::unreadable, "unreadable"}}};

}  // namespace

std::string unsaved_summary(const std::vector<ipc::ProblemPath>& problems, ipc::Count count) {
  if (count == 0) return {};
  std::vector<std::string> kinds;
  for (const auto& [kind, text] : kKinds) {
    const auto how_many =
        std::count_if(problems.begin(), problems.end(),
                      [&wanted = kind](const auto& problem) { return problem.kind == wanted; });
    if (how_many != 0) kinds.push_back(fmt::format("{} {}", how_many, text));
  }
  std::string files = counted(count, "file", "files") + " could not be saved";
  // The kinds of files that are not in `problems` are not known.
  if (kinds.empty() || problems.size() < count) return files;
  return fmt::format("{} ({})", files, fmt::join(kinds, ", "));
}

std::string unsaved_lines(const std::vector<ipc::ProblemPath>& problems, ipc::Count count,
                          const Style& style) {
  std::string out;
  const std::size_t named = std::min(kMostNamed, problems.size());
  for (std::size_t i = 0; i < named; ++i)
    out += fmt::format("  {}  {}: {}\n", style.bad("not saved"),
                       escaped(problems[i].path.empty() ? "." : problems[i].path),
                       escaped_text(problems[i].reason));
  if (count > named)
    out += fmt::format("  and {} more; see: vcsctl status\n", with_separators(count - named));
  return out;
}

}  // namespace vcs::cli
