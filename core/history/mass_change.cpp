// SPDX-License-Identifier: Apache-2.0
// Compares two trees; reads samples of the files and walks the commits between only if suspicious.
#include "core/history/mass_change.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "core/base/result.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/noise.hpp"
#include "core/history/repository.hpp"
#include "core/object/tree_paths.hpp"
#include "core/store/content_reader.hpp"
#include "core/tree/tree_diff.hpp"

namespace vcs::history {
namespace {

using object::ContentRef;
using object::EntryType;
using object::ObjectId;
using Kind = MassChange::Kind;

// Further paths are counted, but not remembered.
constexpr std::size_t kMostKept = 20'000;
// Rewritten files that are read; they stand for the others.
constexpr std::size_t kSamples = 128;
// Fewer encrypted samples may be chance.
constexpr std::size_t kLeastHits = 3;

constexpr std::array<std::string_view, 17> kMadeByPrograms{
    "build",       "dist",          "out",    "target", "obj",     "node_modules",
    "__pycache__", ".venv",         "venv",   ".tox",   ".nox",    ".mypy_cache",
    ".gradle",     ".pytest_cache", ".cache", ".next",  "coverage"};
constexpr std::array<std::string_view, 4> kMadeByProgramsPrefixes{"build-", "build_",
                                                                  "cmake-build-", "bazel-"};

bool is_made_by_programs(std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return std::find(kMadeByPrograms.begin(), kMadeByPrograms.end(), name) != kMadeByPrograms.end() ||
         std::any_of(kMadeByProgramsPrefixes.begin(), kMadeByProgramsPrefixes.end(), begins);
}

// Asks `wanted` for each folder above `path`, outermost first. Returns the length of the path up to
// the first wanted folder; 0: none.
template <typename Wanted>
std::size_t find_folder(std::string_view path, Wanted wanted) {
  for (std::size_t start = 0, slash; (slash = path.find('/', start)) != std::string_view::npos;
       start = slash + 1)
    if (wanted(path.substr(start, slash - start))) return slash;
  return 0;
}

bool lies_in_made_folder(std::string_view path) {
  return find_folder(path, is_made_by_programs) != 0;
}

bool is_file(const std::optional<object::TreeEntry>& entry) {
  return entry && entry->type == EntryType::file;
}

// The path up to the first dot of the name: the part that a new suffix does not change.
std::string_view stem(std::string_view path) {
  const std::size_t name = path.size() - object::base_name(path).size();
  return path.substr(0, path.find('.', name + 1));
}

// True of the content of .git/HEAD, and of the beginning of its log.
bool names_a_commit(std::string_view text) {
  const bool is_id =
      text.size() >= 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id || text.starts_with("ref: ");
}

// If the change moves git's head: the folder of that git repository, "" or with a slash at the end.
std::optional<std::string> folder_of_moved_head(const tree::TreeChange& change) {
  if (!is_file(change.before) || !is_file(change.after)) return std::nullopt;
  for (const std::string_view name : {".git/HEAD", ".git/logs/HEAD"}) {
    if (!change.path.ends_with(name)) continue;
    std::string folder = change.path.substr(0, change.path.size() - name.size());
    if (folder.empty() || folder.ends_with('/')) return folder;
  }
  return std::nullopt;
}

// The first and the middle bytes of some content.
struct Sample {
  Bytes head, middle;
};

Result<Bytes> read_part(store::ObjectStore& store, const ContentRef& content, std::uint64_t offset,
                        std::uint64_t length) {
  Bytes bytes;
  VCS_TRY(store::read_content(store, content, offset, length,
                              [&](ByteView piece, std::uint64_t) -> Result<void> {
                                bytes.insert(bytes.end(), piece.begin(), piece.end());
                                return {};
                              }));
  return bytes;
}

Result<Sample> read_sample(store::ObjectStore& store, const ContentRef& content,
                           std::uint64_t size) {
  const std::uint64_t half = kNoiseSample / 2;
  Sample sample;
  VCS_ASSIGN(sample.head, read_part(store, content, 0, kNoiseHead));
  VCS_ASSIGN(sample.middle,
             read_part(store, content, size / 2 > half ? size / 2 - half : 0, kNoiseSample));
  return sample;
}

struct KnownFile {
  std::string path;
  ContentRef content;
  std::uint64_t size = 0;
};

struct Rewrite {
  KnownFile before, after;
};

class Examination {
 public:
  Examination(Repository& repository, const ObjectId& before, const ObjectId& after)
      : repository_(repository), before_(before), after_(after) {}

  Result<MassChange> run();

 private:
  struct Step {
    ObjectId id, tree;
  };

  const ObjectId& before_tree() const { return way_.front().tree; }
  const ObjectId& after_tree() const { return way_.back().tree; }
  Result<void> find_way();
  Result<std::vector<std::string>> switched_in(std::size_t step);
  Result<void> find_work_of_git();
  Result<void> take_changes();
  void take(const tree::TreeChange& change);
  void match();
  bool is_by_git(const std::string& path) const;
  Result<Kind> judge(const MassChange& found);
  Result<bool> is_half_of_the_tree(std::uint64_t deleted);
  std::uint64_t encrypted();
  bool became_noise(const Rewrite& rewrite);
  static bool may_be_the_deed(const tree::TreeChange& change, const Rewrite* rewrite);
  Result<ObjectId> last_good();

  Repository& repository_;
  const ObjectId before_, after_;
  std::vector<Step> way_;                   // before_ first
  bool moves_head_ = false;                 // some git repository moved its head
  std::unordered_set<std::size_t> by_git_;  // hashes of paths
  // Contents of deleted and of added files, to recognise moved files.
  std::vector<std::uint64_t> gone_, come_;
  std::vector<KnownFile> deleted_, added_;
  std::vector<Rewrite> rewrites_;
  std::uint64_t rewritten_ = 0;  // all, whether remembered or not
  std::uint64_t renamed_ = 0;    // those of them that got another suffix
  // Maps the former path of each victim to its rewrite; null: the file was deleted.
  using Victims = std::unordered_map<std::string, const Rewrite*>;
  Victims victims_;
};

// The commits from before_ to after_, and their trees.
Result<void> Examination::find_way() {
  VCS_ASSIGN(const auto lost, walk_back(repository_, after_, [&](const CommitStep& step) {
               way_.push_back({step.id, step.commit.tree});
               return Result<bool>(step.id != before_);
             }));
  if (lost) return Failure(lost->why);
  if (way_.back().id != before_)
    return fail(ErrorCode::invalid, "{} is no ancestor", before_.short_hex());
  std::reverse(way_.begin(), way_.end());
  return {};
}

// The folders whose git repository was switched in this step: "", or with a slash at the end.
Result<std::vector<std::string>> Examination::switched_in(std::size_t step) {
  std::vector<std::pair<std::string, ContentRef>> heads;
  const auto look = [&](const tree::TreeChange& change) {
    if (const auto folder = folder_of_moved_head(change))
      heads.emplace_back(*folder, change.after->content);
    return true;
  };
  VCS_TRY(tree::diff_trees(repository_.nodes(), way_[step - 1].tree, way_[step].tree, look));
  std::vector<std::string> folders;
  for (auto& [folder, content] : heads) {
    const auto head = read_part(repository_.store(), content, 0, 40);
    if (head && names_a_commit(base::as_text(*head))) folders.push_back(std::move(folder));
  }
  return folders;
}

// Git moves its head last. So a switch removes files in the commit that moves the head, or in the
// one before.
Result<void> Examination::find_work_of_git() {
  for (std::size_t step = 1; step < way_.size(); ++step) {
    VCS_ASSIGN(const auto folders, switched_in(step));
    if (folders.empty()) continue;
    const auto note = [&](const tree::TreeChange& change) {
      const auto begins = [&](const std::string& folder) {
        return change.path.starts_with(folder);
      };
      if (!change.after && std::any_of(folders.begin(), folders.end(), begins))
        by_git_.insert(std::hash<std::string>()(change.path));
      return true;
    };
    const ObjectId& from = way_[step > 1 ? step - 2 : 0].tree;
    VCS_TRY(tree::diff_trees(repository_.nodes(), from, way_[step].tree, note));
  }
  return {};
}

// Git may also delete its own files, as long as its repository exists.
bool Examination::is_by_git(const std::string& path) const {
  if (by_git_.contains(std::hash<std::string>()(path))) return true;
  const std::size_t end = find_folder(path, [](std::string_view name) { return name == ".git"; });
  if (end == 0) return false;
  const auto head =
      tree::find_entry(repository_.nodes(), after_tree(), path.substr(0, end) + "/HEAD");
  return head && *head;
}

Result<void> Examination::take_changes() {
  rewritten_ = 0;
  rewrites_.clear();
  deleted_.clear(), added_.clear();
  gone_.clear(), come_.clear();
  return tree::diff_trees(repository_.nodes(), before_tree(), after_tree(),
                          [&](const auto& change) {
                            take(change);
                            return true;
                          });
}

void Examination::take(const tree::TreeChange& change) {
  moves_head_ |= folder_of_moved_head(change).has_value();
  const bool was = is_file(change.before), is = is_file(change.after);
  const auto known = [&](const object::TreeEntry& entry) {
    return KnownFile{change.path, entry.content, entry.size};
  };
  if (was && is) {
    if (change.before->content == change.after->content) return;
    ++rewritten_;
    if (rewrites_.size() < kMostKept)
      rewrites_.push_back({known(*change.before), known(*change.after)});
  } else if (was) {
    if (lies_in_made_folder(change.path) || is_by_git(change.path)) return;
    gone_.push_back(change.before->content.id.prefix64());
    if (deleted_.size() < kMostKept) deleted_.push_back(known(*change.before));
  } else if (is) {
    come_.push_back(change.after->content.id.prefix64());
    if (added_.size() < kMostKept) added_.push_back(known(*change.after));
  }
}

// Removes moved files from the deletions, and turns files with a new suffix into rewrites.
void Examination::match() {
  std::sort(come_.begin(), come_.end());
  const auto has_come = [&](std::uint64_t content) {
    return std::binary_search(come_.begin(), come_.end(), content);
  };
  std::erase_if(deleted_, [&](const auto& file) { return has_come(file.content.id.prefix64()); });
  std::sort(gone_.begin(), gone_.end());
  std::erase_if(added_, [&](const KnownFile& file) {
    return std::binary_search(gone_.begin(), gone_.end(), file.content.id.prefix64());
  });
  std::erase_if(gone_, has_come);

  std::unordered_multimap<std::string_view, const KnownFile*> by_stem;
  for (const KnownFile& file : deleted_) by_stem.emplace(stem(file.path), &file);
  for (KnownFile& file : added_) {
    const auto former = by_stem.find(stem(file.path));
    if (former == by_stem.end()) continue;
    if (rewrites_.size() < 2 * kMostKept) rewrites_.push_back({*former->second, std::move(file)});
    by_stem.erase(former);
    ++renamed_;
    ++rewritten_;
  }
}

bool Examination::became_noise(const Rewrite& rewrite) {
  if (rewrite.before.size < kLeastNoise || rewrite.after.size < kLeastNoise) return false;
  const auto is_noise = [&](const KnownFile& file) -> std::optional<bool> {
    const auto sample = read_sample(repository_.store(), file.content, file.size);
    if (!sample) return std::nullopt;
    return looks_like_noise(sample->head, sample->middle);
  };
  // A file that cannot be read does not count.
  return is_noise(rewrite.after) == true && is_noise(rewrite.before) == false;
}

// How many of the rewritten files look encrypted.
std::uint64_t Examination::encrypted() {
  if (rewritten_ < MassChange::kLeastFiles) return 0;
  const std::size_t kept = rewrites_.size();
  const std::size_t samples = std::min(kept, kSamples);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < samples; ++i) hits += became_noise(rewrites_[i * kept / samples]);
  return hits < kLeastHits ? 0 : hits * rewritten_ / samples;
}

// Counts the files of people, without those of programs and git, and stops as soon as it knows.
Result<bool> Examination::is_half_of_the_tree(std::uint64_t deleted) {
  std::uint64_t files = 0;
  tree::TreeCursor cursor(repository_.nodes(), before_tree());
  VCS_TRY(cursor.seek(""));
  while (cursor.valid() && files <= 2 * deleted) {
    const object::LeafItem& item = cursor.item();
    const bool is_folder = item.entry.type == EntryType::directory;
    const std::string_view name = object::base_name(item.path);
    if (is_folder && (name == ".git" || is_made_by_programs(name))) {
      VCS_TRY(cursor.seek_past(std::string(item.path)));
      continue;
    }
    files += item.entry.type == EntryType::file;
    VCS_TRY(cursor.next());
  }
  return files <= 2 * deleted;
}

// Whether this change may be the one that made the file a victim.
bool Examination::may_be_the_deed(const tree::TreeChange& change, const Rewrite* rewrite) {
  if (!is_file(change.before)) return false;
  const bool kept_its_name = rewrite != nullptr && rewrite->after.path == change.path;
  return kept_its_name ? is_file(change.after) && change.after->content == rewrite->after.content
                       : !is_file(change.after);
}

// For each victim the last such change counts, as a file may have come back in between.
Result<ObjectId> Examination::last_good() {
  std::unordered_map<const Victims::value_type*, std::size_t> steps;
  for (std::size_t step = 1; step < way_.size(); ++step)
    VCS_TRY(tree::diff_trees(repository_.nodes(), way_[step - 1].tree, way_[step].tree,
                             [&](const tree::TreeChange& change) {
                               const auto victim = victims_.find(change.path);
                               if (victim != victims_.end() &&
                                   may_be_the_deed(change, victim->second))
                                 steps[&*victim] = step;
                               return true;
                             }));
  std::vector<std::pair<std::size_t, const Rewrite*>> deeds;
  deeds.reserve(steps.size());
  for (const auto& [victim, step] : steps) deeds.emplace_back(step, victim->second);
  std::sort(deeds.begin(), deeds.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [step, rewrite] : deeds)
    if (rewrite == nullptr || became_noise(*rewrite)) return way_[step - 1].id;
  return before_;
}

Result<Kind> Examination::judge(const MassChange& found) {
  if (found.rewritten >= MassChange::kLeastFiles) return Kind::encryption;
  if (found.deleted >= MassChange::kManyFiles) return Kind::deletion;
  if (found.deleted < MassChange::kLeastFiles) return Kind::none;
  VCS_ASSIGN(const bool half, is_half_of_the_tree(found.deleted));
  return half ? Kind::deletion : Kind::none;
}

Result<MassChange> Examination::run() {
  MassChange found;
  VCS_TRY(find_way());
  VCS_TRY(take_changes());
  if (rewritten_ + gone_.size() < MassChange::kLeastFiles) return found;
  if (moves_head_ && !gone_.empty()) {
    VCS_TRY(find_work_of_git());
    VCS_TRY(take_changes());
  }
  match();
  found.deleted = gone_.size() - std::min<std::uint64_t>(gone_.size(), renamed_);
  found.rewritten = encrypted();
  VCS_ASSIGN(found.kind, judge(found));
  if (found.kind == Kind::none) return found;
  if (found.kind == Kind::encryption)
    for (const Rewrite& rewrite : rewrites_) victims_.emplace(rewrite.before.path, &rewrite);
  else
    for (const KnownFile& file : deleted_) victims_.emplace(file.path, nullptr);
  VCS_ASSIGN(found.last_good, last_good());
  return found;
}

}  // namespace

Result<MassChange> examine_mass_change(Repository& repository, const ObjectId& before,
                                       const ObjectId& after) {
  return Examination(repository, before, after).run();
}

}  // namespace vcs::history
