// SPDX-License-Identifier: Apache-2.0
// vcsctl completion and manual: texts made from the command table. Need no agent.
#include "cli/commands/commands.hpp"
#include "cli/completion.hpp"
#include "cli/manual.hpp"

namespace vcs::cli {

Outcome run_completion(Context& context) {
  context.out().write(completion_script(context.line().text("SHELL")));
  return ExitStatus::done;
}

Outcome run_manual(Context& context) {
  context.out().write(manual_page(context.line().text("PAGE")));
  return ExitStatus::done;
}

}  // namespace vcs::cli
