// SPDX-License-Identifier: Apache-2.0
// What a store can do, as it says itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/names.hpp"

namespace vcs::remote {

// What an object survives once its put has succeeded.
enum class Durability {
  power_cut,  // a power cut at the store
  process,    // the end of the store's process, and no power cut
  unknown,    // the store cannot know
};
constexpr auto names_of(Durability) {
  using enum Durability;
  return base::names<Durability>(
      {{power_cut, "power_cut"}, {process, "process"}, {unknown, "unknown"}});
}

struct Properties {
  std::uint64_t largest_object = 1u << 30;  // bytes; larger puts are refused as `invalid`
  std::uint64_t best_object = 12u << 20;    // bytes that a pack should aim at
  std::size_t concurrency = 4;              // more calls at once bring no gain
  std::size_t batch_objects = 1000;         // more names in one call bring no gain
  std::uint64_t batch_bytes = 16u << 20;    // nor do more bytes
  Durability durable = Durability::unknown;
  bool atomic_replace = true;  // replace_if is safe against other clients
  bool has_clock = false;      // ObjectInfo has `modified`
  bool can_remove = true;      // false: these credentials may only add
  bool retention = false;      // retain() works
  // The points in which this store is weaker than the contract, found so far; a sentence each.
  std::vector<std::string> weaknesses{};
};

}  // namespace vcs::remote
