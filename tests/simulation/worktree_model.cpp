// A list of what was, and a bill of what is owed.
#include "tests/simulation/worktree_model.hpp"

#include <algorithm>

#include "core/object/hasher.hpp"

namespace vcs::test {
namespace {

const char* name_of(base::FileType type) {
  switch (type) {
    case base::FileType::directory:
      return "folder";
    case base::FileType::symlink:
      return "symlink";
    default:
      return "file";
  }
}

bool is_same(const Shown& shown, const SimulatedDisk::Entry& entry) {
  if (shown.type != entry.stat.type) return false;
  if (shown.type != base::FileType::symlink && shown.mode != entry.stat.mode) return false;
  return base::as_text(entry.content) == *shown.text;
}

Shown shown_of(const SimulatedDisk::Entry& entry) {
  const bool link = entry.stat.type == base::FileType::symlink;
  return {entry.stat.type, link ? 0 : entry.stat.mode,
          std::make_shared<const std::string>(base::as_text(entry.content))};
}

}  // namespace

std::string describe(const Shown& shown) {
  if (shown.type == base::FileType::symlink) return "symlink to " + *shown.text;
  const std::string what = fmt::format("{} {:o}", name_of(shown.type), shown.mode);
  if (shown.type != base::FileType::regular) return what;
  return fmt::format("{}, {} bytes {}", what, shown.text->size(),
                     object::hash_bytes(base::as_bytes(*shown.text)).short_hex());
}

void WorktreeModel::changed(const std::string& path, std::optional<Shown> shown,
                            base::SteadyNanos now) {
  Version& version = paths_[path];
  if (shown) ever_[path].push_back(*shown);
  version.shown = std::move(shown);
  version.since = now;
  ++versions_;
}

void WorktreeModel::look(const SimulatedDisk& disk, const std::string& worktree,
                         base::SteadyNanos now, const std::set<std::string>& being_written) {
  std::set<std::string> present;
  disk.visit(worktree, [&](const SimulatedDisk::Entry& entry) {
    present.insert(entry.path);
    const auto known = paths_.find(entry.path);
    if (known == paths_.end() || !known->second.shown || !is_same(*known->second.shown, entry))
      changed(entry.path, shown_of(entry), now);
  });
  for (auto& [path, version] : paths_) {
    if (version.shown && !present.contains(path)) changed(path, std::nullopt, now);
    const bool written = being_written.contains(path);
    if (version.being_written && !written) version.since = now;
    version.being_written = written;
  }
}

std::optional<std::string> WorktreeModel::committed(Capture capture) {
  head_ = std::move(capture);
  std::erase_if(
      paths_, [&](const auto& item) { return !item.second.shown && !head_.contains(item.first); });
  for (const auto& [path, entry] : head_) {
    if (entry.unstable) continue;
    const auto ever = ever_.find(path);
    if (ever == ever_.end() ||
        std::find(ever->second.rbegin(), ever->second.rend(), entry.shown) == ever->second.rend())
      return fmt::format("the commit has {} as {}, which never was there", path,
                         describe(entry.shown));
  }
  return std::nullopt;
}

std::optional<std::string> WorktreeModel::difference(base::SteadyNanos since) const {
  for (const auto& [path, version] : paths_) {
    if (version.being_written || version.since > since) continue;
    const auto found = head_.find(path);
    const bool there = found != head_.end();
    if (there == version.shown.has_value() && (!there || found->second.shown == *version.shown))
      continue;
    return fmt::format("{} is {}, but in the head {}", path,
                       version.shown ? describe(*version.shown) : "absent",
                       there ? describe(found->second.shown) : "absent");
  }
  return std::nullopt;
}

std::vector<std::string> WorktreeModel::paths(base::FileType type) const {
  std::vector<std::string> found;
  for (const auto& [path, version] : paths_)
    if (version.shown && version.shown->type == type) found.push_back(path);
  return found;
}

bool WorktreeModel::exists(const std::string& path) const {
  const auto found = paths_.find(path);
  return found != paths_.end() && found->second.shown.has_value();
}

}  // namespace vcs::test
