// The version of the program, told by `version`, `status` and the greeting.
#pragma once

namespace vcs::agent {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace vcs::agent
