// SPDX-License-Identifier: Apache-2.0
// Keeps the order of lines and the count of unsent bytes under one mutex.
#include "ipc/outlet.hpp"

#include <algorithm>

namespace vcs::ipc {

Outlet::Outlet(std::shared_ptr<Output> output, ConnectionLimits limits)
    : limits_(limits), output_(std::move(output)) {}

// The caller holds the mutex while the output takes the lines: so lines keep their order, and
// nothing is written after close().
void Outlet::write(std::string lines) {
  if (closed_) return;
  unsent_ += lines.size();
  output_->write(std::move(lines));
}

std::shared_ptr<RequestState> Outlet::accept(const std::string& id, RequestKind kind) {
  const std::lock_guard lock(mutex_);
  const auto refused = [&](RpcNumber number, ErrorCode code, std::string message) {
    write(error_line(id, number, Error{code, std::move(message), 0}));
    return nullptr;
  };
  if (draining_) return refused(RpcNumber::service_error, ErrorCode::unavailable, kIsStopping);
  if (requests_.contains(id))
    return refused(RpcNumber::invalid_request, ErrorCode::invalid,
                   fmt::format("a request with the id {} is already at work", id));
  if (requests_.size() >= limits_.outstanding)
    return refused(RpcNumber::service_error, ErrorCode::busy,
                   fmt::format("{} requests of this connection are at work; wait for one of them",
                               limits_.outstanding));
  auto state = std::make_shared<RequestState>(id, kind);
  requests_.emplace(id, state);
  return state;
}

void Outlet::refuse(const std::string& id, RpcNumber number, const Error& error) {
  const std::lock_guard lock(mutex_);
  write(error_line(id, number, error));
}

void Outlet::answer(RequestState& state, std::string lines) {
  const std::lock_guard lock(mutex_);
  if (!state.answered) write(std::move(lines));
  state.answered = true;
  requests_.erase(state.id);
}

// The request keeps its place in requests_ until its work has ended, so a client that asks and
// cancels again and again cannot pile up work.
void Outlet::answer_early(RequestState& state, ErrorCode code, const char* message) {
  if (state.answered) return;
  state.answered = true;
  write(error_line(state.id, RpcNumber::service_error, Error{code, message, 0}));
}

void Outlet::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  RequestState& state = *found->second;
  state.cancelled = true;
  if (state.kind != RequestKind::stream)
    answer_early(state, ErrorCode::cancelled,
                 "cancelled; what the agent had begun may still be completed");
  drained_.notify_all();
}

bool Outlet::send_items(RequestState& state, std::string line) {
  std::unique_lock lock(mutex_);
  if (state.kind == RequestKind::stream)
    drained_.wait(lock, [&] { return stopped(state) || !full(); });
  if (stopped(state) || state.answered) return false;
  if (full()) {
    answer_early(state, ErrorCode::unavailable,
                 "events were dropped because this client reads too slowly; ask for them again");
    return false;
  }
  write(std::move(line));
  return true;
}

void Outlet::send_progress(const RequestState& state, const Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (!state.answered && !full()) write(progress_line(state.id, progress));
}

void Outlet::written(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const bool was_full = full();
  unsent_ -= std::min(unsent_, bytes);
  if (was_full && !full()) drained_.notify_all();
}

void Outlet::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  unsent_ = 0;
  output_.reset();
  drained_.notify_all();
}

void Outlet::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& [id, state] : requests_)
    if (state->kind == RequestKind::live) answer_early(*state, ErrorCode::unavailable, kIsStopping);
}

// Streams stop at the limit. Only answers to a client that asks without reading reach twice that.
bool Outlet::flooded() const {
  const std::lock_guard lock(mutex_);
  return unsent_ > 2 * limits_.unsent_bytes;
}

bool Outlet::idle() const {
  const std::lock_guard lock(mutex_);
  return unsent_ == 0 && std::all_of(requests_.begin(), requests_.end(),
                                     [](const auto& entry) { return entry.second->answered; });
}

}  // namespace vcs::ipc
