// The walk: one task a folder, on several lanes, merged with the index folder by folder.
#include "core/snapshot/tree_scanner.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "core/object/tree_node.hpp"
#include "core/snapshot/ignore_files.hpp"
#include "core/snapshot/tree.hpp"

namespace vcs::snapshot {
namespace {

using base::Directory;
using base::Error;
using base::ErrorCode;
using base::FileStat;
using base::FileType;
using base::Result;
using DirectoryPtr = std::shared_ptr<Directory>;
using RulesPtr = std::shared_ptr<const IgnoreRules>;

// Open folders that waiting tasks may hold together. Tasks beyond it reopen their folder from the
// root.
constexpr std::size_t kMostHeldFolders = 400;

// One folder to look into.
struct FolderTask {
  std::string path;
  DirectoryPtr parent;  // null: reopen from the root
  RulesPtr rules;       // that hold in the parent
};

std::string join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  return path.append(folder).append(1, '/').append(name);
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string parent_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_below(std::string_view path, std::string_view folder) {
  return path != folder && is_at_or_below(path, folder);
}

bool is_missing(const Error& error) {
  return error.code == ErrorCode::not_found;
}

// What one lane found; merged at the end.
struct Findings {
  std::vector<Candidate> candidates;
  std::vector<Problem> problems;
  std::vector<std::string> special;
  std::uint64_t files = 0, folders = 0;
};

// The state that all lanes share.
class Walk {
 public:
  Walk(DirectoryPtr root, const index::Index& index, const ScanOptions& options)
      : root_(std::move(root)), index_(index), options_(options) {}

  Result<void> look_at(const Mark& mark, Findings& out);
  void run_lane(Findings& out);
  bool cancelled() const {
    return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
  }

 private:
  struct Opened {
    DirectoryPtr directory;
    RulesPtr rules;        // that hold inside
    std::string missing;   // the first component that is no folder; then directory is null
    bool ignored = false;  // a parent is ignored or excluded
  };

  RulesPtr root_rules();
  Result<Opened> open_folder(const std::string& path);
  Result<DirectoryPtr> reopen(const std::string& path);
  void look_at_entry(Directory& parent, const std::string& path, const RulesPtr& rules,
                     bool recursive, const DirectoryPtr& parent_handle, Findings& out);
  void look_into(FolderTask task, Findings& out);
  void merge_folder(const std::string& path, const DirectoryPtr& directory, const RulesPtr& rules,
                    const std::vector<base::DirectoryEntry>& entries, Findings& out);
  void compare(const std::string& path, const FileStat& stat,
               std::optional<index::IndexEntry> known, Findings& out);
  void forget_below(const std::string& folder, Findings& out);
  void forget(const std::string& path, Findings& out);
  void push(FolderTask task);

  DirectoryPtr root_;
  const index::Index& index_;
  const ScanOptions& options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<FolderTask> tasks_;
  std::size_t busy_ = 0;
  std::size_t held_ = 0;  // tasks that hold their parent open
};

RulesPtr Walk::root_rules() {
  return IgnoreRules::root(options_.ignore ? options_.ignore : IgnorePatterns::parse(""));
}

// Opens `path` one component at a time, gathering the ignore rules on the way.
Result<Walk::Opened> Walk::open_folder(const std::string& path) {
  Opened opened{root_, rules_inside(root_rules(), "", *root_, options_.honor_gitignore), {}, false};
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t slash = std::min(path.find('/', start), path.size());
    const std::string upto = path.substr(0, slash);
    if (opened.rules->ignores(upto, true)) {
      opened.missing = upto;
      opened.ignored = true;
      opened.directory = nullptr;
      return opened;
    }
    auto next = opened.directory->open_directory(path.substr(start, slash - start));
    if (!next) {
      const bool no_folder = is_missing(next.error()) || next.error().os_error == ENOTDIR ||
                             next.error().os_error == ELOOP;
      if (!no_folder) return tl::unexpected(std::move(next).error());
      opened.missing = upto;
      opened.directory = nullptr;
      return opened;
    }
    opened.directory = std::move(*next);
    opened.rules = rules_inside(opened.rules, upto, *opened.directory, options_.honor_gitignore);
    start = slash + 1;
  }
  return opened;
}

Result<DirectoryPtr> Walk::reopen(const std::string& path) {
  DirectoryPtr directory = root_;
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t slash = std::min(path.find('/', start), path.size());
    VCS_ASSIGN(directory, directory->open_directory(path.substr(start, slash - start)));
    start = slash + 1;
  }
  return directory;
}

void Walk::push(FolderTask task) {
  {
    std::lock_guard lock(mutex_);
    if (task.parent) {
      if (held_ >= kMostHeldFolders)
        task.parent = nullptr;
      else
        ++held_;
    }
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

// The index says something about `path` and perhaps about entries below it, and none of it is there
// any more.
void Walk::forget(const std::string& path, Findings& out) {
  if (auto known = index_.find(path)) out.candidates.push_back({path, std::nullopt, known});
  forget_below(path, out);
}

void Walk::forget_below(const std::string& folder, Findings& out) {
  auto cursor = index_.cursor();
  for (cursor->seek(folder); cursor->valid(); cursor->next()) {
    if (cursor->path() == folder) continue;
    if (!is_below(cursor->path(), folder)) break;
    out.candidates.push_back({std::string(cursor->path()), std::nullopt, cursor->entry()});
  }
}

void Walk::compare(const std::string& path, const FileStat& stat,
                   std::optional<index::IndexEntry> known, Findings& out) {
  if (known && index::matches(*known, stat)) return;
  if (stat.type == FileType::regular && options_.max_file_size != 0 &&
      stat.size > options_.max_file_size) {
    out.problems.push_back(
        {path,
         Error{ErrorCode::invalid,
               fmt::format("larger than watch.max_file_size ({} bytes); left out", stat.size), 0}});
    return;
  }
  out.candidates.push_back({path, stat, known});
}

// One entry of an open folder, with everything below it when it is a folder that is new or marked
// so.
void Walk::look_at_entry(Directory& parent, const std::string& path, const RulesPtr& rules,
                         bool recursive, const DirectoryPtr& parent_handle, Findings& out) {
  const auto stat = parent.stat(std::string(base_name(path)));
  if (!stat) {
    if (is_missing(stat.error()))
      forget(path, out);
    else
      out.problems.push_back({path, stat.error()});
    return;
  }
  const bool is_directory = stat->type == FileType::directory;
  if (stat->type == FileType::other || rules->ignores(path, is_directory)) {
    if (stat->type == FileType::other) out.special.push_back(path);
    forget(path, out);
    return;
  }
  auto known = index_.find(path);
  if (!is_directory) {
    ++out.files;
    if (known && known->type == object::EntryType::directory) forget_below(path, out);
    compare(path, *stat, known, out);
    return;
  }
  // A folder that the index does not know has been seen by nobody: all of it is news.
  if (recursive || !known || known->type != object::EntryType::directory) {
    push({path, parent_handle, rules});
    return;
  }
  ++out.folders;
  compare(path, *stat, known, out);
}

Result<void> Walk::look_at(const Mark& mark, Findings& out) {
  if (mark.path.empty()) {
    // The root has no entry of its own. Without recursion there is nothing to see.
    if (mark.recursive) push({"", nullptr, root_rules()});
    return {};
  }
  const std::string folder = parent_path(mark.path);
  auto opened = open_folder(folder);
  if (!opened) {
    out.problems.push_back({folder, std::move(opened).error()});
    return {};
  }
  if (opened->directory) {
    look_at_entry(*opened->directory, mark.path, opened->rules, mark.recursive, opened->directory,
                  out);
    // An entry that came or went gave its folder a new mtime, which belongs in the same commit.
    const auto stat = opened->directory->stat_self();
    if (stat && !folder.empty()) compare(folder, *stat, index_.find(folder), out);
    return {};
  }
  if (opened->ignored) {
    forget(opened->missing, out);
    return {};
  }
  // A parent is gone or no folder any more: what matters is that parent.
  return look_at({opened->missing, true}, out);
}

// Reads one folder and compares it, child by child, with the index.
void Walk::look_into(FolderTask task, Findings& out) {
  Result<DirectoryPtr> directory = root_;
  if (!task.path.empty()) {
    if (task.parent) {
      auto opened = task.parent->open_directory(std::string(base_name(task.path)));
      if (opened)
        directory = DirectoryPtr(std::move(*opened));
      else
        directory = tl::unexpected(std::move(opened).error());
    } else {
      directory = reopen(task.path);
    }
  }
  if (!directory) {
    // Gone or replaced since it was listed: another event is on its way, and the next look will
    // tell.
    if (is_missing(directory.error()))
      forget(task.path, out);
    else
      out.problems.push_back({task.path, directory.error()});
    return;
  }
  task.parent = nullptr;
  const auto stat = (*directory)->stat_self();
  if (!stat) return out.problems.push_back({task.path, stat.error()});
  auto entries = base::list_sorted(**directory);
  if (!entries) return out.problems.push_back({task.path, entries.error()});
  ++out.folders;
  if (!task.path.empty()) compare(task.path, *stat, index_.find(task.path), out);

  RulesPtr rules = task.rules;
  for (const base::DirectoryEntry& entry : *entries) {
    if (entry.name == ".vcsignore" || (options_.honor_gitignore && entry.name == ".gitignore")) {
      rules = rules_inside(rules, task.path, **directory, options_.honor_gitignore);
      break;
    }
  }
  merge_folder(task.path, *directory, rules, *entries, out);
}

void Walk::merge_folder(const std::string& path, const DirectoryPtr& directory,
                        const RulesPtr& rules, const std::vector<base::DirectoryEntry>& entries,
                        Findings& out) {
  auto cursor = index_.cursor();
  if (path.empty()) {
    cursor->seek("");
  } else {
    cursor->seek(path);
    if (cursor->valid() && cursor->path() == path) cursor->next();
  }
  const auto at_child = [&] { return cursor->valid() && is_below(cursor->path(), path); };
  const auto skip_child = [&] {
    if (cursor->entry().type == object::EntryType::directory)
      cursor->seek_past(std::string(cursor->path()));
    else
      cursor->next();
  };
  const auto forget_child = [&] {
    const std::string gone(cursor->path());
    while (cursor->valid() && is_at_or_below(cursor->path(), gone)) {
      out.candidates.push_back({std::string(cursor->path()), std::nullopt, cursor->entry()});
      cursor->next();
    }
  };

  for (const base::DirectoryEntry& entry : entries) {
    const std::string child = join(path, entry.name);
    while (at_child() && object::compare_paths(cursor->path(), child) < 0) forget_child();
    const bool known = at_child() && cursor->path() == child;

    FileType type = entry.type;
    std::optional<FileStat> stat;
    if (!entry.type_known || type != FileType::directory) {
      const auto found = directory->stat(entry.name);
      if (!found) {
        if (is_missing(found.error())) {
          if (known) forget_child();
        } else {
          out.problems.push_back({child, found.error()});
          if (known) skip_child();
        }
        continue;
      }
      stat = *found;
      type = stat->type;
    }
    const bool is_directory = type == FileType::directory;
    if (type == FileType::other || rules->ignores(child, is_directory)) {
      if (type == FileType::other) out.special.push_back(child);
      if (known) forget_child();
      continue;
    }
    if (is_directory) {
      if (known && cursor->entry().type != object::EntryType::directory)
        cursor->next();
      else if (known)
        skip_child();
      push({child, directory, rules});
      continue;
    }
    ++out.files;
    if (known && cursor->entry().type != object::EntryType::directory) {
      // The common case by far: nothing is copied when the index agrees.
      if (!index::matches(cursor->entry(), *stat)) compare(child, *stat, cursor->entry(), out);
      cursor->next();
    } else if (known) {
      compare(child, *stat, cursor->entry(), out);
      cursor->next();
      while (cursor->valid() && is_below(cursor->path(), child)) forget_child();
    } else {
      compare(child, *stat, std::nullopt, out);
    }
  }
  while (at_child()) forget_child();
}

void Walk::run_lane(Findings& out) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return !tasks_.empty() || busy_ == 0; });
    if (tasks_.empty()) return;
    // Last in, first out: deep before wide keeps the list of waiting folders short.
    FolderTask task = std::move(tasks_.back());
    tasks_.pop_back();
    if (task.parent) --held_;
    ++busy_;
    lock.unlock();
    if (!cancelled()) look_into(std::move(task), out);
    lock.lock();
    if (--busy_ == 0 && tasks_.empty()) wake_.notify_all();
  }
}

void append(Findings& into, Findings&& from) {
  const auto move_all = [](auto& to, auto& what) {
    to.insert(to.end(), std::make_move_iterator(what.begin()), std::make_move_iterator(what.end()));
  };
  move_all(into.candidates, from.candidates);
  move_all(into.problems, from.problems);
  move_all(into.special, from.special);
  into.files += from.files, into.folders += from.folders;
}

// A changed ignore file changes the verdict on everything beside and below it.
void widen_for_ignore_files(std::vector<Mark>& marks, bool honor_gitignore) {
  for (Mark& mark : marks) {
    const std::string_view name = base_name(mark.path);
    if (name == ".vcsignore" || (honor_gitignore && name == ".gitignore"))
      mark = {parent_path(mark.path), true};
  }
}

}  // namespace

std::vector<Mark> simplify_marks(std::vector<Mark> marks) {
  // At equal paths the recursive mark comes first, so that it swallows its twin.
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    const int order = object::compare_paths(a.path, b.path);
    return order != 0 ? order < 0 : a.recursive && !b.recursive;
  });
  std::vector<Mark> kept;
  std::optional<std::string> covering;
  for (Mark& mark : marks) {
    if (!kept.empty() && kept.back().path == mark.path) continue;
    if (covering && is_below(mark.path, *covering)) continue;
    if (mark.recursive) covering = mark.path;
    kept.push_back(std::move(mark));
  }
  return kept;
}

Result<ScanResult> scan_tree(DirectoryPtr root, const index::Index& index, std::vector<Mark> marks,
                             const ScanOptions& options, base::ThreadPool& pool) {
  VCS_TRY(root->stat_self());
  widen_for_ignore_files(marks, options.honor_gitignore);
  Walk walk(std::move(root), index, options);
  std::vector<Findings> findings(std::max<std::size_t>(options.lanes, 1));
  for (const Mark& mark : simplify_marks(std::move(marks)))
    VCS_TRY(walk.look_at(mark, findings[0]));
  pool.run_lanes(findings.size(), [&](std::size_t lane) { walk.run_lane(findings[lane]); });
  if (walk.cancelled()) return base::fail(ErrorCode::cancelled, "the scan was cancelled");

  for (std::size_t lane = 1; lane < findings.size(); ++lane)
    append(findings[0], std::move(findings[lane]));
  Findings& all = findings[0];
  std::sort(all.candidates.begin(), all.candidates.end(),
            [](const Candidate& a, const Candidate& b) {
              return object::compare_paths(a.path, b.path) < 0;
            });
  // A mark below a folder that turned out to be news is looked at twice.
  const auto last =
      std::unique(all.candidates.begin(), all.candidates.end(),
                  [](const Candidate& a, const Candidate& b) { return a.path == b.path; });
  all.candidates.erase(last, all.candidates.end());
  return ScanResult{std::move(all.candidates), std::move(all.problems), all.files, all.folders,
                    std::move(all.special)};
}

}  // namespace vcs::snapshot
