// SPDX-License-Identifier: Apache-2.0
// The agent's life and death, and what is asked of it.
#include "tests/simulation/machine.hpp"

#include <algorithm>
#include <chrono>

#include "agent/repository/watched_repository.hpp"
#include "core/base/thread_pool.hpp"
#include "core/history/repository.hpp"
#include "core/history/verifier.hpp"
#include "core/restore/restorer.hpp"
#include "core/store/content_reader.hpp"
#include "core/sync/fetcher.hpp"
#include "ipc/messages/agent.hpp"
#include "tests/support/memory_object_store.hpp"
#include "tests/support/must.hpp"

namespace vcs::test {
namespace {

using base::Nanos;
using base::Result;
using object::ObjectId;
using std::chrono::minutes;
using std::chrono::seconds;

// The longest time that an opening, a closing or an answer may take.
constexpr Nanos kPatience = minutes(10);
constexpr std::uint64_t kMostTurns = 1'000'000;
constexpr std::uint64_t kLargestContent = 16u << 20;
// A file that could not be read is tried again after five minutes.
constexpr Nanos kProblemPatience = minutes(5);
// The event of a change that is younger than this may still be on its way when an audit runs.
constexpr Nanos kOnItsWay = seconds(30);

// False: a folder above it was moved while a snapshot scanned, which then has the file without the
// folder. The next snapshot has both.
bool has_its_folders(const Capture& capture, const std::string& path) {
  for (auto slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1))
    if (!capture.contains(path.substr(0, slash))) return false;
  return true;
}

config::Paths paths() {
  config::Paths all;
  all.data = kHome;
  all.config_file = all.data + "/config.toml";
  all.repositories = all.data + "/repositories";
  return all;
}

config::Loaded configure(SeededRandom& random) {
  config::Loaded loaded;
  config::Settings& settings = loaded.settings;
  settings.core.chunk_average = 16 * config::kKiB;
  settings.core.pack_size = (32 * config::kKiB) << random.below(5);
  settings.core.zstd_level = 1;
  settings.core.recompress_level = 3;
  settings.core.alarm = random.one_in(2);  // while the alarm is set, packs are not merged
  settings.sync.concurrency = 0;           // uploads in the calling thread
  settings.sync.retry_longest = 2 * config::kMinute;
  settings.watch.audit_interval = random.one_in(3) ? 10 * config::kMinute : 6 * config::kHour;
  return loaded;
}

}  // namespace

Machine::Machine(ManualClock& clock, SeededRandom& random, WorktreeModel& model, Trace& trace)
    : disk(clock),
      loop(clock, random),
      faults(disk, loop, random, clock, kHome, kWorktree),
      watching(disk, loop, random),
      distant(loop, clock, random, [this] { return faults.dead(); }),
      clock_(clock),
      random_(random),
      model_(model),
      trace_(trace),
      filesystem_(disk, faults),
      compute_(1, "simulation"),
      configuration_(configure(random)) {}

Machine::~Machine() {
  if (agent_) bury();
}

void Machine::fail(std::string what) {
  if (!failure_.empty()) return;
  trace_("FAILED: {}", what);
  failure_ = std::move(what);
}

std::shared_ptr<agent::repository::WatchedRepository> Machine::repository() const {
  return agent_->repositories().begin()->second;
}

bool Machine::pass(Nanos time, const std::function<bool()>& reached) {
  const auto over = [&] {
    if (loop.turns() > kMostTurns) fail("the loop turns and turns");
    return faults.dead() || !failure_.empty() || reached();
  };
  loop.run_until(over, time);
  return !faults.dead() && failure_.empty() && reached();
}

// --- Life ---

void Machine::make_agent() {
  const base::Log log([this](base::LogLevel level, const std::string& text) {
    if (level != base::LogLevel::debug) trace_("log {}: {}", static_cast<int>(level), text);
  });
  agent_ = std::make_unique<agent::Agent>(
      agent::Agent::Parts{
          {.loop = loop,
           .filesystem = filesystem_,
           .clock = clock_,
           .random = random_,
           .log = log,
           .lanes = compute_,
           .workers = {1, true},
           .make_watcher = [this] { return watching.make(); },
           .storage_of = [](const std::string&) { return agent::watch::StorageKind::unknown; },
           .open_remote = distant.opener()},
          [this] { return configuration_; },
          [](const config::Settings&) {}},
      paths(), configuration_);
  alive_ = true;
  agent_->listen("", [this](const ipc::EventInfo& event) { return heard(event); });
}

// The first agent makes the repository. An answer may come when nobody waits for it any more.
void Machine::open_worktree() {
  const auto opened = std::make_shared<bool>(false);
  const auto answered = [this, opened](const auto& result) {
    trace_("agent: {}", result ? "the worktree is open" : result.error().message);
    *opened = true;
  };
  if (!agent_->repositories().empty())
    repository()->when_open(answered);
  else if (acknowledged_.empty())
    agent_->init(kWorktree, "work", answered);
  else
    return trace_("agent: does not know the worktree");
  if (!pass(kPatience, [&] { return *opened; }) && !died())
    fail("the worktree was not opened in time");
}

// Faults may prevent a start; without faults the agent must start.
void Machine::start() {
  for (int attempt = 0; failure_.empty(); ++attempt) {
    const std::uint64_t refusals = faults.refusals();
    make_agent();
    const auto started = agent_->start();
    if (!started) trace_("agent: cannot start: {}", started.error().message);
    if (started) open_worktree();
    started_ = clock_.steady();
    const bool open = started && !died() && !agent_->repositories().empty() &&
                      repository()->repository() != nullptr;
    if (open) return check_history();
    if (attempt > 0 && refusals == faults.refusals()) fail("the agent does not start");
    if (!failure_.empty()) return;
    bury();
    faults.heal();
  }
}

// Ends the agent, alive or dead, and frees all that belongs to it.
void Machine::bury() {
  const bool dead = died();
  const auto stopped = std::make_shared<bool>(false);
  agent_->stop([stopped] { *stopped = true; });
  loop.run_until([&] { return *stopped || loop.turns() > kMostTurns; }, kPatience);
  if (!*stopped) fail(dead ? "the dead agent holds on to something" : "the agent does not stop");
  loop.run_until([] { return false; }, seconds(5));
  alive_ = false;
  loop.clear();
  agent_.reset();
  loop.clear();
  disk.process_dies();
}

void Machine::restart() {
  trace_("agent: is asked to stop");
  bury();
  if (died()) {
    ++deaths;
    faults.heal();
  }
  start();
}

void Machine::die_and_restart(Death death) {
  ++deaths;
  faults.die();
  trace_("agent: {}", death == Death::kill ? "was killed" : "lost its power");
  bury();
  if (death == Death::power_cut) {
    disk.make_durable(kWorktree);
    disk.lose_power(random_);
  }
  faults.heal();
  start();
}

void Machine::heal() {
  faults.heal();
  watching.set_longest_delay({});
  watching.lose_events(0);
  watching.refuse_watches(false);
  distant.clear_up();
}

base::SteadyNanos Machine::calm_since() const {
  if (faults.is_full()) return clock_.steady();
  base::SteadyNanos since = std::max(started_, faults.last_trouble());
  if (faults.last_refused_look() > started_)
    since = std::max(since, faults.last_refused_look() + kProblemPatience);
  return since;
}

// --- What it says ---

bool Machine::heard(const ipc::EventInfo& event) {
  if (!alive_ || died()) return false;
  trace_("event {}: {} {}", event.event, event.text, event.id.substr(0, 12));
  if (event.event == "commit") commit_heard(*ObjectId::from_hex(event.id));
  const bool drift = event.event == "audit" && !event.text.starts_with("0 ");
  const base::SteadyNanos reason = std::max({last_act, calm_since(), model_.last_excuse()});
  if (drift && clock_.steady() - reason > kOnItsWay)
    fail("an audit found what no event had told: " + event.text);
  return true;
}

void Machine::commit_heard(const ObjectId& id) {
  acknowledged_.push_back(id);
  auto capture = read_capture(id);
  if (!capture) return;
  if (const auto wrong = model_.committed(std::move(*capture), clock_.steady())) fail(*wrong);
}

std::shared_ptr<const std::string> Machine::text_of(const object::TreeEntry& entry) {
  if (entry.type == object::EntryType::directory) return std::make_shared<const std::string>();
  if (entry.type == object::EntryType::symlink)
    return std::make_shared<const std::string>(entry.symlink_target);
  auto& text = texts_[entry.content.id];
  if (text) return text;
  const auto bytes = store::read_whole_content(repository()->repository()->store(), entry.content,
                                               kLargestContent);
  if (!bytes) fail("the content of a commit cannot be read: " + bytes.error().message);
  text = std::make_shared<const std::string>(bytes ? base::as_text(*bytes) : std::string_view());
  return text;
}

std::optional<Capture> Machine::read_capture(const ObjectId& id) {
  const DiskFaults::Peace peace(faults);
  const auto opened = repository()->repository();
  Capture capture;
  const auto commit = opened->read_commit(id);
  if (!commit) {
    fail("a commit cannot be read: " + commit.error().message);
    return std::nullopt;
  }
  const auto walked = tree::walk_tree(
      opened->nodes(), commit->tree, "", true,
      [&](const std::string& path, const object::TreeEntry& entry) {
        Captured& captured = capture[path];
        const bool link = entry.type == object::EntryType::symlink;
        captured.shown = {link                                         ? base::FileType::symlink
                          : entry.type == object::EntryType::directory ? base::FileType::directory
                                                                       : base::FileType::regular,
                          link ? 0 : entry.mode, text_of(entry)};
        captured.unstable = entry.unstable;
        return true;
      });
  if (!walked) {
    fail("the tree of a commit cannot be read: " + walked.error().message);
    return std::nullopt;
  }
  return capture;
}

// --- Remotes ---

// True: the answer was a success, and the agent did not die meanwhile.
bool Machine::ask(const std::string& what, const std::function<void(Answer)>& question) {
  const auto answer = std::make_shared<std::optional<bool>>();
  question([this, what, answer](const Result<void>& result) {
    *answer = result.has_value();
    trace_("{}: {}", what, result ? "yes" : result.error().message);
  });
  const bool in_time = pass(kPatience, [&] { return answer->has_value(); });
  if (!in_time && !died()) fail(what + ": no answer");
  return in_time && **answer;
}

void Machine::add_remote(const std::string& name, const std::string& url) {
  const bool added = ask("remote " + name + " is added", [&](const Answer& answer) {
    repository()->add_remote(name, url, answer);
  });
  if (added) remotes_[name] = url;
}

// After a failure the remote may exist or not.
void Machine::remove_remote(const std::string& name) {
  remotes_.erase(name);
  ask("remote " + name + " is removed",
      [&](const Answer& answer) { repository()->remove_remote(name, answer); });
}

void Machine::check_remotes() {
  for (const auto& [name, url] : remotes_)
    if (failure_.empty()) check_remote(name, url);
}

// Reads the remote back as a clone would, which proves every object of the history.
void Machine::check_remote(const std::string& name, const std::string& url) {
  const auto head = repository()->repository()->head();
  if (!head) return;
  const auto store = remote::drivers::make_memory_remote(distant.machine(url).objects);
  MemoryObjectStore copy;
  sync::FetchOptions options;
  options.device = repository()->device();
  options.threads = 1;
  const auto fetched = sync::fetch(*store, copy, options);
  if (!fetched) return fail("remote " + name + " cannot be read back: " + fetched.error().message);
  if (fetched->head != *head)
    return fail(fmt::format("remote {} ends at {}, the history here at {}", name,
                            fetched->head.short_hex(), head->short_hex()));
  trace_("remote {} has everything up to {}", name, head->short_hex());
}

// A fetch must give a whole history that is known here. It may fail only if the remote had trouble.
void Machine::fetch_meanwhile(const std::string& url) {
  struct Fetching {
    MemoryObjectStore copy;
    Result<sync::FetchReport> result = base::fail(base::ErrorCode::cancelled, "not started");
  };
  const auto fetching = std::make_shared<Fetching>();
  const std::uint64_t troubles = distant.machine(url).troubles;
  loop.run_in_background(
      agent::loop::Pool::remote,
      [this, url, fetching, device = repository()->device()] {
        const auto store = distant.open(url);
        sync::FetchOptions options;
        options.device = device;
        options.threads = 1;
        fetching->result = sync::fetch(*store, fetching->copy, options);
      },
      [this, url, fetching, troubles] {
        if (!alive_ || died()) return;
        const auto& result = fetching->result;
        trace_("{} is read back: {}", url,
               result ? result->head.short_hex() : result.error().message);
        const DiskFaults::Peace peace(faults);
        if (result && !repository()->repository()->read_commit(result->head))
          fail(url + " has a head that nobody knows here");
        if (!result && result.error().code != base::ErrorCode::not_found &&
            distant.machine(url).troubles == troubles)
          fail(url + " cannot be read back: " + result.error().message);
      });
}

// --- What must hold ---

// After a start: the history of the head has all acknowledged commits, in their order.
void Machine::check_history() {
  const DiskFaults::Peace peace(faults);
  const auto opened = repository()->repository();
  for (const auto& [name, url] : remotes_) {
    const auto& entries = repository()->file().remotes;
    const auto is_it = [&, &name = name, &url = url](const config::RemoteEntry& entry) {
      return entry.name == name && entry.url == url;
    };
    if (std::none_of(entries.begin(), entries.end(), is_it))
      return fail("remote " + name + ", which was added, is forgotten");
  }
  auto next = opened->head();
  trace_("history: the head is {}", next ? next->short_hex() : "none");
  if (next && model_.size() > 0)
    if (auto capture = read_capture(*next))
      if (const auto wrong = model_.committed(std::move(*capture), clock_.steady()))
        return fail(*wrong);
  auto wanted = acknowledged_.rbegin();
  while (next) {
    if (wanted != acknowledged_.rend() && *wanted == *next) ++wanted;
    const auto commit = opened->read_commit(*next);
    if (!commit) return fail("a commit of the history is gone: " + commit.error().message);
    next = commit->parent;
  }
  if (wanted != acknowledged_.rend())
    fail(fmt::format("commit {} was acknowledged and is not in the history", wanted->short_hex()));
}

void Machine::check_everything_can_be_read() {
  const DiskFaults::Peace peace(faults);
  const auto opened = repository()->repository();
  const auto head = opened->head();
  if (!head) return;
  const ObjectId heads[] = {*head};
  history::VerifyOptions options;
  options.read_data = true;
  const auto verified = history::verify(opened->store(), heads, options);
  if (!verified) return fail("verify: " + verified.error().message);
  for (const std::string& error : verified->errors) fail("verify: " + error);
  trace_("verify: {} objects in {} packs are well", verified->objects, verified->packs);
}

// Restores a random acknowledged commit and compares the files.
void Machine::check_restore() {
  if (acknowledged_.empty()) return;
  const DiskFaults::Peace peace(faults);
  const ObjectId id = acknowledged_[random_.below(acknowledged_.size())];
  const auto capture = read_capture(id);
  if (!capture) return;
  const std::string place = "/restored-" + id.short_hex();
  const auto opened = repository()->repository();
  restore::RestoreObserver observer;
  observer.entry = [&](const std::string& path, restore::RestoreAction action,
                       const std::string& detail) {
    if (action == restore::RestoreAction::create) return;
    trace_("restore: {}: {}", path, detail);
  };
  const auto restored =
      restore::restore(opened->nodes(), opened->store(), opened->read_commit(id)->tree,
                       must(disk.make_directories(place, 0755)), random_, {}, observer);
  if (!restored) return fail("restore: " + restored.error().message);
  std::size_t seen = 0;
  disk.visit(place, [&](const SimulatedDisk::Entry& entry) {
    const auto wanted = capture->find(entry.path);
    const auto below = capture->lower_bound(entry.path + "/");
    const bool leads_to_others =
        below != capture->end() && below->first.starts_with(entry.path + "/");
    if (wanted == capture->end() && leads_to_others) return;  // the snapshot could not read it
    ++seen;
    const bool same = wanted != capture->end() && wanted->second.shown.type == entry.stat.type &&
                      *wanted->second.shown.text == base::as_text(entry.content) &&
                      (entry.stat.type == base::FileType::symlink ||
                       wanted->second.shown.mode == entry.stat.mode);
    if (!same) fail("restored otherwise than committed: " + entry.path);
  });
  for (const auto& [path, entry] : *capture)
    if (has_its_folders(*capture, path) && !disk.stat(place + "/" + path))
      fail(fmt::format("restored without {}, {}", path, describe(entry.shown)));
  trace_("restore: {} entries of {}", seen, id.short_hex());
}

}  // namespace vcs::test
