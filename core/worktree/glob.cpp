// SPDX-License-Identifier: Apache-2.0
// Compiles and matches wildcard patterns.
#include "core/worktree/glob.hpp"

namespace vcs::worktree {
namespace {

constexpr char kEscape = '\\';

// Character classes such as "[:alpha:]", in the C locale, with git's four kinds of space. Nothing:
// there is no class of that name.
std::optional<bool> is_in_class(std::string_view name, unsigned char byte) {
  const bool upper = byte >= 'A' && byte <= 'Z', lower = byte >= 'a' && byte <= 'z';
  const bool digit = byte >= '0' && byte <= '9', alpha = upper || lower;
  const bool space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
  const bool print = byte >= 0x20 && byte <= 0x7e;
  if (name == "alnum") return alpha || digit;
  if (name == "alpha") return alpha;
  if (name == "blank") return byte == ' ' || byte == '\t';
  if (name == "cntrl") return byte < 0x20 || byte == 0x7f;
  if (name == "digit") return digit;
  if (name == "graph") return print && !space;
  if (name == "lower") return lower;
  if (name == "print") return print;
  if (name == "punct") return print && !space && !alpha && !digit;
  if (name == "space") return space;
  if (name == "upper") return upper;
  if (name == "xdigit")
    return digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
  return std::nullopt;
}

}  // namespace

class Glob::Compiler {
 public:
  explicit Compiler(std::string_view pattern) : pattern_(pattern) {}

  std::optional<Glob> run() {
    while (!at_end()) {
      if (!step()) return std::nullopt;
    }
    end_component();
    return std::move(glob_);
  }

 private:
  bool at_end() const { return position_ == pattern_.size(); }
  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < pattern_.size() ? pattern_[position_ + ahead] : '\0';
  }

  bool step() {
    const char byte = pattern_[position_++];
    switch (byte) {
      case '/':
        end_component();
        return true;
      case '?':
        add({Token::Kind::any});
        return true;
      case '*':
        add_stars();
        return true;
      case '[':
        return add_set();
      case kEscape:
        if (at_end()) return false;
        add_byte(pattern_[position_++]);
        return true;
      default:
        add_byte(byte);
        return true;
    }
  }

  void add(const Token& token) { glob_.tokens_.push_back(token); }
  void add_byte(char byte) {
    if (byte == '/') return end_component();
    add({Token::Kind::byte, static_cast<std::uint8_t>(byte)});
  }

  // Two or more stars that fill a component span any number of components. At the pattern's end
  // they take at least one. Before a slash they may take none, unless the slash is escaped. Git
  // does the same.
  void add_stars() {
    const bool starts_component = glob_.tokens_.size() == begin_;
    bool several = false;
    for (; peek() == '*'; ++position_) several = true;
    const bool escaped_slash = peek() == kEscape && peek(1) == '/';
    const bool ends_component = at_end() || peek() == '/' || escaped_slash;
    if (!several || !starts_component || !ends_component) return add({Token::Kind::star});
    spanning_ = true;
    least_ = at_end() || escaped_slash ? 1 : 0;
  }

  void end_component() {
    const auto end = static_cast<std::uint32_t>(glob_.tokens_.size());
    glob_.components_.push_back({begin_, end, spanning_, least_});
    begin_ = end;
    spanning_ = false;
    least_ = 0;
  }

  // "[a-z]", "[!a-z]", "[^a-z]", "[]a]", "[[:alpha:]]", with escapes. False if it is malformed.
  bool add_set() {
    ByteSet set;
    const bool negated = peek() == '!' || peek() == '^';
    if (negated) ++position_;
    unsigned char range_start = 0;  // the member before a '-'; 0: none
    bool first = true;
    for (; first || peek() != ']'; first = false) {
      if (at_end()) return false;
      if (!add_member(set, range_start)) return false;
    }
    ++position_;
    if (negated) set.flip();
    set.reset('/');
    add({Token::Kind::set, 0, static_cast<std::uint32_t>(glob_.sets_.size())});
    glob_.sets_.push_back(set);
    return true;
  }

  bool add_member(ByteSet& set, unsigned char& range_start) {
    const char byte = pattern_[position_++];
    if (byte == '[' && peek() == ':') return add_class(set, range_start);
    const bool range = byte == '-' && range_start != 0 && !at_end() && peek() != ']';
    unsigned char last = static_cast<unsigned char>(byte);
    if (range) last = static_cast<unsigned char>(pattern_[position_++]);
    if (last == kEscape && (range || byte == kEscape)) {
      if (at_end()) return false;
      last = static_cast<unsigned char>(pattern_[position_++]);
    }
    for (unsigned value = range ? range_start : last; value <= last; ++value) set.set(value);
    range_start = range ? 0 : last;
    return true;
  }

  // At the ':' of "[:". Without its ":]" the '[' is an ordinary member.
  bool add_class(ByteSet& set, unsigned char& range_start) {
    const std::size_t begin = position_ + 1;
    const std::size_t end = pattern_.find(']', begin);
    if (end == std::string_view::npos) return false;
    if (end == begin || pattern_[end - 1] != ':') {
      set.set('[');
      range_start = '[';
      return true;
    }
    const std::string_view name = pattern_.substr(begin, end - 1 - begin);
    for (unsigned value = 0; value < 256; ++value) {
      const auto member = is_in_class(name, static_cast<unsigned char>(value));
      if (!member) return false;
      if (*member) set.set(value);
    }
    position_ = end + 1;
    range_start = 0;
    return true;
  }

  std::string_view pattern_;
  std::size_t position_ = 0;
  Glob glob_;
  std::uint32_t begin_ = 0;  // first token of the current component
  bool spanning_ = false;
  std::uint8_t least_ = 0;
};

std::optional<Glob> Glob::compile(std::string_view pattern) {
  return Compiler(pattern).run();
}

namespace {

// The components of a path that are not matched yet.
struct Rest {
  std::string_view text;
  bool any = true;

  std::string_view component() const { return text.substr(0, text.find('/')); }
  void advance() {
    const std::size_t slash = text.find('/');
    any = slash != std::string_view::npos;
    text = any ? text.substr(slash + 1) : std::string_view();
  }
};

}  // namespace

// A spanning component takes as few components as it can, and one more after each mismatch behind
// it. Only the last one needs to retry: whatever an earlier one could take, the last one can take.
bool Glob::matches(std::string_view text) const {
  Rest rest{text};
  std::size_t at = 0;
  std::optional<std::size_t> retry_at;
  Rest retry_rest;
  while (true) {
    if (at < components_.size() && components_[at].spanning) {
      for (std::uint8_t i = 0; i < components_[at].least; ++i) {
        if (!rest.any) return false;
        rest.advance();
      }
      if (++at == components_.size()) return true;
      retry_at = at;
      retry_rest = rest;
      continue;
    }
    if (!rest.any) return at == components_.size();
    if (at < components_.size() && matches_component(components_[at], rest.component())) {
      ++at;
      rest.advance();
      continue;
    }
    if (!retry_at) return false;
    retry_rest.advance();
    at = *retry_at;
    rest = retry_rest;
  }
}

// The same algorithm within a component: only its last star retries.
bool Glob::matches_component(const Component& component, std::string_view text) const {
  std::uint32_t at = component.begin;
  std::size_t position = 0;
  std::optional<std::uint32_t> retry_at;
  std::size_t retry_position = 0;
  while (position < text.size() || at < component.end) {
    if (at < component.end && tokens_[at].kind == Token::Kind::star) {
      if (++at == component.end) return true;
      retry_at = at;
      retry_position = position;
    } else if (at < component.end && position < text.size() &&
               matches_byte(tokens_[at], text[position])) {
      ++at;
      ++position;
    } else {
      if (!retry_at || retry_position >= text.size()) return false;
      at = *retry_at;
      position = ++retry_position;
    }
  }
  return true;
}

bool Glob::matches_byte(const Token& token, char byte) const {
  const auto value = static_cast<unsigned char>(byte);
  switch (token.kind) {
    case Token::Kind::byte:
      return token.byte == value;
    case Token::Kind::any:
      return true;
    case Token::Kind::set:
      return sets_[token.set].test(value);
    case Token::Kind::star:
      break;
  }
  return false;
}

}  // namespace vcs::worktree
