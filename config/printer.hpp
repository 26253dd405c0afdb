// SPDX-License-Identifier: Apache-2.0
// Prints the option table as text for people.
#pragma once

#include <string>

namespace vcs::config {

// docs/config.md
std::string print_manual();
// config/vcsd.toml.5, the manual page, in roff.
std::string print_manual_page();
// config/vcsd.toml.sample: every option with its default, commented out.
std::string print_sample();

}  // namespace vcs::config
