// SPDX-License-Identifier: Apache-2.0
// Text of repository.toml and back.
//
// Unsigned 64-bit numbers are strings, because TOML's integers are signed. A worktree whose path is
// not UTF-8 is written percent-encoded under another key.
#include "config/repository_file.hpp"

#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <set>

#include "config/toml_loader.hpp"
#include "config/toml_writer.hpp"
#include "core/base/url.hpp"

namespace vcs::config {

namespace {

// Format 1 had no devices.
constexpr std::int64_t kFormat = 2;
constexpr std::array kAlarmKeys{"brake.reason", "brake.since", "brake.commit", "brake.deleted",
                                "brake.rewritten"};

bool is_device_id(std::string_view id) {
  return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Puts entries into the struct one at a time and records which keys were there.
class Reader {
 public:
  explicit Reader(const std::string& file_name) : file_name_(file_name) {}

  Result<void> take(const TomlEntry& entry) {
    entry_ = &entry;
    const auto& path = entry.path;
    if (path.size() == 3 && path[0] == "remotes") return take_remote(path[1], path[2]);
    if (path.size() == 3 && path[0] == "devices") return take_device(path[1], path[2]);
    const std::string key = path.size() == 2 ? path[0] + "." + path[1] : path[0];
    if (path.size() > 2) return problem("is not known");
    seen_.insert(key);
    return take_key(key);
  }

  Result<RepositoryFile> finish() {
    for (const char* key : {"format", "name", "id", "created", "chunker.algorithm",
                            "chunker.average", "chunker.seed"}) {
      if (!seen_.contains(key)) return missing(key);
    }
    if (!seen_.contains("worktree") && !seen_.contains("worktree_encoded")) {
      return missing("worktree");
    }
    if (seen_.contains("root.device") != seen_.contains("root.inode")) return missing("root");
    for (const char* key : kAlarmKeys)
      if (file_.alarm && !seen_.contains(key)) return missing(key);
    for (const RemoteEntry& remote : file_.remotes) {
      if (remote.name.empty() || remote.url.empty()) return missing("name or url of a remote");
    }
    for (const DeviceEntry& device : file_.devices)
      if (!is_device_id(device.id)) return missing("id of a device: 16 hexadecimal digits");
    return std::move(file_);
  }

 private:
  Failure problem(std::string_view what) const {
    std::string key;
    for (const std::string& name : entry_->path) key += (key.empty() ? "" : ".") + toml_key(name);
    return fail(ErrorCode::corrupt, "{}:{}:{}: {} {}", file_name_, entry_->line, entry_->column,
                key, what);
  }

  Failure missing(std::string_view key) const {
    return fail(ErrorCode::corrupt, "{}: {} is missing", file_name_, key);
  }

  Result<void> take_key(const std::string& key) {
    if (key == "format") return take_format();
    if (key == "name") return text(file_.name);
    if (key == "id") return text(file_.id);
    if (key == "worktree") return text(file_.worktree);
    if (key == "worktree_encoded") return encoded(file_.worktree);
    if (key == "created") return moment(file_.created);
    if (key == "chunker.algorithm") return small(file_.chunker.algorithm);
    if (key == "chunker.average") return small(file_.chunker.average);
    if (key == "chunker.seed") return large(file_.chunker.seed);
    if (key == "root.device") return large(root().device);
    if (key == "root.inode") return large(root().inode);
    if (key == kAlarmKeys[0]) return named(alarm().reason);
    if (key == kAlarmKeys[1]) return moment(alarm().since);
    if (key == kAlarmKeys[2]) return text(alarm().commit);
    if (key == kAlarmKeys[3]) return large(alarm().deleted);
    if (key == kAlarmKeys[4]) return large(alarm().rewritten);
    const bool is_list = key == "remotes" || key == "devices";
    if (is_list && std::get_if<std::vector<std::string>>(&entry_->value)) return {};
    return problem("is not known");
  }

  Result<void> take_format() {
    std::int64_t format = 0;
    VCS_TRY(integer(format));
    if (format >= 1 && format <= kFormat) return {};
    return fail(ErrorCode::unsupported, "{} has format {} and this program knows {}; update vcsd",
                file_name_, format, kFormat);
  }

  // Entries of one remote are neighbours, because they come in the order of the text.
  Result<void> take_remote(const std::string& number, const std::string& key) {
    if (number != remote_number_) remote_number_ = number, file_.remotes.emplace_back();
    if (key == "name") return text(file_.remotes.back().name);
    if (key == "url") return text(file_.remotes.back().url);
    if (key == "push") return boolean(file_.remotes.back().push);
    return problem("is not known");
  }

  Result<void> take_device(const std::string& number, const std::string& key) {
    if (number != device_number_) device_number_ = number, file_.devices.emplace_back();
    DeviceEntry& device = file_.devices.back();
    if (key == "id") return text(device.id);
    if (key == "machine") return text(device.machine);
    if (key == "folder") return text(device.folder);
    if (key == "folder_encoded") return encoded(device.folder);
    if (key == "copy_of") return text(device.copy_of);
    return problem("is not known");
  }

  AlarmEntry& alarm() { return file_.alarm ? *file_.alarm : file_.alarm.emplace(); }
  RootIdentity& root() { return file_.root ? *file_.root : file_.root.emplace(); }

  Result<void> text(std::string& to) {
    const auto* value = std::get_if<std::string>(&entry_->value);
    if (value == nullptr) return problem("must be a string");
    to = *value;
    return {};
  }

  template <base::Named Enum>
  Result<void> named(Enum& to) {
    std::string name;
    VCS_TRY(text(name));
    const auto found = base::find_named<Enum>(name);
    if (!found) return problem("is not one of the known values");
    to = *found;
    return {};
  }

  Result<void> boolean(bool& to) {
    const auto* value = std::get_if<bool>(&entry_->value);
    if (value == nullptr) return problem("must be true or false");
    to = *value;
    return {};
  }

  Result<void> encoded(std::string& to) {
    std::string value;
    VCS_TRY(text(value));
    auto decoded = base::percent_decode(value);
    if (!decoded) return problem("is not percent-encoded");
    to = std::move(*decoded);
    return {};
  }

  Result<void> integer(std::int64_t& to) {
    const auto* value = std::get_if<std::int64_t>(&entry_->value);
    if (value == nullptr) return problem("must be an integer");
    to = *value;
    return {};
  }

  Result<void> moment(base::UnixNanos& to) {
    std::int64_t value = 0;
    VCS_TRY(integer(value));
    to = base::unix_nanos(value);
    return {};
  }

  Result<void> small(std::uint32_t& to) {
    std::int64_t value = 0;
    VCS_TRY(integer(value));
    to = static_cast<std::uint32_t>(value);
    return to == value ? Result<void>{} : problem("is out of range");
  }

  Result<void> large(std::uint64_t& to) {
    std::string value;
    VCS_TRY(text(value));
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), to);
    const bool whole = error == std::errc{} && end == value.data() + value.size();
    return whole ? Result<void>{} : problem("must be a number in quotes");
  }

  const std::string& file_name_;
  const TomlEntry* entry_ = nullptr;
  RepositoryFile file_;
  std::set<std::string> seen_;
  std::string remote_number_, device_number_;
};

std::string path_line(std::string_view key, const std::string& path) {
  if (is_utf8(path)) return fmt::format("{} = {}\n", key, toml_quote(path));
  return fmt::format("{}_encoded = {}\n", key, toml_quote(base::percent_encode(path, "/")));
}

Result<void> check_utf8(std::string_view what, std::string_view text) {
  if (is_utf8(text)) return {};
  return fail(ErrorCode::invalid, "the {} must be UTF-8", what);
}

}  // namespace

Result<RepositoryFile> parse_repository_file(std::string_view text, const std::string& file_name) {
  auto entries = parse_toml(text, file_name);
  if (!entries) return fail(ErrorCode::corrupt, "{}", entries.error().message);
  Reader reader(file_name);
  for (const TomlEntry& entry : *entries) VCS_TRY(reader.take(entry));
  return reader.finish();
}

Result<std::string> format_repository_file(const RepositoryFile& file) {
  VCS_TRY(check_utf8("repository's name", file.name));
  VCS_TRY(check_utf8("repository's id", file.id));
  std::string out = fmt::format("# Written by vcsd.\nformat = {}\nname = {}\nid = {}\n", kFormat,
                                toml_quote(file.name), toml_quote(file.id));
  out += path_line("worktree", file.worktree);
  out += fmt::format("created = {}  # nanoseconds since 1970-01-01 UTC\n",
                     base::count_of(file.created));
  out += fmt::format("\n[chunker]\nalgorithm = {}\naverage = {}\nseed = \"{}\"\n",
                     file.chunker.algorithm, file.chunker.average, file.chunker.seed);
  if (file.root) {
    out += fmt::format("\n[root]\ndevice = \"{}\"\ninode = \"{}\"\n", file.root->device,
                       file.root->inode);
  }
  if (file.alarm) {
    const AlarmEntry& alarm = *file.alarm;
    out += fmt::format("\n[brake]\nreason = {}\nsince = {}\ncommit = {}\n",
                       toml_quote(std::string(base::name_of(alarm.reason))),
                       base::count_of(alarm.since), toml_quote(alarm.commit));
    out += fmt::format("deleted = \"{}\"\nrewritten = \"{}\"\n", alarm.deleted, alarm.rewritten);
  }
  for (const RemoteEntry& remote : file.remotes) {
    VCS_TRY(check_utf8("remote's name", remote.name));
    VCS_TRY(check_utf8("remote's URL", remote.url));
    out += fmt::format("\n[[remotes]]\nname = {}\nurl = {}\n", toml_quote(remote.name),
                       toml_quote(remote.url));
    if (!remote.push) out += "push = false\n";
  }
  for (const DeviceEntry& device : file.devices) {
    out += fmt::format("\n[[devices]]\nid = {}\n", toml_quote(device.id));
    if (!device.machine.empty()) out += fmt::format("machine = {}\n", toml_quote(device.machine));
    if (!device.folder.empty()) out += path_line("folder", device.folder);
    if (!device.copy_of.empty()) out += fmt::format("copy_of = {}\n", toml_quote(device.copy_of));
  }
  return out;
}

namespace {

// The line repeats device and inode, because the two files are not written in one step: `born`
// counts only if both match.
std::string root_line(const RootIdentity& root) {
  return fmt::format("root 1 {} {} {}\n", root.device, root.inode, base::count_of(root.born));
}

void read_born(base::Directory& repository, RootIdentity& root) {
  const auto bytes = base::read_file(repository, kRootBornName, kMaximumTomlSize);
  if (!bytes) return;
  RootIdentity told = root;
  std::int64_t born = 0;
  const std::string line(base::as_text(*bytes));
  if (std::sscanf(line.c_str(), "root 1 %*u %*u %" SCNd64, &born) != 1) return;
  told.born = base::unix_nanos(born);
  if (root_line(told) == line) root.born = told.born;
}

Result<void> write_born(base::Directory& repository, const RootIdentity& root) {
  const std::string line = root_line(root);
  const auto before = base::read_file(repository, kRootBornName, kMaximumTomlSize);
  if (before && base::as_text(*before) == line) return {};
  return base::replace_file(repository, kRootBornName, base::as_bytes(line), 0600);
}

}  // namespace

Result<RepositoryFile> read_repository_file(base::Directory& repository) {
  VCS_ASSIGN(const Bytes bytes, base::read_file(repository, kRepositoryFileName, kMaximumTomlSize));
  VCS_ASSIGN(RepositoryFile file, parse_repository_file(base::as_text(bytes), kRepositoryFileName));
  if (file.root) read_born(repository, *file.root);
  return file;
}

Result<void> write_repository_file(base::Directory& repository, const RepositoryFile& file) {
  VCS_ASSIGN(const std::string text, format_repository_file(file));
  if (file.root && file.root->born != base::UnixNanos{})
    VCS_TRY(write_born(repository, *file.root));
  VCS_TRY(base::replace_file(repository, kRepositoryFileName, base::as_bytes(text), 0600));
  return base::replace_file(repository, kRepositoryCopyName, base::as_bytes(text), 0600);
}

Result<RepositoryFile> recover_repository_file(base::Directory& repository) {
  if (repository.stat(kRepositoryRemovedName))
    return fail(ErrorCode::not_found, "the repository was removed");
  VCS_ASSIGN(const Bytes bytes, base::read_file(repository, kRepositoryCopyName, kMaximumTomlSize));
  VCS_ASSIGN(RepositoryFile file, parse_repository_file(base::as_text(bytes), kRepositoryCopyName));
  if (const auto damaged = base::read_file(repository, kRepositoryFileName, kMaximumTomlSize))
    VCS_TRY(base::replace_file(repository, kRepositoryDamagedName, *damaged, 0600));
  VCS_TRY(write_repository_file(repository, file));
  return file;
}

}  // namespace vcs::config
