// SPDX-License-Identifier: Apache-2.0
// A method of the socket is a type that stands beside its messages.
//
//   struct Ls {
//     static constexpr auto kName = "ls";  // on the wire
//     using Request = LsRequest;
//     using Item = EntryInfo;              // only if it streams any before its response
//     using Response = StreamEnd;
//   };
//
// ipc/methods.hpp lists all methods.
#pragma once

#include <cstddef>

namespace vcs::ipc {

// One request, one response.
template <typename M>
concept Method = requires {
  M::kName;
  typename M::Request;
  typename M::Response;
};

// One request, any number of items, one response.
template <typename M>
concept StreamMethod = Method<M> && requires {
  typename M::Item;
};

// What happens to the items when the client reads too slowly. A stream that does not wait has a
// member kWhenFull.
enum class WhenFull {
  wait,  // the work waits for the client
  end,   // the stream ends with an error, because a reporter of events must not wait
};
template <StreamMethod M>
constexpr WhenFull when_full() {
  if constexpr (requires { M::kWhenFull; }) return M::kWhenFull;
  return WhenFull::wait;
}

// The methods as template arguments; classes and tables are made from them:
//   Methods::Into<Handlers>                                     Handlers<Hello, Status, ...>
//   Methods::for_each([]<Method M>() { ... M::kName ... });     a call for each
template <Method... Ms>
struct MethodList {
  template <template <typename...> class Made>
  using Into = Made<Ms...>;
  template <typename Visit>
  static constexpr void for_each(Visit&& visit) {
    (visit.template operator()<Ms>(), ...);
  }
  static constexpr std::size_t kSize = sizeof...(Ms);
};

}  // namespace vcs::ipc
