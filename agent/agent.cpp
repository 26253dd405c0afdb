// SPDX-License-Identifier: Apache-2.0
// Composition: makes each part once, and gives it to the parts that need it.
#include "agent/agent.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "agent/places.hpp"
#include "agent/process/debris.hpp"
#include "agent/repository/device.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/unfinished_clone.hpp"
#include "config/reload.hpp"
#include "core/object/tree_paths.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::agent {
namespace {

// Early enough to free space soon, late enough for a clock that is set only after the start.
constexpr base::Nanos kFirstSweep = std::chrono::minutes(10);
constexpr base::Nanos kSweepInterval = std::chrono::hours(6);

// Names are used in paths, in the configuration and on the command line.
std::string usable_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '-';
  }
  while (!name.empty() && (name.front() == '.' || name.front() == '-')) name.erase(name.begin());
  if (name.size() > 64) name.resize(64);
  return name.empty() ? "folder" : name;
}

// Removes the unfinished folders of a killed agent. They may be large, so it works in the
// background.
void sweep_debris(Context& context, base::Directory& repositories, const std::string& path) {
  constexpr base::Nanos kCloneIsKept = std::chrono::days(7);
  std::vector<std::string> debris = process::unfinished_folders(repositories);
  for (std::string& name : abandoned_clones(repositories, context.clock.now() - kCloneIsKept))
    debris.push_back(std::move(name));
  for (const std::string& name : debris) {
    context.log.info("{}/{} is what an interrupted clone or init has left; it is removed", path,
                     name);
    loop::Errands::send_off(context.loop, loop::Pool::maintenance,
                            [&repositories, name] { (void)base::remove_tree(repositories, name); });
  }
}

// Follows a symlink: people move a large data folder to another disk and leave a link.
Result<std::unique_ptr<base::Directory>> open_data_folder(base::FileSystem& filesystem,
                                                          base::Directory& repositories,
                                                          const std::string& path,
                                                          const std::string& name) {
  auto folder = repositories.open_directory(name);
  return folder ? std::move(folder) : filesystem.open_directory(path + "/" + name);
}

// Nothing: the fastest one.
std::optional<object::HashProvider> wanted_provider(config::HashChoice choice) {
  switch (choice) {
    case config::HashChoice::fastest:
      break;
    case config::HashChoice::libsodium:
      return object::HashProvider::libsodium;
    case config::HashChoice::openssl:
      return object::HashProvider::openssl;
  }
  return std::nullopt;
}

}  // namespace

Agent::Agent(Parts parts, config::Paths paths, config::Loaded loaded)
    : load_config_(std::move(parts.load_config)),
      settings_changed_(std::move(parts.settings_changed)),
      paths_(std::move(paths)),
      loaded_(std::move(loaded)),
      context_(std::move(parts.world)),
      started_(context_.clock.steady()) {
  context_.announce = [this](const auto& repository, const auto& event, const auto& text,
                             const auto& id) {
    assert(context_.loop.here());
    announce(repository, event, text, id);
  };
  context_.places = [this] {
    assert(context_.loop.here());
    return places();
  };
}

Agent::~Agent() = default;

Result<void> Agent::start() {
  VCS_ASSIGN(context_.hash_provider,
             object::choose_hash_provider(wanted_provider(loaded_.settings.core.hash_provider)));
  VCS_ASSIGN(data_, context_.filesystem.make_directories(paths_.data));
  VCS_ASSIGN(repositories_directory_, context_.filesystem.make_directories(paths_.repositories));
  sweep_debris(context_, *repositories_directory_, paths_.repositories);
  loop::Errands::send_off(context_.loop, loop::Pool::maintenance, [this] {
    records::sweep_doomed(*repositories_directory_, context_.log);
  });
  VCS_TRY(open_all());
  arm_sweep(kFirstSweep);
  return {};
}

void Agent::arm_sweep(base::Nanos delay) {
  sweep_timer_.start(delay, [this] {
    arm_sweep(kSweepInterval);
    loop::Errands::send_off(context_.loop, loop::Pool::query, [this] {
      const base::Lock lock(removed_mutex_);
      records::sweep_removed(*repositories_directory_, context_.clock.now(), context_.log);
    });
  });
}

Result<void> Agent::open_all() {
  VCS_ASSIGN(std::vector<Described> all, read_descriptions());
  hand_out_former_device(all);
  // If a repository has a copy beside it, the one that has not moved comes first.
  std::stable_partition(all.begin(), all.end(), [this](const Described& described) {
    return repository::device_at(context_, paths_.repositories + "/" + described.folder,
                                 described.file) != nullptr;
  });
  for (Described& described : all) {
    if (is_double(described)) continue;
    const std::string name = described.file.name;
    open_made(std::move(described.file), paths_.repositories + "/" + described.folder,
              [this, name](Result<Made> opened) {
                if (!opened)
                  context_.log.error("{}: cannot be opened: {}", name, opened.error().message);
              });
  }
  return {};
}

Result<std::vector<Agent::Described>> Agent::read_descriptions() {
  VCS_ASSIGN(const auto entries, base::list_sorted(*repositories_directory_));
  std::vector<Described> all;
  for (const base::DirectoryEntry& entry : entries) {
    auto folder = open_data_folder(context_.filesystem, *repositories_directory_,
                                   paths_.repositories, entry.name);
    if (!folder) continue;
    auto file = read_description(**folder, entry.name);
    if (!file) {
      // A removed or unfinished folder is no repository; a damaged file belongs to a history.
      if (file.error().code != ErrorCode::not_found) keep_failed(entry.name, file.error());
      continue;
    }
    process::mark_finished(**folder);
    all.push_back({entry.name, std::move(*file)});
  }
  return all;
}

// Version 0.1.0 had one device for all repositories. Among repositories with the same history the
// oldest keeps it; the others get their own when they are opened.
void Agent::hand_out_former_device(std::vector<Described>& all) {
  std::map<std::string, Described*> heirs;  // by the id of the history
  for (Described& described : all) {
    if (!described.file.devices.empty()) continue;
    const auto [heir, first] = heirs.emplace(described.file.id, &described);
    if (!first && described.file.created < heir->second->file.created) heir->second = &described;
  }
  if (heirs.empty()) return;
  const std::string former = repository::read_former_device(*data_, paths_.data, context_.log);
  if (former.empty()) return;
  for (const Described& described : all)
    for (const config::DeviceEntry& device : described.file.devices)
      if (device.id == former) heirs.erase(described.file.id);
  for (const auto& [history, heir] : heirs) heir->file.devices.push_back({former, {}, {}, {}});
}

// True if another repository has the same name or folder, as after copying a data folder by hand:
// without this check one would silently replace the other.
bool Agent::is_double(const Described& described) {
  for (const auto& [name, other] : repositories_) {
    const bool same_name = name == described.file.name;
    if (!same_name && other->file().worktree != described.file.worktree) continue;
    const std::string what =
        same_name ? fmt::format("name '{}'", name) : std::string("watched folder");
    keep_failed(described.folder,
                {ErrorCode::already_exists,
                 fmt::format("its {} is the same as in {}", what, other->data()), 0});
    return true;
  }
  return false;
}

Result<config::RepositoryFile> Agent::read_description(base::Directory& folder,
                                                       const std::string& name) {
  auto file = config::read_repository_file(folder);
  if (file || !tells_of_loss(file.error())) return file;
  auto recovered = config::recover_repository_file(folder);
  if (!recovered) return file;
  context_.log.error("{}/{}: {}; its description was restored from its copy", paths_.repositories,
                     name, file.error().message);
  return recovered;
}

void Agent::keep_failed(const std::string& folder, const Error& why) {
  const std::string reason =
      fmt::format("{}; correct {}/{}/{} by hand and restart the agent", why.message,
                  paths_.repositories, folder, config::kRepositoryFileName);
  context_.log.error("{}: {}; it is not watched", folder, reason);
  config::RepositoryFile file;
  file.name = folder;
  file.worktree =
      paths_.repositories + "/" + folder;  // a placeholder: no requested path lies in it
  auto repository = std::make_shared<repository::WatchedRepository>(
      context_, loaded_.for_repository(folder), std::move(file),
      paths_.repositories + "/" + folder);
  repository->fail({why.code, reason, 0});
  repositories_.emplace(folder, std::move(repository));
}

void Agent::open_made(config::RepositoryFile file, std::string data,
                      std::function<void(Result<Made>)> done) {
  const std::string name = file.name;
  being_made_.erase(name);
  if (stopping_) return done(fail(ErrorCode::cancelled, "the agent is stopping"));
  auto repository = std::make_shared<repository::WatchedRepository>(
      context_, loaded_.for_repository(name), std::move(file), std::move(data));
  repositories_[name] = repository;
  repository->open([repository, done = std::move(done)](Result<void> opened) {
    if (!opened) return done(tl::unexpected(std::move(opened).error()));
    done(Made{repository, true});
  });
}

Result<Agent::RepositoryPtr> Agent::find(const std::string& name_or_path) const {
  if (name_or_path.empty()) {
    if (repositories_.size() == 1) return repositories_.begin()->second;
    if (repositories_.empty())
      return fail(ErrorCode::not_found, "no folder is watched yet; begin with: vcsctl init FOLDER");
    return fail(ErrorCode::invalid, "{} folders are watched; name one of them",
                repositories_.size());
  }
  if (const auto named = repositories_.find(name_or_path); named != repositories_.end())
    return named->second;
  if (name_or_path.front() == '/') {
    for (const auto& [name, repository] : repositories_)
      if (lies_in(name_or_path, repository->file().worktree)) return repository;
  }
  return fail(ErrorCode::not_found,
              "no repository is named '{}' or holds it; see: vcsctl repo list", name_or_path);
}

Result<std::string> Agent::real_folder(const std::string& folder, const Places& places) const {
  if (folder.empty() || folder.front() != '/')
    return fail(ErrorCode::invalid, "'{}' is not an absolute path", folder);
  VCS_ASSIGN(const std::string path, context_.filesystem.canonical(folder));
  VCS_ASSIGN(const base::FileStat stat, context_.filesystem.stat(path));
  if (stat.type != base::FileType::directory)
    return fail(ErrorCode::invalid, "{} is not a folder", path);
  if (context_.storage_of(path) == watch::StorageKind::kernel)
    return fail(ErrorCode::invalid,
                "{} is not on a disk: the system generates its files when they are read (as in "
                "/proc), so there is nothing to save",
                path);
  VCS_TRY(places.check_watched(context_.filesystem, path));
  VCS_ASSIGN(const auto root, context_.filesystem.open_directory(path));
  VCS_TRY(root->list([](const auto&) { return false; }));
  return path;
}

Places Agent::places() const {
  const auto socket = config::socket_path(paths_, loaded_.settings.agent);
  Places places;
  places.own = own_places(paths_, socket ? *socket : paths_.socket);
  for (const auto& [name, repository] : repositories_) {
    // If its description cannot be read, its folder is unknown.
    if (!lies_in(repository->file().worktree, paths_.repositories))
      places.watched.push_back({repository->file().worktree, name});
    for (Place& place : repository->remote_places()) places.remotes.push_back(std::move(place));
  }
  for (const auto& [name, worktree] : being_made_) places.watched.push_back({worktree, name});
  return places;
}

Result<void> Agent::check_overlap(const std::string& folder, const std::string& besides) const {
  const auto check = [&](const std::string& name, const std::string& other) -> Result<void> {
    return name == besides ? Result<void>() : must_not_overlap(folder, {other, name});
  };
  for (const auto& [name, repository] : repositories_)
    VCS_TRY(check(name, repository->file().worktree));
  for (const auto& [name, worktree] : being_made_) VCS_TRY(check(name, worktree));
  return {};
}

Result<std::string> Agent::free_name(const std::string& wanted, const std::string& folder) const {
  const auto is_taken = [this](const std::string& name) {
    return repositories_.contains(name) || being_made_.contains(name) ||
           being_renamed_.contains(name);
  };
  if (!wanted.empty()) {
    if (usable_name(wanted) != wanted)
      return fail(ErrorCode::invalid,
                  "'{}' cannot be a name: use letters, digits, '-', '_' and '.', at most 64",
                  wanted);
    if (is_taken(wanted))
      return fail(ErrorCode::already_exists, "a watched folder is called {} already", wanted);
    return wanted;
  }
  const std::string base = usable_name(std::string(object::base_name(folder)));
  std::string name = base;
  for (int n = 2; is_taken(name); ++n) name = fmt::format("{}-{}", base, n);
  return name;
}

Result<Agent::Prepared> Agent::prepare(const std::string& folder, const std::string& name,
                                       const std::string& id, const config::ChunkerEntry& chunker) {
  VCS_TRY(check_overlap(folder));
  Prepared made;
  VCS_ASSIGN(made.file.name, free_name(name, folder));
  made.file.id = id.empty() ? context_.random.hex(16) : id;
  made.file.worktree = folder;
  made.file.created = context_.clock.now();
  made.file.chunker = chunker;
  // Two clones of one history have the same id, but their data folders need different names.
  made.data = paths_.repositories + "/" + made.file.name + "-" + context_.random.hex(4);
  being_made_[made.file.name] = folder;
  return made;
}

void Agent::release(const Prepared& prepared) {
  being_made_.erase(prepared.file.name);
}

Result<void> Agent::make_data_folder(const Prepared& prepared) {
  const std::string name(object::base_name(prepared.data));
  VCS_TRY(repositories_directory_->make_directory(name));
  VCS_ASSIGN(const auto folder, repositories_directory_->open_directory(name));
  VCS_TRY(process::mark_unfinished(*folder));
  return repositories_directory_->sync();
}

void Agent::go_on_with_clone(Prepared& prepared, const std::string& url) {
  const auto found = find_unfinished_clone(*repositories_directory_, prepared.file.worktree, url);
  if (!found) return;
  prepared.goes_on_with = *found;
  prepared.data = paths_.repositories + "/" + *found;
}

void Agent::discard(const std::string& data) {
  (void)base::remove_tree(*repositories_directory_, std::string(object::base_name(data)));
}

// Begins a new history.
void Agent::begin(const std::string& folder, const std::string& name, MadeDone done) {
  config::ChunkerEntry chunker;
  chunker.average = static_cast<decltype(chunker.average)>(loaded_.settings.core.chunk_average);
  chunker.seed = context_.random.next();
  auto made = prepare(folder, name, "", chunker);
  if (!made) return done(tl::unexpected(std::move(made).error()));
  errands_.run(
      loop::Pool::query, [this, made = *made] { return write_new(made); },
      [this, made = *made, done = std::move(done)](Result<config::RepositoryFile> written) mutable {
        if (!written) {
          release(made);
          return done(tl::unexpected(std::move(written).error()));
        }
        open_made(std::move(*written), std::move(made.data), std::move(done));
      });
}

// Writes the description, which makes a data folder a repository.
Result<void> Agent::write_finished(const std::string& data, const config::RepositoryFile& file) {
  VCS_ASSIGN(auto directory, context_.filesystem.open_directory(data));
  VCS_TRY(config::write_repository_file(*directory, file));
  process::mark_finished(*directory);
  return {};
}

Result<config::RepositoryFile> Agent::write_new(const Prepared& made) {
  VCS_TRY(make_data_folder(made));
  config::RepositoryFile file = made.file;
  (void)repository::settle_device(context_, made.data, file);
  auto written = write_finished(made.data, file);
  if (!written) {
    discard(made.data);
    return tl::unexpected(std::move(written).error());
  }
  return file;
}

void Agent::reload(std::function<void(Result<void>)> done) {
  loop::run_for_result(
      context_.loop, loop::Pool::query, [this] { return load_config_(); },
      [this, done = std::move(done)](Result<config::Loaded> read) {
        done(take_configuration(std::move(read)));
      });
}

Result<void> Agent::take_configuration(Result<config::Loaded> read) {
  VCS_ASSIGN(config::Loaded fresh, std::move(read));
  const config::Reload taken = config::reload(loaded_.settings, fresh.settings);
  for (const std::string& key : taken.needs_restart)
    context_.log.warning(
        "{} changed in the configuration; it takes effect when the agent is started again", key);
  fresh.settings = taken.settings;
  loaded_ = std::move(fresh);
  settings_changed_(loaded_.settings);
  for (const auto& [name, repository] : repositories_)
    repository->apply_settings(
        config::reload(loaded_.settings, loaded_.for_repository(name)).settings);
  context_.log.info("configuration read again; {} settings changed", taken.changed.size());
  return {};
}

void Agent::stop(std::function<void()> done) {
  stopping_ = true;
  sweep_timer_.stop();
  announce("", "agent", "stopping", "");
  auto left = std::make_shared<std::size_t>(repositories_.size());
  if (*left == 0) return context_.loop.post(std::move(done));
  for (const auto& [name, repository] : repositories_) {
    repository->close([left, done] {
      if (--*left == 0) done();
    });
  }
}

void Agent::listen(const std::string& repository, EventSink sink) {
  listeners_.push_back({repository, std::move(sink)});
}

void Agent::announce(const std::string& repository, const std::string& event,
                     const std::string& text, const std::string& id) {
  const ipc::EventInfo info{context_.clock.now(), repository, event, text, id};
  std::erase_if(listeners_, [&](const Listener& listener) {
    const bool wanted =
        listener.repository.empty() || repository.empty() || listener.repository == repository;
    return wanted && !listener.sink(info);
  });
}

}  // namespace vcs::agent
