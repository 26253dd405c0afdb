// SPDX-License-Identifier: Apache-2.0
// Lists the machine, folder and time of each head.
#include "cli/render/heads.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vcs::cli {
namespace {

std::string machine_of(const ipc::HeadInfo& head) {
  return head.machine.empty() ? "unknown machine" : escaped(head.machine);
}

std::string saved(const ipc::HeadInfo& head, base::UnixNanos now) {
  return fmt::format("{}, last {}", counted(head.commits, "commit", "commits"),
                     ago(head.time, now));
}

std::string notes_on(const ipc::HeadInfo& head) {
  if (head.kept) return "kept aside";
  return head.here ? "copied to from here" : "";
}

}  // namespace

std::string heads_text(const std::vector<ipc::HeadInfo>& heads, base::UnixNanos now,
                       const Style& style) {
  if (heads.empty()) return "this remote has no heads\n";
  using Align = Table::Align;
  Table table({Align::left, Align::left, Align::left, Align::left, Align::left});
  for (const ipc::HeadInfo& head : heads)
    table.add({style.id(escaped(head.id)), machine_of(head), style.place(escaped(head.folder)),
               saved(head, now), notes_on(head)});
  return table.text();
}

std::string cloned_head_text(const ipc::CloneResponse& done, base::UnixNanos now) {
  const ipc::HeadInfo& taken = done.taken;
  if (taken.id.empty()) return {};
  std::string text =
      fmt::format("cloned the head of {}{}{}: {}\n", machine_of(taken),
                  taken.folder.empty() ? "" : ":", escaped(taken.folder), saved(taken, now));
  std::vector<ipc::HeadInfo> others;
  std::copy_if(done.heads.begin(), done.heads.end(), std::back_inserter(others),
               [&](const ipc::HeadInfo& head) { return head.id != taken.id; });
  if (others.empty()) return text;
  return text + "the remote also holds (clone one with --head ID):\n" +
         heads_text(others, now, Style());
}

}  // namespace vcs::cli
