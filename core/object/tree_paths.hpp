// SPDX-License-Identifier: Apache-2.0
// Splits and joins tree paths: components with '/' between them; "" is the root.
#pragma once

#include <string>
#include <string_view>

namespace vcs::object {

std::string join_path(std::string_view folder, std::string_view name);
// The last component.
std::string_view base_name(std::string_view path);
// The folder that a path lies in.
std::string_view parent_path(std::string_view path);
// True if `path` is `folder` or lies below it. Everything lies below "".
bool is_at_or_below(std::string_view path, std::string_view folder);
bool is_below(std::string_view path, std::string_view folder);

}  // namespace vcs::object
