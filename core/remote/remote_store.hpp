// SPDX-License-Identifier: Apache-2.0
// The contract of a place that holds copies. Every sentence here is a case of
// tests/contract/remote/remote_store_contract.cpp.
//
//   - A finished put is durable, whole or absent, and visible to the next get, stat and list of
//     every client.
//   - Names are 1 to 200 characters of [a-z0-9/._-], relative: no leading, trailing or double '/',
//     no "." or ".." component. Anything else is refused as `invalid` before it reaches the store.
//     No name is also the folder of another ("a" next to "a/b"): a store may refuse the second of
//     the two as `invalid`.
//   - `list` gives names in byte order, each once, including all that were put before it began.
//   - Calls may come from several threads at once. They block; the agent gives them threads of
//     their own.
//   - Errors are: not_found already_exists precondition_failed denied unavailable corrupt invalid
//     no_space cancelled. `unavailable` alone is worth retrying.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace vcs::remote {

// Part of an object: [offset, offset + length), cut at its end. An offset past the end is
// `invalid`; one at the end gives no bytes.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;
};

struct ObjectInfo {
  std::string name;
  std::uint64_t size = 0;
};

enum class PutMode { if_absent, overwrite };

struct Properties {
  std::uint64_t largest_object = 1u << 30;  // bytes; larger puts are refused as `invalid`
  std::size_t concurrency = 4;              // more calls at once bring no gain
  bool atomic_replace = true;               // replace_if is safe against other clients
  // The points in which this store is weaker than the contract, found so far; a sentence each.
  std::vector<std::string> weaknesses{};
};

struct NamedBytes {
  std::string name;
  Bytes bytes;
};

class RemoteStore {
 public:
  virtual ~RemoteStore() = default;

  virtual Result<Bytes> get(const std::string& name, ByteRange range = {}) = 0;
  // if_absent: already_exists if the name is taken; the object there stays.
  virtual Result<void> put(const std::string& name, ByteView bytes, PutMode mode) = 0;
  // Nothing: no such object.
  virtual Result<std::optional<ObjectInfo>> stat(const std::string& name) = 0;
  // Objects whose name starts with `prefix`. The visitor returns false to stop.
  virtual Result<void> list(const std::string& prefix,
                            const std::function<bool(const ObjectInfo&)>& visitor) = 0;
  // Removing a missing object is no error.
  virtual Result<void> remove(const std::string& name) = 0;
  // Compare and swap: writes `bytes` if the object's content is `expected` (none: absent); else
  // precondition_failed.
  virtual Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                                  ByteView bytes) = 0;

  // Batches, for stores that are faster with several names in one call. Results are in the order of
  // the names; a missing object gives false or nothing. put_many stops at the first error; objects
  // that it put before stay.
  virtual Result<std::vector<bool>> has_many(const std::vector<std::string>& names);
  virtual Result<std::vector<std::optional<Bytes>>> get_many(const std::vector<std::string>& names);
  virtual Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode);

  virtual Properties properties() const = 0;
};

// The rule for names, above.
bool is_valid_object_name(std::string_view name);
// The rule for prefixes of names: a name, or empty, or a name with a trailing '/'.
bool is_valid_prefix(std::string_view prefix);

// For drivers: the same rules as errors (`invalid`).
Result<void> check_object_name(std::string_view name);
Result<void> check_prefix(std::string_view prefix);
Result<void> check_put_size(const std::string& name, std::uint64_t size,
                            const Properties& properties);
// `range` cut at the end of an object of `size` bytes.
Result<ByteRange> clip_range(const std::string& name, ByteRange range, std::uint64_t size);

}  // namespace vcs::remote
