// SPDX-License-Identifier: Apache-2.0
// The environment of a process, as a value.
#pragma once

#include <map>
#include <string>

namespace vcs::config {

// Maps name to value. main() passes it in, so that no code below reads the process's environment.
using Environment = std::map<std::string, std::string>;

// From main's `environ`: NAME=value strings, ended by a null pointer.
Environment environment_from(const char* const* variables);
// "" if the variable is not set.
std::string variable(const Environment& environment, const std::string& name);

}  // namespace vcs::config
