// SPDX-License-Identifier: Apache-2.0
// Queues requests beside the events, so that one thread at a time handles both.
#ifdef __linux__
#include "agent/watch/inotify_watcher.hpp"

#include <optional>
#include <utility>

#include "agent/watch/inotify_intake.hpp"
#include "agent/watch/inotify_watches.hpp"
#include "agent/watch/mount_table.hpp"
#include "core/base/guarded.hpp"

namespace vcs::agent::watch {
namespace {

class InotifyWatcher final : public Watcher, private InotifyClient {
 public:
  InotifyWatcher(std::shared_ptr<InotifyInstance> instance, const base::Log& log)
      : InotifyClient(std::move(instance)), log_(log) {}
  ~InotifyWatcher() override;

  Result<void> start(const std::string& root, const std::string&, WatchSink sink,
                     FolderFilter skip) override;
  void ask_for_proof(ProofToken token) override;
  void refresh(const std::string& path) override;
  void regain() override;
  void prefer(std::vector<std::string> folders) override;
  WatchUsage usage() const override;

 private:
  struct Wishes {
    std::vector<std::string> refresh, prefer;
    bool regain = false;
  };
  bool process(Arrived arrived) override;
  void lost_track() override { intake_->lost_track(); }

  base::Log log_;
  std::function<void(ProofToken)> proven_;
  std::optional<MountTable> mount_table_;
  std::unique_ptr<InotifyWatches> watches_;
  std::unique_ptr<InotifyIntake> intake_;
  base::Guarded<Wishes> wishes_;
};

InotifyWatcher::~InotifyWatcher() {
  if (watches_) watches_->cancel();
  leave();
}

Result<void> InotifyWatcher::start(const std::string& root, const std::string&, WatchSink sink,
                                   FolderFilter skip) {
  if (auto joined = join(); !joined)
    return fail(joined.error().code, "cannot watch {}: {}", root, joined.error().message);
  WatchSource& source = *this;
  proven_ = sink.proven;
  mount_table_.emplace(root);
  watches_ = std::make_unique<InotifyWatches>(source);
  intake_ = std::make_unique<InotifyIntake>(*watches_, *mount_table_, std::move(sink), log_);
  VCS_TRY(watches_->start(root, std::move(skip)));
  // The tree stands, so the events that came meanwhile can be interpreted.
  begin();
  return {};
}

bool InotifyWatcher::process(Arrived arrived) {
  const Wishes wishes = [this] {
    const auto waiting = wishes_.lock();
    return std::exchange(*waiting, {});
  }();
  // First, because a proof also says that all earlier mounts are known.
  if (arrived.mounts_changed) intake_->mounts_changed();
  if (!arrived.events.empty())
    intake_->feed(arrived.events);
  else if (arrived.proofs.empty())
    intake_->forget_moves();
  for (const ProofToken token : arrived.proofs) intake_->proven(token);
  for (const std::string& path : wishes.refresh) intake_->refresh(path);
  if (!wishes.prefer.empty()) intake_->prefer(wishes.prefer);
  if (arrived.to_give_up > 0) {
    intake_->give_up(arrived.to_give_up);
    instance().made_room(*this);
  }
  if (wishes.regain) instance().read_limit();
  if (wishes.regain || arrived.room_was_made) intake_->regain();
  return intake_->holds_moves();
}

void InotifyWatcher::ask_for_proof(ProofToken token) {
  if (has_told_all(token) && proven_) proven_(token);
}

void InotifyWatcher::refresh(const std::string& path) {
  wishes_.lock()->refresh.push_back(path);
  call();
}

void InotifyWatcher::regain() {
  wishes_.lock()->regain = true;
  call();
}

void InotifyWatcher::prefer(std::vector<std::string> folders) {
  wishes_.lock()->prefer = std::move(folders);
  call();
}

WatchUsage InotifyWatcher::usage() const {
  WatchUsage usage;
  usage.used = instance().used();
  usage.limit = instance().limit();
  if (watches_) usage.polled_folders = watches_->polled_folders();
  if (intake_) usage.lost_events = intake_->lost_events();
  if (instance().is_blind() && usage.polled_folders == 0) usage.polled_folders = 1;
  return usage;
}

}  // namespace

std::unique_ptr<Watcher> make_inotify_watcher(std::shared_ptr<InotifyInstance> instance,
                                              const base::Log& log) {
  return std::make_unique<InotifyWatcher>(std::move(instance), log);
}

}  // namespace vcs::agent::watch

#endif
