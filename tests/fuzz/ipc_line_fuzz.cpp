// SPDX-License-Identifier: Apache-2.0
// Bytes in any pieces give the same lines and raw bytes, and no line is too long. A line that
// begins with a digit announces three times as many raw bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "ipc/line_splitter.hpp"

namespace {

constexpr std::size_t kLimit = 32;

struct Outcome {
  std::vector<std::string> lines, raws;
  bool good = true;
  bool operator==(const Outcome&) const = default;
};

// Feeds pieces of the given length.
Outcome split(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  vcs::ipc::LineSplitter splitter(kLimit);
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    const bool fed = splitter
                         .feed(
                             bytes.substr(i, piece),
                             [&](std::string_view line) {
                               outcome.lines.emplace_back(line);
                               if (line[0] > '0' && line[0] <= '9')
                                 splitter.expect_raw(3 * static_cast<std::size_t>(line[0] - '0'));
                               return true;
                             },
                             [&](std::string raw) {
                               outcome.raws.push_back(std::move(raw));
                               return true;
                             })
                         .has_value();
    if (!outcome.good && fed) std::abort();  // a broken splitter stays broken
    outcome.good = outcome.good && fed;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = split(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Outcome pieces = split(bytes, 1 + data[0] % 40);
  if (whole != pieces) std::abort();
  for (const std::string& raw : whole.raws)
    if (raw.empty() || raw.size() % 3 != 0 || raw.size() > 27) std::abort();
  for (const std::string& line : whole.lines)
    if (line.empty() || line.size() >= kLimit || line.find('\n') != std::string::npos) std::abort();
  return 0;
}
