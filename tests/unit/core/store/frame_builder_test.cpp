// SPDX-License-Identifier: Apache-2.0
// Tests of gathering small objects.
#include "core/store/frame_builder.hpp"

#include <catch2/catch.hpp>

#include "core/object/hasher.hpp"
#include "tests/support/memory_object_store.hpp"
#include "tests/support/must.hpp"

namespace vcs::store {

// More objects than a frame can hold, in fewer bytes than its target size.
TEST_CASE("frame builder: any number of tiny objects is stored") {
  constexpr int kObjects = static_cast<int>(pack::kMostObjectsInFrame) + 1000;
  test::MemoryObjectStore store;
  FrameBuilder builder(store, object::ObjectKind::blob, 1);
  object::Hasher hasher(object::HashProvider::libsodium);
  for (int i = 0; i < kObjects; ++i) {
    const std::string text = std::to_string(i);
    test::must(builder.add(hasher.hash(base::as_bytes(text)), base::as_bytes(text)));
  }
  test::must(builder.flush());
  CHECK(store.object_count() == static_cast<std::size_t>(kObjects));
  const auto last =
      test::must(store.get(hasher.hash(base::as_bytes(std::to_string(kObjects - 1)))));
  CHECK(base::as_text(last) == std::to_string(kObjects - 1));
}

}  // namespace vcs::store
