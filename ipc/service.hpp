// SPDX-License-Identifier: Apache-2.0
// Everything that an agent can be asked, as an abstract class: the agent implements it, the
// dispatcher calls it, tests fake it.
//
//   void AgentService::answer(ipc::BrakeRequest request, ipc::Reply<ipc::Brake> reply) { ... }
#pragma once

#include <memory>
#include <utility>

#include "core/base/result.hpp"
#include "ipc/methods.hpp"

namespace vcs::ipc {

// The way back to one request. Copies share one request. Thread-safe: work that runs elsewhere
// replies from there.
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
  // Exactly once.
  void finish(Result<Response> result) const { channel_->finish(std::move(result)); }
  // Any number of times before that.
  void progress(const Progress& progress) const { channel_->progress(progress); }

 private:
  std::shared_ptr<Channel> channel_;
};

// The way back of a request that streams items before its response.
template <StreamMethod M>
class Reply<M> {
 public:
  using Item = typename M::Item;
  using Response = typename M::Response;
  struct Channel {
    virtual ~Channel() = default;
    // Blocks while the client reads too slowly (never call it on the loop with many items;
    // EventStream is the exception). False: the client has gone or has asked to cancel; stop the
    // work.
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

// Answers one method. Called on the loop thread, which it must not block; it may reply later from
// any thread.
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

// Answers all of them.
class Service : public Methods::Into<Handlers> {};

}  // namespace vcs::ipc
