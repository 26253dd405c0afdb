// SPDX-License-Identifier: Apache-2.0
// The table of built-in rules: each has a name pattern and a test of the file.
#include "core/worktree/builtin_ignores.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/worktree/ignore_patterns.hpp"

namespace vcs::worktree {
namespace {

using namespace std::string_view_literals;

enum class Proof {
  name,          // only the program makes such a name
  empty,         // no content
  link,          // it is a symlink
  vim_swap,      // no content yet, or the first block of a swap file
  office_owner,  // has one of the two sizes of an owner file
  zip,           // no content yet, or a ZIP file, as office documents are
};

struct Rule {
  std::string_view pattern;
  Proof proof;
};

constexpr std::array kRules{
    Rule{"4913", Proof::empty},            // vim probes a folder with it
    Rule{".*.sw[k-px]", Proof::vim_swap},  //
    Rule{".#*", Proof::link},              // locks of Emacs
    Rule{"*___jb_tmp___", Proof::name},    // JetBrains: safe write
    Rule{"*___jb_old___", Proof::name},    //
    Rule{"*___jb_bak___", Proof::name},    //
    Rule{"~$*", Proof::office_owner},      // Microsoft Office: the user who has it open
    Rule{"~[wW][rR][a-zA-Z][0-9][0-9][0-9][0-9].tmp", Proof::name},  // Word, on the way to a save
    Rule{".~lock.*#", Proof::name},                                  // LibreOffice: lock
    Rule{"lu[0-9][0-9]*.tmp", Proof::zip},  // LibreOffice, on the way to a save
    Rule{"*.blend@", Proof::name},          // Blender, on the way to a save
    Rule{".goutputstream-[A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9]", Proof::name},  // GNOME
    Rule{".fuse_hidden[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*",
         Proof::name},  // removed, but still open
    Rule{".nfs[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
         "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
         "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]",
         Proof::name},
    Rule{"*.crdownload", Proof::name},  // Chrome: an unfinished download
    Rule{".DS_Store", Proof::name},     // notes of file managers
    Rule{"Thumbs.db", Proof::name},     //
    Rule{".vcsd-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
         "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f].tmp",
         Proof::name},  // our own temporary file of a restore
};

// The first 8 bytes of the file. Empty if it cannot be read: then no rule matches it.
std::string head_of(base::Directory& directory, const std::string& name) {
  std::string head(8, '\0');
  const auto file = directory.open_file(name, base::OpenMode::read);
  if (!file) return {};
  const auto got = (*file)->read_at({reinterpret_cast<std::uint8_t*>(head.data()), head.size()}, 0);
  head.resize(got ? *got : 0);
  return head;
}

bool is_proved(Proof proof, base::Directory& directory, const std::string& name,
               const base::FileStat& stat) {
  if ((proof == Proof::link) != (stat.type == base::FileType::symlink)) return false;
  switch (proof) {
    case Proof::name:
    case Proof::link:
      return true;
    case Proof::empty:
      return stat.size == 0;
    case Proof::office_owner:
      return stat.size == 162 || stat.size == 165;
    case Proof::vim_swap: {  // "b0VIM", or another second letter where it is encrypted
      if (stat.size == 0) return true;
      const std::string head = head_of(directory, name);
      return head.starts_with('b') && head.substr(2, 3) == "VIM"sv;
    }
    case Proof::zip:
      return stat.size == 0 || head_of(directory, name).starts_with("PK\x03\x04"sv);
  }
  return false;
}

}  // namespace

std::string_view builtin_ignore_patterns() {
  static const std::string kAll = [] {
    std::string all;
    for (const Rule& rule : kRules) all.append(rule.pattern) += '\n';
    return all;
  }();
  return kAll;
}

bool is_builtin_ignored(base::Directory& directory, const std::string& name,
                        const base::FileStat& stat) {
  static const auto kPatterns = [] {
    std::vector<std::shared_ptr<const IgnorePatterns>> patterns;
    for (const Rule& rule : kRules) patterns.push_back(IgnorePatterns::parse(rule.pattern));
    return patterns;
  }();
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (kPatterns[i]->match(name, false) == IgnorePatterns::Verdict::ignore &&
        is_proved(kRules[i].proof, directory, name, stat))
      return true;
  return false;
}

}  // namespace vcs::worktree
