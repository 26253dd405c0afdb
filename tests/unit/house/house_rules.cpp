// SPDX-License-Identifier: Apache-2.0
// Rooms, arrows and libraries as tables, and the checks that read them.
#include "tests/unit/house/house_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vcs::house {

namespace {

// The arrows of docs/ARCHITECTURE.md: a room may include itself and what is listed, nothing else.
// The list has rooms, single headers, and folders of rooms, which stand for all rooms below them;
// "" stands for everything. A room within another is a room of its own.
struct Room {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {"core/base", {}},
      {"core/object", {"core/base"}},
      {"core/pack", {"core/object", "core/base"}},
      {"core/store", {"core/pack", "core/object", "core/base"}},
      {"core/index", {"core/object", "core/base"}},
      {"core/tree", {"core/store", "core/object", "core/base"}},
      {"core/worktree", {"core/index", "core/object", "core/base"}},
      {"core/history",
       {"core/tree", "core/index", "core/store", "core/pack", "core/object", "core/base"}},
      {"core/snapshot",
       {"core/history", "core/worktree", "core/tree", "core/index", "core/store", "core/object",
        "core/base"}},
      {"core/restore", {"core/tree", "core/store", "core/object", "core/base"}},
      {"core/remote", {"core/base"}},
      {"core/remote/layout", {"core/remote", "core/base"}},
      {"core/remote/wrappers", {"core/remote", "core/base"}},
      {"core/remote/drivers", {"core/remote", "core/base"}},
      {"core/remote/registry",
       {"core/remote/drivers", "core/remote/wrappers", "core/remote", "core/base"}},
      {"core/sync",
       {"core/remote/layout", "core/remote", "core/history", "core/tree", "core/store", "core/pack",
        "core/object", "core/base"}},
      {"config", {"core/base"}},
      {"ipc", {"core/base", "core/object/object_id.hpp"}},
      {"agent/loop", {"core/base"}},
      {"agent/process", {"agent/loop", "ipc", "config", "core/base"}},
      {"agent/watch", {"core"}},
      {"agent/schedule",
       {"agent/watch", "agent/loop", "agent/context.hpp", "agent/places.hpp", "core", "config",
        "ipc"}},
      {"agent/records", {"config", "core/object", "core/base"}},
      {"agent/repository",
       {"agent/records", "agent/schedule", "agent/watch", "agent/loop", "agent/context.hpp",
        "agent/places.hpp", "core", "config", "ipc"}},
      {"agent/service",
       {"agent", "agent/records", "agent/repository", "agent/schedule", "agent/process",
        "agent/loop", "core", "config", "ipc"}},
      {"agent/doors", {"ipc", "core/base"}},
      {"agent",
       {"agent/service", "agent/doors", "agent/records", "agent/repository", "agent/schedule",
        "agent/watch", "agent/process", "agent/loop", "core", "config", "ipc"}},
      {"cli", {"ipc", "config", "core/base"}},
      {"tests", {""}},
      {"bench", {""}},
  };
  return table;
}

// Libraries that only the given places may include; tests and benchmarks may include all. A place
// is a folder, or a file with or without its extension.
struct Library {
  std::string_view header;  // or the start of its headers' names
  std::vector<std::string_view> places;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> table = {
      {"uv.h", {"agent/"}},
      {"spdlog/", {"agent/"}},
      {"toml++/", {"config/toml_loader.cpp"}},
      {"CLI/", {"cli/"}},
      {"nlohmann/", {"ipc/", "cli/"}},
      {"sodium", {"core/object/", "core/remote/encryption"}},
      {"openssl/", {"core/object/"}},
      {"zstd", {"core/object/"}},
      {"zdict.h", {"core/object/"}},
      {"xxhash.h", {"core/object/"}},
  };
  return table;
}

// Calls that write to a disk, or open a file that could be written. They belong behind the
// filesystem seam, where a test can refuse them, cut them short, and lose what they wrote.
constexpr std::array<std::string_view, 38> kSystemCalls = {
    "open",     "openat",    "creat",     "rename",   "renameat",  "renameat2", "unlink",
    "unlinkat", "remove",    "mkdir",     "mkdirat",  "rmdir",     "link",      "linkat",
    "symlink",  "symlinkat", "mknod",     "mkfifo",   "write",     "writev",    "pwrite",
    "pwritev",  "truncate",  "ftruncate", "fsync",    "fdatasync", "syncfs",    "fallocate",
    "sendfile", "chmod",     "fchmod",    "fchmodat", "chown",     "fchown",    "utimensat",
    "futimens", "setxattr",  "fsetxattr"};
constexpr std::array<std::string_view, 8> kFileLibraries = {
    "std::ofstream", "std::fstream", "std::filesystem", "std::rename",
    "fopen(",        "mkstemp(",     "mkdtemp(",        "uv_fs_"};

struct Exception {
  std::string_view path;  // or its start
  std::string_view call;
};
constexpr std::array<Exception, 6> kAroundTheSeam = {{
    {"agent/process/background.cpp", "open"},  // /dev/null
    {"agent/process/log_file.cpp", ""},        // the log works where nothing else can be written
    {"ipc/agent_lock.cpp", "open"},            // only to read; nothing may be made there
    {"cli/output.cpp", "write"},               // to the terminal
    {"cli/commands/service.cpp", "unlink"},  // the service manager's file; no seam is passed there
    {"core/base/posix/", ""},                // the seam itself
}};

constexpr std::array<std::string_view, 7> kTestFolders = {
    "tests/unit/", "tests/contract/", "tests/integration/", "tests/simulation/",
    "tests/fuzz/", "tests/support/",  "tests/golden/"};
// clang-format keeps 100 columns; tables and text that it must not break may be a little longer.
constexpr std::size_t kLongestLine = 120;
constexpr std::string_view kLicence = "// SPDX-License-Identifier: Apache-2.0";
// The words are written in two pieces, so that this file keeps its own rule.
constexpr std::array<std::string_view, 3> kUnfinished = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X"};

// Whether `path` is `place` or lies below it.
bool is_within(std::string_view path, std::string_view place) {
  return place.empty() || path == place || (path.starts_with(place) && path[place.size()] == '/');
}

// The innermost room that holds `path`.
const Room* room_of(std::string_view path) {
  const Room* found = nullptr;
  for (const Room& room : rooms())
    if (is_within(path, room.folder) && (!found || room.folder.size() > found->folder.size()))
      found = &room;
  return found;
}

bool is_room(std::string_view folder) {
  return std::any_of(rooms().begin(), rooms().end(),
                     [&](const Room& room) { return room.folder == folder; });
}

bool is_free(std::string_view path) {
  return path.starts_with("tests/") || path.starts_with("bench/");
}

Complaint complaint_about_library(std::string_view path, std::string_view header) {
  if (is_free(path)) return {};
  for (const Library& library : libraries()) {
    if (!header.starts_with(library.header)) continue;
    for (const std::string_view place : library.places)
      if (path.starts_with(place)) return {};
    return fmt::format("<{}> may be included only in {}", header,
                       fmt::join(library.places, " and "));
  }
  return {};
}

Complaint complaint_about_arrow(std::string_view path, std::string_view header) {
  const Room* from = room_of(path);
  if (from == nullptr) return "a source outside of all rooms";
  const Room* to = room_of(header);
  if (to == nullptr) return fmt::format("\"{}\" is not written from the repository's root", header);
  if (from == to) return {};
  for (const std::string_view allowed : from->may_include)
    if (is_room(allowed) ? to->folder == allowed : is_within(header, allowed)) return {};
  return fmt::format("{} may not include \"{}\"", from->folder, header);
}

}  // namespace

Complaint complaint_about_include(std::string_view path, std::string_view include) {
  if (include.size() < 3) return "an include of nothing";
  const std::string_view header = include.substr(1, include.size() - 2);
  // A room's header in angle brackets is checked as one, and so is a library's in quotes.
  if (auto complaint = complaint_about_library(path, header)) return complaint;
  if (include.front() == '"' || room_of(header) != nullptr)
    return complaint_about_arrow(path, header);
  return {};
}

Complaint complaint_about_place(std::string_view path) {
  if (room_of(path) == nullptr) {
    return path.starts_with("core/") ? "core/ is a hallway: no source lies directly in it"
                                     : "a source outside of all rooms";
  }
  if (!path.starts_with("tests/")) return {};
  const bool built = std::any_of(kTestFolders.begin(), kTestFolders.end(),
                                 [&](std::string_view folder) { return path.starts_with(folder); });
  if (!built) return "no test target builds what lies here";
  return {};
}

namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_character(line[at - 1]);
    const bool ends = end == line.size() || !is_word_character(line[end]);
    if (begins && ends) return true;
  }
  return false;
}

// Counts characters of UTF-8, not bytes.
std::size_t columns_of(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// The <…> or "…" of an include line, else empty.
std::string_view include_of(std::string_view line) {
  constexpr std::string_view kSpace = " \t";
  const auto skip_space = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  };
  const auto skip_word = [&](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    skip_space();
    return true;
  };
  skip_space();
  if (!skip_word("#") || !skip_word("include")) return {};
  const char closing = line.starts_with('<') ? '>' : '"';
  const std::size_t end = line.find(closing, 1);
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1);
}

bool is_excepted(std::string_view path, std::string_view call) {
  return std::any_of(kAroundTheSeam.begin(), kAroundTheSeam.end(), [&](const Exception& one) {
    return path.starts_with(one.path) && (one.call.empty() || one.call == call);
  });
}

// Whether the line calls `::name(` of the global namespace.
bool calls_system(std::string_view line, std::string_view name) {
  const std::string call = fmt::format("::{}(", name);
  for (std::size_t at = line.find(call); at != std::string_view::npos; at = line.find(call, at + 1))
    if (at == 0 || (!is_word_character(line[at - 1]) && line[at - 1] != '>')) return true;
  return false;
}

Complaint complaint_about_write(std::string_view path, std::string_view line) {
  if (is_free(path)) return {};
  const auto complaint = [](std::string_view call) {
    return fmt::format("{} goes around the filesystem seam (core/base/filesystem.hpp)", call);
  };
  for (const std::string_view call : kSystemCalls)
    if (calls_system(line, call) && !is_excepted(path, call)) return complaint(call);
  for (const std::string_view call : kFileLibraries)
    if (line.find(call) != std::string_view::npos && !is_excepted(path, call))
      return complaint(call);
  return {};
}

Complaint complaint_about_line(std::string_view path, std::string_view line) {
  if (columns_of(line) > kLongestLine)
    return fmt::format("the line is longer than {} columns", kLongestLine);
  for (const std::string_view word : kUnfinished)
    if (has_word(line, word)) return fmt::format("unfinished work: {}", word);
  if (auto complaint = complaint_about_write(path, line)) return complaint;
  const std::string_view include = include_of(line);
  return include.empty() ? Complaint() : complaint_about_include(path, include);
}

}  // namespace

std::vector<std::string> complaints_about_text(std::string_view path, std::string_view text) {
  std::vector<std::string> complaints;
  const auto complain = [&](std::size_t line, std::string_view what) {
    complaints.push_back(fmt::format("{}:{}: {}", path, line, what));
  };
  if (!text.starts_with(kLicence))
    complain(1, fmt::format("the file does not begin with \"{}\"", kLicence));
  else if (!text.substr(kLicence.size()).starts_with("\n//"))
    complain(2, "no comment says what the file is");
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto complaint = complaint_about_line(path, text.substr(0, end)))
      complain(number, *complaint);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return complaints;
}

namespace {

std::string without_end(std::string_view path) {
  return std::string(path.substr(0, path.rfind('.')));
}

class Knots {
 public:
  explicit Knots(const Needs& needs) : needs_(needs) {}

  std::vector<std::vector<std::string>> find() {
    for (const auto& [file, needed] : needs_)
      if (!order_.contains(file)) visit(file);
    for (auto& knot : knots_) std::sort(knot.begin(), knot.end());
    std::sort(knots_.begin(), knots_.end());
    return std::move(knots_);
  }

 private:
  // Gives the order of the earliest visited file that `file` reaches.
  std::size_t visit(const std::string& file) {
    const std::size_t own = order_.size();
    order_[file] = own;
    std::size_t earliest = own;
    path_.push_back(file);
    if (const auto needed = needs_.find(file); needed != needs_.end()) {
      for (const std::string& next : needed->second) {
        const auto known = order_.find(next);
        if (known == order_.end())
          earliest = std::min(earliest, visit(next));
        else if (std::find(path_.begin(), path_.end(), next) != path_.end())
          earliest = std::min(earliest, known->second);
      }
    }
    if (earliest == own) take_from_path(file);
    return earliest;
  }

  void take_from_path(const std::string& first) {
    const auto begin = std::find(path_.begin(), path_.end(), first);
    if (path_.end() - begin > 1) knots_.emplace_back(begin, path_.end());
    path_.erase(begin, path_.end());
  }

  const Needs& needs_;
  std::map<std::string, std::size_t> order_;
  std::vector<std::string> path_;
  std::vector<std::vector<std::string>> knots_;
};

}  // namespace

void add_includes(Needs& needs, const std::string& path, std::string_view text) {
  const std::string file = without_end(path);
  std::set<std::string>& needed = needs[file];
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view include = include_of(text.substr(0, end));
    if (include.size() > 2 && include.front() == '"') {
      const std::string other = without_end(include.substr(1, include.size() - 2));
      if (other != file) needed.insert(other);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::vector<std::string>> knots_of(const Needs& needs) {
  return Knots(needs).find();
}

}  // namespace vcs::house
