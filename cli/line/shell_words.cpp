// SPDX-License-Identifier: Apache-2.0
// Quotes for bash, zsh and fish.
#include "cli/line/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/text.hpp"

namespace vcs::cli {
namespace {

bool is_plain(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("_./:,+@%-").find(c) != std::string_view::npos;
}

// True if a terminal cannot show the word, or shells read it differently in single quotes.
bool needs_printf(std::string_view word) {
  return escaped(word) != word;
}

// fish does not know $'\012'; all three shells know printf.
std::string printed(std::string_view word) {
  std::string out = "\"$(printf '";
  for (const char c : word)
    out += is_plain(c) && c != '%' && static_cast<unsigned char>(c) < 0x80
               ? std::string(1, c)
               : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  return out + "')\"";
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), is_plain);
  if (needs_printf(word)) return printed(word);
  return plain ? std::string(word) : shell_quoted(word);
}

}  // namespace vcs::cli
