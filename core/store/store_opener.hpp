// SPDX-License-Identifier: Apache-2.0
// What happens to a folder of packs when its store is opened: indexes are mapped or built anew, the
// open pack is scanned, a torn tail is cut, damage is told and kept.
#pragma once

#include "core/base/log.hpp"
#include "core/pack/pack_writer.hpp"
#include "core/pack/sealed_pack.hpp"
#include "core/store/store_types.hpp"

namespace vcs::store {

struct OpenedPacks {
  std::vector<pack::SealedPackPtr> sealed;  // by number
  std::unique_ptr<pack::PackWriter> open;   // none: the first append makes one
  std::uint32_t next_number = 1;            // no file has this number or a higher one
  RecoveryReport report;
};

// Everything that it reports as present is durable when it returns.
Result<OpenedPacks> open_packs(base::Directory& directory, const base::Log& log);

}  // namespace vcs::store
