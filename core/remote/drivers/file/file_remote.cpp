// SPDX-License-Identifier: Apache-2.0
// Objects are files, and their names are paths below the root. Names of the store's own files start
// with '+', which no object name may have.
//
// Every call opens the root anew: an open handle would prevent people from unmounting the disk, and
// would not show that the disk was unmounted or is back.
#include "core/remote/drivers/file/file_remote.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <set>
#include <span>

#include "core/base/guarded.hpp"
#include "core/base/shortcomings.hpp"
#include "core/base/special_calls.hpp"
#include "core/remote/cancellation.hpp"
#include "core/remote/drivers/file/object_listing.hpp"
#include "core/remote/drivers/file/temporary_file.hpp"

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
constexpr std::size_t kLongestMarker = 1000;
constexpr base::Nanos kStaleAfter = std::chrono::days(1);
// One sync of the filesystem also waits for what other programs wrote, so it pays for many files.
constexpr std::size_t kManyFiles = 16;
constexpr base::Nanos kSlowSync = std::chrono::seconds(2);
constexpr std::size_t kRemovedUnderOneLock = 100;
// Where a sync reaches a disk of this machine. A share or a filesystem in user space may keep what
// it was given in memory, and an overlay is as good as what lies below it.
constexpr std::array<std::string_view, 13> kOnDisks = {"ext4", "xfs",   "btrfs", "f2fs",     "zfs",
                                                       "fat",  "exfat", "ntfs",  "bcachefs", "hfs",
                                                       "hfs+", "apfs",  "msdos"};
constexpr std::string_view kInMemory = "tmpfs";
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

class FileRemote final : public RemoteStore {
 public:
  FileRemote(std::string path, FileRemoteServices services)
      : path_(std::move(path)), services_(std::move(services)) {}

  Result<void> start(bool create) {
    if (create) VCS_TRY(translated(create_if_missing()));
    VCS_ASSIGN(const auto root, open_root());
    filesystem_ = base::filesystem_name(*root);
    if (auto swept = sweep(*root); !swept)
      services_.log.warning("{}: cannot remove what killed writers left: {}", path_,
                            swept.error().message);
    return {};
  }

  Result<Bytes> get(const std::string& name, ByteRange range) override {
    VCS_TRY(check(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated(read(*root, name, range));
  }

  Result<void> put(const std::string& name, ByteView bytes, PutMode mode) override {
    VCS_TRY(check(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    VCS_ASSIGN(const auto root, open_root());
    if (mode == PutMode::if_absent) return translated_write(put_if_absent(*root, name, bytes));
    return translated_write(put_over(*root, name, bytes, [] { return Result<void>(); }));
  }

  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    VCS_TRY(check(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated(find(*root, name));
  }

  Result<void> list(const std::string& prefix, const std::string& after,
                    const ObjectVisitor& visitor) override {
    VCS_TRY(cancellation_.check());
    VCS_TRY(check_listing(prefix, after));
    VCS_ASSIGN(const auto root, open_root());
    auto result = list_objects(*root, {prefix, after, visitor, cancellation_});
    if (!result) return tl::unexpected(as_remote_error(std::move(result).error(), path_));
    return {};
  }

  Result<void> remove(const std::string& name) override { return remove_many({name}); }

  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          ByteView bytes) override {
    VCS_TRY(check(name));
    VCS_TRY(check_put_size(name, bytes.size(), properties()));
    VCS_ASSIGN(const auto root, open_root());
    const auto check = [&] { return check_content(*root, name, expected); };
    return translated_write(put_over(*root, name, bytes, check));
  }

  Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode) override {
    if (objects.size() < kManyFiles) return RemoteStore::put_many(objects, mode);
    VCS_TRY(cancellation_.check());
    VCS_ASSIGN(const auto root, open_root());
    return translated_write(put_all(*root, objects, mode));
  }

  Result<void> remove_many(const std::vector<std::string>& names) override {
    VCS_TRY(cancellation_.check());
    for (const std::string& name : names) VCS_TRY(check_object_name(name));
    VCS_ASSIGN(const auto root, open_root());
    return translated_write(remove_all(*root, names));
  }

  void cancel() override { cancellation_.set(); }

  Properties properties() const override {
    Properties properties;
    properties.has_clock = true;
    const base::Lock lock(mutex_);
    properties.weaknesses.assign(weaknesses_.begin(), weaknesses_.end());
    properties.atomic_replace = !weaknesses_.contains(kNoLocks);
    properties.durable = weaknesses_.contains(kNoFolderSync) ? Durability::process : durability();
    return properties;
  }

  // A folder that was copied, or made anew, has another mark or was born at another time.
  Result<std::string> incarnation() override {
    VCS_TRY(cancellation_.check());
    VCS_ASSIGN(const auto root, open_root());
    auto mark = base::read_file(*root, kMarker, kLongestMarker);
    if (!mark && mark.error().code != ErrorCode::not_found)
      return tl::unexpected(as_remote_error(std::move(mark).error(), path_));
    std::string text(mark ? base::as_text(*mark) : std::string_view());
    std::erase_if(text, [](char c) { return c <= ' ' || c > '~'; });
    const base::UnixNanos born = base::born(*root);
    if (text.empty() && born == base::UnixNanos{}) return std::string();
    return fmt::format("{} {}", text, base::count_of(born));
  }

  Result<Examination> examine() override {
    VCS_TRY(cancellation_.check());
    VCS_ASSIGN(const auto root, open_root());
    Examination examination;
    const std::string kind = base::filesystem_name(*root);
    examination.engine = kind.empty() ? "a folder" : "a folder on " + kind;
    if (const auto space = services_.filesystem.space(path_))
      examination.free_bytes = space->free_bytes;
    if (auto probed = translated(probe(*root, examination)); !probed)
      examination.warnings.push_back("it could not be tried what this folder can do: " +
                                     probed.error().message);
    VCS_TRY(cancellation_.check());
    for (const std::string& weakness : properties().weaknesses)
      examination.warnings.push_back(weakness);
    return examination;
  }

 private:
  template <typename T>
  Result<T> translated(Result<T> result) const {
    if (result) return result;
    return tl::unexpected(as_remote_error(std::move(result).error(), path_));
  }

  Result<void> check(const std::string& name) const {
    VCS_TRY(cancellation_.check());
    return check_object_name(name);
  }

  // Of puts, as long as folders can be synced there.
  Durability durability() const {
    if (filesystem_ == kInMemory) return Durability::process;
    const bool on_disk = std::ranges::find(kOnDisks, filesystem_) != kOnDisks.end();
    return on_disk ? Durability::power_cut : Durability::unknown;
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
    return ObjectInfo{name, stat->size, stat->mtime};
  }

  Result<Bytes> read(Directory& root, const std::string& name, ByteRange range) const {
    VCS_ASSIGN(const auto info, find(root, name));
    if (!info) return fail(ErrorCode::not_found, "there is no {}", name);
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, open_parent(root, parts));
    VCS_ASSIGN(const auto file, folder->open_file(parts.back(), OpenMode::read));
    VCS_ASSIGN(const auto stat, file->stat());
    VCS_ASSIGN(const ByteRange part, clip_range(name, range, stat.size));
    Bytes bytes(static_cast<std::size_t>(part.length));
    for (std::size_t done = 0; done < bytes.size(); done += kPieceBytes) {
      VCS_TRY(cancellation_.check());
      const auto piece = std::span(bytes).subspan(done, std::min(kPieceBytes, bytes.size() - done));
      VCS_ASSIGN(const std::size_t got, file->read_at(piece, part.offset + done));
      if (got != piece.size())
        return fail(ErrorCode::corrupt, "{} became shorter while it was read", name);
    }
    return bytes;
  }

  // --- Writing ---

  Result<void> sync(Directory& folder) {
    VCS_TRY(folder.sync());
    watch_for_shortcomings(folder);
    return {};
  }

  // Its content is not durable yet.
  Result<TemporaryFile> write_temporary(Directory& root, ByteView bytes) {
    VCS_ASSIGN(auto folder, base::open_or_make_directory(root, kTemporary));
    return TemporaryFile::write(std::move(folder), temporary_name(), bytes, cancellation_);
  }

  std::string temporary_name() { return "put-" + services_.random.hex(12); }

  static Result<void> check_no_folder(Directory& folder, const std::string& name) {
    const auto stat = folder.stat(name);
    if (!stat || stat->type == FileType::regular) return {};
    return fail(ErrorCode::invalid, "{} is a folder of other objects here", name);
  }

  static Failure taken(const std::string& name) {
    return fail(ErrorCode::already_exists, "{} is already there", name);
  }

  Result<void> put_if_absent(Directory& root, const std::string& name, ByteView bytes) {
    VCS_TRY(check_place(root, name, PutMode::if_absent));
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, open_parent(root, parts));
    VCS_ASSIGN(auto temporary, write_temporary(root, bytes));
    VCS_TRY(temporary.sync());
    auto moved = move_if_absent(root, temporary, *folder, parts.back());
    if (!moved) {
      if (moved.error().code == ErrorCode::already_exists) return taken(name);
      return moved;
    }
    return sync(*folder);
  }

  // Takes the lock, as some filesystems cannot rename without replacing.
  Result<void> move_if_absent(Directory& root, TemporaryFile& temporary, Directory& folder,
                              const std::string& name) {
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    return temporary.move_if_absent(folder, name);
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
    VCS_ASSIGN(auto temporary, write_temporary(root, bytes));
    VCS_TRY(temporary.sync());
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    VCS_TRY(check());
    VCS_TRY(temporary.move_over(*folder, parts.back()));
    return sync(*folder);
  }

  Result<void> check_content(Directory& root, const std::string& name,
                             const std::optional<Bytes>& expected) const {
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

  // --- Many at once ---

  // An object of a batch on its way to its place.
  struct Staged {
    const NamedBytes* object;
    TemporaryFile temporary;
  };

  // Goes as far as there is no error. What was staged before it gets its place and is durable, as if
  // the objects had been put one by one.
  Result<void> put_all(Directory& root, const std::vector<NamedBytes>& objects, PutMode mode) {
    std::vector<Staged> staged;
    staged.reserve(objects.size());
    Result<void> result = stage_all(root, objects, mode, staged);
    VCS_TRY(cancellation_.check());
    VCS_TRY(sync_all(root, staged));
    std::set<std::string> folders;
    if (auto placed = place_all(root, staged, mode, folders); !placed) result = std::move(placed);
    VCS_TRY(sync_folders(root, folders));
    return result;
  }

  Result<void> stage_all(Directory& root, const std::vector<NamedBytes>& objects, PutMode mode,
                         std::vector<Staged>& staged) {
    VCS_ASSIGN(std::shared_ptr<Directory> folder, base::open_or_make_directory(root, kTemporary));
    for (const NamedBytes& object : objects) {
      VCS_TRY(check(object.name));
      VCS_TRY(check_put_size(object.name, object.bytes.size(), properties()));
      VCS_TRY(check_place(root, object.name, mode));
      VCS_ASSIGN(auto temporary,
                 TemporaryFile::write(folder, temporary_name(), object.bytes, cancellation_));
      temporary.close();
      staged.push_back({&object, std::move(temporary)});
    }
    return {};
  }

  Result<void> check_place(Directory& root, const std::string& name, PutMode mode) {
    if (mode == PutMode::if_absent) {
      VCS_ASSIGN(const auto info, find(root, name));
      if (info) return taken(name);
    }
    const auto parts = split(name);
    VCS_ASSIGN(const auto folder, make_parent_of_object(root, name, parts));
    return check_no_folder(*folder, parts.back());
  }

  Result<void> sync_all(Directory& root, std::vector<Staged>& staged) {
    if (staged.empty()) return {};
    if (!syncs_slowly_) {
      const base::SteadyNanos begin = services_.clock.steady();
      auto synced = base::sync_filesystem(root);
      syncs_slowly_ = services_.clock.steady() - begin > kSlowSync;
      if (synced || synced.error().code != ErrorCode::unsupported) return synced;
    }
    for (Staged& each : staged) {
      VCS_TRY(cancellation_.check());
      VCS_TRY(each.temporary.sync());
    }
    return {};
  }

  // Adds the folders that have a new name.
  Result<void> place_all(Directory& root, std::vector<Staged>& staged, PutMode mode,
                         std::set<std::string>& folders) {
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    for (auto& [object, temporary] : staged) {
      VCS_TRY(cancellation_.check());
      const auto parts = split(object->name);
      VCS_ASSIGN(const auto folder, open_parent(root, parts));
      auto moved = mode == PutMode::if_absent ? temporary.move_if_absent(*folder, parts.back())
                                              : temporary.move_over(*folder, parts.back());
      if (!moved && moved.error().code == ErrorCode::already_exists) return taken(object->name);
      VCS_TRY(std::move(moved));
      folders.insert(folder_of(object->name));
    }
    return {};
  }

  // Takes the lock only if something is there.
  Result<void> remove_all(Directory& root, const std::vector<std::string>& names) {
    std::vector<std::string> there;
    for (const std::string& name : names) {
      VCS_TRY(cancellation_.check());
      VCS_ASSIGN(const auto info, find(root, name));
      if (info) there.push_back(name);
    }
    std::set<std::string> folders;
    Result<void> result;
    for (std::size_t done = 0; result && done < there.size(); done += kRemovedUnderOneLock) {
      const std::size_t count = std::min(kRemovedUnderOneLock, there.size() - done);
      result = remove_some(root, std::span(there).subspan(done, count), folders);
    }
    VCS_TRY(sync_folders(root, folders));
    return result;
  }

  // Adds the folders that have lost a name.
  Result<void> remove_some(Directory& root, std::span<const std::string> names,
                           std::set<std::string>& folders) {
    const base::Lock among_threads(replace_mutex_);
    VCS_ASSIGN(const auto among_programs, lock_store(root));
    for (const std::string& name : names) {
      VCS_TRY(cancellation_.check());
      const auto parts = split(name);
      VCS_ASSIGN(const auto folder, open_parent(root, parts));
      auto removed = folder->remove_file(parts.back());
      if (!removed && removed.error().code != ErrorCode::not_found) return removed;
      folders.insert(folder_of(name));
    }
    return {};
  }

  // With a trailing '/'; "" for the root.
  static std::string folder_of(const std::string& name) {
    return name.substr(0, name.rfind('/') + 1);
  }

  Result<void> sync_folders(Directory& root, const std::set<std::string>& folders) {
    for (const std::string& path : folders) {
      VCS_ASSIGN(const auto folder, open_parent(root, split(path)));
      VCS_TRY(sync(*folder));
    }
    return {};
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
      if (!cancellation_.sleep(wait, services_.sleep))
        return fail(ErrorCode::cancelled, "stopped while waiting");
      wait = std::min(wait * 2, kLongestLockWait);
    }
    return fail(ErrorCode::unavailable, "another program has kept the store locked for long");
  }

  // --- Examination ---

  // Renames a file of its own over another one, which must be refused, and then to a free name.
  Result<void> probe(Directory& root, Examination& examination) {
    VCS_ASSIGN(std::shared_ptr<Directory> folder, base::open_or_make_directory(root, kTemporary));
    const std::string name = "probe-" + services_.random.hex(12);
    const base::UnixNanos now = services_.clock.now();
    VCS_ASSIGN(auto taken, TemporaryFile::write(folder, name + "-1", {}, cancellation_));
    VCS_ASSIGN(auto moved, TemporaryFile::write(folder, name + "-2", {}, cancellation_));
    VCS_ASSIGN(const auto stat, folder->stat(name + "-1"));
    examination.clock_difference = stat.mtime - now;
    const auto refused = moved.move_if_absent(*folder, name + "-1");
    if (!refused) VCS_TRY(moved.move_if_absent(*folder, name + "-3"));
    if (!refused) VCS_TRY(folder->remove_file(name + "-3"));
    VCS_TRY(sync(*folder));
    const bool kept = !refused && refused.error().code == ErrorCode::already_exists;
    const base::Shortcomings lacks = base::shortcomings_of(*folder);
    VCS_ASSIGN(const auto lock, lock_store(root));
    examination.capabilities = {{"renames that never replace", kept && !lacks.rename_may_replace},
                                {"syncs of folders", !lacks.folders_not_synced},
                                {"locks", lock != nullptr}};
    return {};
  }

  const std::string path_;
  const FileRemoteServices services_;
  std::string filesystem_;  // its kind when the store was opened; empty: unknown
  Cancellation cancellation_;
  std::atomic<bool> syncs_slowly_{false};  // others fill the disk
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
