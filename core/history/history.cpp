// SPDX-License-Identifier: Apache-2.0
// Answers questions about the chain of commits: walks from parent to parent to the first commit
// that the graph has, and from there over the graph's rows.
#include "core/history/history.hpp"

#include <algorithm>

#include "core/history/commit_graph.hpp"

namespace vcs::history {
namespace {

using history::CommitWindow;
using object::ObjectId;

// Rows read at a time: about 50 KiB, and their hashes.
constexpr std::uint64_t kWindowRows = 512;

// Whether the comparison of the two trees shows a change of the path.
Result<bool> touches(Repository& repository, const ObjectId& before, const ObjectId& after,
                     std::string_view path) {
  if (before == after) return false;
  bool touched = false;
  VCS_TRY(tree::diff_trees_below(repository.nodes(), before, after, path,
                                 [&](const tree::TreeChange& change) {
                                   touched = tree::changes_content(change);
                                   return !touched;
                                 }));
  return touched;
}

// A place in the graph with at least one commit before it.
struct Place {
  std::shared_ptr<const history::CommitGraphFile> file;
  std::uint64_t position = 0;
};

std::optional<Place> place_of(Repository& repository, const CommitStep& step) {
  const auto file = repository.graph().known();
  if (!file) return std::nullopt;
  const auto position = file->find(step.id, step.commit.sequence);
  if (!position) repository.graph().drop(file, position.error());
  if (!position || !*position || **position == 0) return std::nullopt;
  return Place{file, **position};
}

// Gets a window and an index above 0 in it; false ends the walk.
using RowVisitor = std::function<Result<bool>(const CommitWindow& window, std::size_t index)>;

// Visits rows from `place` back, each in a window that also holds the row before it; skips row 0,
// which has none. Returns the first commit that was not visited; nothing if the visitor ended the
// walk or it was stopped. With a hash, skips rows that did not touch it. At a damaged row the walk
// ends and the graph is dropped.
Result<std::optional<ObjectId>> visit_rows(Repository& repository, const Place& place,
                                           const ObjectId& from,
                                           std::optional<history::PathHash> hash,
                                           const std::function<bool()>& stopped,
                                           const RowVisitor& visitor) {
  ObjectId next = from;
  CommitWindow window;
  for (std::uint64_t position = place.position; position > 0;) {
    if (stopped()) return std::nullopt;
    const std::uint64_t low = position - std::min(position, kWindowRows);
    const auto newest = static_cast<std::size_t>(position - low);
    if (const auto read = place.file->read(low, newest + 1, hash.has_value(), window); !read) {
      repository.graph().drop(place.file, read.error());
      break;
    }
    for (std::size_t index = newest; index > 0; --index) {
      if (hash && window.touched(index, *hash) == false) continue;
      VCS_ASSIGN(const bool more, visitor(window, index));
      if (!more) return std::nullopt;
    }
    next = window.row(0).id();
    position = low;
  }
  return next;
}

// One search for the commits that touched a path.
class PathHistory {
 public:
  PathHistory(Repository& repository, std::string_view path, const StepVisitor& visitor,
              const std::function<bool()>& stopped)
      : repository_(repository),
        path_(path),
        hash_(history::path_hash(path)),
        visitor_(visitor),
        stopped_(stopped) {}

  Result<void> run(CommitStep from) {
    std::optional<CommitStep> at = std::move(from);
    while (at && !stopped_()) {
      // Without a path every commit is visited, so the rows would save no reading.
      const auto place = path_.empty() ? std::nullopt : place_of(repository_, *at);
      VCS_ASSIGN(at, place ? over_rows(*place, at->id) : over_commit(std::move(*at)));
    }
    return {};
  }

 private:
  // Each returns the commit to go on from; nothing: the end.
  Result<std::optional<CommitStep>> over_commit(CommitStep at) {
    VCS_ASSIGN(auto parent, parent_of(repository_, at));
    bool wanted = path_.empty();
    if (!wanted) {
      const ObjectId before = parent ? parent->commit.tree : ObjectId{};
      VCS_ASSIGN(wanted, touches(repository_, before, at.commit.tree, path_));
    }
    if (wanted && !visitor_(at)) return std::nullopt;
    return parent;
  }

  Result<std::optional<CommitStep>> over_rows(const Place& place, const ObjectId& from) {
    const auto visit = [&](const CommitWindow& window, std::size_t index) -> Result<bool> {
      if (stopped_()) return false;
      if (window.row(index).many()) {
        VCS_ASSIGN(const bool touched, touches(repository_, window.row(index - 1).tree(),
                                               window.row(index).tree(), path_));
        if (!touched) return true;
      }
      VCS_ASSIGN(const CommitStep step, read_step(repository_, window.row(index).id()));
      return visitor_(step);
    };
    VCS_ASSIGN(const auto next, visit_rows(repository_, place, from, hash_, stopped_, visit));
    if (!next) return std::nullopt;
    VCS_ASSIGN(CommitStep step, read_step(repository_, *next));
    return step;
  }

  Repository& repository_;
  const std::string_view path_;
  const history::PathHash hash_;
  const StepVisitor& visitor_;
  const std::function<bool()>& stopped_;
};

// The commit `count` rows before the place.
std::optional<ObjectId> rows_before(Repository& repository, const Place& place,
                                    std::uint64_t count) {
  const auto row = place.file->row(place.position - count);
  if (row) return row->id;
  repository.graph().drop(place.file, row.error());
  return std::nullopt;
}

// Skips rows that are younger than `time`; returns the commit to go on from.
Result<CommitStep> skip_younger(Repository& repository, const Place& place, CommitStep from,
                                base::UnixNanos time) {
  ObjectId found = from.id;
  const auto visit = [&](const CommitWindow& window, std::size_t index) -> Result<bool> {
    found = window.row(index - 1).id();
    return window.row(index - 1).time() > time;
  };
  VCS_TRY(visit_rows(
      repository, place, from.id, std::nullopt, [] { return false; }, visit));
  return read_step(repository, found);
}

}  // namespace

Result<std::optional<CommitStep>> ancestor(Repository& repository, CommitStep from,
                                           std::uint64_t generations) {
  std::optional<CommitStep> at = std::move(from);
  while (at && generations > 0) {
    const std::optional<Place> place = place_of(repository, *at);
    const std::uint64_t steps = place ? std::min(generations, place->position) : 0;
    if (const auto id = place ? rows_before(repository, *place, steps) : std::nullopt) {
      VCS_ASSIGN(at, read_step(repository, *id));
      generations -= steps;
    } else {
      VCS_ASSIGN(at, parent_of(repository, *at));
      --generations;
    }
  }
  return at;
}

Result<std::optional<CommitStep>> not_younger(Repository& repository, CommitStep from,
                                              base::UnixNanos time) {
  std::optional<CommitStep> at = std::move(from);
  while (at && at->commit.time > time) {
    if (const std::optional<Place> place = place_of(repository, *at)) {
      VCS_ASSIGN(at, skip_younger(repository, *place, std::move(*at), time));
    } else {
      VCS_ASSIGN(at, parent_of(repository, *at));
    }
  }
  return at;
}

Result<CommitStep> oldest(Repository& repository, CommitStep from) {
  while (from.commit.parent) {
    const std::optional<Place> place = place_of(repository, from);
    const auto id = place ? rows_before(repository, *place, place->position) : std::nullopt;
    VCS_ASSIGN(from, read_step(repository, id.value_or(*from.commit.parent)));
  }
  return from;
}

Result<void> visit_history(Repository& repository, CommitStep from, std::string_view path,
                           const StepVisitor& visitor, const std::function<bool()>& stopped) {
  return PathHistory(repository, path, visitor, stopped).run(std::move(from));
}

}  // namespace vcs::history
