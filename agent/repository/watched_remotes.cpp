// SPDX-License-Identifier: Apache-2.0
// Adds, removes and sets the remotes of a watched repository, in its description and in its sync
// scheduler.
#include <algorithm>

#include "agent/places.hpp"
#include "agent/repository/watched_parts.hpp"
#include "agent/repository/watched_repository.hpp"

namespace vcs::agent::repository {
namespace {

using Remotes = std::vector<config::RemoteEntry>;

Remotes::iterator find_remote(Remotes& remotes, const std::string& name) {
  return std::find_if(remotes.begin(), remotes.end(),
                      [&](const config::RemoteEntry& remote) { return remote.name == name; });
}

}  // namespace

std::vector<Place> WatchedRepository::remote_places() const {
  if (parts_) return parts_->sync.places();
  std::vector<Place> places;
  for (const config::RemoteEntry& remote : file().remotes)
    if (std::string folder = folder_of_remote(remote.url); !folder.empty())
      places.push_back(
          {std::move(folder), fmt::format("remote {} of {}", remote.name, file().name)});
  return places;
}

void WatchedRepository::add_remote(const std::string& name, const std::string& url, Done done) {
  Remotes& remotes = description_.edit().remotes;
  if (find_remote(remotes, name) != remotes.end())
    return done(base::fail(ErrorCode::already_exists,
                           "{} has a remote '{}' already; remove it first", file().name, name));
  parts_->sync.add({name, url}, [this, name, url, done](const Result<void>& added) {
    if (!added) return done(added);
    description_.edit().remotes.push_back({name, url});
    description_.save([this, name, done](const Result<void>& saved) {
      if (!saved) {
        std::erase_if(description_.edit().remotes,
                      [&](const auto& remote) { return remote.name == name; });
        parts_->sync.remove(name);
      }
      done(saved);
    });
  });
}

void WatchedRepository::remove_remote(const std::string& name, Done done) {
  Remotes& remotes = description_.edit().remotes;
  const auto found = find_remote(remotes, name);
  if (found == remotes.end())
    return done(base::fail(ErrorCode::not_found, "{} has no remote '{}'", file().name, name));
  const config::RemoteEntry kept = *found;
  remotes.erase(found);
  description_.save([this, kept, done](const Result<void>& saved) {
    if (saved)
      parts_->sync.remove(kept.name);
    else
      description_.edit().remotes.push_back(kept);
    done(saved);
  });
}

void WatchedRepository::set_remote_push(const std::string& name, bool push, Done done) {
  Remotes& remotes = description_.edit().remotes;
  const auto found = find_remote(remotes, name);
  if (found == remotes.end())
    return done(base::fail(ErrorCode::not_found, "{} has no remote '{}'; see: vcsctl remote list",
                           file().name, name));
  const bool before = std::exchange(found->push, push);
  description_.save([this, name, before, push, done](const Result<void>& saved) {
    if (saved) {
      parts_->sync.set_push(name, push);
    } else {
      Remotes& now = description_.edit().remotes;
      if (const auto again = find_remote(now, name); again != now.end()) again->push = before;
    }
    done(saved);
  });
}

}  // namespace vcs::agent::repository
