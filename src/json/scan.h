// The letters of JSON: runs of plain characters, white space, digits, UTF-8 sequences, escapes. The
// pieces the Tape's loop is made of; nothing here knows of values.
#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice::json {

constexpr std::uint64_t each_byte(std::uint8_t byte) {
  return byte * (~std::uint64_t{0} / 0xff);
}

// The high bit of every byte that ends a run of plain characters: quote, backslash, control
// character, beyond ASCII.  Borrows may mark bytes above a true hit, never below: the lowest
// counts.
inline std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t quote = word ^ each_byte('"');
  const std::uint64_t backslash = word ^ each_byte('\\');
  const std::uint64_t hits = ((quote - each_byte(1)) & ~quote) |
                             ((backslash - each_byte(1)) & ~backslash) |
                             ((word - each_byte(0x20)) & ~word) | word;
  return hits & each_byte(0x80);
}

inline bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// The first byte at or after `at` that is not a plain character of a string.
inline const char* skip_plain(const char* at, const char* end) {
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

inline bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline const char* skip_space(const char* at, const char* end) {
  while (at != end && is_space(*at)) {
    ++at;
  }
  return at;
}

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) {
    ++at;
  }
  return at;
}

// Bytes of the UTF-8 sequence that begins at `at` with a byte beyond ASCII; 0 when it is wrong.
inline std::size_t sequence_length(const char* at, const char* end) {
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
inline int hex4(const char* at, const char* end) {
  if (end - at < 4) {
    return -1;
  }
  int value = 0;
  for (int index = 0; index < 4; ++index) {
    const char c = at[index];
    const int digit = is_digit(c)            ? c - '0'
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

inline bool is_high_surrogate(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

inline bool is_low_surrogate(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

// What a one-letter escape stands for; 0 for none.
inline char simple_escape(char letter) {
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
inline char* write_utf8(char* out, std::uint32_t code_point) {
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

}  // namespace sluice::json
