// SPDX-License-Identifier: Apache-2.0
// Objects are files, and their names are paths below the root. Names of the store's own files start
// with '+', which no object name may have.
//
// Every call opens the root anew: an open handle would prevent people from unmounting the disk, and
// would not show that the disk was unmounted or is back.
#include "core/remote/drivers/file/file_remote.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "core/base/guarded.hpp"
#include "core/base/shortcomings.hpp"

namespace vcs::remote::drivers {

namespace {

using base::Directory;
using base::File;
using base::FileType;
using base::OpenMode;

constexpr const char* kMarker = "+store";
constexpr const char* kLock = "+lock";
// Top names of the layout, docs/format/remote.md.
constexpr std::array<const char*, 3> kParts = {"config", "packs", "refs"};
constexpr const char* kTemporary = "+tmp";
constexpr const char* kNoFolderSync =
    "the filesystem there cannot make names durable: after a power cut or an unplugging without "
    "unmounting, what was copied last may be missing";
constexpr const char* kNoLocks =
    "the filesystem there has no locks: let one machine at a time copy to it";
constexpr base::Nanos kStaleAfter = std::chrono::days(1);
constexpr std::size_t kLockAttempts = 400;
constexpr base::Nanos kLongestLockWait = std::chrono::milliseconds(50);

using DirectoryPtr = std::unique_ptr<Directory>;

// Maps an error to a code of the contract. An I/O error may come from a cable, so it is worth a
// retry.
Error as_remote_error(Error error, const std::string& root) {
  if (error.code == ErrorCode::io || error.code == ErrorCode::busy ||
      error.code == ErrorCode::unstable)
    error.code = ErrorCode::unavailable;
  else if (error.code == ErrorCode::unsupported)
    error.code = ErrorCode::invalid;
  return std::move(error).with_context(root);
}

bool knows_no_locks(const Error& error) {
  return error.os_error == ENOLCK || error.os_error == ENOSYS || error.os_error == ENOTSUP ||
         error.os_error == EOPNOTSUPP || error.os_error == EINVAL;
}

std::vector<std::string> split(const std::string& name) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t slash; (slash = name.find('/', begin)) != std::string::npos; begin = slash + 1)
    parts.push_back(name.substr(begin, slash - begin));
  parts.push_back(name.substr(begin));
  return parts;
}

// A written and synced file below +tmp. The destructor removes it unless it was moved to its place.
class TemporaryFile {
 public:
  static Result<TemporaryFile> write(Directory& root, const std::string& name, ByteView bytes) {
    VCS_ASSIGN(auto folder, base::open_or_make_directory(root, kTemporary));
    VCS_ASSIGN(auto file, folder->open_file(name, OpenMode::create_new));
    TemporaryFile result(std::move(folder), name);
    VCS_TRY(file->write_at(bytes, 0));
    VCS_TRY(file->sync());
    return result;
  }
  TemporaryFile(TemporaryFile&&) noexcept = default;
  TemporaryFile(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (folder_) (void)folder_->remove_file(name_);
  }

  Result<void> move_to(Directory& folder, const std::string& name, bool no_replace) {
    VCS_TRY(folder_->rename(name_, folder, name, no_replace));
    folder_.reset();
    return {};
  }

 private:
  TemporaryFile(DirectoryPtr folder, std::string name)
      : folder_(std::move(folder)), name_(std::move(name)) {}
  DirectoryPtr folder_;
  std::string name_;
};

class FileRemote final : public RemoteStore {
 public:
  FileRemote(std::string path, FileRemoteServices services)
      : path_(std::move(path)), services_(std::move(services)) {}

  Result<void> start(bool create) {
    if (create) VCS_TRY(translated(create_if_missing()));
    VCS_ASSIGN(const auto root, open_root());
    if (auto swept = sweep(*root); !swept)
      services_.log.warning("{}: cannot remove what killed writers left: {}", path_,
                            swept.error().message);
    return {};
  }

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    VCS_TRY(check_object_name(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated(read(*root, name, range));
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    VCS_TRY(check_object_name(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    VCS_ASSIGN(const auto root, open_root());
    if (mode == PutMode::if_absent) return translated_write(put_if_absent(*root, name, bytes));
    return translated_write(put_over(*root, name, bytes, [] { return Result<void>(); }));
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    VCS_TRY(check_object_name(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated(find(*root, name));
  }

  Result<void> list(const std::string& prefix,
                    const std::function<bool(const ObjectInfo&)>& visitor) override {
    VCS_TRY(check_prefix(prefix));
    VCS_ASSIGN(const auto root, open_root());
    auto result = list_folder(*root, "", prefix, visitor);
    if (!result) return tl::unexpected(as_remote_error(std::move(result).error(), path_));
    return {};
  }

  Result<void> remove(const std::string& name) override {
    VCS_TRY(check_object_name(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated_write(remove_from(*root, name));
  }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    VCS_TRY(check_object_name(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    VCS_ASSIGN(const auto root, open_root());
    const auto check = [&] { return check_content(*root, name, expected); };
    return translated_write(put_over(*root, name, bytes, check));
  }

  Properties properties() const override {
    Properties properties;
    const base::Lock lock(mutex_);
    properties.weaknesses.assign(weaknesses_.begin(), weaknesses_.end());
    properties.atomic_replace = !weaknesses_.contains(kNoLocks);
    return properties;
  }

 private:
  template <typename T>
  Result<T> translated(Result<T> result) const {
    if (result) return result;
    return tl::unexpected(as_remote_error(std::move(result).error(), path_));
  }

  // If a file or folder of the store is missing during a write, its disk was removed.
  Result<void> translated_write(Result<void> result) const {
    if (!result && result.error().code == ErrorCode::not_found)
      result.error().code = ErrorCode::unavailable;
    return translated(std::move(result));
  }

  // Logs each weakness once, and keeps it for properties().
  void tell_weakness(const char* sentence) {
    {
      const base::Lock lock(mutex_);
      if (!weaknesses_.insert(sentence).second) return;
    }
    services_.log.warning("{}: {}", path_, sentence);
  }

  void watch_for_shortcomings(const Directory& folder) {
    if (base::shortcomings_of(folder).folders_not_synced) tell_weakness(kNoFolderSync);
  }

  // --- The root ---

  Failure not_there(const std::string& why) const {
    return fail(ErrorCode::unavailable,
                "the remote {} is not there ({}). If it is on a disk or a share, attach it", path_,
                why);
  }

  Result<DirectoryPtr> open_root() const {
    auto root = services_.filesystem.open_directory(path_);
    if (!root) {
      if (root.error().code == ErrorCode::not_found) return not_there("no such folder");
      return tl::unexpected(as_remote_error(std::move(root).error(), path_));
    }
    auto marker = (*root)->stat(kMarker);
    if (!marker) {
      // A person may have copied the store's objects to here without its own '+' files.
      if (count_parts(**root) >= 2) return std::move(*root);
      if (marker.error().code == ErrorCode::not_found)
        return not_there("the folder has no mark of a remote");
      return tl::unexpected(as_remote_error(std::move(marker).error(), path_));
    }
    return std::move(*root);
  }

  // Counts the top names of the layout. An empty mount point has none.
  static std::size_t count_parts(Directory& root) {
    return static_cast<std::size_t>(
        std::count_if(kParts.begin(), kParts.end(),
                      [&](const char* name) { return root.stat(name).has_value(); }));
  }

  Result<void> create_if_missing() {
    VCS_ASSIGN(const auto root, services_.filesystem.make_directories(path_));
    if (root->stat(kMarker) || count_parts(*root) == kParts.size()) return {};
    bool empty = true;
    VCS_TRY(root->list([&](const base::DirectoryEntry& entry) {
      empty = entry.name == "lost+found" || entry.name.front() == '.' || entry.name.front() == '+';
      return empty;
    }));
    if (!empty)
      return fail(ErrorCode::invalid,
                  "the folder holds other files; a remote starts in a new or an empty folder");
    VCS_TRY(base::open_or_make_directory(*root, kTemporary));
    const std::string text = "vcsd remote store 1 " + services_.random.hex(16) + "\n";
    return base::replace_file(*root, kMarker, base::as_bytes(text));
  }

  // Removes old temporary files. Only this program puts files into that folder.
  Result<void> sweep(Directory& root) const {
    auto folder = root.open_directory(kTemporary);
    if (!folder) {
      if (folder.error().code == ErrorCode::not_found) return {};
      return tl::unexpected(std::move(folder).error());
    }
    std::vector<std::string> names;
    VCS_TRY((*folder)->list([&](const base::DirectoryEntry& entry) {
      names.push_back(entry.name);
      return true;
    }));
    for (const std::string& name : names) {
      const auto stat = (*folder)->stat(name);
      if (stat && stat->type == FileType::regular &&
          stat->mtime < services_.clock.now() - kStaleAfter)
        VCS_TRY((*folder)->remove_file(name));
    }
    return {};
  }

  // --- Folders of objects ---

  // The folder of an object: the root itself, or one below it.
  class Folder {
   public:
    explicit Folder(Directory& root) : directory_(&root) {}
    void enter(DirectoryPtr child) {
      owned_ = std::move(child);
      directory_ = owned_.get();
    }
    Directory* operator->() const { return directory_; }
    Directory& operator*() const { return *directory_; }

   private:
    DirectoryPtr owned_;
    Directory* directory_;
  };

  static Result<Folder> open_parent(Directory& root, const std::vector<std::string>& parts) {
    Folder folder(root);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      VCS_ASSIGN(auto child, folder->open_directory(parts[i]));
      folder.enter(std::move(child));
    }
    return folder;
  }

  // Makes missing folders. Syncs an existing folder's parent at its first use by this process: its
  // maker may have been killed before the entry was durable.
  Result<Folder> make_parent(Directory& root, const std::vector<std::string>& parts) {
    Folder folder(root);
    std::string path;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      path += parts[i] + "/";
      auto child = folder->open_directory(parts[i]);
      const bool missing = !child && child.error().code == ErrorCode::not_found;
      if (missing) child = base::open_or_make_directory(*folder, parts[i]);
      if (!child) return tl::unexpected(std::move(child).error());
      if (missing || !is_known_durable(path)) {
        VCS_TRY(sync(*folder));
        const base::Lock lock(mutex_);
        durable_folders_.insert(path);
      }
      folder.enter(std::move(*child));
    }
    return folder;
  }

  bool is_known_durable(const std::string& folder) {
    const base::Lock lock(mutex_);
    return durable_folders_.contains(folder);
  }

  static bool means_absent(const Error& error) {
    return error.code == ErrorCode::not_found || error.os_error == ENOTDIR;
  }

  static Result<std::optional<ObjectInfo>> find(Directory& root, const std::string& name) {
    const auto parts = split(name);
    auto folder = open_parent(root, parts);
    if (!folder) {
      if (means_absent(folder.error())) return std::nullopt;
      return tl::unexpected(std::move(folder).error());
    }
    auto stat = (**folder).stat(parts.back());
    if (!stat) {
      if (means_absent(stat.error())) return std::nullopt;
      return tl::unexpected(std::move(stat).error());
    }
    if (stat->type != FileType::regular) return std::nullopt;
    return ObjectInfo{name, stat->size};
  }

  static Result<Bytes> read(Directory& root, const std::string& name, ByteRange range) {
    VCS_ASSIGN(const auto info, find(root, name));
    if (!info) return fail(ErrorCode::not_found, "there is no {}", name);
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, open_parent(root, parts));
    VCS_ASSIGN(const auto file, folder->open_file(parts.back(), OpenMode::read));
    VCS_ASSIGN(const auto stat, file->stat());
    VCS_ASSIGN(const ByteRange part, clip_range(name, range, stat.size));
    Bytes bytes(static_cast<std::size_t>(part.length));
    VCS_ASSIGN(const std::size_t got, file->read_at(bytes, part.offset));
    if (got != bytes.size())
      return fail(ErrorCode::corrupt, "{} became shorter while it was read", name);
    return bytes;
  }

  // --- Writing ---

  Result<void> sync(Directory& folder) {
    VCS_TRY(folder.sync());
    watch_for_shortcomings(folder);
    return {};
  }

  std::string temporary_name() { return "put-" + services_.random.hex(12); }

  static Result<void> check_no_folder(Directory& folder, const std::string& name) {
    const auto stat = folder.stat(name);
    if (!stat || stat->type == FileType::regular) return {};
    return fail(ErrorCode::invalid, "{} is a folder of other objects here", name);
  }

  Result<void> put_if_absent(Directory& root, const std::string& name, ByteView bytes) {
    const auto taken = [&] { return fail(ErrorCode::already_exists, "{} is already there", name); };
    VCS_ASSIGN(const auto info, find(root, name));
    if (info) return taken();
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, make_parent_of_object(root, name, parts));
    VCS_TRY(check_no_folder(*folder, parts.back()));
    VCS_ASSIGN(auto temporary, TemporaryFile::write(root, temporary_name(), bytes));
    auto moved = move_if_absent(root, temporary, *folder, parts.back());
    if (!moved) {
      if (moved.error().code == ErrorCode::already_exists) return taken();
      return moved;
    }
    return sync(*folder);
  }

  // Takes the lock, as some filesystems cannot rename without replacing.
  Result<void> move_if_absent(Directory& root, TemporaryFile& temporary, Directory& folder,
                              const std::string& name) {
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    return temporary.move_to(folder, name, true);
  }

  Result<Folder> make_parent_of_object(Directory& root, const std::string& name,
                                       const std::vector<std::string>& parts) {
    auto folder = make_parent(root, parts);
    if (!folder && folder.error().os_error == ENOTDIR)
      return fail(ErrorCode::invalid, "a folder of {} is an object here", name);
    return folder;
  }

  // Writes first, so that it holds the lock only for the check and the rename.
  Result<void> put_over(Directory& root, const std::string& name, ByteView bytes,
                        const std::function<Result<void>()>& check) {
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, make_parent_of_object(root, name, parts));
    VCS_TRY(check_no_folder(*folder, parts.back()));
    VCS_ASSIGN(auto temporary, TemporaryFile::write(root, temporary_name(), bytes));
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    VCS_TRY(check());
    VCS_TRY(temporary.move_to(*folder, parts.back(), false));
    return sync(*folder);
  }

  static Result<void> check_content(Directory& root, const std::string& name,
                                    const std::optional<Bytes>& expected) {
    VCS_ASSIGN(const auto info, find(root, name));
    const auto differs = [&] {
      return fail(ErrorCode::precondition_failed, "{} is not what it was expected to be", name);
    };
    if (info.has_value() != expected.has_value()) return differs();
    if (!info) return {};
    if (info->size != expected->size()) return differs();
    VCS_ASSIGN(const Bytes there, read(root, name, {}));
    if (there != *expected) return differs();
    return {};
  }

  Result<void> remove_from(Directory& root, const std::string& name) {
    VCS_ASSIGN(const auto info, find(root, name));
    if (!info) return {};
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, open_parent(root, parts));
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    auto removed = folder->remove_file(parts.back());
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
    return sync(*folder);
  }

  // Other programs hold the lock for milliseconds. Null if the filesystem has no locks.
  Result<std::unique_ptr<File>> lock_store(Directory& root) {
    base::Nanos wait = std::chrono::milliseconds(1);
    for (std::size_t attempt = 0; attempt < kLockAttempts; ++attempt) {
      auto lock = root.lock_file(kLock);
      if (!lock && knows_no_locks(lock.error())) {
        tell_weakness(kNoLocks);
        return nullptr;
      }
      if (lock || lock.error().code != ErrorCode::busy) return lock;
      if (!services_.sleep(wait)) return fail(ErrorCode::cancelled, "stopped while waiting");
      wait = std::min(wait * 2, kLongestLockWait);
    }
    return fail(ErrorCode::unavailable, "another program has kept the store locked for long");
  }

  // --- Listing ---

  struct Entry {
    std::string key;  // the name; with a '/' for a folder, so that sorting gives the order of names
    FileType type;
  };

  static Result<std::vector<Entry>> wanted_entries(Directory& folder, const std::string& path,
                                                   const std::string& prefix) {
    std::vector<Entry> entries;
    Error trouble;
    bool failed = false;
    VCS_TRY(folder.list([&](const base::DirectoryEntry& entry) {
      if (!is_valid_object_name(entry.name)) return true;
      FileType type = entry.type;
      if (!entry.type_known) {
        const auto stat = folder.stat(entry.name);
        if (!stat) {
          if (stat.error().code == ErrorCode::not_found) return true;
          trouble = stat.error();
          failed = true;
          return false;
        }
        type = stat->type;
      }
      const std::string key = entry.name + (type == FileType::directory ? "/" : "");
      const std::string full = path + key;
      const bool below = full.starts_with(prefix);
      const bool above = type == FileType::directory && prefix.starts_with(full);
      if (below || above) entries.push_back({key, type});
      return true;
    }));
    if (failed) return tl::unexpected(std::move(trouble));
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.key < b.key; });
    return entries;
  }

  // False: the visitor has stopped the listing.
  static Result<bool> list_folder(Directory& folder, const std::string& path,
                                  const std::string& prefix,
                                  const std::function<bool(const ObjectInfo&)>& visitor) {
    VCS_ASSIGN(const auto entries, wanted_entries(folder, path, prefix));
    for (const Entry& entry : entries) {
      if (entry.type == FileType::directory) {
        auto child = folder.open_directory(entry.key.substr(0, entry.key.size() - 1));
        if (!child) {
          if (child.error().code == ErrorCode::not_found) continue;
          return tl::unexpected(std::move(child).error());
        }
        VCS_ASSIGN(const bool more, list_folder(**child, path + entry.key, prefix, visitor));
        if (!more) return false;
      } else if (entry.type == FileType::regular) {
        const auto stat = folder.stat(entry.key);
        if (!stat) {
          if (stat.error().code == ErrorCode::not_found) continue;
          return tl::unexpected(stat.error());
        }
        if (!visitor({path + entry.key, stat->size})) return false;
      }
    }
    return true;
  }

  const std::string path_;
  const FileRemoteServices services_;
  mutable base::Mutex mutex_;
  std::set<std::string> durable_folders_ VCS_GUARDED_BY(mutex_);
  std::set<std::string> weaknesses_ VCS_GUARDED_BY(mutex_);
  base::Mutex replace_mutex_;  // excludes our own threads; the file lock excludes other programs
};

}  // namespace

Result<std::unique_ptr<RemoteStore>> open_file_remote(const std::string& path, bool create,
                                                      FileRemoteServices services) {
  if (path.empty() || path.front() != '/')
    return fail(ErrorCode::invalid, "'{}' is not an absolute path of a folder", path);
  auto store = std::make_unique<FileRemote>(path, std::move(services));
  VCS_TRY(store->start(create));
  return store;
}

}  // namespace vcs::remote::drivers
