// SPDX-License-Identifier: Apache-2.0
// The files that one process may write without any event: descriptors that are open for writing,
// and shared mappings that may be written.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace vcs::agent::watch {

// By absolute path. True: the file is mapped, so its times do not change with each write.
using HeldPaths = std::map<std::string, bool>;

// `process` is its folder in /proc. Empty if we may not read it, and for kernel threads.
HeldPaths files_of_process(const std::string& process);

// Whether `path`, as the kernel writes it, may be a file of a watched folder: it is no device and
// not deleted.
bool is_file_path(std::string_view path);

}  // namespace vcs::agent::watch
