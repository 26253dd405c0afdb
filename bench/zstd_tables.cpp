// SPDX-License-Identifier: Apache-2.0
// Measures what zstd's ways of searching cost and save on the files of a folder, in frames as the
// store makes them. Arguments: FOLDER FRAME_KIB [EVERY]; only every EVERY-th frame is compressed.
// Uses one core; each row is the better of two rounds.
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Search {
  const char* name;
  int level, strategy, hash_log, chain_log, shortest_match;  // 0: as the level says
};

constexpr Search kSearches[] = {
    {"level -1", -1, 0, 0, 0, 0},
    {"level 1", 1, 0, 0, 0, 0},
    {"level 2", 2, 0, 0, 0, 0},
    {"level 3", 3, 0, 0, 0, 0},
    {"fast, 2^15, from 6", 1, ZSTD_fast, 15, 0, 6},
    {"fast, 2^15, from 7", 1, ZSTD_fast, 15, 0, 7},
    {"double, 2^14 and 2^12, from 5", 2, ZSTD_dfast, 14, 12, 5},
    {"double, 2^14 and 2^13, from 5", 2, ZSTD_dfast, 14, 13, 5},
    {"double, 2^15 and 2^9, from 5", 2, ZSTD_dfast, 15, 9, 5},
    {"double, 2^15 and 2^11, from 5 (ours)", 2, ZSTD_dfast, 15, 11, 5},
    {"double, 2^15 and 2^11, from 6", 2, ZSTD_dfast, 15, 11, 6},
    {"double, 2^15 and 2^14, from 5", 2, ZSTD_dfast, 15, 14, 5},
    {"double, 2^16 and 2^11, from 5", 2, ZSTD_dfast, 16, 11, 5},
};

using Context = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

// Reads the files of a folder in the order of the tree: by name, files before subfolders.
void read_tree(const std::filesystem::path& folder, std::string& out) {
  std::vector<std::filesystem::directory_entry> entries(std::filesystem::directory_iterator(folder),
                                                        {});
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    out.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const auto& entry : entries)
    if (entry.is_directory() && !entry.is_symlink()) read_tree(entry.path(), out);
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::size_t must(std::size_t code) {
  if (!ZSTD_isError(code)) return code;
  std::fprintf(stderr, "zstd: %s\n", ZSTD_getErrorName(code));
  std::exit(1);
}

void measure(const Search& search, const std::vector<std::string_view>& frames,
             std::size_t largest) {
  const Context context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  const auto set = [&](ZSTD_cParameter parameter, int value) {
    must(ZSTD_CCtx_setParameter(context.get(), parameter, value));
  };
  set(ZSTD_c_compressionLevel, search.level);
  set(ZSTD_c_strategy, search.strategy);
  set(ZSTD_c_hashLog, search.hash_log);
  set(ZSTD_c_chainLog, search.chain_log);
  set(ZSTD_c_minMatch, search.shortest_match);
  std::string out(ZSTD_compressBound(largest), '\0');
  double best = 0;
  std::size_t stored = 0;
  for (int round = 0; round < 2; ++round) {
    stored = 0;
    const double began = processor_seconds();
    for (const std::string_view frame : frames)
      stored +=
          must(ZSTD_compress2(context.get(), out.data(), out.size(), frame.data(), frame.size()));
    const double took = processor_seconds() - began;
    best = round == 0 ? took : std::min(best, took);
  }
  std::printf("| %s | %.2f | %.1f |\n", search.name, best, static_cast<double>(stored) / 1e6);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t frame = argc > 2 ? std::strtoul(argv[2], nullptr, 10) * 1024 : 0;
  const std::size_t every = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1;
  if (frame == 0 || every == 0) {
    std::fprintf(stderr, "usage: zstd_tables FOLDER FRAME_KIB [EVERY]\n");
    return 2;
  }
  std::string bytes;
  read_tree(argv[1], bytes);
  std::vector<std::string_view> frames;
  std::size_t total = 0;
  for (std::size_t at = 0; at < bytes.size(); at += every * frame) {
    frames.push_back(std::string_view(bytes).substr(at, frame));
    total += frames.back().size();
  }
  std::printf("%zu frames, %.1f MB\n| search | seconds | MB |\n|---|---:|---:|\n", frames.size(),
              static_cast<double>(total) / 1e6);
  for (const Search& search : kSearches) measure(search, frames, frame);
}
