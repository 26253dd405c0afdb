// SPDX-License-Identifier: Apache-2.0
// The objects that the parts of the agent share, composed once in agent.cpp. They outlive the
// parts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "agent/loop/event_loop.hpp"
#include "agent/watch/echoes.hpp"
#include "agent/watch/storage_kind.hpp"
#include "agent/watch/watcher.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/object/hasher.hpp"
#include "core/remote/registry/remotes.hpp"

namespace vcs::base {
class ThreadPool;
}
namespace vcs::agent::watch {
class HeldFiles;
}

namespace vcs::agent {

struct Places;

// How many threads compute at once, for a snapshot that is large enough: as configured, or one a
// core.
struct Workers {
  std::size_t count = 1;
  bool pinned = false;  // configured: measurements do not change it
};

// The machine that the agent runs on.
struct Machine {
  std::string id;    // a hash of its identity; empty if it has none
  std::string name;  // its host name
};

// What the agent is built on: made by main, or by a test. All of it outlives the agent.
struct World {
  loop::EventLoop& loop;
  base::FileSystem& filesystem;
  const base::Clock& clock;
  base::Random& random;
  base::Log log{};
  base::ThreadPool& lanes;              // lends its threads to large snapshots
  base::ThreadPool* writers = nullptr;  // write packs, see StoreOptions; null: no such threads
  Workers workers{};
  bool privileged = false;  // may change owners of files, so owners are recorded and restored
  watch::WatcherMaker make_watcher{};
  watch::StorageProbe storage_of{};
  remote::registry::RemoteOpener open_remote{};  // empty: the drivers with their wrappers
  // Null: files that are written without events are not searched.
  std::shared_ptr<watch::HeldFiles> held_files{};
  Machine machine{};
};

// The world, and what the agent adds to it for its parts.
struct Context : World {
  explicit Context(World world)
      : World(std::move(world)), remotes(filesystem, clock, random, log, std::move(open_remote)) {}

  remote::registry::Remotes remotes;
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  bool auditing = false;  // one repository at a time
  // Sends an event to all listeners (vcsctl events). Loop thread only.
  std::function<void(const std::string& repository, const std::string& event,
                     const std::string& text, const std::string& id)>
      announce;
  // The folders that the agent writes and watches now. Loop thread only.
  std::function<Places()> places;
  watch::Echoes echoes{};
  base::UnixNanos began = clock.now();  // the start of the agent
};

}  // namespace vcs::agent
