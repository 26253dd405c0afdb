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

std::string Outlet::refusal_of(const std::string& id) const {
  const auto refused = [&](RpcNumber number, ErrorCode code, std::string message) {
    return error_line(id, number, Error{code, std::move(message), 0});
  };
  if (draining_) return refused(RpcNumber::service_error, ErrorCode::unavailable, kIsStopping);
  if (requests_.contains(id))
    return refused(RpcNumber::invalid_request, ErrorCode::invalid,
                   fmt::format("a request with the id {} is already running", id));
  if (requests_.size() >= limits_.outstanding)
    return refused(
        RpcNumber::service_error, ErrorCode::busy,
        fmt::format("{} requests of this connection are running; wait until one of them ends",
                    limits_.outstanding));
  return {};
}

std::shared_ptr<RequestState> Outlet::accept(const std::string& id, RequestKind kind) {
  const base::Lock lock(mutex_);
  if (std::string refusal = refusal_of(id); !refusal.empty()) {
    write(std::move(refusal));
    return nullptr;
  }
  auto state = std::make_shared<RequestState>(id, kind);
  requests_.emplace(id, state);
  return state;
}

void Outlet::refuse(const std::string& id, RpcNumber number, const Error& error) {
  const base::Lock lock(mutex_);
  write(error_line(id, number, error));
}

void Outlet::answer(RequestState& state, std::string lines) {
  const base::Lock lock(mutex_);
  if (!answered(state)) write(std::move(lines));
  answered(state) = true;
  requests_.erase(state.id);
}

// The request keeps its place in requests_ until its work has ended, so a client that asks and
// cancels again and again cannot pile up work.
void Outlet::answer_early(RequestState& state, ErrorCode code, const char* message) {
  if (answered(state)) return;
  answered(state) = true;
  write(error_line(state.id, RpcNumber::service_error, Error{code, message, 0}));
}

void Outlet::cancel(const std::string& id) {
  const base::Lock lock(mutex_);
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
  base::Lock lock(mutex_);
  if (state.kind == RequestKind::stream)
    while (!stopped(state) && full()) drained_.wait(lock);
  if (stopped(state) || answered(state)) return false;
  if (full()) {
    answer_early(state, ErrorCode::unavailable,
                 "events were dropped because this client reads too slowly; ask for them again");
    return false;
  }
  write(std::move(line));
  return true;
}

void Outlet::send_progress(const RequestState& state, const Progress& progress) {
  const base::Lock lock(mutex_);
  if (!answered(state) && !full()) write(progress_line(state.id, progress));
}

void Outlet::written(std::size_t bytes) {
  const base::Lock lock(mutex_);
  const bool was_full = full();
  unsent_ -= std::min(unsent_, bytes);
  if (was_full && !full()) drained_.notify_all();
}

void Outlet::close() {
  const base::Lock lock(mutex_);
  closed_ = true;
  unsent_ = 0;
  output_.reset();
  drained_.notify_all();
}

void Outlet::drain() {
  const base::Lock lock(mutex_);
  draining_ = true;
  for (const auto& [id, state] : requests_)
    if (state->kind == RequestKind::live) answer_early(*state, ErrorCode::unavailable, kIsStopping);
}

// Streams stop at the limit. Only answers to a client that asks without reading reach twice that.
bool Outlet::flooded() const {
  const base::Lock lock(mutex_);
  return unsent_ > 2 * limits_.unsent_bytes;
}

bool Outlet::idle() const {
  const base::Lock lock(mutex_);
  if (unsent_ != 0) return false;
  for (const auto& [id, state] : requests_)
    if (!answered(*state)) return false;
  return true;
}

}  // namespace vcs::ipc
