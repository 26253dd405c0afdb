// SPDX-License-Identifier: Apache-2.0
// The objects of a remote store, the same on every driver. docs/format/remote.md
//
//   config                      the repository's id and parameters, once
//   keys/…                      reserved for encryption
//   packs/<2 hex>/<32 hex>      frames of objects, with their index as a trailer
//   index/<32 hex>              indexes of many packs in one object
//   refs/<device>/<name>        the last commit of a device's history
//   devices/<device>            the device's names for people
//
// Pure codecs. Decoders accept any bytes: `corrupt` if they are no such object, `unsupported` if
// the object is encrypted or of a newer version. Object ids are 32 opaque bytes: with encryption
// they will be keyed hashes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vcs::remote::layout {

using RemoteObjectId = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kLargestPack = 12u << 20;  // wanted bytes of a pack, without trailer

// --- Names ---

inline constexpr const char* kConfigName = "config";
inline constexpr const char* kPacksPrefix = "packs/";
inline constexpr const char* kIndexPrefix = "index/";
inline constexpr const char* kRefsPrefix = "refs/";
inline constexpr const char* kDevicesPrefix = "devices/";
inline constexpr const char* kHeadRef = "head";
inline constexpr const char* kKeptRefPrefix = "kept-";  // then 16 hexadecimal digits of a commit

// Ids of packs and index segments are 32 lower-case hexadecimal digits, device ids 16.
bool is_valid_pack_id(std::string_view id);
bool is_valid_device_id(std::string_view id);
std::string pack_name(std::string_view id);
std::string index_name(std::string_view id);
std::string ref_name(std::string_view device, std::string_view ref);
std::string device_name(std::string_view device);
// The id in a pack's or segment's name; nothing for any other name.
std::optional<std::string> parse_pack_name(std::string_view name);
std::optional<std::string> parse_index_name(std::string_view name);
struct RefName {
  std::string device, ref;
};
std::optional<RefName> parse_ref_name(std::string_view name);
// "kept-" and 16 hexadecimal digits: a head that was moved aside.
bool is_kept_ref(std::string_view ref);

// --- config ---

enum class Encryption : std::uint8_t { none = 0 };

struct RemoteConfig {
  std::string repository_id;  // 32 hexadecimal digits, random
  std::uint32_t chunker_algorithm = 0;
  std::uint32_t chunker_average = 0;
  std::uint64_t chunker_seed = 0;
  Encryption encryption = Encryption::none;
  Bytes encryption_parameters;  // empty with none
  // Sorted names ([a-z0-9-], 1 to 64) of the features that a reader of this remote must support.
  std::vector<std::string> features;
  bool operator==(const RemoteConfig&) const = default;
};

Bytes encode_remote_config(const RemoteConfig& config);
Result<RemoteConfig> decode_remote_config(ByteView bytes);
// `unsupported` if it needs a feature that this program does not know.
Result<void> check_supported(const RemoteConfig& config);

// --- refs ---

struct RemoteRef {
  RemoteObjectId commit{};
  base::UnixNanos time{};      // of the commit
  std::uint64_t sequence = 0;  // of the commit
  bool operator==(const RemoteRef&) const = default;
};

Bytes encode_remote_ref(const RemoteRef& ref);
Result<RemoteRef> decode_remote_ref(ByteView bytes);

// --- devices ---

// For people who choose a head; nothing depends on it.
struct RemoteDevice {
  std::string machine;     // name of the machine
  std::string repository;  // name of the repository there
  std::string folder;      // path of the watched folder; any bytes
  bool operator==(const RemoteDevice&) const = default;
};

Bytes encode_remote_device(const RemoteDevice& device);
Result<RemoteDevice> decode_remote_device(ByteView bytes);

}  // namespace vcs::remote::layout
