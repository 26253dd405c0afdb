// SPDX-License-Identifier: Apache-2.0
// vcsctl complete: prints the words that may follow, for the completion scripts. The first line is
// their kind (words, paths; files or folders of the disk, which the shell finds itself). Then each
// line has a word, a tab and a description. It never starts an agent, and prints nothing if the
// agent does not answer in time, so a person who presses Tab does not wait.
#include <fmt/format.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "cli/commands/commands.hpp"
#include "cli/line/completion_point.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/changes.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/duration.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/remotes.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {
namespace {

constexpr std::string_view kPatienceVariable = "VCSCTL_COMPLETION_PATIENCE";
constexpr base::Nanos kAnswerWithin = std::chrono::milliseconds(50);
constexpr std::uint64_t kCommitsOffered = 20, kCommitsSearched = 200;
constexpr std::size_t kMostOffered = 500;

// Ends the process after `patience`. Nothing is written before: the answers are printed at the end.
void leave_in(base::Nanos patience) {
  struct sigaction action {};
  action.sa_handler = [](int) { _exit(0); };
  sigaction(SIGALRM, &action, nullptr);
  itimerval timer{};
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
  timer.it_value.tv_sec = static_cast<time_t>(microseconds / 1'000'000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

class Answers {
 public:
  explicit Answers(std::string prefix) : prefix_(std::move(prefix)) {}

  // Skips names with line breaks or tabs, because the scripts read one word from each line.
  void add(std::string_view word, std::string_view what) {
    if (!word.starts_with(prefix_) || word.find_first_of("\n\t") != std::string_view::npos) return;
    if (words_.size() >= kMostOffered || !words_.emplace(word).second) return;
    lines_ += fmt::format("{}\t{}\n", word, escaped(what));
  }
  void set_kind(std::string_view kind) { kind_ = kind; }
  std::string text() const { return kind_ + "\n" + lines_; }

 private:
  const std::string prefix_;
  std::string kind_ = "words", lines_;
  std::set<std::string, std::less<>> words_;
};

class Completer {
 public:
  Completer(Context& context, const CompletionPoint& point)
      : context_(context), point_(point), answers_(point.prefix) {}

  std::string run() {
    if (point_.unknown) return answers_.text();
    if (point_.option_name) {
      options();
    } else if (point_.option != nullptr) {
      for (const std::string_view choice : point_.option->choices) answers_.add(choice, {});
      (void)values(point_.option->kind);
    } else if (point_.argument != nullptr) {
      for (const std::string_view choice : point_.argument->choices) answers_.add(choice, {});
      if (point_.command->name == "help") names("");
      (void)values(point_.argument->kind);
    } else if (point_.command == nullptr) {
      names(point_.group);
    }
    return answers_.text();
  }

 private:
  void names(std::string_view group) {
    for (const Command& command : commands())
      if (command.group() == group && !command.hidden)
        answers_.add(command.leaf(), command.summary);
    if (group.empty())
      for (const Group& each : groups()) answers_.add(each.name, each.summary);
  }

  void options() {
    const auto add = [&](std::span<const Option> options) {
      for (const Option& option : options) answers_.add(option.name, option.help);
    };
    if (point_.command != nullptr) add(point_.command->options);
    add(common_options());
    answers_.add("--help", "explain the command");
  }

  Result<void> values(ValueKind kind) {
    switch (kind) {
      case ValueKind::folder:
        answers_.set_kind("folders");
        return {};
      case ValueKind::repository:
        return repositories();
      case ValueKind::removed:
        return removed();
      case ValueKind::remote:
        return remotes();
      case ValueKind::commit:
        return commits_or_paths();
      case ValueKind::path:
        return paths_of(given_commit(), {});
      case ValueKind::text:
      case ValueKind::number:
      case ValueKind::duration:
      case ValueKind::choice:
        return {};
    }
    return {};
  }

  Result<void> connect() {
    if (client_) return {};
    VCS_ASSIGN(client_, context_.connect(Start::never));
    VCS_ASSIGN(list_, client_->call<ipc::RepoList>({}));
    return {};
  }

  // The repository of the line that is typed, not of our own command line.
  Result<ipc::RepositoryInfo> repository() {
    VCS_TRY(connect());
    const auto named = point_.given.find("--repository");
    for (const auto& each : list_.repositories)
      if (named != point_.given.end() && each.name == named->second) return each;
    if (named == point_.given.end()) {
      if (const auto* here = repository_holding(list_.repositories, context_.working_directory()))
        return *here;
      if (list_.repositories.size() == 1) return list_.repositories.front();
    }
    return fail(ErrorCode::not_found, "which repository?");
  }

  Result<void> repositories() {
    VCS_TRY(connect());
    for (const auto& each : list_.repositories) answers_.add(each.name, each.worktree);
    return {};
  }

  Result<void> removed() {
    VCS_TRY(connect());
    VCS_ASSIGN(const auto found, client_->call<ipc::RepoHistories>({}));
    for (const auto& each : found.histories) answers_.add(each.name, each.worktree);
    for (const auto& each : found.histories) answers_.add(each.key, each.worktree);
    return {};
  }

  Result<void> remotes() {
    VCS_ASSIGN(const ipc::RepositoryInfo chosen, repository());
    VCS_ASSIGN(const auto found, client_->call<ipc::RemoteList>({chosen.name}));
    for (const auto& remote : found.remotes) answers_.add(remote.name, remote.url);
    return {};
  }

  // COMMIT, COMMIT:PATH, or a PATH instead of either.
  Result<void> commits_or_paths() {
    const bool with_path =
        point_.argument != nullptr && point_.argument->name.find(':') != std::string_view::npos;
    if (point_.given.contains("--at")) return paths_of(given_commit(), {});
    const CommitPath typed = split_commit_path(point_.prefix);
    if (with_path && typed.has_path) return paths_of(typed.commit, typed.commit + ":");
    VCS_TRY(commits());
    // `restore`, `diff` and `ls` also take a PATH alone.
    const bool alone = point_.command->name == "restore" || point_.command->name == "diff" ||
                       point_.command->name == "ls";
    if (alone && !point_.prefix.empty()) return paths_of({}, {});
    return {};
  }

  Result<void> commits() {
    VCS_ASSIGN(const ipc::RepositoryInfo chosen, repository());
    const base::UnixNanos now = context_.clock().now();
    std::uint64_t number = 0;
    const bool by_id = !point_.prefix.empty() && !std::string_view("HEAD").starts_with(
                                                     std::string_view(point_.prefix).substr(0, 4));
    ipc::LogRequest request{chosen.name, {}, by_id ? kCommitsSearched : kCommitsOffered, true};
    return client_
        ->stream<ipc::Log>(request,
                           [&](const ipc::CommitInfo& commit) {
                             const std::string name =
                                 number == 0 ? "HEAD" : fmt::format("HEAD~{}", number);
                             std::string what = ago(commit.time, now) + "  " + what_changed(commit);
                             if (!commit.message.empty()) what += "  " + commit.message;
                             answers_.add(by_id ? short_id(commit.id) : name, what);
                             ++number;
                             return true;
                           })
        .map([](const auto&) {});
  }

  // The commit in the line that is typed; "": none, so paths that were deleted are offered too.
  std::string given_commit() const {
    if (const auto at = point_.given.find("--at"); at != point_.given.end())
      return "@{" + at->second + "}";
    for (const char* name : {"COMMIT", "B", "A"})
      if (const auto found = point_.given.find(name);
          found != point_.given.end() && looks_like_commit(found->second))
        return found->second;
    return {};
  }

  // Offers the entries of the folder that is typed. `before`: the part of the word before the path.
  Result<void> paths_of(const std::string& commit, const std::string& before) {
    VCS_ASSIGN(const ipc::RepositoryInfo chosen, repository());
    answers_.set_kind("paths");
    const std::string path = point_.prefix.substr(before.size());
    const std::size_t slash = path.rfind('/');
    const std::string shown = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    ipc::LsRequest request{chosen.name, {}, {}, false};
    if (before.empty()) {
      VCS_ASSIGN(request.path, path_in(context_, chosen, shown.empty() ? "." : shown));
    } else if (!shown.empty()) {
      VCS_ASSIGN(request.path, path_in_commit(context_, chosen, shown));
    }
    VCS_ASSIGN(request.commit,
               named_commit(context_, *client_, chosen.name, commit.empty() ? "HEAD" : commit));
    const auto offer = [&](const std::string& found, bool is_folder, std::string_view what) {
      const std::string_view name =
          std::string_view(found).substr(request.path.empty() ? 0 : request.path.size() + 1);
      answers_.add(fmt::format("{}{}{}{}", before, shown, name, is_folder ? "/" : ""), what);
    };
    const auto listed = client_->stream<ipc::Ls>(request, [&](const ipc::EntryInfo& entry) {
      offer(entry.path, entry.type == ipc::FileType::directory, {});
      return true;
    });
    if (commit.empty()) VCS_TRY(deleted_paths(chosen, request.path, offer));
    return listed.map([](const auto&) {});
  }

  template <typename Offer>
  Result<void> deleted_paths(const ipc::RepositoryInfo& chosen, const std::string& folder,
                             const Offer& offer) {
    const base::UnixNanos now = context_.clock().now();
    const ipc::LogRequest request{chosen.name, folder, kCommitsSearched, true};
    return client_
        ->stream<ipc::Log>(request,
                           [&](const ipc::CommitInfo& commit) {
                             for (const ipc::ChangedPath& path : commit.paths) {
                               const bool below =
                                   folder.empty() || path.path.starts_with(folder + "/");
                               if (path.change != ipc::Change::deleted || !below) continue;
                               const std::size_t begin = folder.empty() ? 0 : folder.size() + 1;
                               const std::size_t end = path.path.find('/', begin);
                               offer(path.path.substr(0, end), end != std::string::npos,
                                     "deleted " + ago(commit.time, now));
                             }
                             return true;
                           })
        .map([](const auto&) {});
  }

  Context& context_;
  const CompletionPoint& point_;
  Answers answers_;
  std::optional<ipc::Client> client_;
  ipc::RepoListResponse list_;
};

}  // namespace

Outcome run_complete(Context& context) {
  const auto& environment = context.environment();
  const auto asked = environment.find(std::string(kPatienceVariable));
  const auto patience = asked == environment.end() ? Result<std::chrono::nanoseconds>(kAnswerWithin)
                                                   : base::parse_duration(asked->second);
  leave_in(patience.value_or(kAnswerWithin));
  const CompletionPoint point = find_completion_point(context.line().list("WORD"));
  context.out().write(Completer(context, point).run());
  leave_in(base::Nanos::zero());  // stops the timer
  return ExitStatus::done;
}

}  // namespace vcs::cli
