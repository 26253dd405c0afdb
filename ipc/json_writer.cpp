// SPDX-License-Identifier: Apache-2.0
// JSON's rules for text, numbers and commas.
#include "ipc/json_writer.hpp"

#include <fmt/compile.h>

#include <cmath>
#include <iterator>

#include "ipc/base64.hpp"
#include "ipc/utf8.hpp"

namespace vcs::ipc {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), c);
  }
}

}  // namespace

void encode_text_to(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;  // how much of `text` is in `out` already
  std::size_t i = 0;
  const auto copy_run = [&] { out.append(text, copied, i - copied); };
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    const std::size_t length = plain ? 1 : byte < 0x80 ? 0 : utf8_sequence(text.substr(i));
    if (length > 0) {
      i += length;
      continue;
    }
    copy_run();
    if (byte < 0x80)
      append_escaped(out, text[i]);
    else
      out += "\xef\xbf\xbd";
    copied = ++i;
  }
  copy_run();
  out += '"';
}

// A value never ends in an opening bracket, so a bracket at the end means the first element.
void JsonWriter::next_element() {
  if (out_.back() != '[') out_ += ',';
}

void JsonWriter::key(std::string_view name, std::string_view suffix) {
  if (out_.back() != '{') out_ += ',';
  out_ += '"';
  out_ += name;
  out_ += suffix;
  out_ += "\":";
}

void JsonWriter::value(Count number) {
  out_ += fmt::format_int(number).c_str();
}

void JsonWriter::value(Time time) {
  out_ += fmt::format_int(base::count_of(time)).c_str();
}

// JSON has no infinity, so it becomes 0; no figure of the agent reaches it. Adding zero turns a
// negative zero into a positive one.
void JsonWriter::value(double number) {
  const double finite = std::isfinite(number) ? number + 0.0 : 0.0;
  fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), finite);
}

void JsonWriter::path(std::string_view name, const std::string& bytes) {
  if (is_utf8(bytes)) {
    key(name);
    value(bytes);
    return;
  }
  key(name, "_b64");
  out_ += '"';
  to_base64(out_, bytes);
  out_ += '"';
}

}  // namespace vcs::ipc
