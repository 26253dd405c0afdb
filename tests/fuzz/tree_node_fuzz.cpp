// SPDX-License-Identifier: Apache-2.0
// A tree node that was accepted is sorted, valid, and the only encoding of what it says.
#include <algorithm>

#include "core/object/tree_node.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_paths(const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    FUZZ_REQUIRE(object::is_valid_tree_path(paths[i]));
    if (i > 0) FUZZ_REQUIRE(object::compare_paths(paths[i - 1], paths[i]) < 0);
  }
}

void check_entry(const object::TreeEntry& entry) {
  const bool file = entry.type == object::EntryType::file;
  const bool link = entry.type == object::EntryType::symlink;
  FUZZ_REQUIRE(file || link || entry.type == object::EntryType::directory);
  FUZZ_REQUIRE(file == (entry.content.kind != object::ContentKind::none));
  FUZZ_REQUIRE(file || entry.size == 0);
  FUZZ_REQUIRE(link || entry.symlink_target.empty());
  FUZZ_REQUIRE(entry.mode <= 07777);
  FUZZ_REQUIRE(std::is_sorted(entry.attributes.begin(), entry.attributes.end(),
                              [](const auto& a, const auto& b) { return a.name < b.name; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  const auto node = object::decode_tree_node(input);
  if (!node) {
    FUZZ_REQUIRE(node.error().code == base::ErrorCode::corrupt);
    return 0;
  }
  std::vector<std::string> paths;
  for (const object::LeafItem& item : node->leaves) {
    paths.push_back(item.path);
    check_entry(item.entry);
  }
  for (const object::InnerItem& item : node->inner) {
    paths.push_back(item.first_path);
    FUZZ_REQUIRE(item.files <= item.entries && item.entries > 0 && !item.node.is_zero());
  }
  FUZZ_REQUIRE(!paths.empty());
  FUZZ_REQUIRE((node->level == 0 ? node->inner.size() : node->leaves.size()) == 0);
  check_paths(paths);
  FUZZ_REQUIRE(std::ranges::equal(object::encode_tree_node(*node), input));
  return 0;
}
