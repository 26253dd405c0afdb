// SPDX-License-Identifier: Apache-2.0
// Texts, folders and paths for the benchmarks.
#include "bench/micro/samples.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace vcs::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSource = 32u << 20;

std::vector<std::string> vocabulary(std::mt19937_64& random) {
  std::vector<std::string> words(4000);
  for (std::string& word : words) {
    for (std::uint64_t length = 2 + random() % 9; word.size() < length;) {
      word += static_cast<char>('a' + random() % 26);
    }
  }
  return words;
}

std::vector<fs::path> files_below(const char* folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; entry != end && !error;
       entry.increment(error)) {
    if (entry->is_regular_file(error) && !entry->is_symlink(error)) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

base::Bytes read_source() {
  const char* folder = std::getenv("VCS_BENCH_SOURCE");
  if (folder == nullptr) {
    std::fprintf(stderr, "VCS_BENCH_SOURCE is not set: generated text instead of source code\n");
    return text_like(kMostSource);
  }
  // Takes files from all over the folder: those at its beginning may be all of one kind.
  const std::vector<fs::path> paths = files_below(folder);
  const std::size_t step = std::max<std::size_t>(1, paths.size() / 2000);
  base::Bytes source;
  for (std::size_t i = 0; i < paths.size() && source.size() < kMostSource; i += step) {
    std::ifstream file(paths[i], std::ios::binary);
    source.insert(source.end(), std::istreambuf_iterator<char>(file), {});
  }
  if (source.size() < (1u << 20)) {
    std::fprintf(stderr, "VCS_BENCH_SOURCE=%s holds less than 1 MiB\n", folder);
    std::exit(1);
  }
  source.resize(std::min(source.size(), kMostSource));
  return source;
}

}  // namespace

base::Bytes text_like(std::size_t size) {
  std::mt19937_64 random(1);
  const std::vector<std::string> words = vocabulary(random);
  std::vector<std::string> lines;
  std::string text;
  while (text.size() < size) {
    if (random() % 2 == 0 && !lines.empty()) {
      text += lines[lines.size() - 1 - random() % std::min<std::size_t>(lines.size(), 500)];
      continue;
    }
    std::string line(2 * (random() % 4), ' ');
    for (std::uint64_t count = 1 + random() % 10; count > 0; --count) {
      // The square of a uniform number favours the first words, as languages do.
      const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
      line += words[static_cast<std::size_t>(uniform * uniform * 4000)];
      line += " (;=,"[random() % 5];
    }
    lines.push_back(line += '\n');
    text += lines.back();
  }
  text.resize(size);
  return {text.begin(), text.end()};
}

const base::Bytes& source_code() {
  static const base::Bytes source = read_source();
  return source;
}

Scratch::Scratch() {
  std::string pattern = (fs::temp_directory_path() / "vcs-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror(pattern.c_str());
    std::exit(1);
  }
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string numbered_path(std::size_t number) {
  return fmt::format("{:05}/file_{:07}.txt", number / 100, number);
}

}  // namespace vcs::bench
