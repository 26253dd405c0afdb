// SPDX-License-Identifier: Apache-2.0
// Lines of log, show and diff.
#include "cli/render/changes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

std::string painted_letter(char letter, const Style& style) {
  const std::string text(1, letter);
  if (letter == 'A') return style.good(text);
  return letter == 'D' ? style.bad(text) : style.warning(text);
}

}  // namespace

std::string_view type_word(ipc::FileType type) {
  return type == ipc::FileType::directory ? "folder" : base::name_of(type);
}

namespace {

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

// "created, 1.2 KB", "deleted", "1.2 KB": the change of the one path in the request.
std::string fate(const ipc::ChangedPath& path, const Style& style) {
  if (path.change == ipc::Change::deleted) return style.bad("deleted");
  const std::string what = path.type == ipc::FileType::file ? base::humanize_bytes(path.size)
                                                            : std::string(type_word(path.type));
  if (path.change == ipc::Change::added) return style.good("created") + ", " + what;
  if (path.change == ipc::Change::type) return fmt::format("now a {}", type_word(path.type));
  return path.change == ipc::Change::metadata ? what + ", only permissions or times" : what;
}

std::string shown_name(const ipc::ChangedPath& path) {
  return escaped(path.path) + (path.type == ipc::FileType::directory ? "/" : "");
}

// "chapter-07.md", "old.md  deleted", "src/main.c and 13 more  created 3, deleted 2".
std::string what_happened(const ipc::CommitInfo& commit, std::string_view asked,
                          const Style& style) {
  const ipc::ChangeCounts& counts = commit.changed;
  const std::uint64_t all = counts.added + counts.modified + counts.deleted;
  if (commit.paths.empty()) return change_counts(counts);
  const ipc::ChangedPath& first = commit.paths.front();
  if (!asked.empty() && first.path == asked) return fate(first, style);
  std::string text = shown_name(first);
  if (all <= 1) {
    if (first.change == ipc::Change::added) text += "  " + style.good("created");
    if (first.change == ipc::Change::deleted) text += "  " + style.bad("deleted");
    if (first.change == ipc::Change::metadata) text += "  permissions or times";
    return text;
  }
  if (asked.empty()) text += fmt::format(" and {} more", with_separators(all - 1));
  std::string numbers;
  if (counts.added != 0) numbers = style.good("created " + with_separators(counts.added));
  if (counts.deleted != 0)
    numbers +=
        (numbers.empty() ? "" : ", ") + style.bad("deleted " + with_separators(counts.deleted));
  return numbers.empty() || !asked.empty() ? text : text + "  " + numbers;
}

}  // namespace

char change_letter(const ipc::ChangeInfo& change) {
  if (change.change == ipc::Change::added) return 'A';
  if (change.change == ipc::Change::deleted) return 'D';
  if (change.change == ipc::Change::type) return 'T';
  return change.change == ipc::Change::metadata ? 'P' : 'M';
}

std::string shown_name(const ipc::ChangeInfo& change) {
  const bool is_there = change.type_after != ipc::FileType::none;
  const ipc::FileType type = is_there ? change.type_after : change.type_before;
  return escaped(change.path) + (type == ipc::FileType::directory ? "/" : "");
}

std::string change_line(const ipc::ChangeInfo& change, const Style& style) {
  const std::string name =
      change.change == ipc::Change::type ? escaped(change.path) : shown_name(change);
  std::string line = painted_letter(change_letter(change), style) + "  " + name;
  if (change.change == ipc::Change::type) {
    line +=
        fmt::format("  ({} -> {})", type_word(change.type_before), type_word(change.type_after));
  } else if (change.mode_before != change.mode_after && change.change != ipc::Change::added &&
             change.change != ipc::Change::deleted) {
    line +=
        fmt::format("  ({:04o} -> {:04o})", change.mode_before & 07777, change.mode_after & 07777);
  }
  return line;
}

std::string change_counts(const ipc::ChangeCounts& counts) {
  std::vector<std::string> parts;
  if (counts.added != 0) parts.push_back(with_separators(counts.added) + " added");
  if (counts.modified != 0) parts.push_back(with_separators(counts.modified) + " modified");
  if (counts.deleted != 0) parts.push_back(with_separators(counts.deleted) + " deleted");
  return parts.empty() ? "nothing changed" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string what_changed(const ipc::CommitInfo& commit) {
  return what_happened(commit, {}, Style());
}

std::string log_line(const ipc::CommitInfo& commit, const LogView& view, const Style& style) {
  const std::string message = escaped_text(first_line(commit.message));
  std::string line = style.id(short_id(commit.id)) + "  " + date_and_time(commit.time);
  if (view.now != base::UnixNanos{})
    line += "  " + style.faint(fmt::format("{:<14}", ago(commit.time, view.now)));
  line += "  " + what_happened(commit, view.path, style);
  if (commit.unstable != 0)
    line += "  " + style.warning(fmt::format("[{} while being written]", commit.unstable));
  if (!message.empty()) line += "  " + style.strong(message);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string commit_header(const ipc::CommitInfo& commit, base::UnixNanos now, const Style& style) {
  std::string out = fmt::format("commit   {}\n", style.id(commit.id));
  if (!commit.parent.empty()) out += fmt::format("parent   {}\n", short_id(commit.parent));
  out += fmt::format("time     {} ({})\n", date_and_time(commit.time), ago(commit.time, now));
  out += fmt::format("kind     {}\n", std::string(base::name_of(commit.kind)));
  if (!commit.device.empty()) out += fmt::format("device   {}\n", escaped(commit.device));
  out += fmt::format("changed  {}\n", change_counts(commit.changed));
  if (commit.unstable != 0) {
    out += fmt::format("unstable {} saved while being written\n",
                       counted(commit.unstable, "file was", "files were"));
  }
  if (!commit.message.empty()) {
    std::string message = escaped_text(commit.message);
    for (std::size_t at = 0; (at = message.find('\n', at)) != std::string::npos; at += 5)
      message.replace(at, 1, "\n    ");
    out += "\n    " + message + "\n";
  }
  return out;
}

}  // namespace vcs::cli
