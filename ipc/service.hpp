// SPDX-License-Identifier: Apache-2.0
// An abstract class with one answer() for each method: the agent implements it, the dispatcher
// calls it, tests fake it.
//
//   void AgentService::answer(ipc::AlarmRequest request, ipc::Reply<ipc::Alarm> reply) { ... }
#pragma once

#include <memory>
#include <utility>

#include "core/base/result.hpp"
#include "ipc/methods.hpp"

namespace vcs::ipc {

// Answers one request. Copies share the request. Thread-safe: work on another thread replies from
// that thread.
template <Method M>
class Reply {
 public:
  using Response = typename M::Response;
  struct Channel {
    virtual ~Channel() = default;
    virtual void finish(Result<Response> result) = 0;
    virtual void progress(const Progress& progress) = 0;
  };
  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  // Call it exactly once.
  void finish(Result<Response> result) const { channel_->finish(std::move(result)); }
  // Any number of times before that.
  void progress(const Progress& progress) const { channel_->progress(progress); }

 private:
  std::shared_ptr<Channel> channel_;
};

// Answers one request that streams items before its response.
template <StreamMethod M>
class Reply<M> {
 public:
  using Item = typename M::Item;
  using Response = typename M::Response;
  struct Channel {
    virtual ~Channel() = default;
    // Blocks while the client reads too slowly, so do not call it on the loop with many items;
    // Events is the exception, whose items never wait. False: stop the work, because the client
    // has disconnected or has cancelled the request.
    virtual bool item(const Item& item) = 0;
    virtual void finish(Result<Response> result) = 0;
    virtual void progress(const Progress& progress) = 0;
    virtual bool cancelled() const = 0;
  };
  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  bool item(const Item& item) const { return channel_->item(item); }
  void finish(Result<Response> result) const { channel_->finish(std::move(result)); }
  void progress(const Progress& progress) const { channel_->progress(progress); }
  bool cancelled() const { return channel_->cancelled(); }

 private:
  std::shared_ptr<Channel> channel_;
};

// Answers one method. Called on the loop thread, which answer() must not block; the reply may come
// later, from any thread.
template <Method M>
class Handler {
 public:
  virtual void answer(typename M::Request request, Reply<M> reply) = 0;

 protected:
  ~Handler() = default;
};

template <typename... Ms>
class Handlers : public Handler<Ms>... {
 public:
  virtual ~Handlers() = default;
  using Handler<Ms>::answer...;
};

// Answers all methods.
class Service : public Methods::Into<Handlers> {};

}  // namespace vcs::ipc
