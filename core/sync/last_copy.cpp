// SPDX-License-Identifier: Apache-2.0
// Checks each node once, however many commits share it; checks contents only for the chosen commit.
#include "core/sync/last_copy.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/history/commit_chain.hpp"
#include "core/object/chunk_list.hpp"
#include "core/tree/tree.hpp"

namespace vcs::sync {

namespace {

using history::CommitStep;
using object::ObjectId;

constexpr std::size_t kMostFiles = 10'000;
// The limits of the search for older versions: commits back, and files.
constexpr std::size_t kMostCommitsBack = 10'000, kMostLookedFor = 1'000;

class Choice {
 public:
  Choice(store::ObjectStore& store, const std::string& device)
      : store_(store), commits_(store), device_(device), nodes_(store) {}

  Result<std::optional<BestCommit>> run(const std::optional<ObjectId>& head) {
    VCS_ASSIGN(std::vector<CommitStep> candidates, line_of(head));
    auto found = first_with_whole_list(candidates);
    if (found && !*found) {
      VCS_ASSIGN(const std::vector<CommitStep> all, all_commits());
      candidates.insert(candidates.end(), all.begin(), all.end());
      found = first_with_whole_list(all);
    }
    VCS_TRY(found);
    if (!*found) found = first_with_a_root(candidates);
    VCS_TRY(found);
    if (!*found) return std::nullopt;
    BestCommit best{(*found)->id, (*found)->commit, 0, {}};
    VCS_TRY(list_losses(best));
    VCS_TRY(find_older(best));
    return best;
  }

 private:
  using Found = std::optional<CommitStep>;

  // `head` and its ancestors, newest first, as far as they can be read.
  Result<std::vector<CommitStep>> line_of(const std::optional<ObjectId>& head) {
    std::vector<CommitStep> line;
    if (!head) return line;
    VCS_TRY(history::walk_back(commits_, *head, [&](const CommitStep& step) -> Result<bool> {
      line.push_back(step);
      return true;
    }));
    return line;
  }

  Result<std::vector<CommitStep>> all_commits() {
    std::vector<ObjectId> ids;
    store_.for_each([&](const ObjectId& id, object::ObjectKind kind) {
      if (kind == object::ObjectKind::commit) ids.push_back(id);
    });
    std::vector<CommitStep> all;
    for (const ObjectId& id : ids) {
      VCS_ASSIGN(auto step, history::read_step_if_whole(commits_, id));
      if (step) all.push_back(std::move(*step));
    }
    std::sort(all.begin(), all.end(), [&](const CommitStep& a, const CommitStep& b) {
      const bool a_own = a.commit.device == device_, b_own = b.commit.device == device_;
      if (a_own != b_own) return a_own;
      if (a.commit.time != b.commit.time) return a.commit.time > b.commit.time;
      return a.commit.sequence != b.commit.sequence ? a.commit.sequence > b.commit.sequence
                                                    : a.id < b.id;
    });
    return all;
  }

  Result<Found> first_with_whole_list(const std::vector<CommitStep>& candidates) {
    for (const CommitStep& candidate : candidates) {
      VCS_ASSIGN(const bool whole, is_whole(candidate.commit.tree));
      if (whole) return Found(candidate);
    }
    return Found();
  }

  Result<Found> first_with_a_root(const std::vector<CommitStep>& candidates) {
    for (const CommitStep& candidate : candidates)
      if (tree::tree_totals(nodes_, candidate.commit.tree)) return Found(candidate);
    return Found();
  }

  Result<bool> is_whole(const ObjectId& node_id) {
    if (node_id.is_zero()) return true;
    if (const auto known = whole_.find(node_id); known != whole_.end()) return known->second;
    auto node = nodes_.get(node_id);
    if (!node && !tells_of_loss(node.error())) return tl::unexpected(std::move(node).error());
    bool whole = node.has_value();
    for (std::size_t i = 0; whole && i < (*node)->inner.size(); ++i) {
      VCS_ASSIGN(whole, is_whole((*node)->inner[i].node));
    }
    whole_.emplace(node_id, whole);
    return whole;
  }

  // Why the content is lost; "": the store has all of it.
  Result<std::string> why_lost(const object::ContentRef& content) {
    if (content.kind == object::ContentKind::none) return std::string();
    if (content.kind == object::ContentKind::blob) {
      if (!store_.lacks(content.id)) return std::string();
      return fmt::format("its content, object {}, is lost", content.id.short_hex());
    }
    return why_chunks_lost(content.id);
  }

  Result<std::string> why_chunks_lost(const ObjectId& list) {
    const auto bytes = store_.get(list);
    auto node = bytes ? object::decode_chunk_list_node(*bytes)
                      : Result<object::ChunkListNode>(tl::unexpected(bytes.error()));
    if (!node && !tells_of_loss(node.error())) return tl::unexpected(std::move(node).error());
    if (!node) return fmt::format("a part of its list of chunks, {}, is lost", list.short_hex());
    for (const object::ChunkListEntry& entry : node->entries) {
      if (node->level > 0) {
        VCS_ASSIGN(std::string why, why_chunks_lost(entry.id));
        if (!why.empty()) return why;
      } else if (store_.lacks(entry.id)) {
        return fmt::format("a part of its content, object {}, is lost", entry.id.short_hex());
      }
    }
    return std::string();
  }

  static void tell(BestCommit& best, LostFile file, std::uint64_t entries = 1) {
    best.lost += entries;
    if (best.files.size() < kMostFiles) best.files.push_back(std::move(file));
  }

  Result<void> list_losses(BestCommit& best) {
    tree::TreeCursor cursor(nodes_, best.commit.tree);
    for (Result<void> at = cursor.seek("");; at = cursor.next()) {
      if (!at) {
        if (!tells_of_loss(at.error())) return at;
        const object::InnerItem* lost = cursor.unreadable();
        if (lost == nullptr) return {};
        tell(best,
             {lost->first_path,
              fmt::format("{} files and folders from here on are unknown", lost->entries),
              std::nullopt},
             lost->entries);
        continue;
      }
      if (!cursor.valid()) return {};
      VCS_ASSIGN(std::string why, why_lost(cursor.item().entry.content));
      if (!why.empty()) tell(best, {cursor.item().path, std::move(why), std::nullopt});
    }
  }

  Result<void> find_older(BestCommit& best) {
    std::vector<LostFile*> open;
    for (LostFile& file : best.files)
      if (open.size() < kMostLookedFor) open.push_back(&file);
    if (!best.commit.parent || open.empty()) return {};
    std::size_t back = 0;
    const auto visit = [&](const CommitStep& step) -> Result<bool> {
      VCS_TRY(find_in(step, open));
      return !open.empty() && ++back < kMostCommitsBack;
    };
    VCS_TRY(history::walk_back(commits_, *best.commit.parent, visit));
    return {};
  }

  // Removes from `open` the files that this commit has, and notes the commit in them.
  Result<void> find_in(const CommitStep& step, std::vector<LostFile*>& open) {
    Result<void> trouble;
    std::erase_if(open, [&](LostFile* file) {
      const auto has = has_file(step.commit.tree, file->path);
      if (!has) trouble = tl::unexpected(has.error());
      if (!has || !*has) return false;
      file->older = step.id;
      return true;
    });
    return trouble;
  }

  Result<bool> has_file(const ObjectId& tree, const std::string& path) {
    const auto entry = tree::find_entry(nodes_, tree, path);
    if (!entry && !tells_of_loss(entry.error())) return tl::unexpected(entry.error());
    if (!entry || !*entry || (*entry)->type != object::EntryType::file) return false;
    VCS_ASSIGN(const std::string why, why_lost((*entry)->content));
    return why.empty();
  }

  store::ObjectStore& store_;
  history::StoreCommits commits_;
  const std::string& device_;
  tree::NodeSource nodes_;
  std::unordered_map<ObjectId, bool> whole_;  // nodes: whether all nodes below are there, too
};

}  // namespace

Result<std::optional<BestCommit>> find_best_commit(store::ObjectStore& store,
                                                   const std::optional<ObjectId>& head,
                                                   const std::string& device) {
  return Choice(store, device).run(head);
}

}  // namespace vcs::sync
