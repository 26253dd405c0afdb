// SPDX-License-Identifier: Apache-2.0
// Configured values, names and encodings as text: an accepted one can be printed, and is read again
// as the same.
#include "config/value.hpp"

#include "core/base/url.hpp"
#include "core/object/object_id.hpp"
#include "core/pack/pack_file.hpp"
#include "core/pack/pack_index.hpp"
#include "ipc/base64.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_value(config::Type type, std::string_view text) {
  const auto value = config::parse_value(type, text);
  if (!value) {
    FUZZ_REQUIRE(value.error().code == base::ErrorCode::invalid && !value.error().message.empty());
    return;
  }
  const auto again = config::parse_value(type, config::value_text(*value));
  FUZZ_REQUIRE(again && *again == *value);
  if (const auto* duration = std::get_if<base::Nanos>(&*value))
    FUZZ_REQUIRE(duration->count() >= 0);
}

void check_list(std::string_view text) {
  const auto value = config::parse_value(config::Type::string_list, text);
  FUZZ_REQUIRE(value.has_value());
  for (const std::string& item : std::get<std::vector<std::string>>(*value))
    FUZZ_REQUIRE(!item.empty() && item.find(',') == std::string::npos);
}

void check_names(const std::string& text) {
  if (const auto id = object::ObjectId::from_hex(text)) {
    FUZZ_REQUIRE(object::ObjectId::from_hex(id->hex()) == *id);
    FUZZ_REQUIRE(pack::IdPrefix::parse(text).value().matches(*id));
  }
  if (const auto prefix = pack::IdPrefix::parse(text))
    FUZZ_REQUIRE(prefix->matches(prefix->least()));
  if (const auto name = pack::parse_pack_file_name(text)) {
    const auto made =
        name->is_index ? pack::index_name(name->number) : pack::pack_name(name->number);
    FUZZ_REQUIRE(made == text);
  }
}

void check_encodings(std::string_view text) {
  std::string bytes;
  if (ipc::from_base64(text, bytes)) FUZZ_REQUIRE(ipc::to_base64(bytes) == text);
  FUZZ_REQUIRE(ipc::from_base64(ipc::to_base64(text), bytes) && bytes == text);
  const auto again = base::percent_decode(base::percent_encode(text));
  FUZZ_REQUIRE(text.find('\0') == std::string_view::npos ? again == std::string(text) : !again);
  if (const auto decoded = base::percent_decode(text)) FUZZ_REQUIRE(decoded->size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  for (const auto type : {config::Type::duration, config::Type::byte_size, config::Type::integer,
                          config::Type::boolean, config::Type::string})
    check_value(type, text);
  check_list(text);
  check_names(std::string(text));
  check_encodings(text);
  return 0;
}
