// SPDX-License-Identifier: Apache-2.0
// Any bytes from a client or an agent: an accepted message can be written and read again to the
// same text, and a connection answers only with lines of the protocol.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ipc/dispatcher.hpp"
#include "ipc/json_codec.hpp"
#include "ipc/methods.hpp"
#include "tests/support/fake_service.hpp"

namespace {

using namespace vcs::ipc;

class Checked final : public Output {
 public:
  void write(std::string lines) override {
    if (!lines.ends_with('\n')) std::abort();
    lines.pop_back();
    if (!parse_answer(lines)) std::abort();
  }
};

template <typename T>
void check_message(std::string_view text) {
  const auto first = decode<T>(text);
  if (!first) return;
  const std::string encoded = encode(*first);
  const auto second = decode<T>(encoded);
  if (!second || encode(*second) != encoded) std::abort();
}

void check_every_message(std::string_view text) {
  Methods::for_each([&]<Method M>() {
    check_message<typename M::Request>(text);
    if constexpr (StreamMethod<M>) check_message<typename M::Item>(text);
    check_message<typename M::Response>(text);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_every_message(text);
  if (const auto answer = parse_answer(text)) decode_all<EntryInfo>(answer->value);
  vcs::test::FakeService service;
  Connection connection(service, std::make_shared<Checked>(), {.line_bytes = 4096});
  connection.receive(request_line("0", "hello", "{}"));
  connection.receive(text);
  return 0;
}
