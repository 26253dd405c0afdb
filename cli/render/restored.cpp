// SPDX-License-Identifier: Apache-2.0
// Says first what was written, then what was not.
#include "cli/render/restored.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

std::string entries(ipc::Count count) {
  return counted(count, "file or folder", "files and folders");
}

// True if the restore set only metadata: the contents were as saved already, but modes, owners,
// times or attributes differed.
bool sets_metadata_only(const ipc::RestoreResponse& done, bool overwrite) {
  return overwrite && done.created + done.replaced == 0 && done.metadata != 0;
}

std::string metadata_text(const ipc::RestoreResponse& done) {
  return fmt::format("{} mode, owner, time or attributes of {}", done.dry_run ? "would set" : "set",
                     entries(done.metadata));
}

std::string would_text(const ipc::RestoreResponse& done) {
  std::vector<std::string> parts;
  const std::string only = escaped(done.only);
  if (done.created != 0) parts.push_back("create " + (only.empty() ? entries(done.created) : only));
  if (done.replaced != 0)
    parts.push_back("replace " + (only.empty() ? entries(done.replaced) : only));
  if (parts.empty()) return "nothing would change";
  return fmt::format("would {}", fmt::join(parts, ", "));
}

std::string written_text(const ipc::RestoreResponse& done, base::UnixNanos now) {
  const ipc::Count written = done.created + done.replaced;
  if (written == 0)
    return done.unchanged == 0 ? "nothing to restore" : "nothing had to be restored";
  const std::string version = done.commit_time == base::UnixNanos{}
                                  ? "as in " + short_id(done.commit)
                                  : "as of " + clock_time(done.commit_time, now);
  std::string text =
      fmt::format("restored {} {} ({})", done.only.empty() ? entries(written) : escaped(done.only),
                  version, base::humanize_bytes(done.bytes));
  if (done.replaced != 0 && written > 1)
    text += fmt::format(", {} of them replaced", with_separators(done.replaced));
  return text;
}

std::string unchanged_text(const ipc::RestoreResponse& done, bool overwrite) {
  if (sets_metadata_only(done, overwrite)) {
    const ipc::Count rest = done.unchanged - std::min(done.metadata, done.unchanged);
    return rest == 0 ? std::string() : "; " + with_separators(rest) + " as saved already";
  }
  std::string text = "; " + with_separators(done.unchanged) + " as saved already";
  if (done.metadata == 0) return text;
  return text + fmt::format(" ({} but for mode, owner, time or attributes{})",
                            with_separators(done.metadata),
                            !overwrite     ? "; --overwrite sets them"
                            : done.dry_run ? ", which would be set"
                                           : ", which are set");
}

}  // namespace

std::string restore_summary(const ipc::RestoreResponse& done, const RestoreWording& wording,
                            base::UnixNanos now) {
  std::string text = sets_metadata_only(done, wording.overwrite) ? metadata_text(done)
                     : done.dry_run                              ? would_text(done)
                                                                 : written_text(done, now);
  if (wording.elsewhere) text += " in " + escaped(done.target);
  if (done.unchanged != 0) text += unchanged_text(done, wording.overwrite);
  if (done.incomplete != 0)
    text += fmt::format("; {} without all of their mode, owner, time and attributes",
                        with_separators(done.incomplete));
  if (done.refused != 0)
    text +=
        fmt::format("; {} {}", with_separators(done.refused),
                    wording.overwrite ? "kept" : "kept (they differ; --overwrite replaces them)");
  if (done.failed != 0) text += fmt::format("; {} failed", with_separators(done.failed));
  text += "\n";
  if (done.replaced != 0 && !done.dry_run && !done.before.empty())
    text += fmt::format("what stood there before is in {}\n", short_id(done.before));
  if (done.owed)
    text += "what is not in the folder yet does not count as deleted; see: vcsctl owed\n";
  return text;
}

}  // namespace vcs::cli
