// SPDX-License-Identifier: Apache-2.0
// Merges defaults, the file and the environment into one checked set of values, each with its
// origin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "config/paths.hpp"
#include "config/settings.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/result.hpp"

namespace vcs::config {

// The origin of a value.
struct Origin {
  enum class Kind { default_value, file, environment };
  Kind kind = Kind::default_value;
  std::string name;        // the file's path or the variable's name
  std::uint32_t line = 0;  // in the file, from 1
  bool operator==(const Origin&) const = default;

  std::string text()
      const;  // "default", "/home/me/.config/vcsd/config.toml:3", "VCSD_CORE_WORKERS"
};

// One line of `vcsctl config show`.
struct ResolvedValue {
  std::string key;    // "watch.settle_quiet" or "repository.notes.watch.settle_quiet"
  std::string value;  // as value_text() writes it
  Origin origin;
};

struct Loaded {
  Settings settings;                             // for repositories without a section of their own
  std::vector<RepositorySettings> repositories;  // with a section, in the order of the file
  std::vector<ResolvedValue> values;  // every option in the table's order, then the sections' own
  std::vector<std::string> warnings;  // whole sentences, for the log

  const Settings& for_repository(std::string_view name) const;
};

// A missing file counts as empty. `invalid` with up to 20 problems, one on each line, which begins
// with "file:line:column: key: " or "VARIABLE: "; or the error of reading the file.
Result<Loaded> load(const Paths& paths, const Environment& environment,
                    base::FileSystem& filesystem);

// The same from the text of a file.
Result<Loaded> load_text(std::string_view text, const std::string& file_name,
                         const Environment& environment);

}  // namespace vcs::config
