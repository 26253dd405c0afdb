// SPDX-License-Identifier: Apache-2.0
// Computes which recorded operations may survive a power cut, and the disk that they make.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "tests/support/recording_filesystem.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kBlock = 4096;
constexpr std::size_t kMostTears = 64;
constexpr std::size_t kMostBlocks = 8;   // to leave out, one at a time
constexpr std::size_t kFewUnsynced = 3;  // up to so many: every subset

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_data(CallKind kind) {
  return is_write(kind) || kind == CallKind::truncate;
}

bool is_sync(CallKind kind) {
  return kind == CallKind::sync_file || kind == CallKind::sync_directory ||
         kind == CallKind::sync_filesystem;
}

// What a surviving rename moved had its old name before: keeps the operation that made that name.
void keep_what_renames_need(const std::vector<Operation>& operations, std::vector<bool>& kept) {
  std::set<std::string> needed;
  for (std::size_t i = kept.size(); i-- > 0;) {
    const Operation& operation = operations[i];
    const bool rename = operation.kind == CallKind::rename;
    const std::string& made = rename ? operation.target : operation.path;
    const bool swap = operation.kind == CallKind::exchange;
    if (swap && (needed.contains(operation.path) || needed.contains(operation.target)))
      kept[i] = true;
    if (swap && kept[i]) needed.insert({operation.path, operation.target});
    if (swap) continue;
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

// Cuts a write into parts that each lie in one sector or block of the file.
std::vector<Operation> parts_of(const Operation& write, std::size_t size) {
  std::vector<Operation> parts;
  for (std::size_t done = 0; done < write.bytes.size();) {
    const std::uint64_t offset = write.offset + done;
    const std::size_t length =
        std::min(write.bytes.size() - done, size - static_cast<std::size_t>(offset % size));
    const auto begin = write.bytes.begin() + static_cast<std::ptrdiff_t>(done);
    Operation part{.kind = write.kind, .file = write.file, .path = write.path};
    part.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
    part.offset = offset;
    parts.push_back(std::move(part));
    done += length;
  }
  return parts;
}

// The length of the file survived, but not the note that the piece is written: it reads as zeros.
Operation unwritten(Operation piece) {
  std::fill(piece.bytes.begin(), piece.bytes.end(), std::uint8_t{0});
  return piece;
}

// A write that was under way: whole, its beginning, or any of its sectors or blocks.
void add_unsynced_write(const Operation& write, SeededRandom& random,
                        std::vector<Operation>& survivors) {
  if (write.kind == CallKind::write_past_cache && random.one_in(4))
    return survivors.push_back(unwritten(write));
  if (write.bytes.size() <= kSector || random.one_in(3)) return survivors.push_back(write);
  if (random.one_in(2)) {
    survivors.push_back(write);
    survivors.back().bytes.resize(random.below(write.bytes.size() / kSector) * kSector);
    return;
  }
  for (Operation& part : parts_of(write, random.one_in(2) ? kSector : kBlock))
    if (random.one_in(2)) survivors.push_back(std::move(part));
}

}  // namespace

std::vector<bool> durable_operations(const std::vector<Operation>& operations, std::size_t prefix) {
  std::vector<bool> durable(std::min(prefix, operations.size()), false);
  std::set<int> synced_files;
  std::set<std::string> synced_folders;
  bool all_files_synced = false;
  for (std::size_t i = durable.size(); i-- > 0;) {
    const Operation& operation = operations[i];
    if (is_sync(operation.kind)) {
      if (operation.finished && operation.kind == CallKind::sync_file)
        synced_files.insert(operation.file);
      if (operation.finished && operation.kind == CallKind::sync_directory)
        synced_folders.insert(operation.path);
      if (operation.finished && operation.kind == CallKind::sync_filesystem)
        all_files_synced = true;
      durable[i] = true;
    } else if (is_data(operation.kind)) {
      durable[i] = all_files_synced || synced_files.contains(operation.file);
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
    if (!durable[i] && is_write(operations[i].kind))
      add_unsynced_write(operations[i], random, survivors);
    else
      survivors.push_back(operations[i]);
  }
  return survivors;
}

namespace {

using Visitor = std::function<void(const std::vector<Operation>&)>;

// Visits every subset of `unsynced`; a kept rename also keeps what it needs.
void visit_all_subsets(const std::vector<Operation>& operations, const std::vector<bool>& durable,
                       const std::vector<std::size_t>& unsynced, const Visitor& visitor) {
  std::set<std::vector<bool>> visited;
  for (std::size_t subset = 0; subset < std::size_t{1} << unsynced.size(); ++subset) {
    std::vector<bool> kept = durable;
    for (std::size_t i = 0; i < unsynced.size(); ++i) kept[unsynced[i]] = (subset >> i & 1) != 0;
    keep_what_renames_need(operations, kept);
    if (visited.insert(kept).second) visitor(chosen(operations, kept));
  }
}

void visit_one_by_one(const std::vector<Operation>& operations, const std::vector<bool>& durable,
                      const std::vector<std::size_t>& unsynced, const Visitor& visitor) {
  const std::vector<bool> all(durable.size(), true);
  visitor(chosen(operations, durable));
  visitor(chosen(operations, all));
  for (const std::size_t i : unsynced) {
    std::vector<bool> kept = all;
    kept[i] = false;
    keep_what_renames_need(operations, kept);
    if (kept != all) visitor(chosen(operations, kept));
    kept = durable;
    kept[i] = true;
    keep_what_renames_need(operations, kept);
    visitor(chosen(operations, kept));
  }
}

void visit_unwritten(const std::vector<Operation>& operations, std::size_t prefix,
                     const std::vector<std::size_t>& unsynced, const Visitor& visitor) {
  std::vector<Operation> all = chosen(operations, std::vector<bool>(prefix, true));
  for (const std::size_t i : unsynced) {
    if (all[i].kind != CallKind::write_past_cache) continue;
    all[i] = unwritten(std::move(all[i]));
    visitor(all);
    all[i] = operations[i];
  }
}

// Visits states in which only a part of the write `last` is missing.
void visit_tears(const std::vector<Operation>& operations, std::size_t prefix, std::size_t last,
                 const Visitor& visitor) {
  std::vector<Operation> torn = chosen(operations, std::vector<bool>(prefix, true));
  const Operation whole = torn[last];
  const std::size_t size = whole.bytes.size();
  const std::size_t step = std::max(kSector, size / kMostTears / kSector * kSector);
  for (std::size_t length = step; length < size; length += step) {
    torn[last].bytes.assign(whole.bytes.begin(),
                            whole.bytes.begin() + static_cast<std::ptrdiff_t>(length));
    visitor(torn);
  }
  torn[last] = whole;
  const std::vector<Operation> blocks = parts_of(whole, kBlock);
  if (blocks.size() < 2) return;
  const std::size_t stride = (blocks.size() + kMostBlocks - 1) / kMostBlocks;
  for (std::size_t lost = 0; lost < blocks.size(); lost += stride) {
    std::vector<Operation> survivors(torn.begin(),
                                     torn.begin() + static_cast<std::ptrdiff_t>(last));
    for (std::size_t i = 0; i < blocks.size(); ++i)
      if (i != lost) survivors.push_back(blocks[i]);
    survivors.insert(survivors.end(), torn.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                     torn.end());
    visitor(survivors);
  }
}

}  // namespace

void for_each_crash(const std::vector<Operation>& operations, std::size_t prefix,
                    const std::function<void(const std::vector<Operation>&)>& visitor) {
  const std::vector<bool> durable = durable_operations(operations, prefix);
  std::vector<std::size_t> unsynced;
  std::optional<std::size_t> last_write;
  for (std::size_t i = 0; i < durable.size(); ++i) {
    if (durable[i]) continue;
    unsynced.push_back(i);
    if (is_write(operations[i].kind)) last_write = i;
  }
  if (unsynced.size() <= kFewUnsynced)
    visit_all_subsets(operations, durable, unsynced, visitor);
  else
    visit_one_by_one(operations, durable, unsynced, visitor);
  visit_unwritten(operations, durable.size(), unsynced, visitor);
  if (last_write) visit_tears(operations, durable.size(), *last_write, visitor);
}

std::vector<Operation> settled(std::vector<Operation> operations) {
  std::set<int> files;
  std::set<std::string> folders{""};
  for (const Operation& operation : operations) {
    if (operation.file != 0) files.insert(operation.file);
    folders.insert(folder_of(operation.path));
    if (operation.kind == CallKind::rename) folders.insert(folder_of(operation.target));
  }
  for (const int file : files) operations.push_back({.kind = CallKind::sync_file, .file = file});
  for (const std::string& folder : folders)
    operations.push_back({.kind = CallKind::sync_directory, .path = folder});
  return operations;
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
      case CallKind::write_past_cache:
        write(contents_[operation.file], operation);
        break;
      case CallKind::truncate:
        contents_[operation.file].resize(static_cast<std::size_t>(operation.offset));
        break;
      case CallKind::rename:
        rename(operation.path, operation.target);
        break;
      case CallKind::exchange:
        if (names_.contains(operation.path) && names_.contains(operation.target))
          exchange(names_, operation.path, operation.target);
        break;
      case CallKind::remove_file:
      case CallKind::remove_directory:
        remove(operation.path);
        break;
      default:
        break;
    }
  }

  std::map<std::string, int> files() const {
    std::map<std::string, int> found;
    for (const auto& [path, name] : names_)
      if (name.made_by == CallKind::create) found.emplace(path, name.file);
    return found;
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

  // Removes a folder's entries too: their own removal may not have survived.
  void remove(const std::string& path) {
    std::erase_if(names_, [&](const auto& item) {
      return item.first == path || item.first.starts_with(path + "/");
    });
  }

  std::map<std::string, Name> names_;  // sorted, so that a folder comes before what it holds
  std::map<int, base::Bytes> contents_;
};

}  // namespace

std::map<std::string, int> files_after(const std::vector<Operation>& operations) {
  Disk disk;
  for (const Operation& operation : operations) disk.apply(operation);
  return disk.files();
}

void replay(const std::vector<Operation>& operations, const std::string& folder) {
  Disk disk;
  for (const Operation& operation : operations) disk.apply(operation);
  disk.save(folder);
}

}  // namespace vcs::test
