// SPDX-License-Identifier: Apache-2.0
// The contract of a place that holds copies. Every sentence here is a case of
// tests/contract/remote/remote_store_contract.cpp.
//
//   - A finished put is whole or absent, visible to the next get, stat and list of every client,
//     and as durable as properties().durable says.
//   - Names are 1 to 200 characters of [a-z0-9/._-], relative: no leading, trailing or double '/',
//     no "." or ".." component. Anything else is refused as `invalid` before it reaches the store.
//     No name is also the folder of another ("a" next to "a/b"): a store may refuse the second of
//     the two as `invalid`.
//   - `list` gives names in byte order, each once, including all that were put before it began
//     and not removed meanwhile.
//   - Calls may come from several threads at once. They block; the agent gives them threads of
//     their own.
//   - After cancel(), each call under way and each later one ends within 2 s as `cancelled`, unless
//     it is done already. A cancelled write has written all or nothing. There is no way back.
//   - A driver that talks to a network ends a call as `unavailable` when no byte came or went for
//     the stall time (60 s).
//   - Errors are: not_found already_exists precondition_failed denied unavailable corrupt invalid
//     no_space cancelled archived unsupported. `unavailable` alone is worth retrying.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/remote/examination.hpp"
#include "core/remote/remote_properties.hpp"

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
  // When it was written, by the store's clock; nothing if the store has none. It never goes back
  // when the object is written again.
  std::optional<base::UnixNanos> modified{};
};

// False: stop.
using ObjectVisitor = std::function<bool(const ObjectInfo&)>;

enum class PutMode { if_absent, overwrite };

struct NamedBytes {
  std::string name;
  Bytes bytes;
};

// Ends its watch when it is destroyed.
class RemoteWatch {
 public:
  virtual ~RemoteWatch() = default;
};

class RemoteStore {
 public:
  virtual ~RemoteStore() = default;

  virtual Result<Bytes> get(const std::string& name, ByteRange range = {}) = 0;
  // if_absent: already_exists if the name is taken; the object there stays.
  virtual Result<void> put(const std::string& name, ByteView bytes, PutMode mode) = 0;
  // Nothing: no such object.
  virtual Result<std::optional<ObjectInfo>> stat(const std::string& name) = 0;
  // Objects whose name starts with `prefix` and is greater than `after`, which need not exist ("":
  // from the start). The visitor may use the store.
  virtual Result<void> list(const std::string& prefix, const std::string& after,
                            const ObjectVisitor& visitor) = 0;
  Result<void> list(const std::string& prefix, const ObjectVisitor& visitor) {
    return list(prefix, {}, visitor);
  }
  // Removing a missing object is no error.
  virtual Result<void> remove(const std::string& name) = 0;
  // Compare and swap: writes `bytes` if the object's content is `expected` (none: absent); else
  // precondition_failed.
  virtual Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                                  ByteView bytes) = 0;

  // Batches, for stores that are faster with several names in one call. Results are in the order of
  // the names; a missing object gives false or nothing. A name may come twice. put_many stops at
  // the first error, and remove_many may: what they put or removed before stays so.
  virtual Result<std::vector<bool>> has_many(const std::vector<std::string>& names);
  virtual Result<std::vector<std::optional<Bytes>>> get_many(const std::vector<std::string>& names);
  virtual Result<void> put_many(const std::vector<NamedBytes>& objects, PutMode mode);
  virtual Result<void> remove_many(const std::vector<std::string>& names);

  // Any thread.
  virtual void cancel() = 0;

  virtual Properties properties() const = 0;
  // Changes when the store may have lost acknowledged writes: whoever remembers what is there must
  // ask again. Empty: the store cannot tell.
  virtual Result<std::string> incarnation();
  // Tries what the store can do, with objects or files of its own that it removes again.
  virtual Result<Examination> examine();
  // Calls `on_change`, from any thread, when an object below `prefix` may have changed. These are
  // hints: some may be lost, several may be one. `unsupported`: poll.
  virtual Result<std::unique_ptr<RemoteWatch>> watch(const std::string& prefix,
                                                     std::function<void()> on_change);
  // Lets nobody change or remove these objects until then. `unsupported` without `retention`.
  virtual Result<void> retain(const std::vector<std::string>& names, base::UnixNanos until);
};

// The rule for names, above.
bool is_valid_object_name(std::string_view name);
// The rule for prefixes of names: a name, or empty, or a name with a trailing '/'.
bool is_valid_prefix(std::string_view prefix);

// For drivers: the same rules as errors (`invalid`). `after` of a listing is like a prefix.
Result<void> check_object_name(std::string_view name);
Result<void> check_prefix(std::string_view prefix);
Result<void> check_listing(std::string_view prefix, std::string_view after);
Result<void> check_put_size(const std::string& name, std::uint64_t size,
                            const Properties& properties);
// `range` cut at the end of an object of `size` bytes.
Result<ByteRange> clip_range(const std::string& name, ByteRange range, std::uint64_t size);

}  // namespace vcs::remote
