// SPDX-License-Identifier: Apache-2.0
// Accepted configurations, refs and names of a remote are written again byte for byte.
#include <cstdlib>

#include "core/remote/layout/remote_envelope.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/remote_store.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void examine_object(const vcs::base::Bytes& bytes) {
  using namespace vcs::remote;
  using namespace vcs::remote::layout;
  if (const auto config = decode_remote_config(bytes); config) {
    require(is_valid_pack_id(config->repository_id));
    require(encode_remote_config(*config) == bytes);
    if (check_supported(*config)) require(config->features.empty());
  }
  if (const auto ref = decode_remote_ref(bytes); ref) require(encode_remote_ref(*ref) == bytes);
  if (const auto device = decode_remote_device(bytes); device)
    require(encode_remote_device(*device) == bytes);
}

void examine_name(std::string_view name) {
  using namespace vcs::remote;
  using namespace vcs::remote::layout;
  if (const auto id = parse_pack_name(name); id) require(pack_name(*id) == name);
  if (const auto id = parse_index_name(name); id) require(index_name(*id) == name);
  if (const auto ref = parse_ref_name(name); ref)
    require(is_valid_object_name(name) && ref_name(ref->device, ref->ref) == name);
  if (is_valid_object_name(name)) {
    require(is_valid_prefix(name) && name.size() <= 200);
    require(name.find("//") == std::string_view::npos && name.front() != '/' && name.back() != '/');
    require(name.find('\0') == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vcs::base::ByteView input(data, size);
  examine_name(vcs::base::as_text(input));
  examine_object({input.begin(), input.end()});
  // The checksum would keep the fuzzer out of the body.
  for (const auto type :
       {vcs::remote::layout::EnvelopeType::config, vcs::remote::layout::EnvelopeType::ref,
        vcs::remote::layout::EnvelopeType::device}) {
    vcs::base::Bytes sealed;
    vcs::remote::layout::begin_envelope(type, sealed);
    sealed.insert(sealed.end(), input.begin(), input.end());
    vcs::remote::layout::end_envelope(sealed);
    examine_object(sealed);
  }
  return 0;
}
