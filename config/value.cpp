// SPDX-License-Identifier: Apache-2.0
// Parsing and printing of configured values.
#include "config/value.hpp"

#include <algorithm>
#include <charconv>

#include "config/toml_writer.hpp"
#include "core/base/byte_size.hpp"
#include "core/base/duration.hpp"

namespace vcs::config {

namespace {

// Constructs the value in the Result, without a temporary variant.
template <typename T>
Result<Value> made(T value) {
  return Result<Value>(tl::in_place, std::in_place_type<T>, std::move(value));
}

Result<Value> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "is not a whole number");
  }
  return made(number);
}

Result<Value> parse_boolean(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return made(true);
  if (text == "false" || text == "0" || text == "no" || text == "off") return made(false);
  return fail(ErrorCode::invalid, "is neither true nor false");
}

Result<Value> parse_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) items.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return made(std::move(items));
}

Result<Value> parse_nanos(std::string_view text) {
  VCS_ASSIGN(base::Nanos duration, base::parse_duration(text));
  return made(duration);
}

Result<Value> parse_size(std::string_view text) {
  VCS_ASSIGN(std::uint64_t size, base::parse_byte_size(text));
  return made(size);
}

// The message when a file holds a value of another type.
const char* expected_in_file(Type type) {
  switch (type) {
    case Type::duration:
      return "must be a duration in quotes, like \"500ms\", \"5s\" or \"2h\"";
    case Type::byte_size:
      return "must be a size in quotes, like \"64KiB\" or \"1GiB\"";
    case Type::integer:
      return "must be a whole number";
    case Type::boolean:
      return "must be true or false";
    case Type::string_list:
      return "must be a list of strings, like [\"*.o\", \"build/\"]";
    case Type::string:
    case Type::choice:
      break;
  }
  return "must be a string in quotes";
}

Result<Value> convert_integer(Type type, std::int64_t number) {
  if (type == Type::integer) return made(number);
  if (type == Type::byte_size && number >= 0) return made(static_cast<std::uint64_t>(number));
  if (type == Type::duration && number == 0) return made(base::Nanos{0});
  return fail(ErrorCode::invalid, "{}", expected_in_file(type));
}

Result<Value> convert_string(Type type, const std::string& text) {
  const bool as_text = type == Type::duration || type == Type::byte_size || type == Type::string ||
                       type == Type::choice;
  if (as_text) return parse_value(type, text);
  return fail(ErrorCode::invalid, "{}", expected_in_file(type));
}

}  // namespace

Result<Value> parse_value(Type type, std::string_view text) {
  switch (type) {
    case Type::duration:
      return parse_nanos(text);
    case Type::byte_size:
      return parse_size(text);
    case Type::integer:
      return parse_integer(text);
    case Type::boolean:
      return parse_boolean(text);
    case Type::string_list:
      return parse_list(text);
    case Type::string:
    case Type::choice:
      break;
  }
  return made(std::string(text));
}

Result<Value> convert_value(Type type, const TomlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return convert_integer(type, *number);
  if (const auto* text = std::get_if<std::string>(&value)) return convert_string(type, *text);
  if (const auto* flag = std::get_if<bool>(&value); flag && type == Type::boolean) {
    return made(*flag);
  }
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list != nullptr && type == Type::string_list) return made(*list);
  return fail(ErrorCode::invalid, "{}", expected_in_file(type));
}

std::string value_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* nanos = std::get_if<base::Nanos>(&value)) return base::format_duration(*nanos);
  if (const auto* size = std::get_if<std::uint64_t>(&value)) return base::format_byte_size(*size);
  return value_toml(value);
}

std::string value_toml(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    std::string out = "[";
    for (const std::string& item : *list) out += (out.size() > 1 ? ", " : "") + toml_quote(item);
    return out + "]";
  }
  return toml_quote(value_text(value));
}

}  // namespace vcs::config
