// Configured values and names as text: what is accepted is printed, and read again as the same.
#include "config/value.hpp"

#include "core/object/object_id.hpp"
#include "core/store/pack_file.hpp"
#include "core/store/pack_index.hpp"
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
    FUZZ_REQUIRE(store::IdPrefix::parse(text).value().matches(*id));
  }
  if (const auto prefix = store::IdPrefix::parse(text))
    FUZZ_REQUIRE(prefix->matches(prefix->least()));
  if (const auto name = store::parse_pack_file_name(text)) {
    const auto made =
        name->is_index ? store::index_name(name->number) : store::pack_name(name->number);
    FUZZ_REQUIRE(made == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  for (const auto type : {config::Type::duration, config::Type::byte_size, config::Type::integer,
                          config::Type::boolean, config::Type::string})
    check_value(type, text);
  check_list(text);
  check_names(std::string(text));
  return 0;
}
