// SPDX-License-Identifier: Apache-2.0
// The packs of a watched repository: whether they are still there. Somebody may clean up in the
// wrong folder, and what is gone can be had again only as long as a remote or the files have it.
#include <algorithm>

#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "core/history/reachability.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using Names = std::vector<std::string>;

// After a commit; commits that follow each other closely share one look.
constexpr base::Nanos kPackDelay = std::chrono::seconds(2);
constexpr const char* kPacks = "packs";

// One stat a pack. What compaction has replaced meanwhile is not missing.
Names find_missing_packs(base::Directory& repository, const store::ObjectStore& store) {
  Names missing;
  const auto packs = repository.open_directory(kPacks);
  if (!packs && packs.error().code != base::ErrorCode::not_found) return missing;
  for (const std::uint32_t number : store.pack_numbers()) {
    const std::string name = pack::pack_name(number);
    const auto stat =
        packs ? (*packs)->stat(name) : Result<base::FileStat>(base::Failure(packs.error()));
    if (!stat && stat.error().code == base::ErrorCode::not_found) missing.push_back(name);
  }
  if (missing.empty()) return missing;
  const std::vector<std::uint32_t> now = store.pack_numbers();
  std::erase_if(missing, [&](const std::string& name) {
    return std::none_of(now.begin(), now.end(),
                        [&](std::uint32_t number) { return pack::pack_name(number) == name; });
  });
  return missing;
}

// What of the last save is not in the store, as a sentence; "": all is there. A pack that went
// while nobody watched is missed by nobody else: which packs there were is remembered nowhere.
std::string missing_of_head(history::Repository& repository) {
  const auto tree = repository.head_tree();
  if (!tree) return tree.error().message;
  std::uint64_t count = 0;
  std::string first;
  store::ObjectStore& store = repository.store();
  history::Reachability reachability(
      store, [&store](const object::ObjectId& id) { return store.contains(id); });
  reachability.check_tree(*tree, [&](const object::ObjectId&, object::ObjectKind,
                                     const std::string& path, const base::Error&) {
    if (count++ == 0) first = path;
  });
  if (count == 0) return {};
  return fmt::format("a part of the last save is lost, '{}' among it", first);
}

}  // namespace

void WatchedRepository::arm_pack_check() {
  if (pack_timer_.waits() || state_ == State::closed) return;
  pack_timer_.start(kPackDelay, [this] { check_packs(); });
}

void WatchedRepository::check_packs() {
  struct Found {
    Names packs;
    std::string damage;
  };
  auto self = shared_from_this();
  ++in_background_;
  // Where something is lost a commit may have ended it: what is in no file is in no newer save.
  const bool proves_head = !std::exchange(head_was_looked_at_, true) || !head_damage_.empty();
  loop::run_for_result(
      context_.loop, loop::Pool::query,
      [proves_head, directory = directory_, repository = repository_]() -> Result<Found> {
        return Found{find_missing_packs(*directory, repository->store()),
                     proves_head ? missing_of_head(*repository) : std::string()};
      },
      [this, self, proves_head](Result<Found> found) {
        --in_background_;
        if (!found) return finish_close();  // the next commit looks again
        if (proves_head) head_damage_ = std::move(found->damage);
        if (proves_head && !head_damage_.empty())
          context_.log.error("{}: {}; see: vcsctl repair", file_.name, head_damage_);
        const bool news = found->packs != missing_packs_ && !found->packs.empty();
        missing_packs_ = std::move(found->packs);
        if (news) {
          const std::string text =
              missing_packs_.size() == 1
                  ? fmt::format("the pack {} is gone; see: vcsctl repair", missing_packs_.front())
                  : fmt::format("{} packs are gone, {} among them; see: vcsctl repair",
                                missing_packs_.size(), missing_packs_.front());
          context_.log.error("{}: {}", file_.name, text);
          context_.announce(file_.name, "problem", text, "");
        }
        finish_close();
      });
}

void WatchedRepository::recall_damage(const Result<DamageRecord>& record) {
  if (!record)
    context_.log.warning("{}/{}: {}; what verify has found is known again after: vcsctl verify",
                         data_, kDamageName, record.error().message);
  damage_ = record.value_or(DamageRecord{});
}

void WatchedRepository::verified(const Verified& result) {
  const DamageRecord before = std::exchange(damage_, damage_.after(result, context_.clock.now()));
  if (damage_ == before) return;
  if (damage_.errors > before.errors)
    context_.log.error("{}: {}; see: vcsctl repair", file_.name, damage_.text());
  write_damage_record();
}

void WatchedRepository::write_damage_record() {
  if (!directory_) return;
  write_damage_again_ = writing_damage_;
  if (std::exchange(writing_damage_, true)) return;
  ++in_background_;
  loop::run_for_result(
      context_.loop, loop::Pool::query,
      [directory = directory_, record = damage_] {
        return repository::write_damage_record(*directory, record);
      },
      [this, self = shared_from_this()](const Result<void>& written) {
        --in_background_;
        writing_damage_ = false;
        if (!written)
          context_.log.warning("{}: {}: {}", file_.name, kDamageName, written.error().message);
        if (std::exchange(write_damage_again_, false)) write_damage_record();
        finish_close();
      });
}

// What was damaged may be whole by now.
void WatchedRepository::end_repair() {
  repairing_ = false;
  head_was_looked_at_ = false;
  arm_pack_check();
  ++in_background_;
  loop::run_for_result(
      context_.loop, loop::Pool::query,
      [repository = repository_] { return Summary::of(*repository); },
      [this, self = shared_from_this()](Result<std::shared_ptr<Summary>> summary) {
        --in_background_;
        if (summary) summary_ = std::move(*summary);
        finish_close();
      });
}

}  // namespace vcs::agent::repository
