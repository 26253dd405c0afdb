// SPDX-License-Identifier: Apache-2.0
// Writes plain files with std::filesystem, and takes snapshots with the real snapshotter.
#include "tests/support/workshop.hpp"

#include <filesystem>

#include "core/history/repository.hpp"
#include "core/store/content_reader.hpp"
#include "tests/support/must.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

constexpr base::UnixNanos kFarFuture = base::unix_nanos(4'000'000'000'000'000'000);
constexpr std::uint64_t kLargestContent = 64u << 20;

object::ChunkerParameters small_chunks() {
  object::ChunkerParameters parameters;
  parameters.average = 16 * 1024;  // so that a file of a test has chunks
  return parameters;
}

}  // namespace

Workshop::Workshop(const WorkshopOptions& places)
    : worktree_path_(places.worktree.empty() ? worktree_.emplace().path() : places.worktree),
      data_path_(places.data.empty() ? data_.emplace().path() : places.data),
      seal_at_(places.seal_at),
      real_(base::make_posix_filesystem()),
      files_(places.files != nullptr ? places.files : real_.get()),
      worktree_files_(places.worktree_files != nullptr ? places.worktree_files : real_.get()),
      clock_(kFarFuture),
      pool_(places.lanes, "workshop"),
      chunker_(small_chunks()) {
  options.ingest.lanes = {places.lanes, places.lanes, 0};
  options.device = "0123456789abcdef";
  if (places.open) must(reopen());
}

void Workshop::save(const std::string& path, const std::string& content) {
  fs::create_directories(fs::path(at(path)).parent_path());
  write_file(at(path), content);
}

void Workshop::make_folder(const std::string& path) {
  fs::create_directories(at(path));
}
void Workshop::remove(const std::string& path) {
  fs::remove_all(at(path));
}
void Workshop::rename(const std::string& from, const std::string& to) {
  fs::rename(at(from), at(to));
}

base::Result<snapshot::SnapshotOutcome> Workshop::try_snap(std::vector<worktree::Mark> marks,
                                                           object::CommitKind kind,
                                                           const std::string& message) {
  std::shared_ptr<base::Directory> root = must(worktree_files_->open_directory(worktree_path_));
  snapshot::SnapshotRequest request;
  request.marks = std::move(marks);
  request.kind = kind;
  request.message = message;
  return snapshotter_->take(root, request, options);
}

snapshot::SnapshotOutcome Workshop::snap(const std::vector<std::string>& paths) {
  std::vector<worktree::Mark> marks;
  for (const std::string& path : paths) marks.push_back({path, true});
  if (marks.empty()) marks.push_back({"", true});
  return must(try_snap(std::move(marks), object::CommitKind::automatic));
}

snapshot::SnapshotOutcome Workshop::snap_with_restless() {
  snapshot::SnapshotRequest request;
  request.marks = {{"", true}};
  request.take_restless = true;
  return must(
      snapshotter_->take(must(worktree_files_->open_directory(worktree_path_)), request, options));
}

snapshot::SnapshotOutcome Workshop::snap_manually() {
  return must(try_snap({{"", true}}, object::CommitKind::manual));
}

std::map<std::string, std::string> Workshop::tree() {
  const auto head = repository_->head();
  return head ? tree_of(*head) : std::map<std::string, std::string>();
}

std::map<std::string, std::string> Workshop::tree_of(const object::ObjectId& commit) {
  std::map<std::string, std::string> entries;
  must(tree::walk_tree(repository_->nodes(), must(repository_->read_commit(commit)).tree, "", true,
                       [&](const std::string& path, const object::TreeEntry& entry) {
                         std::string& shown = entries[path];
                         if (entry.type == object::EntryType::directory) {
                           shown = "<folder>";
                         } else if (entry.type == object::EntryType::symlink) {
                           shown = "-> " + entry.symlink_target;
                         } else {
                           const auto bytes = must(store::read_whole_content(
                               repository_->store(), entry.content, kLargestContent));
                           shown = base::as_text(bytes);
                         }
                         return true;
                       }));
  return entries;
}

std::map<std::string, std::string> Workshop::disk() const {
  std::map<std::string, std::string> entries;
  for (const auto& entry : fs::recursive_directory_iterator(worktree_path_)) {
    const std::string path =
        fs::relative(entry.path().parent_path(), worktree_path_) == "."
            ? entry.path().filename().string()
            : (fs::relative(entry.path().parent_path(), worktree_path_) / entry.path().filename())
                  .string();
    if (entry.is_symlink())
      entries[path] = "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_directory())
      entries[path] = "<folder>";
    else
      entries[path] = read_file(entry.path().string());
  }
  return entries;
}

void Workshop::close() {
  snapshotter_.reset();
  repository_.reset();
}

base::Result<void> Workshop::reopen() {
  close();
  VCS_ASSIGN(auto directory, files_->open_directory(data_path_));
  store::StoreOptions store_options;
  store_options.seal_at = seal_at_;
  VCS_ASSIGN(repository_,
             history::Repository::open(std::move(directory), store_options, "a test", {}));
  snapshotter_ =
      std::make_unique<snapshot::Snapshotter>(*repository_, chunker_, clock_, pool_, base::Log());
  return {};
}

}  // namespace vcs::test
