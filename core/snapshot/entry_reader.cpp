// SPDX-License-Identifier: Apache-2.0
// Reads files, folders and symlinks, and compares the stat data before and after the reading.
#include "core/snapshot/entry_reader.hpp"

#include <algorithm>
#include <cerrno>

#include "core/base/memory.hpp"
#include "core/index/index_entry.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::snapshot {

using base::Directory;
using object::ContentKind;
using State = Ingested::State;

namespace {

// Timestamps may lag the clock by a tick of the kernel.
constexpr base::Nanos kGranularity = std::chrono::milliseconds(10);
constexpr base::Nanos kCoarseGranularity = std::chrono::seconds(2);

bool is_gone(const Error& error) {
  return error.code == ErrorCode::not_found || error.os_error == ENOTDIR ||
         error.os_error == ELOOP || error.os_error == ESTALE;
}

bool same_state(const base::FileStat& a, const base::FileStat& b) {
  return a.type == b.type && a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime &&
         a.inode == b.inode;
}

void take_attributes(Result<std::vector<base::ExtendedAttribute>> found, Ingested& out) {
  ReadAttributes read(std::move(found));
  out.attributes = std::move(read.readable);
  out.unread_attributes = std::move(read.unread);
  out.no_attributes = std::move(read.error);
}

bool is_being_written(base::File& file) {
  const auto writer = file.has_writer();
  return writer && *writer;
}

}  // namespace

bool looks_racy(const base::FileStat& stat, base::UnixNanos read_start) {
  const auto is_whole = [](base::UnixNanos time) {
    return time.time_since_epoch() % std::chrono::seconds(1) == base::Nanos(0);
  };
  const bool whole_seconds = is_whole(stat.mtime) && is_whole(stat.ctime);
  return index::is_racy(stat, read_start, whole_seconds ? kCoarseGranularity : kGranularity);
}

// A filesystem without attributes gives none and no error. An unreadable one costs only itself.
ReadAttributes::ReadAttributes(Result<std::vector<base::ExtendedAttribute>> found) {
  if (!found && found.error().code != ErrorCode::unsupported) error = found.error();
  if (!found) return;
  for (base::ExtendedAttribute& attribute : *found) {
    if (attribute.os_error == 0) {
      readable.push_back(std::move(attribute));
      continue;
    }
    if (!error)
      error =
          base::fail_errno(attribute.os_error, "reading the attribute " + attribute.name).value();
    unread.push_back(std::move(attribute.name));
  }
  if (!unread.empty())
    error->message = fmt::format("{} of its {} attributes cannot be read: {}", unread.size(),
                                 found->size(), error->message);
}

std::vector<base::ExtendedAttribute> with_known_attributes(
    std::vector<base::ExtendedAttribute> readable, const std::vector<std::string>& unread,
    const std::vector<base::ExtendedAttribute>& before) {
  if (unread.empty()) return before;
  for (const base::ExtendedAttribute& known : before)
    if (std::find(unread.begin(), unread.end(), known.name) != unread.end())
      readable.push_back(known);
  std::sort(readable.begin(), readable.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return readable;
}

void refuse(Ingested& out, const Error& error) {
  out.state = is_gone(error) ? State::vanished : State::unreadable;
  out.error = error;
}

void EntryReader::read_directory(Directory& folder, Ingested& out) {
  const base::UnixNanos read_start = clock_.now();
  auto directory = folder.open_directory(name_);
  if (!directory) return refuse(out, directory.error());
  auto stat = (*directory)->stat_self();
  if (!stat) return refuse(out, stat.error());
  out.stat = *stat;
  if (options_.read_attributes) {
    auto attributes = (*directory)->extended_attributes_self();
    take_attributes(std::move(attributes), out);
  }
  out.racy = looks_racy(*stat, read_start);
  out.state = State::captured;
}

void EntryReader::read_symlink(Directory& folder, Ingested& out) {
  auto target = folder.read_link(name_);
  if (!target) return refuse(out, target.error());
  auto stat = folder.stat(name_);
  if (!stat) return refuse(out, stat.error());
  if (stat->type != base::FileType::symlink) return;  // replaced by something else meanwhile
  out.stat = *stat;
  out.content = {ContentKind::blob, hasher_.hash(base::as_bytes(*target))};
  out.symlink_target = std::move(*target);
  out.state = State::captured;
}

Result<void> EntryReader::read_file(Directory& folder, const std::string& path, Ingested& out) {
  const base::UnixNanos read_start = clock_.now();
  auto file = folder.open_file(name_, base::OpenMode::read);
  if (!file) {
    refuse(out, file.error());
    // No regular file any more: the next scan reads what it is now.
    if (file.error().code == ErrorCode::invalid) out.state = State::vanished;
    return {};
  }
  auto before = (*file)->stat();
  if (!before) return refuse(out, before.error()), Result<void>();
  out.stat = *before;
  // Ask before the reading: the times show the first write through a mapping, not that the mapping
  // is still written, and a present writer may be gone after the reading. A later writer changes
  // the times.
  bool moving = is_being_written(**file);
  const auto is_wanted = [&] {
    return options_.capture_unstable && options_.capture_unstable(path);
  };
  const bool wanted_as_it_is = moving && is_wanted();
  if (moving && !wanted_as_it_is) {
    out.state = State::unstable;
    out.held_open = true;
    return {};
  }
  VCS_TRY(content_.take_content(**file, out));
  if (out.error) return {};

  auto after = (*file)->stat();
  if (!after) return refuse(out, after.error()), Result<void>();
  out.racy = looks_racy(*after, read_start);
  // Within a tick of the kernel's clock, a write after the first stat() may not change the times.
  moving = moving || out.state != State::captured || !same_state(*before, *after) ||
           (out.racy && is_being_written(**file));
  if (moving) {
    const bool wanted = out.content.kind != ContentKind::none && (wanted_as_it_is || is_wanted());
    out.state = wanted ? State::captured : State::unstable;
    out.unstable = true;
  }
  if (options_.read_attributes && out.state == State::captured) {
    take_attributes((*file)->extended_attributes(), out);
  }
  return {};
}

Result<void> EntryReader::read(const worktree::Candidate& candidate, Ingested& out) {
  Result<void> done;
  if (base::has_memory_for([&] { done = read_entry(candidate, out); })) return done;
  folders_.forget();  // it may have been half-way to another folder
  out = {};
  refuse(out, base::out_of_memory().value());
  return {};
}

Result<void> EntryReader::read_entry(const worktree::Candidate& candidate, Ingested& out) {
  auto folder = folders_.open(object::parent_path(candidate.path));
  if (!folder) return refuse(out, folder.error()), Result<void>();
  name_ = object::base_name(candidate.path);
  switch (candidate.stat->type) {
    case base::FileType::regular:
      return read_file(**folder, candidate.path, out);
    case base::FileType::directory:
      read_directory(**folder, out);
      break;
    case base::FileType::symlink:
      read_symlink(**folder, out);
      break;
    case base::FileType::other:
      break;
  }
  return {};
}

}  // namespace vcs::snapshot
