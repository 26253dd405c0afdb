// SPDX-License-Identifier: Apache-2.0
// Every method of the socket, once: its name, and through the Service member that answers it its
// request, its items and its response. The dispatcher, the client and the check of
// docs/protocol.md all read this list.
#pragma once

#include <cstddef>

#include "ipc/service.hpp"

namespace vcs::ipc {

// One request, one response.
template <typename Request, typename Response>
struct Method {
  const char* name;
  void (Service::*handler)(Request, Reply<Response>);
};
template <typename Request, typename Response>
Method(const char*, void (Service::*)(Request, Reply<Response>)) -> Method<Request, Response>;

// What happens to the items of a client that reads too slowly.
enum class WhenFull {
  wait,  // the work waits for the client
  end,   // the stream is ended with an error: whoever reports events must not wait
};

// One request, any number of items, one response.
template <typename Request, typename Item, typename Response>
struct StreamMethod {
  const char* name;
  void (Service::*handler)(Request, StreamReply<Item, Response>);
  WhenFull when_full = WhenFull::wait;
};
template <typename Request, typename Item, typename Response>
StreamMethod(const char*, void (Service::*)(Request, StreamReply<Item, Response>))
    -> StreamMethod<Request, Item, Response>;
template <typename Request, typename Item, typename Response>
StreamMethod(const char*, void (Service::*)(Request, StreamReply<Item, Response>), WhenFull)
    -> StreamMethod<Request, Item, Response>;

namespace methods {

inline constexpr Method hello{"hello", &Service::hello};
inline constexpr Method status{"status", &Service::status};
inline constexpr Method repo_init{"repo.init", &Service::init};
inline constexpr Method repo_list{"repo.list", &Service::repo_list};
inline constexpr Method repo_remove{"repo.remove", &Service::repo_remove};
inline constexpr Method repo_histories{"repo.histories", &Service::repo_histories};
inline constexpr Method repo_move{"repo.move", &Service::repo_move};
inline constexpr Method repo_restore{"repo.restore", &Service::repo_restore};
inline constexpr Method repo_rename{"repo.rename", &Service::repo_rename};
inline constexpr Method commit{"commit", &Service::commit};
inline constexpr Method resolve{"resolve", &Service::resolve};
inline constexpr StreamMethod log{"log", &Service::log};
inline constexpr StreamMethod show{"show", &Service::show};
inline constexpr StreamMethod diff{"diff", &Service::diff};
inline constexpr StreamMethod ls{"ls", &Service::ls};
inline constexpr Method content{"content", &Service::content};
inline constexpr StreamMethod contents{"contents", &Service::contents};
inline constexpr StreamMethod restore{"restore", &Service::restore};
inline constexpr StreamMethod restore_from{"restore.from", &Service::restore_from};
inline constexpr StreamMethod owed{"owed", &Service::owed};
inline constexpr StreamMethod verify{"verify", &Service::verify};
inline constexpr StreamMethod repair{"repair", &Service::repair};
inline constexpr Method brake{"brake", &Service::brake};
inline constexpr Method mounts{"mounts", &Service::mounts};
inline constexpr StreamMethod repo_compact{"repo.compact", &Service::compact};
inline constexpr Method remote_add{"remote.add", &Service::remote_add};
inline constexpr Method remote_remove{"remote.remove", &Service::remote_remove};
inline constexpr Method remote_set{"remote.set", &Service::remote_set};
inline constexpr Method remote_list{"remote.list", &Service::remote_list};
inline constexpr Method remote_heads{"remote.heads", &Service::remote_heads};
inline constexpr Method remove_head{"remote.remove_head", &Service::remove_head};
inline constexpr Method sync{"sync", &Service::sync};
inline constexpr StreamMethod clone{"clone", &Service::clone};
inline constexpr StreamMethod events{"events", &Service::events, WhenFull::end};
inline constexpr Method doctor{"doctor", &Service::doctor};
inline constexpr Method reload{"reload", &Service::reload};
inline constexpr Method stop{"stop", &Service::stop};

}  // namespace methods

// The methods as template arguments, so that a table of plain functions can be made from them:
//   AllMethods::for_each([]<const auto& kMethod>() { ... kMethod.name ... });
template <const auto&... kMethods>
struct MethodList {
  template <typename Visitor>
  static constexpr void for_each(Visitor&& visit) {
    (visit.template operator()<kMethods>(), ...);
  }
  static constexpr std::size_t kSize = sizeof...(kMethods);
};

using AllMethods = MethodList<
    methods::hello, methods::status, methods::repo_init, methods::repo_list, methods::repo_remove,
    methods::repo_histories, methods::repo_move, methods::repo_restore, methods::repo_rename,
    methods::commit, methods::resolve, methods::log, methods::show, methods::diff, methods::ls,
    methods::content, methods::contents, methods::restore, methods::restore_from, methods::owed,
    methods::verify, methods::repair, methods::brake, methods::mounts, methods::repo_compact,
    methods::remote_add, methods::remote_remove, methods::remote_set, methods::remote_list,
    methods::remote_heads, methods::remove_head, methods::sync, methods::clone, methods::events,
    methods::doctor, methods::reload, methods::stop>;

}  // namespace vcs::ipc
