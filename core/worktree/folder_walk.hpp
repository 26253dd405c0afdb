// SPDX-License-Identifier: Apache-2.0
// Reads one folder at a time and compares it, child by child, with the index.
//
// The result is a list of segments in tree order: candidates that were found, and parts of the tree
// that are to be read next. For tree_scanner.cpp only.
#pragma once

#include <atomic>
#include <unordered_set>

#include "core/index/index.hpp"
#include "core/worktree/folder_listing.hpp"
#include "core/worktree/ignore_rules.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::worktree {

using DirectoryPtr = std::shared_ptr<base::Directory>;
using RulesPtr = std::shared_ptr<const IgnoreRules>;

// How to read an indexed path that is missing on disk.
enum class Absence {
  deletion,
  unmounting_perhaps,  // below a mount: if the mount vanishes during the walk, nothing was deleted
  unmounting           // below a mount that is away: nothing was deleted
};

// The filesystem and the mount that a folder lies on. If they differ from those of the parent, the
// folder is the top of a mount: of another filesystem, or of the same one mounted again.
struct Whereabouts {
  std::uint64_t device = 0;
  std::uint64_t mount = 0;  // 0: unknown
  static Whereabouts of(const base::FileStat& stat) { return {stat.device, stat.mount}; }
  bool differs_from(const Whereabouts& other) const {
    return device != other.device || (mount != 0 && other.mount != 0 && mount != other.mount);
  }
};

// A folder that is being read. The segments that wait below it share it.
struct OpenFolder {
  std::string path;
  DirectoryPtr directory;
  RulesPtr rules;  // that hold inside
  Whereabouts lies;
  Absence absence = Absence::deletion;
  std::shared_ptr<std::atomic<int>> count;  // number of folders that are open now
  ~OpenFolder() {
    if (count) --*count;
  }
};
using OpenFolderPtr = std::shared_ptr<const OpenFolder>;

// A part of the tree.
struct Segment {
  enum class Kind {
    found,   // candidates, to be taken
    folder,  // a folder that is not read yet
    rest,    // an open folder from `position` on
    gone     // the index has entries at and below `path`, the disk has none any more
  };
  Kind kind = Kind::found;
  bool taken_up = false;                // a thread is reading it
  std::vector<Candidate> candidates;    // found
  std::size_t given = 0;                // found: so many candidates were taken already
  std::string path;                     // folder, gone
  bool with_self = true;                // gone: `path` itself too
  std::string next;                     // gone: taking goes on here; empty: at the beginning
  RulesPtr rules;                       // folder: that hold in its parent
  Whereabouts lies;                     // folder: its parent
  Absence absence = Absence::deletion;  // folder: in its parent
  OpenFolderPtr open;  // rest: itself; folder: its parent, null: reopen from the root
  std::shared_ptr<const FolderListing> listing;  // rest
  std::size_t position = 0;                      // rest
};

// The result of reading one place, in tree order.
struct Findings {
  std::vector<Segment> segments;
  ScanReport report;

  void add(Candidate candidate);
  void add(Segment segment) { segments.push_back(std::move(segment)); }
};

// Thread-safe.
class FolderWalk {
 public:
  // `written`: paths that are candidates even if they match the index.
  FolderWalk(DirectoryPtr root, const index::Index& index, const ScanOptions& options,
             std::unordered_set<std::string> written, const Whereabouts& lies)
      : root_(std::move(root)),
        index_(index),
        options_(options),
        written_(std::move(written)),
        lies_(lies) {}

  // Compares one marked path and its folder with the index. The segments are in no order.
  void look_at(const Mark& mark, Findings& out);
  // Opens and lists the folder of a segment and compares its first part. `cursor` may stand
  // anywhere; the seek is short if it still stands where the previous folder ended.
  void look_into(Segment segment, index::IndexCursor& cursor, Findings& out);
  // Compares the names of a `rest` segment from its position to `end`.
  void look_through(const Segment& rest, std::size_t end, index::IndexCursor& cursor,
                    Findings& out);

  // Names that one call compares.
  static constexpr std::size_t kPart = 2048;

 private:
  struct Opened {
    DirectoryPtr directory;
    RulesPtr rules;        // that hold inside
    std::string missing;   // path of the first component that is no folder; directory is null
    bool ignored = false;  // a parent is ignored or excluded
    Whereabouts lies;
    Absence absence = Absence::deletion;  // for a path missing in it, or for `missing`
  };
  class Comparison;  // of one part of a folder

  RulesPtr root_rules() const;
  Result<Opened> open_folder(const std::string& path, ScanReport& report);
  Result<DirectoryPtr> open(const Segment& segment);
  Absence judge(const std::string& path, base::Directory& directory, const base::FileStat& stat,
                const Whereabouts& parent, Absence in_parent, ScanReport& report) const;
  const index::Mount* known_mount(const std::string& path) const;  // null: none
  bool index_has_below(const std::string& path) const;
  bool leaves_out(const IgnoreRules& rules, base::Directory& directory, const std::string& path,
                  const base::FileStat& stat, ScanReport& report) const;
  bool shares_a_name(const std::string& path, base::Directory& directory, bool same_file) const;
  void look_at_entry(const Opened& parent, const Mark& mark, Findings& out);
  void compare(const std::string& path, const base::FileStat& stat, const index::IndexEntry* known,
               Findings& out) const;

  DirectoryPtr root_;
  const index::Index& index_;
  const ScanOptions& options_;
  const std::unordered_set<std::string> written_;
  const Whereabouts lies_;  // the root
  std::shared_ptr<std::atomic<int>> open_folders_ = std::make_shared<std::atomic<int>>(0);
  // A cache, as neighbouring marks mostly share their folder. Only look_at() uses it: one thread.
  std::string last_folder_;
  std::optional<Opened> last_opened_;
};

}  // namespace vcs::worktree
