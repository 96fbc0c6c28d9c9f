// Lower case for keys.
#include "serde/letter_case.h"

#include "base/check.h"

#include <cstdint>

namespace sluice::serde {

namespace {

// Two-byte UTF-8 sequences reach from U+0080 to U+07FF: all the letters this file knows.
constexpr std::uint32_t two_byte_last = 0x7ff;

std::uint32_t lower_letter(std::uint32_t letter) {
  const auto within = [letter](std::uint32_t first, std::uint32_t last) {
    return letter >= first && letter <= last;
  };
  if ((within(0xc0, 0xde) && letter != 0xd7) || (within(0x391, 0x3ab) && letter != 0x3a2) ||
      within(0x410, 0x42f)) {
    return letter + 0x20;
  }
  if (within(0x400, 0x40f)) {
    return letter + 0x50;
  }
  if (letter == 0x178) {
    return 0xff;
  }
  // Here capitals and small letters alternate; U+0130 has no small letter of its own length.
  if ((within(0x100, 0x137) && letter != 0x130) || within(0x14a, 0x177) || within(0x460, 0x481) ||
      within(0x48a, 0x4bf) || within(0x4d0, 0x52f)) {
    return letter | 1;
  }
  if (within(0x139, 0x148) || within(0x179, 0x17e) || within(0x4c1, 0x4ce)) {
    return letter + (letter & 1);
  }
  return letter;
}

}  // namespace

void append_lower_case(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out.append(text);
  for (std::size_t index = start; index < out.size(); ++index) {
    const auto lead = static_cast<unsigned char>(out[index]);
    if (lead >= 'A' && lead <= 'Z') {
      out[index] = static_cast<char>(lead + ('a' - 'A'));
    } else if (lead >= 0xc2 && lead <= 0xdf && index + 1 < out.size()) {
      const std::uint32_t low = static_cast<unsigned char>(out[index + 1]) & 0x3fU;
      const std::uint32_t letter = lower_letter(((lead & 0x1fU) << 6) | low);
      SLUICE_DCHECK(letter >= 0x80 && letter <= two_byte_last);
      out[index] = static_cast<char>(0xc0 | (letter >> 6));
      out[index + 1] = static_cast<char>(0x80 | (letter & 0x3f));
      ++index;
    }
  }
}

std::string lower_case(std::string_view text) {
  std::string out;
  append_lower_case(out, text);
  return out;
}

}  // namespace sluice::serde
