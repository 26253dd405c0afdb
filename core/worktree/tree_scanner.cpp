// SPDX-License-Identifier: Apache-2.0
// Keeps the walk as a list of segments in tree order. Each thread reads the leftmost segment that
// no other thread reads; take() takes candidates from the front.
#include "core/worktree/tree_scanner.hpp"

#include <algorithm>
#include <list>

#include "core/base/guarded.hpp"
#include "core/object/tree_node.hpp"
#include "core/object/tree_paths.hpp"
#include "core/worktree/folder_walk.hpp"

namespace vcs::worktree {
namespace {

using SegmentKind = Segment::Kind;

// When so many candidates wait to be taken, no thread reads ahead. Each kilobyte of a path counts
// as one more, as the paths of deep trees are long.
constexpr std::size_t kMostWaiting = 8192;

std::size_t weight(const Candidate& candidate) {
  return 1 + candidate.path.size() / 1024;
}

std::size_t weight(const std::vector<Candidate>& candidates) {
  std::size_t sum = 0;
  for (const Candidate& candidate : candidates) sum += weight(candidate);
  return sum;
}

// A changed ignore file may change the ruling on everything beside and below it.
void widen_for_ignore_files(std::vector<Mark>& marks, bool honor_gitignore) {
  for (Mark& mark : marks) {
    const std::string_view name = object::base_name(mark.path);
    if (name == ".vcsignore" || (honor_gitignore && name == ".gitignore"))
      mark = {std::string(object::parent_path(mark.path)), true};
  }
}

const std::string& key_of(const Segment& segment) {
  return segment.kind == SegmentKind::found ? segment.candidates.front().path : segment.path;
}

// Whether this segment reports everything at and below `path`, too.
bool covers(const Segment& segment, const std::string& path) {
  if (segment.kind == SegmentKind::found) return false;
  if (segment.kind == SegmentKind::gone && !segment.with_self)
    return object::is_below(path, segment.path);
  return object::is_at_or_below(path, segment.path);
}

// The marks were compared one by one: brings their findings into tree order, each path once.
std::list<Segment> in_tree_order(Findings findings) {
  std::vector<Segment> parts;
  for (Segment& segment : findings.segments) {
    if (segment.kind != SegmentKind::found) {
      parts.push_back(std::move(segment));
      continue;
    }
    for (Candidate& candidate : segment.candidates)
      parts.emplace_back().candidates.push_back(std::move(candidate));
  }
  const auto rank = [](const Segment& segment) {
    return segment.kind == SegmentKind::found ? 1 : segment.with_self ? 0 : 2;
  };
  std::stable_sort(parts.begin(), parts.end(), [&](const Segment& a, const Segment& b) {
    const int order = object::compare_paths(key_of(a), key_of(b));
    return order != 0 ? order < 0 : rank(a) < rank(b);
  });
  std::list<Segment> ordered;
  const Segment* covering = nullptr;
  for (Segment& part : parts) {
    const std::string& key = key_of(part);
    if (covering != nullptr && covers(*covering, key)) continue;
    const bool found = part.kind == SegmentKind::found;
    if (found && !ordered.empty() && ordered.back().kind == SegmentKind::found) {
      auto& known = ordered.back().candidates;
      if (known.back().path != key) known.push_back(std::move(part.candidates.front()));
      continue;
    }
    ordered.push_back(std::move(part));
    if (!found) covering = &ordered.back();
  }
  return ordered;
}

class SegmentedScan final : public TreeScan {
 public:
  SegmentedScan(DirectoryPtr root, const index::Index& index, const ScanOptions& options,
                std::unordered_set<std::string> written, const Whereabouts& lies)
      : options_(options),
        index_(index),
        walk_(std::move(root), index, options_, std::move(written), lies) {}

  void look_at(std::vector<Mark> marks) {
    Findings findings;
    for (const Mark& mark : simplify_marks(std::move(marks))) walk_.look_at(mark, findings);
    const base::Lock lock(mutex_);
    report_ = std::move(findings.report);
    segments_ = in_tree_order(std::move(findings));
    for (const Segment& segment : segments_) waiting_ += weight(segment.candidates);
  }

  bool advance() override;
  std::size_t take(std::size_t most, std::vector<Candidate>& out) override;
  bool finished() const override {
    const base::Lock lock(mutex_);
    return segments_.empty();
  }
  ScanReport report() override {
    const base::Lock lock(mutex_);
    return std::move(report_);
  }

 private:
  using Position = std::list<Segment>::iterator;

  bool cancelled() const {
    return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
  }
  Position next_to_look_into() VCS_REQUIRES(mutex_);
  Segment take_up(Position at, std::size_t& end) VCS_REQUIRES(mutex_);
  Findings look_into(Segment& work, std::size_t end, index::IndexCursor& cursor)
      VCS_EXCLUDES(mutex_);
  void replace(Position segment, Findings findings) VCS_REQUIRES(mutex_);
  void join(Position segment) VCS_REQUIRES(mutex_);
  bool take_gone(Segment& gone, std::size_t most, std::vector<Candidate>& out) VCS_REQUIRES(mutex_);
  void give(Candidate candidate, std::vector<Candidate>& out) VCS_REQUIRES(mutex_);

  const ScanOptions options_;
  const index::Index& index_;
  FolderWalk walk_;

  mutable base::Mutex mutex_;
  std::list<Segment> segments_ VCS_GUARDED_BY(mutex_);
  std::size_t waiting_ VCS_GUARDED_BY(mutex_) = 0;  // weight of the candidates in segments_
  ScanReport report_ VCS_GUARDED_BY(mutex_);
  std::string last_taken_ VCS_GUARDED_BY(mutex_);
};

// The loop is short: join() merges neighbouring `found` segments.
SegmentedScan::Position SegmentedScan::next_to_look_into() {
  for (auto segment = segments_.begin(); segment != segments_.end(); ++segment) {
    const bool open = segment->kind == SegmentKind::folder || segment->kind == SegmentKind::rest;
    // take() waits for the front segment; any other can wait until candidates are taken.
    if (waiting_ >= kMostWaiting && segment != segments_.begin()) break;
    if (open && !segment->taken_up) return segment;
  }
  return segments_.end();
}

// The caller takes locks and wakes other threads after each call. So a call goes on to the next
// segment until there are candidates to take.
bool SegmentedScan::advance() {
  const auto cursor = index_.cursor();
  base::Lock lock(mutex_);
  bool looked = false, told = false;
  while (!told && !cancelled()) {
    const Position at = next_to_look_into();
    if (at == segments_.end()) break;
    std::size_t end = 0;
    Segment work = take_up(at, end);
    lock.unlock();
    Findings findings = look_into(work, end, *cursor);
    lock.lock();
    const bool shows = !findings.segments.empty();
    replace(at, std::move(findings));
    told = shows || waiting_ > 0;
    looked = true;
  }
  return looked;
}

// What is to be looked into at `at`; of a listing, up to `end`.
Segment SegmentedScan::take_up(Position at, std::size_t& end) {
  Segment work = std::move(*at);  // leaves its kind behind
  at->taken_up = true;
  if (work.kind == SegmentKind::rest) {
    end = std::min(work.position + FolderWalk::kPart, work.listing->size());
    if (end < work.listing->size()) {
      // Another thread may read the names behind this part at once.
      Segment rest = work;
      rest.position = end;
      segments_.insert(std::next(at), std::move(rest));
    }
  }
  return work;
}

Findings SegmentedScan::look_into(Segment& work, std::size_t end, index::IndexCursor& cursor) {
  Findings findings;
  if (work.kind == SegmentKind::rest)
    walk_.look_through(work, end, cursor, findings);
  else
    walk_.look_into(std::move(work), cursor, findings);
  return findings;
}

// Replaces a segment that was read by its findings.
void SegmentedScan::replace(Position segment, Findings findings) {
  Position first = segment;
  for (Segment& found : findings.segments) {
    waiting_ += weight(found.candidates);
    const Position added = segments_.insert(segment, std::move(found));
    if (first == segment) first = added;
  }
  const auto move_all = [](auto& to, auto& what) {
    to.insert(to.end(), std::make_move_iterator(what.begin()), std::make_move_iterator(what.end()));
  };
  move_all(report_.problems, findings.report.problems);
  move_all(report_.special, findings.report.special);
  move_all(report_.builtin, findings.report.builtin);
  move_all(report_.absent, findings.report.absent);
  move_all(report_.mounts, findings.report.mounts);
  if (report_.linked.size() < kMostSharedFiles) move_all(report_.linked, findings.report.linked);
  report_.files_seen += findings.report.files_seen;
  report_.folders_seen += findings.report.folders_seen;
  const bool found_any = first != segment;
  // Join behind the findings first: join(first) may erase the segments that follow it.
  join(segments_.erase(segment));
  if (found_any) join(first);
}

// Erases the candidates that were taken from a segment that grows at its end.
void drop_given(Segment& found) {
  if (found.given < found.candidates.size() / 2) return;
  found.candidates.erase(found.candidates.begin(),
                         found.candidates.begin() + static_cast<std::ptrdiff_t>(found.given));
  found.given = 0;
}

// Joins a segment with the one before it while both are `found`, and so on. It never moves a long
// one behind a short one: in a tree of many levels each folder would move all that lies behind it.
void SegmentedScan::join(Position segment) {
  while (segment != segments_.end() && segment != segments_.begin()) {
    const Position before = std::prev(segment);
    if (before->kind != SegmentKind::found || segment->kind != SegmentKind::found) return;
    if (before->candidates.size() < segment->candidates.size()) return;
    drop_given(*before);
    std::move(segment->candidates.begin(), segment->candidates.end(),
              std::back_inserter(before->candidates));
    segment = segments_.erase(segment);
  }
}

// Candidates are strictly ascending, whatever the disk did meanwhile: callers rely on it.
void SegmentedScan::give(Candidate candidate, std::vector<Candidate>& out) {
  if (!last_taken_.empty() && object::compare_paths(last_taken_, candidate.path) >= 0) return;
  last_taken_ = candidate.path;
  out.push_back(std::move(candidate));
}

bool SegmentedScan::take_gone(Segment& gone, std::size_t most, std::vector<Candidate>& out) {
  auto cursor = index_.cursor();
  for (cursor->seek(gone.next.empty() ? gone.path : gone.next); cursor->valid(); cursor->next()) {
    const std::string_view path = cursor->path();
    if (!object::is_at_or_below(path, gone.path)) return true;
    if (path == gone.path && !gone.with_self) continue;
    if (out.size() >= most) {
      gone.next = path;
      return false;
    }
    give({std::string(path), std::nullopt, true}, out);
  }
  return true;
}

std::size_t SegmentedScan::take(std::size_t most, std::vector<Candidate>& out) {
  const std::size_t before = out.size();
  most += before;
  const base::Lock lock(mutex_);
  while (out.size() < most && !segments_.empty()) {
    Segment& front = segments_.front();
    if (front.kind == SegmentKind::gone) {
      if (!take_gone(front, most, out)) break;
    } else if (front.kind == SegmentKind::found) {
      while (out.size() < most && front.given < front.candidates.size()) {
        Candidate& next = front.candidates[front.given++];
        waiting_ -= weight(next);
        give(std::move(next), out);
      }
      if (front.given < front.candidates.size()) break;
    } else {
      break;
    }
    segments_.pop_front();
  }
  return out.size() - before;
}

}  // namespace

std::vector<Mark> simplify_marks(std::vector<Mark> marks) {
  // At equal paths the recursive mark comes first, so that it replaces the other one.
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    const int order = object::compare_paths(a.path, b.path);
    return order != 0 ? order < 0 : a.recursive && !b.recursive;
  });
  std::vector<Mark> kept;
  std::optional<std::string> covering;
  for (Mark& mark : marks) {
    if (!kept.empty() && kept.back().path == mark.path) continue;
    if (covering && object::is_below(mark.path, *covering)) continue;
    if (mark.recursive) covering = mark.path;
    kept.push_back(std::move(mark));
  }
  return kept;
}

bool covers_everything(const std::vector<Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(),
                     [](const Mark& mark) { return mark.path.empty() && mark.recursive; });
}

Result<std::unique_ptr<TreeScan>> TreeScan::start(DirectoryPtr root, const index::Index& index,
                                                  std::vector<Mark> marks,
                                                  const ScanOptions& options) {
  VCS_ASSIGN(const base::FileStat stat, root->stat_self());
  widen_for_ignore_files(marks, options.honor_gitignore);
  std::unordered_set<std::string> written;
  for (const Mark& mark : marks)
    if (mark.written) written.insert(mark.path);
  auto scan = std::make_unique<SegmentedScan>(std::move(root), index, options, std::move(written),
                                              Whereabouts::of(stat));
  scan->look_at(std::move(marks));
  return std::unique_ptr<TreeScan>(std::move(scan));
}

}  // namespace vcs::worktree
