// SPDX-License-Identifier: Apache-2.0
// vcsctl diff: what differs between two commits, in names and in lines.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/content.hpp"
#include "cli/named_commit.hpp"
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

// What is compared: two commits, or one with what it was made from.
struct Comparison {
  ipc::DiffRequest request;
  bool first_commit = false;  // b has nothing before it
};

// What the last save changed, or the last one that changed the path.
Result<Comparison> last_change(ipc::Client& client, const std::string& repository,
                               const std::string& path) {
  Comparison found;
  found.request = {repository, {}, {}, path};
  VCS_TRY(client.stream(ipc::methods::log, {repository, path, 1, false},
                        [&](const ipc::CommitInfo& commit) {
                          found.request.a = commit.parent;
                          found.request.b = commit.id;
                          return true;
                        }));
  if (found.request.b.empty())
    return path.empty() ? base::fail(base::ErrorCode::not_found, "there is no commit yet")
                        : base::fail(base::ErrorCode::not_found, "{} is not in the history of {}",
                                     escaped(path), escaped(repository));
  found.first_commit = found.request.a.empty();
  return found;
}

// "A..B", of which each may be left out.
bool split_range(const std::string& text, std::string& a, std::string& b) {
  const std::size_t dots =
      text.starts_with("@{") ? text.find("..", text.find('}')) : text.find("..");
  if (dots == std::string::npos) return false;
  const std::string before = text.substr(0, dots), after = text.substr(dots + 2);
  if (!looks_like_commit(before) || !(after.empty() || looks_like_commit(after))) return false;
  a = before;
  b = after;
  return true;
}

// A [B] [PATH], A..B [PATH], [PATH] with --at; or [PATH] alone: its last change.
Result<Comparison> make_comparison(const Context& context, ipc::Client& client,
                                   const ipc::RepositoryInfo& repository) {
  std::vector<std::string> words;
  for (const char* name : {"A", "B", "PATH"})
    if (context.line().has(name)) words.push_back(context.line().text(name));
  Comparison wanted;
  std::string a, b;
  const auto take = [&] {
    const std::string word = words.front();
    words.erase(words.begin());
    return word;
  };
  const bool at = context.line().has("--at");
  if (!at && !words.empty() && split_range(words.front(), a, b)) {
    take();
  } else if (!at && !words.empty() && (looks_like_commit(words.front()) || words.size() == 3)) {
    a = take();
    if (!words.empty() && (looks_like_commit(words.front()) || words.size() == 2)) b = take();
  }
  std::string path;
  if (!words.empty()) {
    VCS_ASSIGN(path, path_in(context, repository, take()));
  }
  if (!words.empty())
    return base::fail(base::ErrorCode::invalid, "'{}' is one word too many",
                      escaped(words.front()));
  if (a.empty() && !at) return last_change(client, repository.name, path);
  wanted.request = {repository.name, {}, {}, path};
  VCS_ASSIGN(wanted.request.a, chosen_commit(context, client, repository.name, a));
  VCS_ASSIGN(wanted.request.b, named_commit(context, client, repository.name, b));
  return wanted;
}

// The changes of the comparison; gives the two commits as full ids.
template <typename Take>
Result<ipc::DiffResponse> stream_comparison(ipc::Client& client, const Comparison& wanted,
                                            const Take& take) {
  if (!wanted.first_commit) return client.stream(ipc::methods::diff, wanted.request, take);
  const std::string& path = wanted.request.path;
  const auto below = [&](const ipc::ChangeInfo& change) {
    return path.empty() || change.path == path || change.path.starts_with(path + "/");
  };
  VCS_TRY(client.stream(ipc::methods::show, {wanted.request.repository, wanted.request.b},
                        [&](ipc::ChangeInfo change) { return !below(change) || take(change); }));
  return ipc::DiffResponse{{}, wanted.request.b, 0};
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

// Words or lines? Words where lines are long and a person reads.
bool by_words(const Context& context, const std::string& before, const std::string& after) {
  if (context.line().has("--words")) return true;
  if (context.line().has("--lines") || !context.terminal().out) return false;
  return has_long_lines(before) || has_long_lines(after);
}

std::string shown_words(const Context& context, const std::string& before,
                        const std::string& after) {
  const bool colour = !context.style().good("x").starts_with('x');
  const WordMarks coloured{"\x1b[31m", "\x1b[0m", "\x1b[32m", "\x1b[0m"};
  const auto shown = [&](const std::string& text) {
    return context.terminal().out ? escaped_text(text) : text;
  };
  return word_hunks(shown(before), shown(after), colour ? coloured : WordMarks());
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
      (by_words(context, before, after) ? shown_words(context, before, after)
                                        : shown_hunks(context, unified_hunks(before, after))));
  return context.out().flush();
}

}  // namespace

Outcome run_diff(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const Comparison wanted, make_comparison(context, client, repository));
  const ipc::DiffRequest& request = wanted.request;
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
  VCS_ASSIGN(const ipc::DiffResponse commits, stream_comparison(client, wanted, take));
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
