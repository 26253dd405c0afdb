// SPDX-License-Identifier: Apache-2.0
// Repairs in this order: verify, packs, remotes, chain of commits.
#include "core/sync/repair.hpp"

#include <algorithm>

#include "core/history/after_damage.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/repository.hpp"
#include "core/sync/object_fetcher.hpp"
#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {
namespace {

using object::ObjectId;
using object::ObjectKind;

class Repair {
 public:
  Repair(history::Repository& repository, std::span<const RepairSource> sources,
         const RepairOptions& options, const base::Log& log)
      : repository_(repository),
        after_damage_(repository.after_damage()),
        sources_(sources),
        options_(options),
        log_(log) {}

  Result<RepairReport> run() {
    VCS_TRY(look(false));
    report_.damaged = report_.left.lost.size();
    VCS_TRY(repair_packs());
    for (const RepairSource& source : sources_) {
      if (!options_.dry_run) VCS_TRY(look(true));
      auto asked = ask(source);
      if (asked) continue;
      if (asked.error().code == ErrorCode::cancelled) return Failure(asked.error());
      note(fmt::format("The remote {} cannot help: {}.", source.name, asked.error().message));
    }
    if (options_.dry_run) return std::move(report_);
    VCS_TRY(rejoin());
    VCS_TRY(look(true));
    return std::move(report_);
  }

 private:
  // Verifies every byte; or, with `references_only`, only which lost objects the history needs.
  Result<void> look(bool references_only) {
    VCS_ASSIGN(const std::vector<ObjectId> heads, repository_.heads());
    history::VerifyOptions options;
    options.read_data = true;
    options.references_only = references_only;
    options.threads = options_.threads;
    options.cancel = options_.cancel;
    options.progress = [this](const history::VerifyProgress& done) {
      progress(RepairStage::verifying, done.bytes_done, done.bytes_total);
    };
    VCS_ASSIGN(report_.left, history::verify(repository_.store(), heads, options));
    return {};
  }

  Result<void> repair_packs() {
    // The repair may move the pack with the commit point of the head.
    if (!options_.dry_run) VCS_TRY(repository_.secure_head());
    store::PackRepairOptions options;
    options.dry_run = options_.dry_run;
    options.hash_provider = options_.hash_provider;
    options.cancel = options_.cancel;
    options.progress = [this](std::uint64_t done, std::uint64_t total) {
      progress(RepairStage::repairing, done, total);
    };
    VCS_ASSIGN(
        report_.packs,
        store::repair_packs(
            repository_.store(),
            [&] { return base::open_or_make_directory(repository_.directory(), kDamagedFolder); },
            options, log_));
    for (const std::string& problem : report_.packs.problems) note(problem);
    return {};
  }

  Result<void> ask(const RepairSource& source) {
    VCS_ASSIGN(const auto remote, source.open());
    VCS_ASSIGN(const remote::layout::RemoteConfig config, read_remote_config(*remote));
    if (config.repository_id != options_.repository_id)
      return fail(ErrorCode::invalid, "it holds the history of another repository");
    ObjectFetchOptions fetch_options;
    fetch_options.threads = options_.threads;
    fetch_options.cancel = options_.cancel;
    fetch_options.progress = [this](std::uint64_t bytes) {
      progress(RepairStage::fetching, bytes, 0);
    };
    ObjectFetcher fetcher(*remote, repository_.store(), fetch_options);
    VCS_TRY(fetcher.read_catalog());
    if (!options_.dry_run) VCS_TRY(look_for_head(*remote, fetcher));
    auto fetched = options_.dry_run ? count(fetcher) : fetch(fetcher);
    for (const std::string& sentence : fetcher.damage())
      note(fmt::format("The remote {} is damaged: {}.", source.name, sentence));
    return fetched;
  }

  // If the head's ref and pack are gone, only the remote knows the head.
  Result<void> look_for_head(remote::RemoteStore& remote, ObjectFetcher& fetcher) {
    std::vector<std::string> damage;
    VCS_ASSIGN(const auto refs, read_remote_refs(remote, damage));
    for (const DeviceRef& found : refs) {
      if (found.device != options_.device || found.name != remote::layout::kHeadRef) continue;
      VCS_ASSIGN(const bool unknown, is_unknown_head(fetcher, found.commit()));
      if (!unknown) continue;
      VCS_TRY(remember_head(found.commit()));
      return look(true);
    }
    return {};
  }

  // True if the commit can be had, and no head that is known here descends from it.
  Result<bool> is_unknown_head(ObjectFetcher& fetcher, const ObjectId& commit) {
    VCS_ASSIGN(const auto lost, after_damage_.lost_head());
    const bool lacking = repository_.store().lacks(commit);
    if (lost == commit || (lacking && !fetcher.has(commit))) return false;
    if (!lost && lacking) return true;
    // Only the commits between two heads show which one descends from the other.
    if (lost) VCS_TRY(fetch_commits(fetcher));
    if (repository_.store().lacks(commit)) return false;
    VCS_ASSIGN(const bool in_line, is_in_line(commit));
    return !in_line;
  }

  // True if the head, the lost head, or a head that an earlier repair named descends from it.
  Result<bool> is_in_line(const ObjectId& commit) {
    VCS_ASSIGN(const auto lost, after_damage_.lost_head());
    VCS_ASSIGN(const auto before_repair, after_damage_.named_commit(kBeforeRepair));
    VCS_ASSIGN(const auto other, after_damage_.named_commit(kOtherHead));
    for (const auto& from : {repository_.head(), lost, before_repair, other}) {
      if (!from) continue;
      VCS_ASSIGN(const bool descends, history::descends_from(repository_, *from, commit));
      if (descends) return true;
    }
    return false;
  }

  // Names the newest head that can be had as the lost head. A lost head that no remote had so far,
  // and a head of another chain, keep a name: a later repair may find them, and verify checks them.
  Result<void> remember_head(const ObjectId& commit) {
    VCS_ASSIGN(const auto lost, after_damage_.lost_head());
    if (!lost) return after_damage_.name_commit(history::kLostHead, commit);
    if (repository_.store().lacks(*lost)) {
      VCS_TRY(after_damage_.name_commit(kOtherHead, *lost));
      return after_damage_.name_commit(history::kLostHead, commit);
    }
    VCS_ASSIGN(const bool further, history::descends_from(repository_, commit, *lost));
    return after_damage_.name_commit(further ? history::kLostHead : kOtherHead, commit);
  }

  Result<void> count(const ObjectFetcher& fetcher) {
    for (const ObjectId& id : report_.left.lost) report_.fetched += fetcher.has(id);
    return {};
  }

  Result<void> fetch_commits(ObjectFetcher& fetcher) {
    VCS_ASSIGN(const std::uint64_t commits, fetcher.fetch(fetcher.commits()));
    report_.fetched += commits;
    return {};
  }

  // Fetched objects may need further missing ones: a commit its tree, a tree its nodes.
  Result<void> fetch(ObjectFetcher& fetcher) {
    const auto is_commit = [](const history::DamagedObject& damaged) {
      return damaged.kind == ObjectKind::commit;
    };
    const auto& damaged = report_.left.damaged;
    if (std::any_of(damaged.begin(), damaged.end(), is_commit)) {
      VCS_TRY(fetch_commits(fetcher));
      VCS_TRY(look(true));
    }
    while (!report_.left.lost.empty()) {
      VCS_ASSIGN(const std::uint64_t objects, fetcher.fetch(report_.left.lost));
      if (objects == 0) break;
      report_.fetched += objects;
      VCS_TRY(look(true));
    }
    return {};
  }

  // Gives the commits since the loss of the head a name. The next commit goes behind the head that
  // is back and starts from their last tree. Takes the turn, so that no save comes in between: it
  // would go behind the former head, without a name.
  Result<void> rejoin() {
    const base::Lock turn(repository_.turn());
    VCS_TRY(settle_lost_head(repository_));
    VCS_ASSIGN(const auto lost, after_damage_.lost_head());
    if (!lost) return {};
    if (auto commit = repository_.read_commit(*lost); !commit)
      return tells_of_loss(commit.error()) ? Result<void>() : Failure(commit.error());
    if (const auto head = repository_.head())
      VCS_TRY(after_damage_.name_commit(kBeforeRepair, *head));
    after_damage_.continue_behind(*lost);
    report_.rejoined = lost;
    log_.info("the lost head {} is back; the next commit follows it", lost->short_hex());
    return {};
  }

  void note(std::string sentence) { report_.notes.push_back(std::move(sentence)); }
  void progress(RepairStage stage, std::uint64_t done, std::uint64_t total) {
    if (options_.progress) options_.progress(stage, done, total);
  }

  history::Repository& repository_;
  history::AfterDamage& after_damage_;
  const std::span<const RepairSource> sources_;
  const RepairOptions& options_;
  const base::Log& log_;
  RepairReport report_;
};

}  // namespace

Result<RepairReport> repair(history::Repository& repository, std::span<const RepairSource> sources,
                            const RepairOptions& options, const base::Log& log) {
  return Repair(repository, sources, options, log).run();
}

Result<void> settle_lost_head(history::Repository& repository) {
  VCS_ASSIGN(const auto lost, repository.after_damage().lost_head());
  const auto head = repository.head();
  if (!lost || !head || repository.store().lacks(*lost)) return {};
  const auto joined = history::descends_from(repository, *head, *lost);
  if (!joined && !tells_of_loss(joined.error())) return Failure(joined.error());
  return joined && *joined ? repository.after_damage().forget_lost_head() : Result<void>();
}

Result<void> give_up_lost_heads(history::Repository& repository) {
  history::AfterDamage& after_damage = repository.after_damage();
  for (const char* name : {history::kLostHead, kOtherHead}) {
    VCS_ASSIGN(const auto commit, after_damage.named_commit(name));
    if (commit && repository.store().lacks(*commit)) VCS_TRY(after_damage.forget_name(name));
  }
  return {};
}

}  // namespace vcs::sync
