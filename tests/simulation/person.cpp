// SPDX-License-Identifier: Apache-2.0
// What people and their programs do to files.
#include "tests/simulation/person.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/support/must.hpp"

namespace vcs::test {
namespace {

using base::FileType;

constexpr const char* kKeeper = "keeper";
constexpr std::array kNames = {"a", "b", "c.txt", "d.txt", "e", "f.c", "g", "notes"};
constexpr std::array<std::uint32_t, 4> kModes = {0644, 0600, 0755, 0444};
constexpr std::size_t kManyEntries = 150;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

}  // namespace

Person::Person(SimulatedDisk& disk, const base::Clock& clock, SeededRandom& random,
               WorktreeModel& model, Trace& trace, std::string worktree)
    : disk_(disk),
      clock_(clock),
      random_(random),
      model_(model),
      trace_(trace),
      worktree_(std::move(worktree)) {
  must(disk_.make_directories(worktree_, 0755));
  write(kKeeper, "always here");
  model_.look(disk_, worktree_, clock_.steady(), {});
}

std::string Person::at(const std::string& path) const {
  return path.empty() ? worktree_ : worktree_ + "/" + path;
}

std::unique_ptr<base::Directory> Person::folder(const std::string& path) {
  return must(disk_.open_directory(at(path)));
}

// Every text is new; most are short, some are long enough for chunks.
std::string Person::new_text() {
  const std::uint64_t longest = random_.one_in(40) ? 120'000 : random_.one_in(4) ? 5000 : 200;
  std::string text = fmt::format("text {} ", ++texts_);
  const std::size_t length = random_.one_in(20) ? 0 : random_.below(longest);
  const bool random_bytes = random_.one_in(4);
  std::string more(length, 'x');
  if (random_bytes)
    random_.fill({reinterpret_cast<std::uint8_t*>(more.data()), more.size()});
  else
    for (std::size_t i = 0; i < length; ++i) more[i] = static_cast<char>('a' + (i * texts_) % 26);
  return length == 0 && random_.one_in(2) ? std::string() : text + more;
}

// A path in an existing folder. The name may be taken.
std::string Person::new_path() {
  std::vector<std::string> folders = model_.paths(FileType::directory);
  folders.emplace_back("");
  const std::string& in = folders[random_.below(folders.size())];
  const std::string name = kNames[random_.below(kNames.size())];
  return in.empty() ? name : in + "/" + name;
}

std::string Person::some(FileType type) {
  std::vector<std::string> paths = model_.paths(type);
  std::erase(paths, kKeeper);
  return paths.empty() ? "" : paths[random_.below(paths.size())];
}

// False: something other than a file is in the way.
bool Person::write(const std::string& path, const std::string& text) {
  auto file =
      folder(parent_of(path))->open_file(name_of(path), base::OpenMode::create_or_open, 0644);
  if (!file) return false;
  must((*file)->truncate(0));
  if (!text.empty()) must((*file)->write_at(base::as_bytes(text), 0));
  trace_("person: saves {}, {} bytes", path, text.size());
  return true;
}

void Person::save() {
  const std::string known = random_.one_in(3) ? "" : some(FileType::regular);
  const std::string path = known.empty() ? new_path() : known;
  if (write(path, new_text())) return;
  // Puts a file in the place of a folder or a link.
  remove_all(path);
  write(path, new_text());
}

void Person::save_beside_and_rename() {
  std::string path = some(FileType::regular);
  if (path.empty()) path = new_path();
  const std::string beside = path + "~";
  if (!write(beside, new_text())) return;
  if (random_.one_in(2)) remove_all(path);
  const auto in = folder(parent_of(path));
  const auto renamed = in->rename(name_of(beside), *in, name_of(path));
  trace_("person: renames {} to {}: {}", beside, path, renamed.has_value());
}

void Person::append_or_truncate() {
  const std::string path = some(FileType::regular);
  if (path.empty()) return;
  const auto file =
      must(folder(parent_of(path))->open_file(name_of(path), base::OpenMode::write_existing));
  const std::uint64_t size = must(file->stat()).size;
  const bool append = random_.one_in(2);
  if (append)
    must(file->write_at(base::as_bytes(fmt::format("line {}\n", ++texts_)), size));
  else
    must(file->truncate(random_.below(size + 1)));
  trace_("person: {} {}", append ? "appends to" : "truncates", path);
}

void Person::rename_file() {
  const std::string from = some(FileType::regular);
  const std::string to = new_path();
  if (from.empty() || from == to) return;
  const auto into = folder(parent_of(to));
  const auto renamed = folder(parent_of(from))->rename(name_of(from), *into, name_of(to));
  trace_("person: renames {} to {}: {}", from, to, renamed.has_value());
}

void Person::rename_folder() {
  const std::string from = some(FileType::directory);
  const std::string to = new_path();
  if (from.empty() || is_below(to, from) || model_.exists(to)) return;
  const auto into = folder(parent_of(to));
  const auto renamed = folder(parent_of(from))->rename(name_of(from), *into, name_of(to));
  trace_("person: renames folder {} to {}: {}", from, to, renamed.has_value());
}

void Person::remove_all(const std::string& path) {
  const auto in = folder(parent_of(path));
  const auto stat = in->stat(name_of(path));
  if (!stat) return;
  trace_("person: removes {}", path);
  if (stat->type != FileType::directory) return must(in->remove_file(name_of(path)));
  must(base::remove_tree(*in, name_of(path)));
}

void Person::remove_file() {
  const std::string path = some(random_.one_in(4) ? FileType::symlink : FileType::regular);
  if (!path.empty()) remove_all(path);
}

void Person::remove_folder() {
  const std::string path = some(FileType::directory);
  if (!path.empty()) remove_all(path);
}

void Person::make_folders() {
  std::string path = new_path();
  for (std::uint64_t depth = 1 + random_.below(3); depth > 0; --depth) {
    const auto made = folder(parent_of(path))->make_directory(name_of(path), 0755);
    trace_("person: makes folder {}: {}", path, made.has_value());
    if (!made) return;
    if (random_.one_in(2)) write(path + "/inside", new_text());
    path += fmt::format("/{}", kNames[random_.below(kNames.size())]);
  }
}

void Person::make_symlink() {
  const std::string path = new_path();
  const std::string target = random_.one_in(3) ? "/nowhere" : kNames[random_.below(kNames.size())];
  const auto made = folder(parent_of(path))->make_symlink(target, name_of(path));
  trace_("person: links {} to {}: {}", path, target, made.has_value());
}

void Person::link_file() {
  const std::string from = some(FileType::regular);
  const std::string to = new_path();
  if (from.empty() || model_.exists(to)) return;
  disk_.link(at(from), at(to));
  trace_("person: gives {} the name {} too", from, to);
}

void Person::change_mode() {
  const bool of_folder = random_.one_in(3);
  const std::string path = some(of_folder ? FileType::directory : FileType::regular);
  if (path.empty()) return;
  const std::uint32_t mode = kModes[random_.below(kModes.size())];
  trace_("person: gives {} mode {:o}", path, mode);
  if (of_folder) return must(folder(path)->set_mode_self(mode | 0700));
  const auto file = must(folder(parent_of(path))->open_file(name_of(path), base::OpenMode::read));
  must(file->set_mode(mode));
}

void Person::touch() {
  const std::string path = some(FileType::regular);
  if (path.empty()) return;
  const base::UnixNanos mtime =
      random_.one_in(2) ? clock_.now() : clock_.now() - base::Nanos(random_.below(1e18));
  trace_("person: touches {}", path);
  must(folder(parent_of(path))->set_mtime(name_of(path), mtime));
}

void Person::unpack() {
  if (model_.size() > kManyEntries) return;
  const std::string path = new_path();
  if (model_.exists(path)) return;
  must(folder(parent_of(path))->make_directory(name_of(path), 0755));
  const std::uint64_t count = 10 + random_.below(60);
  trace_("person: unpacks {} files into {}", count, path);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto file =
        must(folder(path)->open_file(fmt::format("file {}", i), base::OpenMode::create_new, 0644));
    must(file->write_at(base::as_bytes(fmt::format("unpacked {} {}", ++texts_, i)), 0));
  }
}

// Opens a file, writes more to it, or closes it.
void Person::keep_writing() {
  if (!open_.empty() && random_.one_in(2)) {
    trace_("person: closes {}", open_.begin()->first);
    open_.erase(open_.begin());
    return;
  }
  if (open_.empty()) {
    const std::string path = new_path();
    auto file =
        folder(parent_of(path))->open_file(name_of(path), base::OpenMode::create_or_open, 0644);
    if (!file) return;
    trace_("person: opens {}", path);
    open_[path] = std::move(*file);
  }
  base::File& file = *open_.begin()->second;
  must(file.write_at(base::as_bytes(fmt::format("part {} ", ++texts_)), must(file.stat()).size));
  trace_("person: writes on in {}", open_.begin()->first);
}

void Person::do_something() {
  const std::uint64_t chance = random_.below(100);
  if (chance < 28) return save();
  if (chance < 38) return save_beside_and_rename();
  if (chance < 40) return link_file();
  if (chance < 52) return append_or_truncate();
  if (chance < 60) return rename_file();
  if (chance < 65) return rename_folder();
  if (chance < 72) return remove_file();
  if (chance < 75) return remove_folder();
  if (chance < 82) return make_folders();
  if (chance < 86) return make_symlink();
  if (chance < 91) return change_mode();
  if (chance < 94) return touch();
  if (chance < 96) return unpack();
  return keep_writing();
}

// An open file may have been renamed or replaced, so its inode tells which paths are being written.
void Person::act() {
  ++acts_;
  do_something();
  std::set<std::string> being_written;
  for (const auto& [opened_as, file] : open_) {
    const std::uint64_t inode = must(file->stat()).inode;
    disk_.visit(worktree_, [&](const SimulatedDisk::Entry& entry) {
      if (entry.stat.inode == inode) being_written.insert(entry.path);
    });
  }
  model_.look(disk_, worktree_, clock_.steady(), being_written);
}

void Person::finish_writing() {
  open_.clear();
  model_.look(disk_, worktree_, clock_.steady(), {});
}

}  // namespace vcs::test
