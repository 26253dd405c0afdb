// SPDX-License-Identifier: Apache-2.0
// Opens a folder, judges its mount, and merges its names with the entries of the index.
#include "core/worktree/folder_walk.hpp"

#include <algorithm>
#include <cerrno>

#include "core/base/leftovers.hpp"
#include "core/object/tree_node.hpp"
#include "core/object/tree_paths.hpp"
#include "core/worktree/builtin_ignores.hpp"
#include "core/worktree/folder_below.hpp"
#include "core/worktree/ignore_files.hpp"

namespace vcs::worktree {

using base::Directory;
using base::FileStat;
using base::FileType;
using object::EntryType;

namespace {

// Most folders that all waiting segments together hold open. A segment beyond that reopens its
// folder from the root.
constexpr int kMostOpenFolders = 400;

// Stands for the device of a folder that a mount covers. Its real number may change meanwhile.
constexpr std::uint64_t kNoDevice = 0;

bool is_missing(const Error& error) {
  return error.code == ErrorCode::not_found;
}

bool is_no_folder(const Error& error) {
  return is_missing(error) || error.os_error == ENOTDIR || error.os_error == ELOOP;
}

Segment gone_segment(std::string path, bool with_self) {
  Segment segment;
  segment.kind = Segment::Kind::gone;
  segment.path = std::move(path);
  segment.with_self = with_self;
  return segment;
}

// Moves the cursor to the first entry below `path`, if there is one.
void seek_below(index::IndexCursor& cursor, const std::string& path) {
  cursor.seek(path);
  if (cursor.valid() && cursor.path() == path) cursor.next();
}

// `parent` is an OpenFolder or the result of open_folder().
template <typename Parent>
Segment folder_segment(std::string path, const Parent& parent, OpenFolderPtr open) {
  Segment segment;
  segment.kind = Segment::Kind::folder;
  segment.path = std::move(path);
  segment.rules = parent.rules;
  segment.lies = parent.lies;
  segment.absence = parent.absence;
  segment.open = std::move(open);
  return segment;
}

}  // namespace

void Findings::add(Candidate candidate) {
  if (segments.empty() || segments.back().kind != Segment::Kind::found) segments.emplace_back();
  segments.back().candidates.push_back(std::move(candidate));
}

// --- Opening folders ---

RulesPtr FolderWalk::root_rules() const {
  return IgnoreRules::root(options_.ignore ? options_.ignore : IgnorePatterns::parse(""));
}

// Opens `path` one component at a time and collects the ignore rules on the way.
Result<FolderWalk::Opened> FolderWalk::open_folder(const std::string& path, ScanReport& report) {
  Opened opened{root_, nullptr, {}, false, lies_, Absence::deletion};
  VCS_ASSIGN(opened.rules, rules_inside(root_rules(), "", *root_, options_.honor_gitignore));
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t slash = std::min(path.find('/', start), path.size());
    const std::string upto = path.substr(0, slash);
    if (opened.rules->ignores(upto, true))
      return Opened{nullptr, opened.rules, upto, true, opened.lies, opened.absence};
    auto next = opened.directory->open_directory(path.substr(start, slash - start));
    if (!next) {
      if (!is_no_folder(next.error())) return tl::unexpected(std::move(next).error());
      return Opened{nullptr, opened.rules, upto, false, opened.lies, opened.absence};
    }
    opened.directory = std::move(*next);
    VCS_ASSIGN(const FileStat stat, opened.directory->stat_self());
    opened.absence = judge(upto, *opened.directory, stat, opened.lies, opened.absence, report);
    opened.lies = Whereabouts::of(stat);
    VCS_ASSIGN(opened.rules,
               rules_inside(opened.rules, upto, *opened.directory, options_.honor_gitignore));
    start = slash + 1;
  }
  return opened;
}

Result<DirectoryPtr> FolderWalk::open(const Segment& segment) {
  if (segment.path.empty()) return root_;
  VCS_ASSIGN(auto directory, segment.open ? segment.open->directory->open_directory(
                                                std::string(object::base_name(segment.path)))
                                          : open_folder_below(*root_, segment.path));
  return DirectoryPtr(std::move(directory));
}

// --- Mounts ---

const index::Mount* FolderWalk::known_mount(const std::string& path) const {
  if (options_.mounts == nullptr) return nullptr;
  const auto found = options_.mounts->find(path);
  return found != options_.mounts->end() ? &found->second : nullptr;
}

bool FolderWalk::index_has_below(const std::string& path) const {
  const auto cursor = index_.cursor();
  seek_below(*cursor, path);
  return cursor->valid() && object::is_below(cursor->path(), path);
}

// True if the folder holds a name that the index has in it. `same_file`: with the same inode, too.
bool FolderWalk::shares_a_name(const std::string& path, Directory& directory,
                               bool same_file) const {
  const auto cursor = index_.cursor();
  seek_below(*cursor, path);
  while (cursor->valid() && object::is_below(cursor->path(), path)) {
    const std::string child(cursor->path());
    const std::string name(object::base_name(child));
    if (object::parent_path(child) == path) {
      const auto stat = directory.stat(name);
      if (stat && (!same_file || stat->inode == cursor->entry().inode)) return true;
    }
    cursor->seek_past(child);
  }
  return false;
}

// How to read a path that is missing in an open folder. A filesystem that was saved here and is not
// here now was not emptied: it is unmounted, or another one took its place. A folder that a mount
// covers was not emptied, either: then the scan waits until the folder itself is seen again.
Absence FolderWalk::judge(const std::string& path, Directory& directory, const FileStat& stat,
                          const Whereabouts& parent, Absence in_parent, ScanReport& report) const {
  const bool mounted = Whereabouts::of(stat).differs_from(parent);
  const index::Mount* known = known_mount(path);
  if (!mounted && known == nullptr) return in_parent;
  const index::FolderIdentity now{stat.device, stat.inode};
  const auto cover = [&] {
    const auto folder = index_.find(path);
    const index::FolderIdentity beneath{kNoDevice, folder ? folder->inode : 0};
    report.mounts.push_back({path, index::Mount{known != nullptr ? known->here : beneath, now}});
    return Absence::unmounting;
  };
  const bool is_covered = known != nullptr && known->here.device == kNoDevice;
  if (is_covered && mounted) return known->stranger == now ? Absence::unmounting : cover();
  if (known == nullptr && index_has_below(path) && !shares_a_name(path, directory, true))
    return cover();
  // The folder itself is seen again: forget the mount.
  if (!mounted && (is_covered || (!known->is_away() && shares_a_name(path, directory, true)))) {
    report.mounts.push_back({path, std::nullopt});
    return in_parent;
  }
  const bool as_known = known != nullptr && !known->is_away() && known->here == now && mounted;
  if (as_known) return Absence::unmounting_perhaps;
  // Another filesystem that is known already stays a stranger, even if it has names of the index.
  const bool stranger = known != nullptr && known->is_away() && known->stranger == now;
  if (stranger && index_has_below(path)) return Absence::unmounting;
  if (known == nullptr || !index_has_below(path) ||
      (mounted && shares_a_name(path, directory, false))) {
    report.mounts.push_back({path, std::nullopt});
    if (mounted) report.mounts.back().mount = index::Mount{now, {}};
    return mounted ? Absence::unmounting_perhaps : in_parent;
  }
  report.mounts.push_back({path, index::Mount{known->here, now}});
  return Absence::unmounting;
}

// --- One entry ---

void FolderWalk::compare(const std::string& path, const FileStat& stat,
                         const index::IndexEntry* known, Findings& out) const {
  const bool written = !written_.empty() && written_.contains(path);
  if (stat.links > 1 && stat.type == FileType::regular)
    out.report.linked.push_back({path, stat.inode, stat.ctime});
  if (known != nullptr && !written && index::matches(*known, stat)) return;
  if (stat.type == FileType::regular && options_.max_file_size != 0 &&
      stat.size > options_.max_file_size) {
    out.report.problems.push_back(
        {path,
         Error{ErrorCode::invalid,
               fmt::format("larger than watch.max_file_size ({} bytes); left out", stat.size), 0},
         false, Problem::Kind::too_large});
    return;
  }
  out.add(Candidate{path, stat, known != nullptr, written});
}

// Also reports the entries that it leaves out without a pattern of the person.
bool FolderWalk::leaves_out(const IgnoreRules& rules, Directory& directory, const std::string& path,
                            const FileStat& stat, ScanReport& report) const {
  if (stat.type == FileType::other) {
    report.special.push_back(path);
    return true;
  }
  if (path.size() > object::kLongestPath) {
    report.problems.push_back(
        {path,
         Error{ErrorCode::invalid,
               fmt::format("its path is longer than {} bytes; left out", object::kLongestPath), 0},
         false, Problem::Kind::path_too_long});
    return true;
  }
  switch (rules.rule(path, stat.type == FileType::directory)) {
    case IgnoreRules::Ruling::keep:
      return false;
    case IgnoreRules::Ruling::ignore:
      return true;
    case IgnoreRules::Ruling::builtin:
      break;
  }
  const std::string name(object::base_name(path));
  if (!is_builtin_ignored(directory, name, stat)) return false;
  if (options_.sweep && base::is_temporary_name(name) &&
      base::sweep_stale(directory, name, *options_.sweep))
    return true;
  report.builtin.push_back(path);
  return true;
}

// Compares the marked entry of an open folder. A folder is read with everything below it if it is
// new, a known mount or marked as recursive.
void FolderWalk::look_at_entry(const Opened& parent, const Mark& mark, Findings& out) {
  const std::string& path = mark.path;
  const auto stat = parent.directory->stat(std::string(object::base_name(path)));
  if (!stat) {
    if (!is_missing(stat.error())) return out.report.problems.push_back({path, stat.error()});
    out.report.absent.push_back(path);
    if (parent.absence != Absence::unmounting) out.add(gone_segment(path, true));
    return;
  }
  const bool is_directory = stat->type == FileType::directory;
  if (leaves_out(*parent.rules, *parent.directory, path, *stat, out.report)) {
    if (parent.absence != Absence::unmounting) out.add(gone_segment(path, true));
    return;
  }
  const auto known = index_.find(path);
  const bool known_folder = known && known->type == EntryType::directory;
  // The index does not know the folder, so all of its content is new.
  if (is_directory && (mark.recursive || !known_folder || known_mount(path)))
    return out.add(folder_segment(path, parent, nullptr));
  ++(is_directory ? out.report.folders_seen : out.report.files_seen);
  compare(path, *stat, known ? &*known : nullptr, out);
  if (!is_directory && known_folder) out.add(gone_segment(path, false));
}

void FolderWalk::look_at(const Mark& mark, Findings& out) {
  if (mark.path.empty()) {
    // The root has no index entry. Without recursion there is nothing to compare.
    const OpenFolder outside{{}, nullptr, root_rules(), lies_, Absence::deletion, nullptr};
    if (mark.recursive) out.add(folder_segment("", outside, nullptr));
    return;
  }
  const std::string folder(object::parent_path(mark.path));
  if (!last_opened_ || last_folder_ != folder) {
    auto opened = open_folder(folder, out.report);
    if (!opened) return out.report.problems.push_back({folder, std::move(opened).error()});
    last_folder_ = folder;
    last_opened_ = std::move(*opened);
  }
  const Opened& parent = *last_opened_;
  if (!parent.directory) {
    if (parent.ignored && parent.absence == Absence::unmounting) return;
    if (parent.ignored) return out.add(gone_segment(parent.missing, true));
    // A parent is gone or no folder any more: compare that parent instead.
    return look_at({std::string(parent.missing), true}, out);
  }
  look_at_entry(parent, mark, out);
  // An entry that came or went gave its folder a new mtime, which belongs in the same save.
  if (folder.empty() || parent.absence == Absence::unmounting) return;
  const auto stat = parent.directory->stat_self();
  if (!stat) return;
  const auto known = index_.find(folder);
  compare(folder, *stat, known ? &*known : nullptr, out);
}

// --- One folder ---

// Merges the names of one part of a folder with the index entries of the same part.
class FolderWalk::Comparison {
 public:
  // `cursor` stands at the first entry of that part.
  Comparison(FolderWalk& walk, const OpenFolderPtr& folder, index::IndexCursor& cursor,
             Findings& out)
      : walk_(walk), folder_(folder), out_(out), cursor_(cursor) {
    child_ = object::join_path(folder->path, "");
    prefix_ = child_.size();
  }

  // Compares the names [position, end).
  void look_through(const FolderListing& listing, std::size_t position, std::size_t end) {
    for (; position < end; ++position) look_at(listing.name(position), listing.type(position));
    if (end < listing.size())
      forget_before(listing.name(end));
    else
      forget_rest();
  }

 private:
  void look_at(std::string_view name, std::optional<FileType> type);
  // The index entries before `name`, or in the rest of the folder, are missing on disk.
  void forget_before(std::string_view name) {
    child_.resize(prefix_);
    child_.append(name);
    while (at_child() && object::compare_paths(cursor_.path(), child_) < 0) forget_child();
  }
  void forget_rest() {
    while (at_child()) forget_child();
  }
  bool at_child() const {
    return cursor_.valid() && object::is_below(cursor_.path(), folder_->path);
  }
  bool is_folder() const { return cursor_.entry().type == EntryType::directory; }
  void skip_child() {
    if (is_folder())
      cursor_.seek_past(std::string(cursor_.path()));
    else
      cursor_.next();
  }
  void forget_child() {
    std::string path(cursor_.path());
    skip_child_to_forget(path);
  }
  void skip_child_to_forget(std::string& path);
  void look_at_folder(bool known);
  void look_at_file(const FileStat& stat, bool known);

  FolderWalk& walk_;
  const OpenFolderPtr& folder_;
  Findings& out_;
  index::IndexCursor& cursor_;
  std::string child_, name_;  // path and name of the current entry; members, to reuse their memory
  std::size_t prefix_ = 0;    // length of the folder's path at the start of child_
};

void FolderWalk::Comparison::skip_child_to_forget(std::string& path) {
  if (folder_->absence == Absence::unmounting) return skip_child();
  if (is_folder()) {
    cursor_.seek_past(path);
    out_.add(gone_segment(std::move(path), true));
  } else {
    cursor_.next();
    out_.add(Candidate{std::move(path), std::nullopt, true});
  }
}

void FolderWalk::Comparison::look_at_folder(bool known) {
  if (known && is_folder())
    skip_child();
  else if (known)
    cursor_.next();
  // If the folder could not be read before, the index may have its content without the folder
  // itself, or a file in its place. The folder's own segment compares that content.
  if (at_child() && object::is_below(cursor_.path(), child_)) cursor_.seek_past(child_);
  const bool may_hold = *walk_.open_folders_ < kMostOpenFolders;
  out_.add(folder_segment(child_, *folder_, may_hold ? folder_ : nullptr));
}

void FolderWalk::Comparison::look_at_file(const FileStat& stat, bool known) {
  ++out_.report.files_seen;
  walk_.compare(child_, stat, known ? &cursor_.entry() : nullptr, out_);
  if (!known) return;
  if (is_folder()) out_.add(gone_segment(child_, false));
  skip_child();
}

void FolderWalk::Comparison::look_at(std::string_view name, std::optional<FileType> type) {
  forget_before(name);
  const bool known = at_child() && cursor_.path() == child_;
  FileStat stat;
  if (type != FileType::directory) {
    name_ = name;
    const auto found = folder_->directory->stat(name_);
    if (!found) {
      if (!is_missing(found.error())) {
        out_.report.problems.push_back({child_, found.error()});
        if (known) skip_child();
      } else if (known) {
        forget_child();
      }
      return;
    }
    stat = *found;
    type = stat.type;
  }
  stat.type = *type;
  if (walk_.leaves_out(*folder_->rules, *folder_->directory, child_, stat, out_.report)) {
    if (known) forget_child();
    return;
  }
  if (type == FileType::directory)
    look_at_folder(known);
  else
    look_at_file(stat, known);
}

void FolderWalk::look_into(Segment segment, index::IndexCursor& cursor, Findings& out) {
  auto directory = open(segment);
  if (!directory) {
    // Gone or replaced since it was listed: another event is on its way, and the next scan finds
    // it.
    if (is_missing(directory.error()) && segment.absence != Absence::deletion) return;
    if (is_missing(directory.error())) return out.add(gone_segment(std::move(segment.path), true));
    return out.report.problems.push_back({std::move(segment.path), directory.error()});
  }
  segment.open = nullptr;
  const auto stat = (*directory)->stat_self();
  if (!stat) return out.report.problems.push_back({std::move(segment.path), stat.error()});
  auto read = FolderListing::read(**directory);
  if (!read) return out.report.problems.push_back({std::move(segment.path), read.error()});
  const auto listing = std::make_shared<const FolderListing>(std::move(*read));
  RulesPtr rules = std::move(segment.rules);
  if (listing->contains(".vcsignore") ||
      (options_.honor_gitignore && listing->contains(".gitignore"))) {
    auto own = rules_inside(rules, segment.path, **directory, options_.honor_gitignore);
    if (!own) return out.report.problems.push_back({std::move(segment.path), own.error()});
    rules = std::move(*own);
  }
  ++out.report.folders_seen;
  const Absence absence = segment.path.empty() ? Absence::deletion
                                               : judge(segment.path, **directory, *stat,
                                                       segment.lies, segment.absence, out.report);
  const bool is_stranger = absence == Absence::unmounting && segment.absence != absence;
  // The folder's own entry stands right before the entries of its content.
  cursor.seek(segment.path);
  const bool known = cursor.valid() && cursor.path() == segment.path;
  if (!segment.path.empty() && !is_stranger)
    compare(segment.path, *stat, known ? &cursor.entry() : nullptr, out);
  if (known) cursor.next();

  ++*open_folders_;
  const auto folder = std::make_shared<const OpenFolder>(
      OpenFolder{std::move(segment.path), std::move(*directory), std::move(rules),
                 Whereabouts::of(*stat), absence, open_folders_});
  const std::size_t end = std::min(listing->size(), kPart);
  Comparison(*this, folder, cursor, out).look_through(*listing, 0, end);
  if (end == listing->size()) return;
  Segment rest;
  rest.kind = Segment::Kind::rest;
  rest.open = folder;
  rest.listing = listing;
  rest.position = end;
  out.add(std::move(rest));
}

void FolderWalk::look_through(const Segment& rest, std::size_t end, index::IndexCursor& cursor,
                              Findings& out) {
  cursor.seek(object::join_path(rest.open->path, rest.listing->name(rest.position)));
  Comparison(*this, rest.open, cursor, out).look_through(*rest.listing, rest.position, end);
}

}  // namespace vcs::worktree
