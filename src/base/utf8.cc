// UTF-8: eight ASCII bytes at a time, everything else by the table of RFC 3629 section 4.
#include "base/utf8.h"

#include "base/bytes.h"
#include "base/check.h"

namespace sluice {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;
constexpr std::uint32_t replacement_character = 0xfffd;

bool is_continuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

// The length of the well-formed sequence that starts with a byte above 0x7f; 0 if there is none.
std::size_t sequence_length(const unsigned char* at, std::size_t available) {
  const unsigned char lead = at[0];
  if (lead < 0xc2 || lead > 0xf4 || available < 2) {
    return 0;
  }
  if (lead < 0xe0) {
    return is_continuation(at[1]) ? 2 : 0;
  }
  if (lead < 0xf0) {
    // e0 excludes overlong forms, ed the surrogates.
    const unsigned char low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : 0xbf;
    return available >= 3 && at[1] >= low && at[1] <= high && is_continuation(at[2]) ? 3 : 0;
  }
  // f0 excludes overlong forms, f4 what lies above U+10FFFF.
  const unsigned char low = lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xf4 ? 0x8f : 0xbf;
  return available >= 4 && at[1] >= low && at[1] <= high && is_continuation(at[2]) &&
                 is_continuation(at[3])
             ? 4
             : 0;
}

char narrow(std::uint32_t byte) {
  return static_cast<char>(static_cast<unsigned char>(byte));
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    if (left >= 8) {
      const char* words = text.data() + (text.size() - left);
      while (left >= 32 &&
             ((load_le<std::uint64_t>(words) | load_le<std::uint64_t>(words + 8) |
               load_le<std::uint64_t>(words + 16) | load_le<std::uint64_t>(words + 24)) &
              high_bits) == 0) {
        words += 32;
        left -= 32;
      }
      while (left >= 8 && (load_le<std::uint64_t>(words) & high_bits) == 0) {
        words += 8;
        left -= 8;
      }
      at = reinterpret_cast<const unsigned char*>(words);
      if (left == 0) {
        return true;
      }
    }
    // Text that is not ASCII here is rarely ASCII for the next eight bytes: stay with single steps
    // for as long as sequences follow each other.
    do {
      const std::size_t length = *at < 0x80 ? 1 : sequence_length(at, left);
      if (length == 0) {
        return false;
      }
      at += length;
      left -= length;
    } while (left > 0 && (*at >= 0x80 || left < 8));
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  SLUICE_DCHECK(is_utf8(text));
  std::size_t count = 0;
  for (const char character : text) {
    count += is_continuation(static_cast<unsigned char>(character)) ? 0 : 1;
  }
  return count;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (is_surrogate || code_point > 0x10ffff) {
    code_point = replacement_character;
  }
  if (code_point < 0x80) {
    out.push_back(narrow(code_point));
    return;
  }
  if (code_point < 0x800) {
    out.push_back(narrow(0xc0 | (code_point >> 6)));
  } else if (code_point < 0x10000) {
    out.push_back(narrow(0xe0 | (code_point >> 12)));
    out.push_back(narrow(0x80 | ((code_point >> 6) & 0x3f)));
  } else {
    out.push_back(narrow(0xf0 | (code_point >> 18)));
    out.push_back(narrow(0x80 | ((code_point >> 12) & 0x3f)));
    out.push_back(narrow(0x80 | ((code_point >> 6) & 0x3f)));
  }
  out.push_back(narrow(0x80 | (code_point & 0x3f)));
}

}  // namespace sluice
