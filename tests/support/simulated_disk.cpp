// SPDX-License-Identifier: Apache-2.0
// Keeps names and contents twice: as they are, and as a power cut would leave them.
#include "tests/support/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "tests/support/write_parts.hpp"

namespace vcs::test {

using base::Bytes;
using base::ByteView;
using base::fail_errno;
using base::FileStat;
using base::FileType;
using base::Result;
using Node = SimulatedDisk::Node;
using NodePtr = std::shared_ptr<Node>;
using Kind = DiskEvent::Kind;

namespace {

using Tick = std::chrono::duration<std::int64_t, std::ratio<4, 1000>>;
constexpr std::size_t kSector = 512;
constexpr std::uint64_t kDiskBytes = std::uint64_t{1} << 40;

// A write, or with `truncate` a new length.
struct Write {
  std::uint64_t offset = 0;
  Bytes bytes{};
  bool truncate = false;
  bool past_cache = false;
};

// One step that removes the name `gone` and adds another one; "" for none.
struct NameChange {
  std::string gone;
  std::string come;
  NodePtr node;
};
using Names = std::map<std::string, NodePtr>;

void carry_out(Bytes& content, const Write& write) {
  const auto offset = static_cast<std::size_t>(write.offset);
  if (write.truncate) return content.resize(offset);
  if (content.size() < offset + write.bytes.size()) content.resize(offset + write.bytes.size());
  std::copy(write.bytes.begin(), write.bytes.end(),
            content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void carry_out(Names& names, const NameChange& change) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.come.empty()) names[change.come] = change.node;
}

}  // namespace

namespace {

// One name of a node. An open file keeps the Place it was opened by, also after a move.
struct Place {
  std::weak_ptr<Node> folder;
  std::string name;
  bool gone = false;
};
using PlacePtr = std::shared_ptr<Place>;

}  // namespace

struct SimulatedDisk::Node {
  FileStat stat;
  std::vector<PlacePtr> places;  // several of a file with several names

  Bytes content, durable;  // of a file; content: the target of a symlink
  std::vector<Write> unsynced;
  int writers = 0;
  bool locked = false;

  Names entries, durable_entries;  // of a folder
  std::vector<NameChange> unsynced_names;

  bool is_folder() const { return stat.type == FileType::directory; }
  // Only for a folder.
  bool is_removed() const { return stat.links == 0; }
  NodePtr parent() const { return places.empty() ? nullptr : places.front()->folder.lock(); }
  std::string path() const {
    const NodePtr above = parent();
    return above ? above->path() + "/" + places.front()->name : std::string();
  }
  PlacePtr place_in(const Node& folder, const std::string& name) const {
    for (const PlacePtr& place : places)
      if (place->name == name && place->folder.lock().get() == &folder) return place;
    return nullptr;
  }
  void add_place(const NodePtr& folder, const std::string& name) {
    places.push_back(std::make_shared<Place>(Place{folder, name}));
    stat.links = places.size();
  }
  void drop_place(const PlacePtr& place) {
    place->gone = true;
    std::erase(places, place);
    stat.links = places.size();
  }
  void sync_content() {
    for (const Write& write : unsynced) carry_out(durable, write);
    unsynced.clear();
  }
  void sync_names() {
    for (const NameChange& change : unsynced_names) carry_out(durable_entries, change);
    unsynced_names.clear();
  }
};

struct SimulatedDisk::Shared {
  const base::Clock& clock;
  NodePtr root;
  std::uint64_t last_inode = 0;
  std::function<void(const DiskEvent&)> observer;

  base::UnixNanos now() const { return std::chrono::time_point_cast<Tick>(clock.now()); }
  void tell(Kind kind, const Node& folder, const std::string& name, bool is_folder) const {
    if (observer) observer({kind, folder.path() + "/" + name, is_folder});
  }
  NodePtr make(FileType type, std::uint32_t mode) {
    auto node = std::make_shared<Node>();
    node->stat.type = type;
    node->stat.mode = mode;
    node->stat.inode = ++last_inode;
    node->stat.device = node->stat.links = 1;
    node->stat.mtime = node->stat.ctime = now();
    return node;
  }
  void touch(Node& node) const { node.stat.mtime = node.stat.ctime = now(); }
  void change_names(Node& folder, NameChange change) const {
    carry_out(folder.entries, change);
    folder.unsynced_names.push_back(std::move(change));
    touch(folder);
  }
  // Null: there is none.
  NodePtr find(const std::string& path) const {
    NodePtr node = root;
    for (std::size_t begin = 1; begin < path.size() && node;) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const auto found = node->entries.find(path.substr(begin, end - begin));
      node = found == node->entries.end() ? nullptr : found->second;
      begin = end + 1;
    }
    return node;
  }
};

namespace {

using SharedPtr = std::shared_ptr<SimulatedDisk::Shared>;

class CopiedMapping final : public base::Mapping {
 public:
  explicit CopiedMapping(Bytes bytes) : bytes_(std::move(bytes)) {}
  ByteView bytes() const override { return bytes_; }

 private:
  Bytes bytes_;
};

class SimulatedFile final : public base::File {
 public:
  SimulatedFile(SharedPtr disk, NodePtr node, PlacePtr place, bool writes, bool holds_lock)
      : disk_(std::move(disk)),
        node_(std::move(node)),
        place_(std::move(place)),
        writes_(writes),
        holds_lock_(holds_lock) {
    if (writes_) ++node_->writers;
  }
  ~SimulatedFile() override {
    if (holds_lock_) node_->locked = false;
    if (!writes_) return;
    --node_->writers;
    tell(Kind::closed);
  }

  Result<std::size_t> read_at(std::span<std::uint8_t> out, std::uint64_t offset) override {
    if (offset >= node_->content.size()) return 0;
    const auto begin = static_cast<std::size_t>(offset);
    const std::size_t length = std::min(out.size(), node_->content.size() - begin);
    std::copy_n(node_->content.begin() + static_cast<std::ptrdiff_t>(begin), length, out.begin());
    return length;
  }
  Result<void> write_at(ByteView bytes, std::uint64_t offset) override {
    return write({offset, Bytes(bytes.begin(), bytes.end())});
  }
  Result<void> write_past_cache(ByteView bytes, std::uint64_t offset) override {
    for (const WritePart& part : parts_past_cache(bytes, offset))
      VCS_TRY(write({part.offset, {part.bytes.begin(), part.bytes.end()}, false, part.past_cache}));
    return {};
  }
  Result<void> truncate(std::uint64_t size) override { return write({size, {}, true}); }
  Result<void> sync() override {
    node_->sync_content();
    return {};
  }
  Result<FileStat> stat() override { return node_->stat; }
  Result<std::unique_ptr<base::Mapping>> map(std::uint64_t length) override {
    if (length > node_->content.size()) return fail_errno(EINVAL, "map " + place_->name);
    const auto end = node_->content.begin() + static_cast<std::ptrdiff_t>(length);
    return std::make_unique<CopiedMapping>(Bytes(node_->content.begin(), end));
  }
  Result<std::uint64_t> next_data(std::uint64_t offset) override {
    return std::min<std::uint64_t>(offset, node_->content.size());
  }
  Result<std::uint64_t> next_hole(std::uint64_t) override { return node_->content.size(); }
  Result<void> set_mode(std::uint32_t mode) override {
    node_->stat.mode = mode;
    node_->stat.ctime = disk_->now();
    tell(Kind::attributes);
    return {};
  }
  Result<void> set_owner(std::uint32_t, std::uint32_t) override { return {}; }
  Result<void> set_mtime(base::UnixNanos mtime) override {
    node_->stat.mtime = mtime;
    node_->stat.ctime = disk_->now();
    tell(Kind::attributes);
    return {};
  }
  Result<std::vector<base::ExtendedAttribute>> extended_attributes() override {
    return std::vector<base::ExtendedAttribute>();
  }
  Result<void> set_extended_attribute(const base::ExtendedAttribute&) override {
    return fail_errno(ENOTSUP, "attribute of " + place_->name);
  }
  Result<bool> has_writer() override { return node_->writers > (writes_ ? 1 : 0); }

 private:
  Result<void> write(Write write) {
    if (!writes_) return fail_errno(EBADF, "write " + place_->name);
    carry_out(node_->content, write);
    node_->unsynced.push_back(std::move(write));
    node_->stat.size = node_->content.size();
    node_->stat.blocks = (node_->stat.size + kSector - 1) / kSector;
    disk_->touch(*node_);
    tell(Kind::written);
    return {};
  }

  // Reports the file by its present name; a file without a name reports nothing.
  void tell(Kind kind) const {
    const NodePtr folder = place_->folder.lock();
    if (folder && !place_->gone) disk_->tell(kind, *folder, place_->name, false);
  }

  const SharedPtr disk_;
  const NodePtr node_;
  const PlacePtr place_;
  const bool writes_, holds_lock_;
};

class SimulatedDirectory final : public base::Directory {
 public:
  SimulatedDirectory(SharedPtr disk, NodePtr node)
      : disk_(std::move(disk)), node_(std::move(node)) {}

  Result<void> list(const std::function<bool(const base::DirectoryEntry&)>& visitor) override;
  Result<FileStat> stat(const std::string& name) override {
    VCS_ASSIGN(const NodePtr found, find(name));
    return found->stat;
  }
  Result<FileStat> stat_self() override { return node_->stat; }
  Result<std::unique_ptr<base::Directory>> open_directory(const std::string& name) override {
    VCS_ASSIGN(NodePtr found, find(name));
    if (!found->is_folder()) return fail_errno(ENOTDIR, "open " + where(name));
    return std::make_unique<SimulatedDirectory>(disk_, std::move(found));
  }
  Result<std::unique_ptr<base::File>> open_file(const std::string& name, base::OpenMode mode,
                                                std::uint32_t permissions) override;
  Result<std::string> read_link(const std::string& name) override {
    VCS_ASSIGN(const NodePtr found, find(name));
    if (found->stat.type != FileType::symlink) return fail_errno(EINVAL, "link " + where(name));
    return std::string(base::as_text(found->content));
  }
  Result<void> make_directory(const std::string& name, std::uint32_t mode) override {
    VCS_TRY(must_be_free(name));
    add(name, disk_->make(FileType::directory, mode));
    return {};
  }
  Result<void> make_symlink(const std::string& target, const std::string& name) override {
    VCS_TRY(must_be_free(name));
    NodePtr node = disk_->make(FileType::symlink, 0777);
    const ByteView text = base::as_bytes(target);
    node->content = node->durable = Bytes(text.begin(), text.end());
    node->stat.size = target.size();
    add(name, std::move(node));
    return {};
  }
  Result<void> rename(const std::string& from, base::Directory& to_directory, const std::string& to,
                      bool no_replace) override;
  Result<void> remove_file(const std::string& name) override {
    VCS_ASSIGN(const NodePtr found, find(name));
    if (found->is_folder()) return fail_errno(EISDIR, "remove " + where(name));
    return remove(name, *found);
  }
  Result<void> remove_directory(const std::string& name) override {
    VCS_ASSIGN(const NodePtr found, find(name));
    if (!found->is_folder()) return fail_errno(ENOTDIR, "remove " + where(name));
    if (!found->entries.empty()) return fail_errno(ENOTEMPTY, "remove " + where(name));
    return remove(name, *found);
  }
  Result<void> sync() override {
    node_->sync_names();
    return {};
  }

  Result<void> set_mtime(const std::string& name, base::UnixNanos mtime) override {
    VCS_ASSIGN(const NodePtr found, find(name));
    found->stat.mtime = mtime;
    found->stat.ctime = disk_->now();
    disk_->tell(Kind::attributes, *node_, name, found->is_folder());
    return {};
  }
  Result<void> set_owner(const std::string&, std::uint32_t, std::uint32_t) override { return {}; }
  Result<void> set_mode_self(std::uint32_t mode) override {
    node_->stat.mode = mode;
    return touched();
  }
  Result<void> set_owner_self(std::uint32_t, std::uint32_t) override { return {}; }
  Result<void> set_mtime_self(base::UnixNanos mtime) override {
    node_->stat.mtime = mtime;
    return touched();
  }
  Result<std::vector<base::ExtendedAttribute>> extended_attributes_self() override {
    return std::vector<base::ExtendedAttribute>();
  }
  Result<void> set_extended_attribute_self(const base::ExtendedAttribute&) override {
    return fail_errno(ENOTSUP, "attribute of " + node_->path());
  }
  Result<std::unique_ptr<base::File>> lock_file(const std::string& name) override;

 private:
  std::string where(const std::string& name) const { return node_->path() + "/" + name; }
  Result<NodePtr> find(const std::string& name) const {
    const auto found = node_->entries.find(name);
    if (found == node_->entries.end()) return fail_errno(ENOENT, "look at " + where(name));
    return found->second;
  }
  Result<void> must_be_free(const std::string& name) const {
    if (node_->is_removed()) return fail_errno(ENOENT, "make " + where(name));
    if (node_->entries.contains(name)) return fail_errno(EEXIST, "make " + where(name));
    return {};
  }
  void add(const std::string& name, NodePtr node) {
    const bool folder = node->is_folder();
    node->add_place(node_, name);
    disk_->change_names(*node_, {"", name, std::move(node)});
    disk_->tell(Kind::made, *node_, name, folder);
  }
  Result<void> remove(const std::string& name, Node& node) {
    node.drop_place(node.place_in(*node_, name));
    node.stat.ctime = disk_->now();
    disk_->change_names(*node_, {name, "", nullptr});
    disk_->tell(Kind::removed, *node_, name, node.is_folder());
    return {};
  }
  Result<void> touched() {
    node_->stat.ctime = disk_->now();
    if (const NodePtr above = node_->parent())
      disk_->tell(Kind::attributes, *above, node_->places.front()->name, true);
    return {};
  }

  const SharedPtr disk_;
  const NodePtr node_;
};

// The visitor may change the folder.
Result<void> SimulatedDirectory::list(
    const std::function<bool(const base::DirectoryEntry&)>& visitor) {
  if (node_->is_removed()) return fail_errno(ENOENT, "list " + node_->path());
  std::vector<base::DirectoryEntry> entries;
  for (const auto& [name, node] : node_->entries) entries.push_back({name, node->stat.type, true});
  for (const base::DirectoryEntry& entry : entries)
    if (!visitor(entry)) break;
  return {};
}

Result<std::unique_ptr<base::File>> SimulatedDirectory::open_file(const std::string& name,
                                                                  base::OpenMode mode,
                                                                  std::uint32_t permissions) {
  const bool makes = mode == base::OpenMode::create_new || mode == base::OpenMode::create_or_open;
  if (makes && !node_->entries.contains(name)) {
    VCS_TRY(must_be_free(name));
    add(name, disk_->make(FileType::regular, permissions));
  } else if (mode == base::OpenMode::create_new) {
    return fail_errno(EEXIST, "make " + where(name));
  }
  VCS_ASSIGN(NodePtr found, find(name));
  if (found->stat.type == FileType::symlink) return fail_errno(ELOOP, "open " + where(name));
  if (found->is_folder())
    return base::fail(base::ErrorCode::invalid, "{} is no regular file", where(name));
  PlacePtr place = found->place_in(*node_, name);
  return std::make_unique<SimulatedFile>(disk_, std::move(found), std::move(place),
                                         mode != base::OpenMode::read, false);
}

Result<std::unique_ptr<base::File>> SimulatedDirectory::lock_file(const std::string& name) {
  if (!node_->entries.contains(name)) {
    VCS_TRY(must_be_free(name));
    add(name, disk_->make(FileType::regular, 0600));
  }
  VCS_ASSIGN(NodePtr found, find(name));
  if (found->locked) return base::fail(base::ErrorCode::busy, "{} is locked", where(name));
  found->locked = true;
  PlacePtr place = found->place_in(*node_, name);
  return std::make_unique<SimulatedFile>(disk_, std::move(found), std::move(place), true, true);
}

Result<void> SimulatedDirectory::rename(const std::string& from, base::Directory& to_directory,
                                        const std::string& to, bool no_replace) {
  auto& target = dynamic_cast<SimulatedDirectory&>(to_directory);
  VCS_ASSIGN(NodePtr moved, find(from));
  const auto there = target.node_->entries.find(to);
  if (there != target.node_->entries.end()) {
    if (no_replace) return fail_errno(EEXIST, "rename to " + target.where(to));
    if (there->second == moved) return {};  // two names of one file: both stay
    if (there->second->is_folder() && !there->second->entries.empty())
      return fail_errno(ENOTEMPTY, "rename to " + target.where(to));
    there->second->drop_place(there->second->place_in(*target.node_, to));
    there->second->stat.ctime = disk_->now();
  }
  const bool folder = moved->is_folder();
  moved->stat.ctime = disk_->now();
  disk_->tell(Kind::moved_away, *node_, from, folder);
  const PlacePtr place = moved->place_in(*node_, from);
  place->folder = target.node_;
  place->name = to;
  if (target.node_ == node_) {
    disk_->change_names(*node_, {from, to, std::move(moved)});
  } else {
    disk_->change_names(*target.node_, {"", to, std::move(moved)});
    disk_->change_names(*node_, {from, "", nullptr});
    target.node_->sync_names();
    node_->sync_names();
  }
  disk_->tell(Kind::moved_here, *target.node_, to, folder);
  return {};
}

void make_all_durable(Node& node) {
  node.sync_content();
  node.sync_names();
  for (const auto& [name, entry] : node.entries) make_all_durable(*entry);
}

void unlock_all(Node& node) {
  node.locked = false;
  for (const auto& [name, entry] : node.entries) unlock_all(*entry);
}

void lose(const NodePtr& node, SeededRandom& random) {
  for (Write& write : node->unsynced) {
    if (random.one_in(2)) continue;
    // The length survived, but not the note that the piece is written: it reads as zeros.
    if (write.past_cache && random.one_in(4))
      std::fill(write.bytes.begin(), write.bytes.end(), std::uint8_t{0});
    else if (write.bytes.size() > kSector && random.one_in(3))
      write.bytes.resize(random.below(write.bytes.size() / kSector) * kSector);
    carry_out(node->durable, write);
  }
  node->unsynced.clear();
  if (node->stat.type == FileType::regular) {
    node->content = node->durable;
    node->stat.size = node->content.size();
  }
  for (const NameChange& change : node->unsynced_names)
    if (!random.one_in(2)) carry_out(node->durable_entries, change);
  node->unsynced_names.clear();
  node->entries = node->durable_entries;
  for (const auto& [name, entry] : node->entries) {
    lose(entry, random);
  }
}

void forget_places(Node& folder) {
  for (const auto& [name, entry] : folder.entries) {
    entry->places.clear();
    forget_places(*entry);
  }
}

void find_places(const NodePtr& folder) {
  for (const auto& [name, entry] : folder->entries) {
    entry->add_place(folder, name);
    find_places(entry);
  }
}

void visit_below(const Node& folder, const std::string& prefix,
                 const std::function<void(const SimulatedDisk::Entry&)>& visitor) {
  for (const auto& [name, entry] : folder.entries) {
    visitor({prefix + name, entry->stat, entry->content});
    if (entry->is_folder()) visit_below(*entry, prefix + name + "/", visitor);
  }
}

}  // namespace

SimulatedDisk::SimulatedDisk(const base::Clock& clock)
    : shared_(std::make_shared<Shared>(Shared{clock, nullptr, 0, nullptr})) {
  shared_->root = shared_->make(FileType::directory, 0755);
}

SimulatedDisk::~SimulatedDisk() = default;

Result<std::unique_ptr<base::Directory>> SimulatedDisk::open_directory(const std::string& path) {
  NodePtr node = shared_->find(path);
  if (!node) return fail_errno(ENOENT, "open " + path);
  if (!node->is_folder()) return fail_errno(ENOTDIR, "open " + path);
  return std::make_unique<SimulatedDirectory>(shared_, std::move(node));
}

Result<std::unique_ptr<base::Directory>> SimulatedDisk::make_directories(const std::string& path,
                                                                         std::uint32_t mode) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!shared_->find(part)) {
      const std::size_t slash = part.rfind('/');
      NodePtr above = shared_->find(part.substr(0, slash));
      VCS_TRY(SimulatedDirectory(shared_, above).make_directory(part.substr(slash + 1), mode));
      above->sync_names();
    }
    if (end == std::string::npos) return open_directory(path);
  }
}

Result<FileStat> SimulatedDisk::stat(const std::string& path) {
  const NodePtr node = shared_->find(path);
  if (!node) return fail_errno(ENOENT, "look at " + path);
  return node->stat;
}

Result<std::string> SimulatedDisk::canonical(const std::string& path) {
  VCS_TRY(stat(path));
  return path;
}

Result<base::SpaceInfo> SimulatedDisk::space(const std::string&) {
  return base::SpaceInfo{kDiskBytes, kDiskBytes};
}

void SimulatedDisk::on_event(std::function<void(const DiskEvent&)> observer) {
  shared_->observer = std::move(observer);
}

void SimulatedDisk::visit(const std::string& path,
                          const std::function<void(const Entry&)>& visitor) const {
  visit_below(*shared_->find(path), "", visitor);
}

void SimulatedDisk::link(const std::string& from, const std::string& to) {
  const NodePtr node = shared_->find(from);
  const std::size_t slash = to.rfind('/');
  const NodePtr folder = shared_->find(to.substr(0, slash));
  const std::string name = to.substr(slash + 1);
  node->add_place(folder, name);
  node->stat.ctime = shared_->now();
  shared_->change_names(*folder, {"", name, node});
  shared_->tell(Kind::made, *folder, name, false);
}

void SimulatedDisk::sync_failed(const std::string& path) {
  if (const NodePtr node = shared_->find(path))
    std::erase_if(node->unsynced, [](const Write& write) { return !write.past_cache; });
}

void SimulatedDisk::make_durable(const std::string& path) {
  make_all_durable(*shared_->find(path));
}

void SimulatedDisk::process_dies() {
  unlock_all(*shared_->root);
}

void SimulatedDisk::lose_power(SeededRandom& random) {
  lose(shared_->root, random);
  forget_places(*shared_->root);
  find_places(shared_->root);
  unlock_all(*shared_->root);
}

}  // namespace vcs::test
