// SPDX-License-Identifier: Apache-2.0
// A Service whose every method is a function that a test may replace:
//   service.on<ipc::Commit>() = [](ipc::CommitRequest request, ipc::Reply<ipc::Commit> reply) { …
//   };
// A method that was not replaced answers at once with the defaults of its response.
#pragma once

#include <functional>
#include <tuple>
#include <utility>

#include "ipc/service.hpp"

namespace vcs::test {

template <ipc::Method M>
using FakeAnswer = std::function<void(typename M::Request, ipc::Reply<M>)>;

template <typename... Ms>
using FakeAnswers = std::tuple<FakeAnswer<Ms>...>;

// Each class answers its first method and leaves the others to its base.
template <typename... Ms>
class FakeMethods : public ipc::Service {
 public:
  template <ipc::Method M>
  FakeAnswer<M>& on() {
    return std::get<FakeAnswer<M>>(answers_);
  }

 private:
  ipc::Methods::Into<FakeAnswers> answers_;
};

template <typename M, typename... Others>
class FakeMethods<M, Others...> : public FakeMethods<Others...> {
 public:
  using FakeMethods<Others...>::answer;
  void answer(typename M::Request request, ipc::Reply<M> reply) override {
    const FakeAnswer<M>& replaced = this->template on<M>();
    if (!replaced) return reply.finish(typename M::Response{});
    replaced(std::move(request), std::move(reply));
  }
};

using FakeService = ipc::Methods::Into<FakeMethods>;

}  // namespace vcs::test
