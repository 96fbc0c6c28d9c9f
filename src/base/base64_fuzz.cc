// Fuzzes base64: what decodes must encode to the same text, both ways must agree with a decoder
// that takes one character at a time, and whatever the input, encoding it must come back.
#include "base/base64.h"
#include "base/check.h"

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<sluice::Bytes> naive_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  sluice::Bytes out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char character : text) {
    const std::size_t value = alphabet.find(character);
    if (value == alphabet.npos) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>((bits >> count) & 0xff));
      bits &= (1U << count) - 1;
    }
  }
  // Without padding no bits are left; with one or two '=' two or four zeros.
  const bool is_complete = count == static_cast<int>(2 * padding) && bits == 0;
  return is_complete ? std::optional(out) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::optional<sluice::Bytes> decoded = sluice::base64_decode(input);
  SLUICE_CHECK(decoded == naive_decode(input));
  if (decoded) {
    SLUICE_CHECK(sluice::base64_encode(*decoded) == input);
  }
  SLUICE_CHECK(sluice::base64_decode(sluice::base64_encode(input)) == input);
  return 0;
}
