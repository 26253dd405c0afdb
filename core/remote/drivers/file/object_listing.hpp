// SPDX-License-Identifier: Apache-2.0
// Lists the files below a folder as objects. For the driver only.
#pragma once

#include <string>

#include "core/base/filesystem.hpp"
#include "core/remote/cancellation.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::drivers {

struct WantedObjects {
  const std::string& prefix;
  const std::string& after;
  const ObjectVisitor& visitor;
  const Cancellation& cancellation;
};

// In byte order. It opens no folder without a wanted name, and has the entries of one folder on
// each level in memory.
Result<void> list_objects(base::Directory& root, const WantedObjects& wanted);

}  // namespace vcs::remote::drivers
