// SPDX-License-Identifier: Apache-2.0
// Makes and removes temporary folders.
#include "tests/support/temporary_folder.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace vcs::test {
namespace {

// Tries again, because remove_all() fails when another process removes or adds a name meanwhile.
bool removed(const std::string& path) {
  std::error_code error;
  for (int round = 0; round < 1000; ++round) {
    std::filesystem::remove_all(path, error);
    if (!error) return true;
    if (error != std::errc::no_such_file_or_directory && error != std::errc::directory_not_empty)
      break;
  }
  return false;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "vcsd-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  removed(path_);
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.flush();
  if (!out) throw std::runtime_error("cannot write " + path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void remove_tree(const std::string& path) {
  if (!removed(path)) throw std::runtime_error("cannot remove " + path);
}

}  // namespace vcs::test
