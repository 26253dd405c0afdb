// SPDX-License-Identifier: Apache-2.0
// The files that one process may write without any event: descriptors that are open for writing,
// and shared mappings that may be written.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace vcs::agent::watch {

// By absolute path; true: it is mapped, so its times do not tell of each write.
using HeldPaths = std::map<std::string, bool>;

// `process` is its folder in /proc. Empty where we may not look, and for threads of the kernel.
HeldPaths files_of_process(const std::string& process);

// Whether a watched folder may hold what the system calls so: no device, nothing deleted.
bool is_file_path(std::string_view path);

}  // namespace vcs::agent::watch
