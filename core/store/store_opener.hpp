// SPDX-License-Identifier: Apache-2.0
// Opens the packs of a store: it maps indexes or builds them again, scans the open pack, cuts a
// torn tail, and reports damage but keeps the damaged bytes.
#pragma once

#include "core/base/log.hpp"
#include "core/pack/pack_writer.hpp"
#include "core/pack/sealed_pack.hpp"
#include "core/store/store_types.hpp"

namespace vcs::store {

struct OpenedPacks {
  std::vector<pack::SealedPackPtr> sealed;  // by number
  std::unique_ptr<pack::PackWriter> open;   // null: the first append makes one
  std::uint32_t next_number = 1;            // no file has this number or a higher one
  RecoveryReport report;
};

// Everything that it reports as stored is durable when it returns.
Result<OpenedPacks> open_packs(base::Directory& directory, const base::Log& log);

}  // namespace vcs::store
