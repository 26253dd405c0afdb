// SPDX-License-Identifier: Apache-2.0
// vcsctl diff: what differs between two commits, in names and in lines.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/content.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/render/unified_diff.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

using base::Result;

constexpr std::uint64_t kLargestShown = std::uint64_t{8} << 20;

Result<ipc::DiffRequest> make_request(const Context& context,
                                      const ipc::RepositoryInfo& repository) {
  ipc::DiffRequest request;
  request.repository = repository.name;
  request.a = context.line().text("A");
  std::string path = context.line().text("PATH");
  const std::string second = context.line().text("B");
  if (context.line().has("PATH") || looks_like_commit(second)) {
    request.b = second;
  } else {
    path = second;
  }
  if (!path.empty()) {
    VCS_ASSIGN(request.path, path_in(context, repository, path));
  }
  return request;
}

// The text of one side; "" where the file is not there.
Result<std::string> side(ipc::Client& client, const std::string& repository,
                         const std::string& commit, const std::string& path,
                         const std::string& type) {
  std::string text;
  if (type != "file" && type != "symlink") return text;
  VCS_TRY(
      read_content(client, {repository, commit, path}, [&](std::string_view bytes) -> Result<void> {
        text += bytes;
        return {};
      }));
  return text;
}

std::string painted_hunks(const std::string& hunks, const Style& style) {
  std::string out;
  std::string_view rest = hunks;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string line = escaped_text(rest.substr(0, end));
    const char first = line.front();
    out += first == '@'   ? style.place(line)
           : first == '+' ? style.good(line)
           : first == '-' ? style.bad(line)
                          : line;
    out += '\n';
    rest.remove_prefix(end + 1);
  }
  return out;
}

// Whoever pipes a patch wants its bytes; a terminal gets no control characters.
std::string shown_hunks(const Context& context, const std::string& hunks) {
  return context.terminal().out ? painted_hunks(hunks, context.style()) : hunks;
}

Result<void> print_patch(const Context& context, ipc::Client& client, const std::string& repository,
                         const ipc::DiffResponse& commits, const ipc::ChangeInfo& change) {
  const bool nothing_before = change.type_before.empty() || change.type_before == "directory";
  const bool nothing_after = change.type_after.empty() || change.type_after == "directory";
  if (change.id_before == change.id_after || (nothing_before && nothing_after)) return {};
  const std::string name = escaped(change.path);
  if (std::max(change.size_before, change.size_after) > kLargestShown) {
    context.out().write(
        fmt::format("{} is too large to show ({})\n", name,
                    base::humanize_bytes(std::max(change.size_before, change.size_after))));
    return {};
  }
  VCS_ASSIGN(const std::string before,
             side(client, repository, commits.a, change.path, change.type_before));
  VCS_ASSIGN(const std::string after,
             side(client, repository, commits.b, change.path, change.type_after));
  if (is_binary(before) || is_binary(after)) {
    context.out().write(fmt::format("Binary files a/{0} and b/{0} differ\n", name));
    return {};
  }
  const Style& style = context.style();
  context.out().write(
      style.strong(fmt::format("--- {}", nothing_before ? "/dev/null" : "a/" + name)) + "\n" +
      style.strong(fmt::format("+++ {}", nothing_after ? "/dev/null" : "b/" + name)) + "\n" +
      shown_hunks(context, unified_hunks(before, after)));
  return context.out().flush();
}

}  // namespace

Outcome run_diff(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const ipc::DiffRequest request, make_request(context, repository));
  std::vector<ipc::ChangeInfo> changes;  // for patches
  const bool patch = context.line().has("--patch") || !request.path.empty();
  JsonArray array(context.out());
  const auto take = [&](ipc::ChangeInfo change) {
    if (context.json()) {
      array.add(change);
    } else if (patch) {
      changes.push_back(std::move(change));
    } else {
      context.out().write(change_line(change, context.style()) + "\n");
    }
    return true;
  };
  VCS_ASSIGN(const ipc::DiffResponse commits, client.stream(ipc::methods::diff, request, take));
  if (context.json()) array.close(), context.out().write("\n");
  const bool one_file = changes.size() == 1 && changes.front().path == request.path;
  for (const ipc::ChangeInfo& change : changes) {
    context.out().write(change_line(change, context.style()) + "\n");
    if (context.line().has("--patch") || one_file)
      VCS_TRY(print_patch(context, client, repository.name, commits, change));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
