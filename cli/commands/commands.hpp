// SPDX-License-Identifier: Apache-2.0
// The handlers of the command table's rows. Each runs its command, writes to the context's outputs
// and returns the exit status; main prints an error.
#pragma once

#include "cli/exit_status.hpp"
#include "core/base/result.hpp"

namespace vcs::cli {

class Context;

using Outcome = Result<ExitStatus>;

Outcome run_init(Context& context);
Outcome run_status(Context& context);
Outcome run_commit(Context& context);
Outcome run_log(Context& context);
Outcome run_show(Context& context);
Outcome run_diff(Context& context);
Outcome run_ls(Context& context);
Outcome run_cat(Context& context);
Outcome run_restore(Context& context);
Outcome run_verify(Context& context);
Outcome run_repair(Context& context);
Outcome run_remote_add(Context& context);
Outcome run_remote_list(Context& context);
Outcome run_remote_remove(Context& context);
Outcome run_remote_set(Context& context);
Outcome run_remote_heads(Context& context);
Outcome run_sync(Context& context);
Outcome run_clone(Context& context);
Outcome run_repo_list(Context& context);
Outcome run_repo_remove(Context& context);
Outcome run_repo_move(Context& context);
Outcome run_repo_rename(Context& context);
Outcome run_repo_restore(Context& context);
Outcome run_alarm(Context& context);
Outcome run_mounts(Context& context);
Outcome run_owed(Context& context);
Outcome run_restore_from(Context& context);
Outcome run_repo_compact(Context& context);
Outcome run_events(Context& context);
Outcome run_config_show(Context& context);
Outcome run_config_path(Context& context);
Outcome run_doctor(Context& context);
Outcome run_reload(Context& context);
Outcome run_stop(Context& context);
Outcome run_version(Context& context);
Outcome run_service_install(Context& context);
Outcome run_service_remove(Context& context);
Outcome run_service_status(Context& context);
Outcome run_help(Context& context);
Outcome run_complete(Context& context);
Outcome run_completion(Context& context);
Outcome run_manual(Context& context);

}  // namespace vcs::cli
