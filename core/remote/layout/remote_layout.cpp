// SPDX-License-Identifier: Apache-2.0
// Names and small objects: config, refs and devices.
#include "core/remote/layout/remote_layout.hpp"

#include <algorithm>
#include <cassert>

#include "core/remote/layout/remote_envelope.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::layout {

namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::size_t kLongestFeature = 64;

bool is_lower_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_valid_feature(std::string_view name) {
  return !name.empty() && name.size() <= kLongestFeature &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

bool is_valid_pack_id(std::string_view id) {
  return is_lower_hex(id, 32);
}
bool is_valid_device_id(std::string_view id) {
  return is_lower_hex(id, 16);
}

std::string pack_name(std::string_view id) {
  assert(is_valid_pack_id(id));
  return fmt::format("{}{}/{}", kPacksPrefix, id.substr(0, 2), id);
}

std::string index_name(std::string_view id) {
  assert(is_valid_pack_id(id));
  return fmt::format("{}{}", kIndexPrefix, id);
}

std::string ref_name(std::string_view device, std::string_view ref) {
  assert(is_valid_device_id(device));
  return fmt::format("{}{}/{}", kRefsPrefix, device, ref);
}

std::string device_name(std::string_view device) {
  assert(is_valid_device_id(device));
  return fmt::format("{}{}", kDevicesPrefix, device);
}

std::optional<std::string> parse_pack_name(std::string_view name) {
  if (!take_prefix(name, kPacksPrefix) || name.size() != 35 || name[2] != '/') return std::nullopt;
  const std::string_view id = name.substr(3);
  if (!is_valid_pack_id(id) || id.substr(0, 2) != name.substr(0, 2)) return std::nullopt;
  return std::string(id);
}

std::optional<std::string> parse_index_name(std::string_view name) {
  if (!take_prefix(name, kIndexPrefix) || !is_valid_pack_id(name)) return std::nullopt;
  return std::string(name);
}

std::optional<RefName> parse_ref_name(std::string_view name) {
  if (!is_valid_object_name(name) || !take_prefix(name, kRefsPrefix)) return std::nullopt;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || !is_valid_device_id(name.substr(0, slash)))
    return std::nullopt;
  return RefName{std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))};
}

bool is_kept_ref(std::string_view ref) {
  return take_prefix(ref, kKeptRefPrefix) && is_lower_hex(ref, 16);
}

Bytes encode_remote_config(const RemoteConfig& config) {
  assert(is_valid_pack_id(config.repository_id));
  Bytes out;
  begin_envelope(EnvelopeType::config, out);
  ByteWriter writer(out);
  Bytes id;
  base::from_hex(config.repository_id, id);
  writer.bytes(id);
  writer.u32(config.chunker_algorithm);
  writer.u32(config.chunker_average);
  writer.u64(config.chunker_seed);
  writer.u8(static_cast<std::uint8_t>(config.encryption));
  writer.sized_bytes(config.encryption_parameters);
  writer.varint(config.features.size());
  for (const std::string& feature : config.features) writer.sized_text(feature);
  end_envelope(out);
  return out;
}

Result<RemoteConfig> decode_remote_config(ByteView bytes) {
  VCS_ASSIGN(const ByteView body, open_envelope(EnvelopeType::config, bytes));
  ByteReader reader(body);
  RemoteConfig config;
  config.repository_id = base::to_hex(reader.bytes(16));
  config.chunker_algorithm = reader.u32();
  config.chunker_average = reader.u32();
  config.chunker_seed = reader.u64();
  config.encryption = static_cast<Encryption>(reader.u8());
  const ByteView parameters = reader.sized_bytes();
  config.encryption_parameters.assign(parameters.begin(), parameters.end());
  const std::uint64_t features = reader.varint();
  for (std::uint64_t i = 0; i < features && !reader.failed(); ++i) {
    const std::string_view feature = reader.sized_text();
    const bool sorted = config.features.empty() || config.features.back() < feature;
    if (!is_valid_feature(feature) || !sorted) reader.fail();
    config.features.emplace_back(feature);
  }
  if (!reader.finished())
    return fail(ErrorCode::corrupt, "the configuration of this remote does not make sense");
  return config;
}

Result<void> check_supported(const RemoteConfig& config) {
  if (config.encryption != Encryption::none)
    return fail(ErrorCode::unsupported,
                "this remote is encrypted in a way (number {}) that this program does not know; "
                "update it",
                static_cast<int>(config.encryption));
  if (!config.features.empty())
    return fail(ErrorCode::unsupported,
                "this remote needs '{}', which this program does not know; update it",
                config.features.front());
  return {};
}

Bytes encode_remote_ref(const RemoteRef& ref) {
  Bytes out;
  begin_envelope(EnvelopeType::ref, out);
  ByteWriter writer(out);
  writer.bytes(ref.commit);
  writer.i64(base::count_of(ref.time));
  writer.u64(ref.sequence);
  end_envelope(out);
  return out;
}

Result<RemoteRef> decode_remote_ref(ByteView bytes) {
  VCS_ASSIGN(const ByteView body, open_envelope(EnvelopeType::ref, bytes));
  ByteReader reader(body);
  RemoteRef ref;
  const ByteView commit = reader.bytes(ref.commit.size());
  std::copy(commit.begin(), commit.end(), ref.commit.begin());
  ref.time = base::unix_nanos(reader.i64());
  ref.sequence = reader.u64();
  if (!reader.finished()) return fail(ErrorCode::corrupt, "this ref does not make sense");
  return ref;
}

Bytes encode_remote_device(const RemoteDevice& device) {
  Bytes out;
  begin_envelope(EnvelopeType::device, out);
  ByteWriter writer(out);
  for (const std::string* text : {&device.machine, &device.repository, &device.folder})
    writer.sized_text(*text);
  end_envelope(out);
  return out;
}

Result<RemoteDevice> decode_remote_device(ByteView bytes) {
  VCS_ASSIGN(const ByteView body, open_envelope(EnvelopeType::device, bytes));
  ByteReader reader(body);
  RemoteDevice device;
  for (std::string* text : {&device.machine, &device.repository, &device.folder})
    *text = reader.sized_text();
  if (!reader.finished())
    return fail(ErrorCode::corrupt, "this description of a device does not make sense");
  return device;
}

}  // namespace vcs::remote::layout
