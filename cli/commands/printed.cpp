// SPDX-License-Identifier: Apache-2.0
// vcsctl help, completion and manual: print texts made from the command table. Need no agent.
#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/line/completion.hpp"
#include "cli/line/help.hpp"
#include "cli/line/manual.hpp"

namespace vcs::cli {

Outcome run_help(Context& context) {
  std::string name;
  for (const std::string& word : context.line().list("COMMAND"))
    name += name.empty() ? word : " " + word;
  if (!has_help(name))
    return fail(ErrorCode::not_found, "there is no command '{}'; see vcsctl help", escaped(name));
  context.out().write(help_text(name, context.terminal().width_of_out()));
  return ExitStatus::done;
}

Outcome run_completion(Context& context) {
  context.out().write(completion_script(context.line().text("SHELL")));
  return ExitStatus::done;
}

Outcome run_manual(Context& context) {
  context.out().write(manual_page(context.line().text("PAGE")));
  return ExitStatus::done;
}

}  // namespace vcs::cli
