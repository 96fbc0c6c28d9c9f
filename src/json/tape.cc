// The full JSON reader.
//
// One pass over the bytes with two states: "a value begins here" and "a value ended here".  Open
// containers lie on a stack of their own.  Each step takes the place it reads from and returns the
// place after, or null once error_ says why not; keeping the place in a register rather than a
// member is worth a quarter of the time.
#include "json/tape.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "base/utf8.h"

namespace sluice::json {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

constexpr std::uint64_t each_byte(std::uint8_t byte) {
  return byte * (~std::uint64_t{0} / 0xff);
}

// The high bit of every byte that ends a run of plain characters: quote, backslash, control
// character, beyond ASCII.  Borrows may mark bytes above a true hit, never below: the lowest counts.
std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t quote = word ^ each_byte('"');
  const std::uint64_t backslash = word ^ each_byte('\\');
  const std::uint64_t hits = ((quote - each_byte(1)) & ~quote) |
                             ((backslash - each_byte(1)) & ~backslash) |
                             ((word - each_byte(0x20)) & ~word) | word;
  return hits & each_byte(0x80);
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// The first byte at or after `at` that is not a plain character of a string.
const char* skip_plain(const char* at, const char* end) {
  while (end - at >= 8) {
    const std::uint64_t hits = special_bytes(load_le<std::uint64_t>(at));
    if (hits != 0) {
      return at + std::countr_zero(hits) / 8;
    }
    at += 8;
  }
  while (at != end && is_plain(*at)) {
    ++at;
  }
  return at;
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const char* skip_space(const char* at, const char* end) {
  while (at != end && is_space(*at)) {
    ++at;
  }
  return at;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) {
    ++at;
  }
  return at;
}

// Bytes of the UTF-8 sequence that begins at `at` with a byte beyond ASCII; 0 when it is wrong.
std::size_t sequence_length(const char* at, const char* end) {
  const auto byte = [at](std::size_t index) { return static_cast<unsigned char>(at[index]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || static_cast<std::size_t>(end - at) < length) {
    return 0;
  }
  // The second byte's range shuts out overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t index = 2; index < length; ++index) {
    if ((byte(index) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

// Four hexadecimal digits, or -1.
int hex4(const char* at, const char* end) {
  if (end - at < 4) {
    return -1;
  }
  int value = 0;
  for (int index = 0; index < 4; ++index) {
    const char c = at[index];
    const int digit = is_digit(c)              ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

bool is_low_surrogate(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

// What a one-letter escape stands for; 0 for none.
char simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// `code_point` is neither a surrogate nor above U+10FFFF.
char* write_utf8(char* out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3f));
    put(0x80 | ((code_point >> 6) & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
  return out;
}

}  // namespace

class Tape::Parser {
 public:
  Parser(Tape& tape, ByteView text, Limits limits)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        limits_(limits),
        nodes_(tape.nodes_),
        open_(tape.open_),
        unescaped_(tape.unescaped_) {}

  bool run(Documents expected);

  ParseError take_error() { return std::move(error_); }

 private:
  const char* read_document(const char* at);
  const char* begin_value(const char* at, bool& is_complete);
  const char* end_value(const char* at, bool& is_complete);
  const char* open(const char* at, Kind kind);
  const char* close(const char* at);
  const char* read_key(const char* at);
  const char* read_string(const char* at);
  const char* read_escaped(const char* opening, const char* at);
  const char* read_escape(const char* at, char*& out);
  const char* read_unicode_escape(const char* at, char*& out);
  const char* read_number(const char* at);
  const char* read_word(const char* at, std::string_view word, Kind kind);

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  char* unescaped_space();
  const char* add(const Node& node, const char* after);
  const char* refuse(const char* at, std::string message);
  const char* refuse_unexpected(const char* at, std::string_view expected);
  const char* refuse_in_string(const char* at);

  const char* const begin_;
  const char* const end_;
  const Limits limits_;
  std::vector<Node>& nodes_;
  std::vector<std::uint32_t>& open_;
  std::vector<char>& unescaped_;
  char* unescaped_end_ = nullptr;
  ParseError error_;
};

bool Tape::Parser::run(Documents expected) {
  if (static_cast<std::size_t>(end_ - begin_) >= text_bytes_max) {
    return refuse(begin_, "The text is larger than 2 GiB") != nullptr;
  }
  const char* at = begin_;
  if (ByteView(begin_, end_).starts_with(byte_order_mark)) {
    at += byte_order_mark.size();
  }
  at = skip_space(at, end_);
  if (expected == Documents::one && at == end_) {
    return refuse_unexpected(at, "a value") != nullptr;
  }
  while (at != end_) {
    const char first = *at;
    at = read_document(at);
    if (at == nullptr) {
      return false;
    }
    const bool is_bare = first != '{' && first != '[' && first != '"';
    if (is_bare && at != end_ && !is_space(*at)) {
      return refuse_unexpected(at, "white space after a top-level value") != nullptr;
    }
    at = skip_space(at, end_);
    if (expected == Documents::one && at != end_) {
      return refuse_unexpected(at, "nothing after the value") != nullptr;
    }
  }
  return true;
}

// Reads the value that begins at `at`, with everything in it.
const char* Tape::Parser::read_document(const char* at) {
  SLUICE_DCHECK(open_.empty());
  bool is_complete = false;
  while (at != nullptr && !is_complete) {
    bool value_ended = false;
    at = begin_value(at, value_ended);
    if (at != nullptr && value_ended) {
      at = end_value(at, is_complete);
    }
  }
  return at;
}

// Reads a scalar or an empty container whole, or opens a container and goes to its first value.
inline const char* Tape::Parser::begin_value(const char* at, bool& is_complete) {
  if (at == end_) [[unlikely]] {
    return refuse_unexpected(at, "a value");
  }
  is_complete = true;
  switch (*at) {
    case '"':
      return read_string(at);
    case '{':
      at = open(at, Kind::object);
      if (at == nullptr || (at != end_ && *at == '}')) {
        return at == nullptr ? at : close(at);
      }
      is_complete = false;
      return read_key(at);
    case '[':
      at = open(at, Kind::array);
      if (at == nullptr || (at != end_ && *at == ']')) {
        return at == nullptr ? at : close(at);
      }
      is_complete = false;
      return at;
    case 't':
      return read_word(at, "true", Kind::boolean);
    case 'f':
      return read_word(at, "false", Kind::boolean);
    case 'n':
      return read_word(at, "null", Kind::null);
    default:
      return *at == '-' || is_digit(*at) ? read_number(at) : refuse_unexpected(at, "a value");
  }
}

// Goes on after a value: to the next one, or out of every container that ends here.
inline const char* Tape::Parser::end_value(const char* at, bool& is_complete) {
  while (!open_.empty()) {
    at = skip_space(at, end_);
    Node& container = nodes_[open_.back()];
    ++container.detail;
    const bool is_object = container.kind == Kind::object;
    if (at == end_) [[unlikely]] {
      return refuse_unexpected(at, is_object ? "',' or '}'" : "',' or ']'");
    }
    if (*at == ',') {
      at = skip_space(at + 1, end_);
      return is_object ? read_key(at) : at;
    }
    if (*at != (is_object ? '}' : ']')) [[unlikely]] {
      return refuse_unexpected(at, is_object ? "',' or '}'" : "',' or ']'");
    }
    at = close(at);
  }
  is_complete = true;
  return at;
}

inline const char* Tape::Parser::open(const char* at, Kind kind) {
  if (open_.size() >= limits_.depth_max) [[unlikely]] {
    return refuse(at, fmt::format("Nested deeper than {} levels", limits_.depth_max));
  }
  open_.push_back(static_cast<std::uint32_t>(nodes_.size()));
  at = add({at, 0, 1, 0, kind, false}, at + 1);
  return at == nullptr ? at : skip_space(at, end_);
}

inline const char* Tape::Parser::close(const char* at) {
  Node& container = nodes_[open_.back()];
  container.size = offset(at + 1) - offset(container.data);
  container.span = static_cast<std::uint32_t>(nodes_.size()) - open_.back();
  open_.pop_back();
  return at + 1;
}

// Reads a key and its colon, and goes to the value.
inline const char* Tape::Parser::read_key(const char* at) {
  if (at == end_ || *at != '"') [[unlikely]] {
    return refuse_unexpected(at, "'\"' to start a key");
  }
  at = read_string(at);
  if (at == nullptr) {
    return at;
  }
  at = skip_space(at, end_);
  if (at == end_ || *at != ':') [[unlikely]] {
    return refuse_unexpected(at, "':' after a key");
  }
  return skip_space(at + 1, end_);
}

inline const char* Tape::Parser::read_string(const char* at) {
  const char* const opening = at;
  at = skip_plain(at + 1, end_);
  while (at != end_ && *at != '"') {
    if (*at == '\\') {
      return read_escaped(opening, at);
    }
    const std::size_t length =
        static_cast<unsigned char>(*at) < 0x80 ? 0 : sequence_length(at, end_);
    if (length == 0) [[unlikely]] {
      return refuse_in_string(at);
    }
    at = skip_plain(at + length, end_);
  }
  if (at == end_) [[unlikely]] {
    return refuse_unexpected(at, "'\"' to end the string");
  }
  const auto size = static_cast<std::uint32_t>(at - opening - 1);
  return add({opening + 1, size, 1, offset(opening), Kind::string, false}, at + 1);
}

// Reads on from the first backslash of a string, undoing escapes into the tape's own memory.
const char* Tape::Parser::read_escaped(const char* opening, const char* at) {
  char* const start = unescaped_space();
  char* out = start;
  const char* run = opening + 1;
  for (;;) {
    const auto plain = static_cast<std::size_t>(at - run);
    std::memcpy(out, run, plain);
    out += plain;
    if (at == end_) {
      return refuse_unexpected(at, "'\"' to end the string");
    }
    if (*at == '"') {
      break;
    }
    run = at;
    if (*at == '\\') {
      at = read_escape(at, out);
      if (at == nullptr) {
        return at;
      }
      run = at;
    } else {
      const std::size_t length =
          static_cast<unsigned char>(*at) < 0x80 ? 0 : sequence_length(at, end_);
      if (length == 0) {
        return refuse_in_string(at);
      }
      at += length;
    }
    at = skip_plain(at, end_);
  }
  unescaped_end_ = out;
  const auto size = static_cast<std::uint32_t>(out - start);
  return add({start, size, 1, offset(opening), Kind::string, false}, at + 1);
}

const char* Tape::Parser::read_escape(const char* at, char*& out) {
  if (end_ - at < 2) {
    return refuse_unexpected(end_, "an escape sequence");
  }
  if (at[1] == 'u') {
    return read_unicode_escape(at, out);
  }
  const char meant = simple_escape(at[1]);
  if (meant == 0) {
    return refuse_unexpected(at + 1, "an escape: one of \" \\ / b f n r t u");
  }
  *out++ = meant;
  return at + 2;
}

const char* Tape::Parser::read_unicode_escape(const char* at, char*& out) {
  const int unit = hex4(at + 2, end_);
  if (unit < 0) {
    return refuse(at, "A \\u escape needs four hexadecimal digits");
  }
  if (is_low_surrogate(unit)) {
    return refuse(at, "The second half of a surrogate pair stands alone");
  }
  if (!is_high_surrogate(unit)) {
    out = write_utf8(out, static_cast<std::uint32_t>(unit));
    return at + 6;
  }
  const bool is_followed = end_ - at >= 12 && at[6] == '\\' && at[7] == 'u';
  const int second = is_followed ? hex4(at + 8, end_) : -1;
  if (!is_low_surrogate(second)) {
    return refuse(at, "The first half of a surrogate pair stands alone");
  }
  const int code_point = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
  out = write_utf8(out, static_cast<std::uint32_t>(code_point));
  return at + 12;
}

inline const char* Tape::Parser::read_number(const char* at) {
  const char* const start = at;
  at += *at == '-' ? 1 : 0;
  if (at == end_ || !is_digit(*at)) [[unlikely]] {
    return refuse_unexpected(at, "a digit after '-'");
  }
  const bool has_leading_zero = *at == '0';
  at = has_leading_zero ? at + 1 : skip_digits(at, end_);
  if (has_leading_zero && at != end_ && is_digit(*at)) [[unlikely]] {
    return refuse(at, "A number may not begin with a zero that other digits follow");
  }
  bool is_integer = true;
  if (at != end_ && *at == '.') {
    is_integer = false;
    const char* const digits = at + 1;
    at = skip_digits(digits, end_);
    if (at == digits) [[unlikely]] {
      return refuse_unexpected(at, "a digit after '.'");
    }
  }
  if (at != end_ && (*at == 'e' || *at == 'E')) {
    is_integer = false;
    ++at;
    at += at != end_ && (*at == '+' || *at == '-') ? 1 : 0;
    const char* const digits = at;
    at = skip_digits(digits, end_);
    if (at == digits) [[unlikely]] {
      return refuse_unexpected(at, "a digit in the exponent");
    }
  }
  return add({start, static_cast<std::uint32_t>(at - start), 1, 0, Kind::number, is_integer}, at);
}

const char* Tape::Parser::read_word(const char* at, std::string_view word, Kind kind) {
  if (!ByteView(at, end_).starts_with(word)) {
    const char* const different =
        std::mismatch(at, end_, word.begin(), word.end()).first;
    return refuse_unexpected(different, fmt::format("'{}'", word));
  }
  return add({at, static_cast<std::uint32_t>(word.size()), 1, 0, kind, false}, at + word.size());
}

// Room for the rest of the text: a string never grows by undoing its escapes.
char* Tape::Parser::unescaped_space() {
  if (unescaped_end_ == nullptr) {
    const auto needed = static_cast<std::size_t>(end_ - begin_);
    if (unescaped_.size() < needed) {
      unescaped_.resize(std::bit_ceil(needed));
    }
    unescaped_end_ = unescaped_.data();
  }
  return unescaped_end_;
}

inline const char* Tape::Parser::add(const Node& node, const char* after) {
  if (nodes_.size() >= limits_.nodes_max) [[unlikely]] {
    return refuse(after, fmt::format("More than {} values and keys", limits_.nodes_max));
  }
  nodes_.push_back(node);
  return after;
}

const char* Tape::Parser::refuse(const char* at, std::string message) {
  error_ = {static_cast<std::size_t>(at - begin_), std::move(message)};
  return nullptr;
}

const char* Tape::Parser::refuse_unexpected(const char* at, std::string_view expected) {
  if (at == end_) {
    return refuse(at, fmt::format("Unexpected end of input: expected {}", expected));
  }
  const auto byte = static_cast<unsigned char>(*at);
  if (byte > 0x20 && byte < 0x7f) {
    return refuse(
        at, fmt::format("Unexpected character ('{}' (code {})): expected {}", *at, byte, expected));
  }
  return refuse(at, fmt::format("Unexpected byte (code {}): expected {}", byte, expected));
}

const char* Tape::Parser::refuse_in_string(const char* at) {
  const auto byte = static_cast<unsigned char>(*at);
  return refuse(
      at,
      byte < 0x20
          ? fmt::format("Control character (code {}) in a string: it must be escaped", byte)
          : fmt::format("Invalid UTF-8 in a string (byte 0x{:02x})", byte));
}

std::expected<void, ParseError> Tape::parse(ByteView text, Documents expected, Limits limits) {
  nodes_.clear();
  open_.clear();
  Parser parser(*this, text, limits);
  if (!parser.run(expected)) {
    nodes_.clear();
    return std::unexpected(parser.take_error());
  }
  SLUICE_CHECK(open_.empty());
  return {};
}

std::size_t Tape::bytes_held() const {
  return nodes_.capacity() * sizeof(Node) + open_.capacity() * sizeof(std::uint32_t) +
         unescaped_.capacity();
}

std::string ParseError::within(ByteView text) const {
  const ByteView before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{} at line {}, column {}", message, line, offset - line_start + 1);
}

}  // namespace sluice::json
