// SPDX-License-Identifier: Apache-2.0
// One wildcard pattern as git matches it: '*', '?' and '[…]' stay within a path component, '**'
// between slashes spans any number of them.
//
// Matching costs at most (bytes of the path) x (bytes of the pattern), whatever the pattern.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vcs::worktree {

class Glob {
 public:
  // Nothing: the pattern is malformed and matches no path (an open '[', a '\' at the end).
  static std::optional<Glob> compile(std::string_view pattern);
  // Whether the pattern matches the whole text.
  bool matches(std::string_view text) const;

 private:
  using ByteSet = std::bitset<256>;
  struct Token {
    enum class Kind : std::uint8_t { byte, any, set, star } kind;
    std::uint8_t byte = 0;  // of a byte token
    std::uint32_t set = 0;  // of a set token: which of sets_
  };
  // The tokens between two slashes. `spanning`: a '**', which takes at least `least` components.
  struct Component {
    std::uint32_t begin = 0, end = 0;  // of tokens_
    bool spanning = false;
    std::uint8_t least = 0;
  };
  class Compiler;

  bool matches_component(const Component& component, std::string_view text) const;
  bool matches_byte(const Token& token, char byte) const;

  std::vector<Token> tokens_;
  std::vector<ByteSet> sets_;
  std::vector<Component> components_;
};

}  // namespace vcs::worktree
