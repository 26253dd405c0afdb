// SPDX-License-Identifier: Apache-2.0
// Runs the lanes of a restore, and repeats it in rounds for postponed paths.
#include "core/restore/restorer.hpp"

#include "core/base/thread_pool.hpp"
#include "core/restore/restore_file.hpp"
#include "core/restore/restore_plan.hpp"

namespace vcs::restore {

namespace {

void work_off(RestoreContext& context, RestorePlan& plan) {
  for (std::vector<RestoreJob> run = plan.take(); !run.empty(); run = plan.take()) {
    for (const RestoreJob& job : run) {
      if (context.cancelled()) return;
      const bool is_file = job.item.entry.type == object::EntryType::file;
      context.tell(job.item.path, restore_file(context, *job.folder, job.item), is_file);
    }
  }
}

void restore_paths(RestoreContext& context, const object::ObjectId& root,
                   std::vector<std::string> paths, std::shared_ptr<base::Directory> target) {
  RestorePlan plan(context, root, std::move(paths), std::move(target));
  if (context.helpers != nullptr)
    context.helpers->run_lanes(context.options.threads,
                               [&](std::size_t) { work_off(context, plan); });
  else
    work_off(context, plan);
}

// Tries postponed paths again after the history has saved what stands there. The last round refuses
// them.
void restore_in_rounds(RestoreContext& context, const object::ObjectId& root,
                       std::vector<std::string> paths,
                       const std::shared_ptr<base::Directory>& target) {
  context.last_round = context.options.history == nullptr;
  restore_paths(context, root, std::move(paths), target);
  for (auto left = context.postponed.take(); !left.empty(); left = context.postponed.take()) {
    context.first_round = false;
    context.last_round = context.cancelled() || !context.options.history->catch_up();
    if (context.cancelled()) return;
    auto wanted = find_wanted(context.nodes, root, left);
    if (!wanted)
      return context.report.unreadable(left.front(), left.size(), wanted.error().message);
    restore_paths(context, root, std::move(*wanted), target);
  }
}

}  // namespace

Result<RestoreResult> restore(tree::NodeSource& nodes, store::ObjectStore& store,
                              const object::ObjectId& root, std::unique_ptr<base::Directory> target,
                              base::Random& random, const RestoreOptions& options,
                              const RestoreObserver& observer) {
  VCS_TRY(tree::tree_totals(nodes, root));  // fails if the root cannot be read
  VCS_ASSIGN(std::vector<std::string> paths, find_wanted(nodes, root, options.paths));
  RestoreReport report(observer, count_wanted(nodes, root, paths));
  TemporaryNames names(random);
  // One thread more than lanes, so that one can help with a large file while the caller waits for
  // the last lane.
  std::unique_ptr<base::ThreadPool> helpers;
  if (options.threads > 1) helpers = std::make_unique<base::ThreadPool>(options.threads, "restore");
  Postponed postponed;
  Patience patience(options);
  RestoreContext context{nodes, store, options, report, names, helpers.get(), postponed, patience};
  restore_in_rounds(context, root, std::move(paths), std::move(target));
  const RestoreResult result = report.finish();
  if (context.cancelled())
    return fail(ErrorCode::cancelled,
                "the restore was cancelled; {} entries are in place, each of them whole, and the "
                "rest is as it was; run it again to go on",
                result.created + result.replaced + result.unchanged);
  return result;
}

}  // namespace vcs::restore
