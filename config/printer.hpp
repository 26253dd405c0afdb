// The option table as text for people.
#pragma once

#include <string>

namespace vcs::config {

// docs/config.md
std::string print_manual();
// config/vcsd.toml.sample: every option with its default, commented out.
std::string print_sample();

}  // namespace vcs::config
