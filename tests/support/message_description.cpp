// SPDX-License-Identifier: Apache-2.0
// Describes each message once.
#include "tests/support/message_description.hpp"

namespace vcs::test {

std::vector<MessageDescription> describe_messages() {
  std::vector<MessageDescription> messages;
  for_each_message([&]<typename T>() { messages.push_back(describe<T>()); });
  return messages;
}

}  // namespace vcs::test
