// SPDX-License-Identifier: Apache-2.0
// Requests that read history: log, show, diff, ls.
#include "core/history/history.hpp"

#include "agent/service/agent_service.hpp"
#include "agent/service/entry.hpp"
#include "agent/service/revision.hpp"

namespace vcs::agent::service {
namespace {

using history::Repository;
using object::ObjectId;
using object::TreeEntry;

// For a commit in a log: the most paths to show, and the most changes to examine for them.
constexpr std::size_t kMostPathsTold = 3;
constexpr std::size_t kMostChangesSeen = 64;

ipc::Change kind_of(const tree::TreeChange& change) {
  if (!change.before) return ipc::Change::added;
  if (!change.after) return ipc::Change::deleted;
  if (change.before->type != change.after->type) return ipc::Change::type;
  return tree::changes_content(change) ? ipc::Change::modified : ipc::Change::metadata;
}

ipc::ChangeInfo change_info(const tree::TreeChange& change) {
  ipc::ChangeInfo info;
  info.path = change.path;
  info.change = kind_of(change);
  if (change.before) {
    info.type_before = file_type(change.before->type);
    info.id_before = id_text(*change.before);
    info.size_before = change.before->size;
    info.mode_before = change.before->mode;
  }
  if (change.after) {
    info.type_after = file_type(change.after->type);
    info.id_after = id_text(*change.after);
    info.size_after = change.after->size;
    info.mode_after = change.after->mode;
  }
  return info;
}

ipc::EntryInfo entry_info(const std::string& path, const TreeEntry& entry) {
  return {path,        file_type(entry.type), entry.mode,           entry.size,
          entry.mtime, id_text(entry),        entry.symlink_target, entry.unstable};
}

// Streams the changes at and below `path`. Leaves out folders of which only the mtime changed.
template <typename Reply>
Result<std::uint64_t> stream_changes(Repository& repository, const ObjectId& before,
                                     const ObjectId& after, const std::string& path,
                                     const Reply& reply) {
  std::uint64_t items = 0;
  const auto visitor = [&](const tree::TreeChange& change) {
    if (change.before && change.after && change.before->same_but_for_mtime(*change.after) &&
        change.after->type == object::EntryType::directory)
      return true;
    ++items;
    return reply.item(change_info(change));
  };
  if (path.empty())
    VCS_TRY(tree::diff_trees(repository.nodes(), before, after, visitor));
  else
    VCS_TRY(tree::diff_trees_below(repository.nodes(), before, after, path, visitor));
  return items;
}

// The same between two commits. The top folder is in no tree: a change of it has the path ".".
template <typename Reply>
Result<std::uint64_t> stream_changes(Repository& repository, const object::Commit& before,
                                     const object::Commit& after, const std::string& path,
                                     const Reply& reply) {
  std::uint64_t items = 0;
  if (path.empty() && before.root && after.root && !before.root->same_but_for_mtime(*after.root)) {
    ++items;
    if (!reply.item(change_info({".", before.root, after.root}))) return items;
  }
  VCS_ASSIGN(const std::uint64_t more,
             stream_changes(repository, before.tree, after.tree, path, reply));
  return items + more;
}

// Without differences, a path that neither commit has is a typing error.
Result<void> must_be_in_one(Repository& repository, const object::Commit& a,
                            const object::Commit& b, const std::string& path) {
  for (const object::Commit* commit : {&a, &b}) {
    VCS_ASSIGN(const auto found, tree::find_entry(repository.nodes(), commit->tree, path));
    if (found) return {};
  }
  return fail(ErrorCode::not_found, "'{}' is in neither of the two commits", path);
}

// An empty commit if `commit` is the first.
Result<object::Commit> parent_of(Repository& repository, const object::Commit& commit) {
  if (!commit.parent) return object::Commit{};
  return repository.read_commit(*commit.parent);
}

ipc::ChangedPath changed_path(const tree::TreeChange& change) {
  const TreeEntry& entry = change.after ? *change.after : *change.before;
  return {change.path, kind_of(change), file_type(entry.type), change.after ? entry.size : 0};
}

// The first paths that a commit changed, files before folders; with `path`, only those at or below
// it. A folder at `path` that stayed comes last: the changes in it are more important.
Result<std::vector<ipc::ChangedPath>> first_paths(Repository& repository,
                                                  const object::Commit& commit,
                                                  const std::string& path) {
  VCS_ASSIGN(const object::Commit parent, parent_of(repository, commit));
  const ObjectId& before = parent.tree;
  std::vector<ipc::ChangedPath> files, folders, itself;
  std::size_t seen = 0;
  const auto visitor = [&](const tree::TreeChange& change) {
    const bool folder =
        (change.after ? change.after : change.before)->type == object::EntryType::directory;
    const bool news = !folder || !change.before || !change.after;
    if (change.path == path && !news)
      itself.push_back(changed_path(change));
    else if (change.path == path)
      files.insert(files.begin(), changed_path(change));
    else if (news)
      (folder ? folders : files).push_back(changed_path(change));
    return files.size() < kMostPathsTold && ++seen < kMostChangesSeen;
  };
  if (path.empty())
    VCS_TRY(tree::diff_trees(repository.nodes(), before, commit.tree, visitor));
  else
    VCS_TRY(tree::diff_trees_below(repository.nodes(), before, commit.tree, path, visitor));
  files.insert(files.end(), folders.begin(), folders.end());
  files.insert(files.end(), itself.begin(), itself.end());
  if (files.size() > kMostPathsTold) files.resize(kMostPathsTold);
  return files;
}

// Sends the rows of a log, each with the first paths that its commit changed. In the log of one
// file a row waits for the next one: the file's state before a commit is its state in the next row,
// so each commit is read for it once. A damaged tree hides paths, not commits.
class LogRows {
 public:
  LogRows(Repository& repository, const ipc::LogRequest& request, const ipc::Reply<ipc::Log>& reply)
      : repository_(repository), request_(request), reply_(reply) {}

  // False: the client wants no more.
  bool add(const history::CommitStep& step) {
    if (!request_.with_paths) return tell(commit_info(step.id, step.commit));
    if (request_.path.empty()) return tell_with_first_paths(step);
    Row row{step, entry_at(step.commit.tree)};
    if (waiting_ && !tell(*waiting_, row.entry)) return false;
    waiting_ = std::move(row);
    return told_ + 1 != request_.limit;
  }
  // Sends the row that waits, and returns the number of rows.
  std::uint64_t end() {
    if (!waiting_) return told_;
    const auto before = [this](const object::Commit& parent) { return entry_at(parent.tree); };
    tell(*waiting_, parent_of(repository_, waiting_->step.commit).and_then(before));
    return told_;
  }

 private:
  using Entry = Result<std::optional<TreeEntry>>;
  struct Row {
    history::CommitStep step;
    Entry entry;  // the commit's entry at the path
  };

  Entry entry_at(const ObjectId& tree) {
    return tree::find_entry(repository_.nodes(), tree, request_.path);
  }
  static bool is_folder(const std::optional<TreeEntry>& entry) {
    return entry && entry->type == object::EntryType::directory;
  }
  bool tell(ipc::CommitInfo info) { return reply_.item(info) && ++told_ != request_.limit; }
  bool tell_with_first_paths(const history::CommitStep& step) {
    ipc::CommitInfo info = commit_info(step.id, step.commit);
    if (auto paths = first_paths(repository_, step.commit, request_.path)) info.paths = *paths;
    return tell(std::move(info));
  }
  bool tell(const Row& row, const Entry& before) {
    const Entry& after = row.entry;
    if (!before || !after || is_folder(*before) || is_folder(*after))
      return tell_with_first_paths(row.step);
    ipc::CommitInfo info = commit_info(row.step.id, row.step.commit);
    if (*before || *after) info.paths = {changed_path({request_.path, *before, *after})};
    return tell(std::move(info));
  }

  Repository& repository_;
  const ipc::LogRequest& request_;
  const ipc::Reply<ipc::Log>& reply_;
  std::optional<Row> waiting_;
  std::uint64_t told_ = 0;
};

Result<ipc::StreamEnd> tell_log(const Asked& asked, const ipc::LogRequest& request,
                                const ipc::Reply<ipc::Log>& reply) {
  Repository& repository = *asked.history;
  const auto head = repository.head();
  if (!head) return ipc::StreamEnd{};
  VCS_ASSIGN(auto from, history::read_step(repository, *head));
  LogRows rows(repository, request, reply);
  const auto visited = history::visit_history(
      repository, std::move(from), request.path,
      [&](const history::CommitStep& step) { return rows.add(step); },
      [&] { return reply.cancelled(); });
  // Before an error, sends the rows that were found, also the one that waits.
  const std::uint64_t told = rows.end();
  VCS_TRY(visited);
  return ipc::StreamEnd{told};
}

Result<ipc::ResolveResponse> tell_commit(const Asked& asked, const ipc::ResolveRequest& request,
                                         const ipc::Reply<ipc::Resolve>&) {
  bool before_history = false;
  VCS_ASSIGN(const Revision revision,
             request.commit.empty() ? revision_at(*asked.history, request.time, before_history)
                                    : resolve_revision(*asked.history, request.commit, asked.now));
  return ipc::ResolveResponse{commit_info(revision.id, revision.commit), before_history};
}

Result<ipc::CommitInfo> tell_changes(const Asked& asked, const ipc::ShowRequest& request,
                                     const ipc::Reply<ipc::Show>& reply) {
  VCS_ASSIGN(const Revision revision, resolve_revision(*asked.history, request.commit, asked.now));
  VCS_ASSIGN(const object::Commit before, parent_of(*asked.history, revision.commit));
  VCS_TRY(stream_changes(*asked.history, before, revision.commit, "", reply));
  return commit_info(revision.id, revision.commit);
}

Result<ipc::DiffResponse> tell_difference(const Asked& asked, const ipc::DiffRequest& request,
                                          const ipc::Reply<ipc::Diff>& reply) {
  const std::string path = without_trailing_slash(request.path);
  const std::string later = request.b.empty() ? "HEAD" : request.b;
  VCS_ASSIGN(const Revision a, resolve_revision(*asked.history, request.a, asked.now));
  VCS_ASSIGN(const Revision b, resolve_revision(*asked.history, later, asked.now));
  VCS_ASSIGN(const std::uint64_t items,
             stream_changes(*asked.history, a.commit, b.commit, path, reply));
  if (items == 0 && !path.empty())
    VCS_TRY(must_be_in_one(*asked.history, a.commit, b.commit, path));
  return ipc::DiffResponse{a.id.hex(), b.id.hex(), items};
}

Result<ipc::StreamEnd> tell_entries(const Asked& asked, const ipc::LsRequest& request,
                                    const ipc::Reply<ipc::Ls>& reply) {
  Repository& repository = *asked.history;
  VCS_ASSIGN(const Revision revision, resolve_revision(repository, request.commit, asked.now));
  const std::string path = without_trailing_slash(request.path);
  if (!path.empty()) {
    VCS_ASSIGN(const TreeEntry entry, existing_entry(repository, revision, path));
    if (entry.type != object::EntryType::directory) {
      reply.item(entry_info(path, entry));
      return ipc::StreamEnd{1};
    }
  }
  ipc::StreamEnd end;
  VCS_TRY(tree::walk_tree(repository.nodes(), revision.commit.tree, path, request.recursive,
                          [&](const std::string& found, const TreeEntry& entry) {
                            if (found == path) return true;
                            ++end.items;
                            return reply.item(entry_info(found, entry));
                          }));
  return end;
}

}  // namespace

void AgentService::answer(ipc::ResolveRequest request, ipc::Reply<ipc::Resolve> reply) {
  from_history(std::move(request), reply, tell_commit);
}

void AgentService::answer(ipc::LogRequest request, ipc::Reply<ipc::Log> reply) {
  request.path = without_trailing_slash(std::move(request.path));
  from_history(std::move(request), reply, tell_log);
}

void AgentService::answer(ipc::ShowRequest request, ipc::Reply<ipc::Show> reply) {
  from_history(std::move(request), reply, tell_changes);
}

void AgentService::answer(ipc::DiffRequest request, ipc::Reply<ipc::Diff> reply) {
  from_history(std::move(request), reply, tell_difference);
}

void AgentService::answer(ipc::LsRequest request, ipc::Reply<ipc::Ls> reply) {
  from_history(std::move(request), reply, tell_entries);
}

}  // namespace vcs::agent::service
