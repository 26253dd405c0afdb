// SPDX-License-Identifier: Apache-2.0
// vcsctl alarm: shows why the alarm rings, and clears it.
#include "cli/commands/commands.hpp"
#include "cli/render/status.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {

Outcome run_alarm(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const bool acknowledge = context.line().has("--acknowledge");
  VCS_ASSIGN(const ipc::AlarmResponse answer,
             client.call<ipc::Alarm>({repository.name, acknowledge}));
  const bool is_set = answer.alarm.reason != ipc::AlarmReason::none;
  if (context.json())
    context.print_json(answer);
  else if (!is_set)
    context.out().write("no alarm\n");
  else if (acknowledge)
    context.out().write("Alarm cleared; the present state counts as normal\n");
  else
    context.out().write(
        alarm_text(answer.alarm, answer.repository, context.clock().now(), context.style()));
  return is_set && !acknowledge ? ExitStatus::attention : ExitStatus::done;
}

}  // namespace vcs::cli
