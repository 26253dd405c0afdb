// SPDX-License-Identifier: Apache-2.0
// Describes the messages of the socket from the list of methods and from fields() of each message,
// for the tests that compare pages with the code.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/methods.hpp"

namespace vcs::test {

struct FieldDescription {
  std::string name;
  std::string type;  // text, path, unsigned, integer, number, boolean, a message, "list of …"
};
struct MessageDescription {
  std::string name;  // of the struct
  std::vector<FieldDescription> fields;
};

// "HelloRequest", cut out of the compiler's "… [with T = vcs::ipc::HelloRequest; …]".
template <typename T>
std::string message_name() {
  const std::string_view told = __PRETTY_FUNCTION__;
  const std::size_t begin = told.find("T = ") + 4;
  const std::string_view whole = told.substr(begin, told.find_first_of(";]", begin) - begin);
  return std::string(whole.substr(whole.rfind(':') + 1));
}

// Overloads for the types that a field may have.
inline std::string type_name(const std::string&) {
  return "text";
}
inline std::string type_name(bool) {
  return "boolean";
}
inline std::string type_name(ipc::Count) {
  return "unsigned";
}
inline std::string type_name(ipc::Time) {
  return "integer";
}
inline std::string type_name(double) {
  return "number";
}
template <typename T>
std::string type_name(const T&) {
  if constexpr (base::Named<T>) return "text";
  return message_name<T>();
}
template <typename T>
std::string type_name(const std::vector<T>&) {
  return "list of " + type_name(T());
}

struct Describer {
  std::vector<FieldDescription> fields;
  template <typename T>
  void operator()(std::string_view name, const T& member) {
    fields.push_back({std::string(name), type_name(member)});
  }
  void path(std::string_view name, const std::string&) {
    fields.push_back({std::string(name), "path"});
  }
};

template <typename T>
MessageDescription describe() {
  Describer describer;
  T().fields(describer);
  return {message_name<T>(), std::move(describer.fields)};
}

// Calls visit.operator()<T>() once for each message of a method and each message within one.
template <typename Visit>
class MessageWalk {
 public:
  explicit MessageWalk(Visit& visit) : visit_(visit) {}

  template <typename T>
  void message() {
    if (!seen_.insert(message_name<T>()).second) return;
    visit_.template operator()<T>();
    T().fields(*this);
  }
  template <typename T>
  void operator()(std::string_view, const T&) {
    if constexpr (requires { T::kFieldNames; }) message<T>();
  }
  template <typename T>
  void operator()(std::string_view name, const std::vector<T>&) {
    (*this)(name, T());
  }
  void path(std::string_view, const std::string&) {}

 private:
  Visit& visit_;
  std::set<std::string> seen_;
};

template <typename Visit>
void for_each_message(Visit visit) {
  MessageWalk walk(visit);
  ipc::Methods::for_each([&]<ipc::Method M>() {
    walk.template message<typename M::Request>();
    if constexpr (ipc::StreamMethod<M>) walk.template message<typename M::Item>();
    walk.template message<typename M::Response>();
  });
}

// All of them.
std::vector<MessageDescription> describe_messages();

}  // namespace vcs::test
