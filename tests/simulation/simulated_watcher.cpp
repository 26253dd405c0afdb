// SPDX-License-Identifier: Apache-2.0
// Queues the events of a disk and delivers them now and then.
#include "tests/simulation/simulated_watcher.hpp"

#include <algorithm>
#include <utility>

namespace vcs::test {

using agent::watch::Change;

class SimulatedWatcher final : public agent::watch::Watcher {
 public:
  explicit SimulatedWatcher(SimulatedWatching& all) : all_(all) { all_.watchers_.push_back(this); }
  ~SimulatedWatcher() override {
    std::erase(all_.watchers_, this);
    all_.loop_.cancel(timer_);
  }

  base::Result<void> start(const std::string& root, const std::string&,
                           agent::watch::WatchSink sink, agent::watch::FolderFilter) override {
    all_.blind_ = all_.refuse_;
    if (all_.refuse_) return base::fail(base::ErrorCode::no_space, "no watch is left");
    root_ = root + "/";
    sink_ = std::move(sink);
    return {};
  }
  void ask_for_proof(agent::watch::ProofToken token) override {
    if (!root_.empty()) queue({token, {}});
  }
  void refresh(const std::string&) override {}
  agent::watch::WatchUsage usage() const override {
    agent::watch::WatchUsage usage;
    usage.lost_events = losses_;
    return usage;
  }

  void see(const DiskEvent& event) {
    if (root_.empty()) return;
    if (event.path.starts_with(root_))
      queue({std::nullopt, change_of(event, event.path.substr(root_.size()))});
  }

 private:
  struct Item {
    std::optional<agent::watch::ProofToken> proof;
    Change change;
  };

  static Change change_of(const DiskEvent& event, std::string path) {
    using Kind = DiskEvent::Kind;
    Change change;
    change.path = std::move(path);
    change.recursive = event.folder && event.kind != Kind::attributes;
    change.deleted = event.kind == Kind::removed || event.kind == Kind::moved_away;
    change.closed = event.kind == Kind::closed;
    change.written = event.kind == Kind::closed || event.kind == Kind::written;
    return change;
  }

  void queue(Item item) {
    if (all_.lose_ > 0) {
      --all_.lose_;
      overflown_ = true;
    } else if (!overflown_) {
      items_.push_back(std::move(item));
    }
    if (timer_ != 0) return;
    const auto longest = static_cast<std::uint64_t>(all_.longest_delay_.count());
    const base::Nanos delay(static_cast<std::int64_t>(all_.random_.below(longest + 1)));
    timer_ = all_.loop_.call_after(delay, [this] {
      timer_ = 0;
      deliver();
    });
  }

  void deliver() {
    std::vector<Change> batch;
    for (Item& item : std::exchange(items_, {})) {
      if (!item.proof) {
        batch.push_back(std::move(item.change));
        continue;
      }
      if (!batch.empty()) sink_.changes(std::exchange(batch, {}));
      sink_.proven(*item.proof);
    }
    if (std::exchange(overflown_, false)) {
      ++losses_;
      batch.push_back({"", true, false, false});
    }
    if (!batch.empty()) sink_.changes(std::move(batch));
  }

  SimulatedWatching& all_;
  std::string root_;  // with a slash at the end; empty: not started
  agent::watch::WatchSink sink_;
  std::deque<Item> items_;
  bool overflown_ = false;  // events until the next delivery are lost, too
  std::uint64_t losses_ = 0;
  agent::loop::TimerId timer_ = 0;
};

SimulatedWatching::SimulatedWatching(SimulatedDisk& disk, SimulatedLoop& loop, SeededRandom& random)
    : disk_(disk), loop_(loop), random_(random) {
  disk_.on_event([this](const DiskEvent& event) {
    for (SimulatedWatcher* watcher : watchers_) watcher->see(event);
  });
}

SimulatedWatching::~SimulatedWatching() {
  disk_.on_event(nullptr);
}

std::unique_ptr<agent::watch::Watcher> SimulatedWatching::make() {
  return std::make_unique<SimulatedWatcher>(*this);
}

}  // namespace vcs::test
