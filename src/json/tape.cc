// The full JSON reader.
//
// One pass over the bytes with two states: "a value begins here" and "a value ended here".  Open
// containers lie on a stack of their own.  Each step takes the place it reads from and returns the
// place after, or null once error_ says why not; keeping the place in a register rather than a
// member is worth a quarter of the time.
#include "json/tape.h"

#include "base/check.h"
#include "json/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace sluice::json {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

// The steps below are made one loop by the compiler; what seldom happens stays outside of it.
#define SLUICE_HOT [[gnu::always_inline]] inline
#define SLUICE_COLD [[gnu::noinline, gnu::cold]]

class Tape::Parser {
 public:
  Parser(Tape& tape, ByteView text, Limits limits)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        limits_(limits),
        nodes_(tape.nodes_),
        node_room_(std::min<std::size_t>(tape.nodes_.size(), limits.nodes_max)),
        outer_(tape.outer_),
        unescaped_(tape.unescaped_) {}

  bool run(Documents expected);

  // The place behind the first value, or null.
  const char* run_front();

  std::size_t node_count() const { return node_count_; }

  ParseError take_error() { return std::move(error_); }

 private:
  const char* read_document(const char* at);
  const char* begin_value(const char* at, Container& current, bool& has_ended);
  const char* end_value(const char* at, Container& current, bool& has_ended);
  const char* open(const char* at, Container& current, bool& has_ended);
  const char* close(const char* at, Container& current);
  const char* read_key(const char* at);
  const char* read_string(const char* at);
  const char* read_escaped(const char* opening, const char* at);
  const char* read_escape(const char* at, char*& out);
  const char* read_unicode_escape(const char* at, char*& out);
  const char* read_number(const char* at);
  const char* read_fraction(const char* at);
  const char* read_exponent(const char* at);
  const char* read_word(const char* at, std::string_view word, Kind kind);

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  char* unescaped_space();
  const char* add(const Node& node, const char* after);
  bool grow();
  const char* refuse(const char* at, std::string message);
  const char* refuse_unexpected(const char* at, std::string_view expected);
  const char* refuse_in_string(const char* at);
  const char* refuse_word(const char* at, std::string_view word);

  const char* const begin_;
  const char* const end_;
  const Limits limits_;
  std::vector<Node>& nodes_;
  std::size_t node_room_;
  std::size_t node_count_ = 0;
  std::vector<Container>& outer_;
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

const char* Tape::Parser::run_front() {
  if (static_cast<std::size_t>(end_ - begin_) >= text_bytes_max) {
    return refuse(begin_, "The text is larger than 2 GiB");
  }
  return read_document(begin_);
}

// Reads the value that begins at `at`, with everything in it.
const char* Tape::Parser::read_document(const char* at) {
  SLUICE_DCHECK(outer_.empty());
  Container current;
  for (;;) {
    bool has_ended = true;
    at = begin_value(at, current, has_ended);
    if (at != nullptr && has_ended) {
      at = end_value(at, current, has_ended);
      if (has_ended) {
        return at;
      }
    }
    if (at != nullptr && current.is_object) {
      at = read_key(at);
    }
    if (at == nullptr) [[unlikely]] {
      return at;
    }
  }
}

// Reads a scalar or an empty container whole, or opens a container and clears `has_ended`.
SLUICE_HOT const char* Tape::Parser::begin_value(const char* at,
                                                 Container& current,
                                                 bool& has_ended) {
  if (at == end_) [[unlikely]] {
    return refuse_unexpected(at, "a value");
  }
  switch (*at) {
    case '"':
      return read_string(at);
    case '{':
    case '[':
      return open(at, current, has_ended);
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

// Goes on after a value, out of every container that ends here.  Clears `has_ended` at a comma: the
// next key or value follows; else the document has ended.
SLUICE_HOT const char* Tape::Parser::end_value(const char* at,
                                               Container& current,
                                               bool& has_ended) {
  while (!outer_.empty()) {
    at = skip_space(at, end_);
    ++current.count;
    if (at == end_) [[unlikely]] {
      return refuse_unexpected(at, current.is_object ? "',' or '}'" : "',' or ']'");
    }
    if (*at == ',') {
      has_ended = false;
      return skip_space(at + 1, end_);
    }
    if (*at != (current.is_object ? '}' : ']')) [[unlikely]] {
      return refuse_unexpected(at, current.is_object ? "',' or '}'" : "',' or ']'");
    }
    at = close(at, current);
  }
  return at;
}

SLUICE_HOT const char* Tape::Parser::open(const char* at, Container& current, bool& has_ended) {
  if (outer_.size() >= limits_.depth_max) [[unlikely]] {
    return refuse(at, fmt::format("Nested deeper than {} levels", limits_.depth_max));
  }
  const bool is_object = *at == '{';
  outer_.push_back(current);
  current = {static_cast<std::uint32_t>(node_count_), 0, is_object};
  at = add({at, 0, 1, 0, is_object ? Kind::object : Kind::array, false}, at + 1);
  if (at == nullptr) [[unlikely]] {
    return at;
  }
  at = skip_space(at, end_);
  if (at != end_ && *at == (is_object ? '}' : ']')) {
    return close(at, current);
  }
  has_ended = false;
  return at;
}

SLUICE_HOT const char* Tape::Parser::close(const char* at, Container& current) {
  Node& container = nodes_[current.node];
  container.size = static_cast<std::uint32_t>(at + 1 - container.data);
  container.span = static_cast<std::uint32_t>(node_count_) - current.node;
  container.detail = current.count;
  current = outer_.back();
  outer_.pop_back();
  return at + 1;
}

// Reads a key and its colon, and goes to the value.
SLUICE_HOT const char* Tape::Parser::read_key(const char* at) {
  if (at == end_ || *at != '"') [[unlikely]] {
    return refuse_unexpected(at, "'\"' to start a key");
  }
  at = read_string(at);
  if (at == nullptr) [[unlikely]] {
    return at;
  }
  at = skip_space(at, end_);
  if (at == end_ || *at != ':') [[unlikely]] {
    return refuse_unexpected(at, "':' after a key");
  }
  return skip_space(at + 1, end_);
}

SLUICE_HOT const char* Tape::Parser::read_string(const char* at) {
  const char* const opening = at;
  at = skip_plain(at + 1, end_);
  while (at != end_ && *at != '"') {
    if (*at == '\\') {
      return read_escaped(opening, at);
    }
    const std::size_t length = sequence_length(at, end_);
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
      const std::size_t length = sequence_length(at, end_);
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

SLUICE_HOT const char* Tape::Parser::read_number(const char* at) {
  const char* const start = at;
  at += *at == '-' ? 1 : 0;
  if (at == end_ || !is_digit(*at)) [[unlikely]] {
    return refuse_unexpected(at, "a digit after '-'");
  }
  const char* const digits = at;
  at = skip_digits(at + 1, end_);
  if (*digits == '0' && at - digits > 1) [[unlikely]] {
    return refuse(digits, "A number may not begin with a zero that other digits follow");
  }
  const char* const whole = at;
  if (at != end_ && *at == '.') {
    at = read_fraction(at);
  }
  if (at != nullptr && at != end_ && (*at == 'e' || *at == 'E')) {
    at = read_exponent(at);
  }
  if (at == nullptr) [[unlikely]] {
    return at;
  }
  const auto size = static_cast<std::uint32_t>(at - start);
  return add({start, size, 1, 0, Kind::number, at == whole}, at);
}

inline const char* Tape::Parser::read_fraction(const char* at) {
  const char* const digits = at + 1;
  at = skip_digits(digits, end_);
  return at != digits ? at : refuse_unexpected(at, "a digit after '.'");
}

inline const char* Tape::Parser::read_exponent(const char* at) {
  ++at;
  at += at != end_ && (*at == '+' || *at == '-') ? 1 : 0;
  const char* const digits = at;
  at = skip_digits(digits, end_);
  return at != digits ? at : refuse_unexpected(at, "a digit in the exponent");
}

SLUICE_HOT const char* Tape::Parser::read_word(const char* at, std::string_view word, Kind kind) {
  if (static_cast<std::size_t>(end_ - at) < word.size() ||
      std::memcmp(at, word.data(), word.size()) != 0) [[unlikely]] {
    return refuse_word(at, word);
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

SLUICE_HOT const char* Tape::Parser::add(const Node& node, const char* after) {
  if (node_count_ == node_room_ && !grow()) [[unlikely]] {
    return refuse(after, fmt::format("More than {} values and keys", limits_.nodes_max));
  }
  nodes_[node_count_++] = node;
  return after;
}

SLUICE_COLD bool Tape::Parser::grow() {
  constexpr std::size_t nodes_min = 64;
  if (node_count_ >= limits_.nodes_max) {
    return false;
  }
  node_room_ = std::min<std::size_t>(std::max(nodes_min, node_room_ * 2), limits_.nodes_max);
  nodes_.resize(std::max(nodes_.size(), node_room_));
  return true;
}

SLUICE_COLD const char* Tape::Parser::refuse(const char* at, std::string message) {
  error_ = {static_cast<std::size_t>(at - begin_), std::move(message)};
  return nullptr;
}

SLUICE_COLD const char* Tape::Parser::refuse_unexpected(const char* at, std::string_view expected) {
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

SLUICE_COLD const char* Tape::Parser::refuse_word(const char* at, std::string_view word) {
  const char* const different = std::mismatch(at, end_, word.begin(), word.end()).first;
  return refuse_unexpected(different, fmt::format("'{}'", word));
}

SLUICE_COLD const char* Tape::Parser::refuse_in_string(const char* at) {
  const auto byte = static_cast<unsigned char>(*at);
  return refuse(
      at,
      byte < 0x20 ? fmt::format("Control character (code {}) in a string: it must be escaped", byte)
                  : fmt::format("Invalid UTF-8 in a string (byte 0x{:02x})", byte));
}

#undef SLUICE_HOT
#undef SLUICE_COLD

Tape::Tape(Tape&& other) noexcept
    : nodes_(std::move(other.nodes_)),
      node_count_(std::exchange(other.node_count_, 0)),
      outer_(std::move(other.outer_)),
      unescaped_(std::move(other.unescaped_)) {}

Tape& Tape::operator=(Tape&& other) noexcept {
  nodes_ = std::move(other.nodes_);
  node_count_ = std::exchange(other.node_count_, 0);
  outer_ = std::move(other.outer_);
  unescaped_ = std::move(other.unescaped_);
  return *this;
}

std::expected<void, ParseError> Tape::parse(ByteView text, Documents expected, Limits limits) {
  node_count_ = 0;
  outer_.clear();
  Parser parser(*this, text, limits);
  if (!parser.run(expected)) {
    return std::unexpected(parser.take_error());
  }
  SLUICE_CHECK(outer_.empty());
  node_count_ = parser.node_count();
  return {};
}

std::expected<std::size_t, ParseError> Tape::parse_front(ByteView text, Limits limits) {
  node_count_ = 0;
  outer_.clear();
  Parser parser(*this, text, limits);
  const char* const behind = parser.run_front();
  if (behind == nullptr) {
    return std::unexpected(parser.take_error());
  }
  SLUICE_CHECK(outer_.empty());
  node_count_ = parser.node_count();
  return static_cast<std::size_t>(behind - text.data());
}

std::size_t Tape::bytes_held() const {
  return nodes_.capacity() * sizeof(Node) + outer_.capacity() * sizeof(Container) +
         unescaped_.capacity();
}

std::string ParseError::within(ByteView text) const {
  const ByteView before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{} at line {}, column {}", message, line, offset - line_start + 1);
}

}  // namespace sluice::json
