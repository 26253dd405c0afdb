// SPDX-License-Identifier: Apache-2.0
// The environment of a process, as a value.
#pragma once

#include <map>
#include <string>

namespace vcs::config {

// Name to value. Passed in, so that nothing below the mains looks at the process.
using Environment = std::map<std::string, std::string>;

// From main's `environ`: NAME=value strings, ended by a null pointer.
Environment environment_from(const char* const* variables);
// "" where it is not set.
std::string variable(const Environment& environment, const std::string& name);

}  // namespace vcs::config
