// SPDX-License-Identifier: Apache-2.0
// Reads and compares golden files below tests/golden/; writes them only when asked.
#include "tests/support/golden.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace vcs::test {
namespace {

std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(VCS_SOURCE_DIR) / "tests" / "golden" / name;
}

bool accepting() {
  const char* value = std::getenv("VCS_ACCEPT_GOLDEN");
  return value != nullptr && std::string_view(value) == "1";
}

void write_golden(const std::filesystem::path& path, base::ByteView bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.flush();
  if (!out) FAIL("cannot write " << path.string());
}

}  // namespace

base::Bytes golden_bytes(const std::string& name) {
  const std::filesystem::path path = golden_path(name);
  std::ifstream in(path, std::ios::binary);
  if (!in) FAIL(path.string() << " is missing; VCS_ACCEPT_GOLDEN=1 writes it");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void require_golden(const std::string& name, base::ByteView bytes) {
  if (accepting()) {
    write_golden(golden_path(name), bytes);
    FAIL(name << " was written, not compared: run again without VCS_ACCEPT_GOLDEN");
  }
  INFO("golden file " << name);
  REQUIRE(base::to_hex(golden_bytes(name)) == base::to_hex(bytes));
}

}  // namespace vcs::test
