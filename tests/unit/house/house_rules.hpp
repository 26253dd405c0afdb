// SPDX-License-Identifier: Apache-2.0
// The rules of the house that a machine can check, as pure functions on a path and its text.
//
// Paths are relative to the repository's root. A complaint is a sentence for the person who wrote
// the line; none means that the rules are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vcs::house {

using Complaint = std::optional<std::string>;

// `include` with its delimiters: <uv.h> or "core/base/result.hpp".
Complaint complaint_about_include(std::string_view path, std::string_view include);

// Whether a source may lie where it does.
Complaint complaint_about_place(std::string_view path);

// Includes, the leading comment, unfinished work, long lines and writes around the filesystem seam;
// each with its line number.
std::vector<std::string> complaints_about_text(std::string_view path, std::string_view text);

}  // namespace vcs::house
