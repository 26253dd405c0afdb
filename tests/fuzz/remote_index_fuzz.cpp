// SPDX-License-Identifier: Apache-2.0
// An accepted index of remote packs is canonical, and its sizes are right.
#include <cstdlib>

#include "core/remote/layout/remote_envelope.hpp"
#include "core/remote/layout/remote_pack.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_index(const vcs::remote::layout::PackIndex& index) {
  std::size_t objects = 0;
  std::uint64_t offset = vcs::remote::layout::kEnvelopeHeader;
  for (const auto& frame : index.frames) {
    require(frame.offset == offset && frame.length > 0 && frame.objects > 0 && frame.kind > 0);
    offset += frame.length;
    objects += frame.objects;
    require(objects <= index.ids.size());
  }
  require(objects == index.ids.size());
}

void examine(const vcs::base::Bytes& bytes) {
  using namespace vcs::remote;
  using namespace vcs::remote::layout;
  if (const auto index = decode_pack_index(bytes); index) {
    check_index(*index);
    require(encode_pack_index(*index) == bytes);
  }
  if (const auto packs = decode_segment(bytes); packs) {
    for (const auto& pack : *packs) {
      require(is_valid_pack_id(pack.id));
      check_index(pack.index);
    }
    require(encode_segment(*packs) == bytes);
  }
  if (const auto index = read_pack_trailer(bytes, bytes.size()); index) {
    check_index(*index);
    for (const auto& frame : index->frames) require(frame.offset + frame.length < bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vcs::base::ByteView input(data, size);
  examine({input.begin(), input.end()});
  // The checksum would keep the fuzzer out of the body.
  for (const auto type : {vcs::remote::layout::EnvelopeType::pack_index,
                          vcs::remote::layout::EnvelopeType::segment}) {
    vcs::base::Bytes sealed;
    vcs::remote::layout::begin_envelope(type, sealed);
    sealed.insert(sealed.end(), input.begin(), input.end());
    vcs::remote::layout::end_envelope(sealed);
    examine(sealed);
  }
  return 0;
}
