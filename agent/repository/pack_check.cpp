// SPDX-License-Identifier: Apache-2.0
// Calls stat() for each pack; reads the tree of the head once after a start, and again as long as
// objects of it are lost.
#include "agent/repository/pack_check.hpp"

#include <algorithm>
#include <cassert>

#include "core/history/reachability.hpp"
#include "core/history/repository.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::agent::repository {
namespace {

using Names = std::vector<std::string>;

// The delay after a commit; commits that follow each other closely share one check.
constexpr base::Nanos kPackDelay = std::chrono::seconds(2);
constexpr const char* kPacks = "packs";

// Calls stat() for each pack. A pack that a merge has replaced meanwhile is not missing.
Names find_missing_packs(base::Directory& repository, const store::ObjectStore& store) {
  Names missing;
  const auto packs = repository.open_directory(kPacks);
  if (!packs && packs.error().code != ErrorCode::not_found) return missing;
  for (const std::uint32_t number : store.pack_numbers()) {
    const std::string name = pack::pack_name(number);
    const auto stat = packs ? (*packs)->stat(name) : Result<base::FileStat>(Failure(packs.error()));
    if (!stat && stat.error().code == ErrorCode::not_found) missing.push_back(name);
  }
  if (missing.empty()) return missing;
  const std::vector<std::uint32_t> now = store.pack_numbers();
  std::erase_if(missing, [&](const std::string& name) {
    return std::none_of(now.begin(), now.end(),
                        [&](std::uint32_t number) { return pack::pack_name(number) == name; });
  });
  return missing;
}

// A sentence about the objects of the last save that the store lacks; "" if it lacks none. Nothing
// else notices a pack that was deleted while the agent did not run: no list of packs is kept.
std::string missing_of_head(history::Repository& repository) {
  const auto tree = repository.head_tree();
  if (!tree) return tree.error().message;
  std::uint64_t count = 0;
  std::string first;
  store::ObjectStore& store = repository.store();
  history::Reachability reachability(
      store, [&store](const object::ObjectId& id) { return store.contains(id); });
  reachability.check_tree(*tree, [&](const object::ObjectId&, object::ObjectKind,
                                     const std::string& path, const Error&) {
    if (count++ == 0) first = path;
  });
  if (count == 0) return {};
  return fmt::format("a part of the last save is lost, including '{}'", first);
}

}  // namespace

void PackCheck::look_soon() {
  assert(context_.agent.loop.here());
  if (!timer_.waits()) timer_.start(kPackDelay, [this] { look(); });
}

void PackCheck::repaired() {
  assert(context_.agent.loop.here());
  head_was_looked_at_ = false;
  look_soon();
}

void PackCheck::look() {
  assert(context_.agent.loop.here());
  // If objects of the head are lost, a newer commit may not need them any more: check again.
  const bool looks_at_head =
      !std::exchange(head_was_looked_at_, true) || !found_.head_damage.empty();
  context_.errands.run(
      loop::Pool::query,
      [looks_at_head, directory = directory_, history = history_]() -> Result<Found> {
        return Found{find_missing_packs(*directory, history->store()),
                     looks_at_head ? missing_of_head(*history) : std::string()};
      },
      [this, looks_at_head](Result<Found> found) {
        // After an error the next commit checks again.
        if (found) take(std::move(*found), looks_at_head);
      });
}

void PackCheck::take(Found found, bool looked_at_head) {
  assert(context_.agent.loop.here());
  if (!looked_at_head) found.head_damage = std::move(found_.head_damage);
  const bool is_news = found.packs != found_.packs && !found.packs.empty();
  found_ = std::move(found);
  if (looked_at_head && !found_.head_damage.empty())
    context_.agent.log.error("{}: {}; see: vcsctl repair", context_.file.name, found_.head_damage);
  if (!is_news) return;
  const Names& packs = found_.packs;
  context_.report_problem(
      packs.size() == 1 ? fmt::format("the pack {} is gone; see: vcsctl repair", packs.front())
                        : fmt::format("{} packs are gone, {} among them; see: vcsctl repair",
                                      packs.size(), packs.front()));
}

}  // namespace vcs::agent::repository
