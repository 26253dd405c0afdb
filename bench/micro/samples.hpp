// SPDX-License-Identifier: Apache-2.0
// The data of the benchmarks: text that is always the same, and source code from the machine.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/object/content.hpp"
#include "core/object/hasher.hpp"

namespace vcs::bench {

// Lines of words drawn from a small vocabulary, every second one a copy of an earlier line:
// compresses about as source code does.
base::Bytes text_like(std::size_t size);

// Files from all over the folder that the environment variable VCS_BENCH_SOURCE names, joined in
// the order of their paths, up to 32 MiB. Without the variable: text_like().
const base::Bytes& source_code();

inline void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes));
}

// Returns the value, or ends the program with the error's message: for a benchmark's preparations.
template <typename T>
T must(base::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "benchmark: %s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A temporary folder, removed at the end. It lies in TMPDIR, which must be on a real disk for
// benchmarks that make something durable.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// The path of the number-th of many files, in folders of 100; ascending in tree order.
std::string numbered_path(std::size_t number);

// Makes the entry of the number-th file; sets the fields that entries of index and tree share.
template <typename Entry>
Entry numbered_entry(std::size_t number) {
  Entry entry;
  entry.mode = 0644;
  entry.mtime =
      base::unix_nanos(1'700'000'000'000'000'000 + static_cast<std::int64_t>(number) * 150'000);
  entry.size = 4000 + number % 1000;
  entry.content = {object::ContentKind::blob,
                   object::hash_bytes(base::as_bytes(std::to_string(number)))};
  return entry;
}

}  // namespace vcs::bench
