// SPDX-License-Identifier: Apache-2.0
// Compiles and matches ignore patterns with git's semantics. It runs for every file of a scan, so
// the most common kinds of pattern have fast paths.
#include "core/worktree/ignore_patterns.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/object/tree_paths.hpp"
#include "core/worktree/glob.hpp"

namespace vcs::worktree {
namespace {

constexpr std::size_t kLongestLine = 64 << 10;
constexpr std::size_t kMostLines = 100'000;
constexpr std::string_view kSpecial = "*?[\\";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// A line without its decorations.
struct Line {
  std::string_view pattern;
  bool negated = false;
  bool directories_only = false;
  bool name_only = false;  // no slash inside: matched against the last component, at any depth
};

// Removes trailing spaces, up to the last escaped one, and everything from a NUL byte on.
std::string_view trim(std::string_view line) {
  line = line.substr(0, line.find('\0'));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') continue;
    if (line[i] == '\\' && ++i == line.size()) return line;
    kept = i + 1;
  }
  return line.substr(0, kept);
}

Line parse_line(std::string_view text) {
  Line line{text};
  std::string_view& pattern = line.pattern;
  if (pattern.starts_with('!')) line.negated = true, pattern.remove_prefix(1);
  if (pattern.ends_with('/')) line.directories_only = true, pattern.remove_suffix(1);
  line.name_only = pattern.find('/') == std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  return line;
}

// The text that the pattern matches, if it has no wildcard.
std::optional<std::string> literal_of(std::string_view pattern) {
  std::string literal;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i == pattern.size()) return std::nullopt;
    } else if (kSpecial.find(pattern[i]) != std::string_view::npos) {
      return std::nullopt;
    }
    literal += pattern[i];
  }
  return literal;
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

// Ranks of the last patterns of one text: of a pattern for everything, and of one for folders only.
// A pattern's rank is its place in the file, from 1.
struct Ranks {
  std::uint32_t any = 0, directory = 0;

  void raise(std::uint32_t rank, bool directories_only) {
    (directories_only ? directory : any) = rank;
  }
  std::uint32_t best(bool is_directory) const {
    return is_directory ? std::max(any, directory) : any;
  }
};

using RanksByText = std::unordered_map<std::string, Ranks, TextHash, std::equal_to<>>;

std::uint32_t best_of(const RanksByText& texts, std::string_view text, bool is_directory) {
  if (texts.empty()) return 0;
  const auto found = texts.find(text);
  return found == texts.end() ? 0 : found->second.best(is_directory);
}

}  // namespace

struct IgnorePatterns::Compiled {
  struct Wild {
    std::uint32_t rank;
    bool directories_only, name_only;
    std::string prefix;  // the part before the first special byte
    Glob glob;           // the rest
  };
  struct Suffix {
    std::string text;
    Ranks ranks;
  };

  void add(const Line& line);
  bool add_literal(const Line& line, std::uint32_t rank);
  void add_wild(const Line& line, std::uint32_t rank);
  void add_suffix(const Line& line, std::uint32_t rank);
  std::uint32_t best_suffix(std::string_view name, bool is_directory) const;
  std::uint32_t best_wild(std::string_view path, std::string_view name, bool is_directory,
                          std::uint32_t above) const;

  std::vector<bool> negated{false};  // by rank; there is no rank 0
  RanksByText names, paths;
  std::array<std::vector<Suffix>, 256> suffixes;  // "*.o", by the last byte
  bool has_suffixes = false;
  std::vector<Wild> wild;
};

void IgnorePatterns::Compiled::add(const Line& line) {
  const auto rank = static_cast<std::uint32_t>(negated.size());
  if (line.pattern.empty()) return;
  const bool suffix = line.name_only && line.pattern.size() > 1 && line.pattern[0] == '*' &&
                      line.pattern.find_first_of(kSpecial, 1) == std::string_view::npos;
  if (suffix) {
    add_suffix(line, rank);
  } else if (!add_literal(line, rank)) {
    add_wild(line, rank);
  }
  negated.push_back(line.negated);
}

bool IgnorePatterns::Compiled::add_literal(const Line& line, std::uint32_t rank) {
  auto literal = literal_of(line.pattern);
  if (!literal) return false;
  (line.name_only ? names : paths)[std::move(*literal)].raise(rank, line.directories_only);
  return true;
}

void IgnorePatterns::Compiled::add_suffix(const Line& line, std::uint32_t rank) {
  const std::string_view text = line.pattern.substr(1);
  auto& list = suffixes[static_cast<unsigned char>(text.back())];
  auto known =
      std::find_if(list.begin(), list.end(), [&](auto& each) { return each.text == text; });
  if (known == list.end()) known = list.insert(list.end(), {std::string(text), {}});
  known->ranks.raise(rank, line.directories_only);
  has_suffixes = true;
}

// Git, too, compares the part before the first special byte separately. This has an effect: a '**'
// right behind that part spans components although no slash is before it.
void IgnorePatterns::Compiled::add_wild(const Line& line, std::uint32_t rank) {
  const std::size_t special = line.pattern.find_first_of(kSpecial);
  auto glob = Glob::compile(line.pattern.substr(special));
  if (!glob) return;
  wild.push_back({rank, line.directories_only, line.name_only,
                  std::string(line.pattern.substr(0, special)), std::move(*glob)});
}

std::uint32_t IgnorePatterns::Compiled::best_suffix(std::string_view name,
                                                    bool is_directory) const {
  std::uint32_t best = 0;
  if (!has_suffixes || name.empty()) return best;
  for (const Suffix& suffix : suffixes[static_cast<unsigned char>(name.back())]) {
    if (name.ends_with(suffix.text)) best = std::max(best, suffix.ranks.best(is_directory));
  }
  return best;
}

std::uint32_t IgnorePatterns::Compiled::best_wild(std::string_view path, std::string_view name,
                                                  bool is_directory, std::uint32_t above) const {
  for (auto each = wild.rbegin(); each != wild.rend() && each->rank > above; ++each) {
    if (each->directories_only && !is_directory) continue;
    const std::string_view text = each->name_only ? name : path;
    if (text.starts_with(each->prefix) && each->glob.matches(text.substr(each->prefix.size())))
      return each->rank;
  }
  return above;
}

IgnorePatterns::IgnorePatterns() : compiled_(std::make_unique<Compiled>()) {}
IgnorePatterns::~IgnorePatterns() = default;

std::shared_ptr<const IgnorePatterns> IgnorePatterns::parse(std::string_view text) {
  std::shared_ptr<IgnorePatterns> patterns(new IgnorePatterns);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t count = 0; count < kMostLines && !text.empty(); ++count) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kLongestLine || line.starts_with('#')) continue;
    patterns->compiled_->add(parse_line(trim(line)));
  }
  return patterns;
}

IgnorePatterns::Verdict IgnorePatterns::match(std::string_view path, bool is_directory) const {
  const Compiled& compiled = *compiled_;
  const std::string_view name = object::base_name(path);
  std::uint32_t best = best_of(compiled.names, name, is_directory);
  best = std::max(best, best_of(compiled.paths, path, is_directory));
  best = std::max(best, compiled.best_suffix(name, is_directory));
  best = compiled.best_wild(path, name, is_directory, best);
  if (best == 0) return Verdict::none;
  return compiled.negated[best] ? Verdict::include : Verdict::ignore;
}

bool IgnorePatterns::empty() const {
  return compiled_->negated.size() == 1;
}

}  // namespace vcs::worktree
