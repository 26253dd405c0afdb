// What a power cut may leave of a recording, and how that looks on a disk.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "tests/support/recording_filesystem.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kMostTears = 64;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_data(CallKind kind) {
  return kind == CallKind::write || kind == CallKind::truncate;
}

bool is_sync(CallKind kind) {
  return kind == CallKind::sync_file || kind == CallKind::sync_directory;
}

// What moved by a surviving rename had its name before: keeps what gave it that name.
void keep_what_renames_need(const std::vector<Operation>& operations, std::vector<bool>& kept) {
  std::set<std::string> needed;
  for (std::size_t i = kept.size(); i-- > 0;) {
    const Operation& operation = operations[i];
    const bool rename = operation.kind == CallKind::rename;
    const std::string& made = rename ? operation.target : operation.path;
    const bool makes = rename || operation.kind == CallKind::create ||
                       operation.kind == CallKind::make_directory ||
                       operation.kind == CallKind::make_symlink;
    if (makes && needed.erase(made) > 0) kept[i] = true;
    if (rename && kept[i]) needed.insert(operation.path);
  }
}

std::vector<Operation> chosen(const std::vector<Operation>& operations,
                              const std::vector<bool>& kept) {
  std::vector<Operation> survivors;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) survivors.push_back(operations[i]);
  return survivors;
}

}  // namespace

std::vector<bool> durable_operations(const std::vector<Operation>& operations, std::size_t prefix) {
  std::vector<bool> durable(std::min(prefix, operations.size()), false);
  std::set<int> synced_files;
  std::set<std::string> synced_folders;
  for (std::size_t i = durable.size(); i-- > 0;) {
    const Operation& operation = operations[i];
    if (is_sync(operation.kind)) {
      if (operation.finished && operation.kind == CallKind::sync_file)
        synced_files.insert(operation.file);
      if (operation.finished && operation.kind == CallKind::sync_directory)
        synced_folders.insert(operation.path);
      durable[i] = true;
    } else if (is_data(operation.kind)) {
      durable[i] = synced_files.contains(operation.file);
    } else {
      const bool rename = operation.kind == CallKind::rename;
      durable[i] = synced_folders.contains(folder_of(rename ? operation.target : operation.path));
    }
  }
  keep_what_renames_need(operations, durable);
  return durable;
}

std::vector<Operation> random_crash(const std::vector<Operation>& operations, std::size_t prefix,
                                    SeededRandom& random) {
  const std::vector<bool> durable = durable_operations(operations, prefix);
  std::vector<bool> kept = durable;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (!kept[i]) kept[i] = random.one_in(2);
  keep_what_renames_need(operations, kept);
  std::vector<Operation> survivors;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    survivors.push_back(operations[i]);
    base::Bytes& bytes = survivors.back().bytes;
    if (!durable[i] && bytes.size() > kSector && random.one_in(3))
      bytes.resize(random.below(bytes.size() / kSector) * kSector);
  }
  return survivors;
}

void for_each_crash(const std::vector<Operation>& operations, std::size_t prefix,
                    const std::function<void(const std::vector<Operation>&)>& visitor) {
  const std::vector<bool> durable = durable_operations(operations, prefix);
  const std::vector<bool> all(durable.size(), true);
  visitor(chosen(operations, durable));
  if (durable == all) return;
  visitor(chosen(operations, all));

  std::optional<std::size_t> last_write;
  for (std::size_t i = 0; i < durable.size(); ++i) {
    if (durable[i]) continue;
    std::vector<bool> kept = all;
    kept[i] = false;
    keep_what_renames_need(operations, kept);
    if (kept != all) visitor(chosen(operations, kept));
    if (operations[i].kind == CallKind::write) last_write = i;
  }
  if (!last_write) return;
  std::vector<Operation> torn = chosen(operations, all);
  const base::Bytes whole = torn[*last_write].bytes;
  const std::size_t step = std::max(kSector, whole.size() / kMostTears / kSector * kSector);
  for (std::size_t length = step; length < whole.size(); length += step) {
    torn[*last_write].bytes.assign(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(length));
    visitor(torn);
  }
}

namespace {

struct Name {
  CallKind made_by;    // create, make_directory or make_symlink
  int file = 0;        // create
  std::string target;  // make_symlink
};

// A disk in memory.
class Disk {
 public:
  void apply(const Operation& operation) {
    switch (operation.kind) {
      case CallKind::create:
      case CallKind::make_directory:
      case CallKind::make_symlink:
        if (has_folder(operation.path))
          names_[operation.path] = {operation.kind, operation.file, operation.target};
        break;
      case CallKind::write:
        write(contents_[operation.file], operation);
        break;
      case CallKind::truncate:
        contents_[operation.file].resize(static_cast<std::size_t>(operation.offset));
        break;
      case CallKind::rename:
        rename(operation.path, operation.target);
        break;
      case CallKind::remove_file:
      case CallKind::remove_directory:
        remove(operation.path);
        break;
      default:
        break;
    }
  }

  void save(const std::string& folder) const {
    for (const auto& [path, name] : names_) {
      const std::string place = folder + "/" + path;
      if (name.made_by == CallKind::make_directory) {
        std::filesystem::create_directory(place);
      } else if (name.made_by == CallKind::make_symlink) {
        std::filesystem::create_symlink(name.target, place);
      } else {
        const auto content = contents_.find(name.file);
        write_file(place, content == contents_.end() ? std::string()
                                                     : std::string(base::as_text(content->second)));
      }
    }
  }

 private:
  bool has_folder(const std::string& path) const {
    const std::string folder = folder_of(path);
    const auto found = names_.find(folder);
    return folder.empty() ||
           (found != names_.end() && found->second.made_by == CallKind::make_directory);
  }

  static void write(base::Bytes& content, const Operation& operation) {
    const auto end = static_cast<std::size_t>(operation.offset) + operation.bytes.size();
    if (content.size() < end) content.resize(end);
    std::copy(operation.bytes.begin(), operation.bytes.end(),
              content.begin() + static_cast<std::ptrdiff_t>(operation.offset));
  }

  void rename(const std::string& from, const std::string& to) {
    if (!names_.contains(from) || !has_folder(to)) return;
    std::map<std::string, Name> renamed;
    for (const auto& [path, name] : names_) {
      if (path == from || path.starts_with(from + "/"))
        renamed[to + path.substr(from.size())] = name;
      else
        renamed.emplace(path, name);
    }
    names_ = std::move(renamed);
  }

  // A folder whose entries' removal did not survive takes them along.
  void remove(const std::string& path) {
    std::erase_if(names_, [&](const auto& item) {
      return item.first == path || item.first.starts_with(path + "/");
    });
  }

  std::map<std::string, Name> names_;  // sorted, so that a folder comes before what it holds
  std::map<int, base::Bytes> contents_;
};

}  // namespace

void replay(const std::vector<Operation>& operations, const std::string& folder) {
  Disk disk;
  for (const Operation& operation : operations) disk.apply(operation);
  disk.save(folder);
}

}  // namespace vcs::test
