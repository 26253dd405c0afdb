// SPDX-License-Identifier: Apache-2.0
// The packs of a watched repository: whether they are still there. Somebody may clean up in the
// wrong folder, and what is gone can be had again only as long as a remote or the files have it.
#include <algorithm>

#include "agent/watched_repository.hpp"
#include "agent/watched_summary.hpp"
#include "core/store/pack_file.hpp"

namespace vcs::agent {
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
    const std::string name = store::pack_name(number);
    const auto stat =
        packs ? (*packs)->stat(name) : Result<base::FileStat>(base::Failure(packs.error()));
    if (!stat && stat.error().code == base::ErrorCode::not_found) missing.push_back(name);
  }
  if (missing.empty()) return missing;
  const std::vector<std::uint32_t> now = store.pack_numbers();
  std::erase_if(missing, [&](const std::string& name) {
    return std::none_of(now.begin(), now.end(),
                        [&](std::uint32_t number) { return store::pack_name(number) == name; });
  });
  return missing;
}

}  // namespace

void WatchedRepository::arm_pack_check() {
  if (pack_timer_ != 0 || state_ == State::closed) return;
  pack_timer_ = context_.loop.call_after(kPackDelay, [this] {
    pack_timer_ = 0;
    check_packs();
  });
}

void WatchedRepository::check_packs() {
  auto self = shared_from_this();
  ++in_background_;
  run_for_result(
      context_.loop, Pool::query,
      [directory = directory_, repository = repository_]() -> Result<Names> {
        return find_missing_packs(*directory, repository->store());
      },
      [this, self](Result<Names> missing) {
        --in_background_;
        if (!missing) return finish_close();  // the next commit looks again
        const bool news = *missing != missing_packs_ && !missing->empty();
        missing_packs_ = std::move(*missing);
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

// What was damaged may be whole by now.
void WatchedRepository::end_repair() {
  repairing_ = false;
  arm_pack_check();
  ++in_background_;
  run_for_result(
      context_.loop, Pool::query, [repository = repository_] { return Summary::of(*repository); },
      [this, self = shared_from_this()](Result<std::shared_ptr<Summary>> summary) {
        --in_background_;
        if (summary) summary_ = std::move(*summary);
        finish_close();
      });
}

}  // namespace vcs::agent
