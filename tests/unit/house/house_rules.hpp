// SPDX-License-Identifier: Apache-2.0
// The rules of the house that a machine can check, as pure functions on a path and its text.
//
// Paths are relative to the repository's root. A complaint is a sentence for the person who wrote
// the line; none means that the rules are kept.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vcs::house {

using Complaint = std::optional<std::string>;

// `include` with its delimiters: <uv.h> or "core/base/result.hpp".
Complaint complaint_about_include(std::string_view path, std::string_view include);

// Whether a source may lie where it does.
Complaint complaint_about_place(std::string_view path);

// Checks includes, the leading comment, unfinished work, long lines and writes around the
// filesystem seam; each complaint has its line number.
std::vector<std::string> complaints_about_text(std::string_view path, std::string_view text);

// Includes of product sources: from a file to the files that it needs. A header and its source
// count as one file, named by their path without its extension.
using Needs = std::map<std::string, std::set<std::string>>;
void add_includes(Needs& needs, const std::string& path, std::string_view text);

// Files that need each other, in groups of two and more, sorted: the strongly connected components
// (Tarjan 1972). A reader cannot understand such files one after the other.
std::vector<std::vector<std::string>> knots_of(const Needs& needs);

}  // namespace vcs::house
