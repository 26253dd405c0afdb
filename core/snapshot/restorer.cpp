// Writes entries of a commit back to a folder.
#include "core/snapshot/restorer.hpp"

#include "core/base/thread_pool.hpp"
#include "core/snapshot/restore_file.hpp"
#include "core/snapshot/restore_plan.hpp"

namespace vcs::snapshot {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

void work_off(RestoreContext& context, RestorePlan& plan) {
  for (std::vector<RestoreJob> run = plan.take(); !run.empty(); run = plan.take()) {
    for (const RestoreJob& job : run) {
      if (context.cancelled()) return;
      const bool is_file = job.item.entry.type == object::EntryType::file;
      context.report.entry(job.item.path, restore_file(context, *job.folder, job.item), is_file);
    }
  }
}

void work_off_in_lanes(RestoreContext& context, RestorePlan& plan) {
  const std::size_t lanes = context.options.threads;
  if (lanes <= 1) return work_off(context, plan);
  base::ThreadPool pool(lanes - 1, "restore");
  pool.run_lanes(lanes, [&](std::size_t) { work_off(context, plan); });
}

}  // namespace

Result<RestoreResult> restore(NodeSource& nodes, store::ObjectStore& store,
                              const object::ObjectId& root, std::unique_ptr<base::Directory> target,
                              base::Random& random, const RestoreOptions& options,
                              const RestoreObserver& observer) {
  VCS_TRY(tree_totals(nodes, root));  // without its root there is nothing to restore
  VCS_ASSIGN(std::vector<std::string> paths, find_wanted(nodes, root, options.paths));
  RestoreReport report(observer, count_wanted(nodes, root, paths));
  TemporaryNames names(random);
  RestoreContext context{nodes, store, options, report, names};
  {
    RestorePlan plan(context, root, std::move(paths), std::move(target));
    work_off_in_lanes(context, plan);
  }
  const RestoreResult result = report.finish();
  if (context.cancelled())
    return fail(ErrorCode::cancelled, "the restore was cancelled after {} entries",
                result.created + result.replaced + result.unchanged);
  return result;
}

}  // namespace vcs::snapshot
