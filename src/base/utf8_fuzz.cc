// Fuzzes UTF-8 validation: valid text must fall apart into code points that encode back to it, and
// the answer must agree with a decoder written from the definition alone.
#include "base/check.h"
#include "base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace {

// The code points of `text`, or nothing if a sequence is cut, malformed, overlong or no scalar.
std::optional<std::u32string> naive_decode(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const std::uint32_t lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    std::uint32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) {
        return std::nullopt;
      }
      value = (value << 6) | (byte(at + i) & 0x3f);
    }
    const std::size_t shortest = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    if (length != shortest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
      return std::nullopt;
    }
    points.push_back(static_cast<char32_t>(value));
    at += length;
  }
  return points;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::optional<std::u32string> points = naive_decode(input);
  SLUICE_CHECK(sluice::is_utf8(input) == points.has_value());
  if (points) {
    SLUICE_CHECK(sluice::count_code_points(input) == points->size());
    std::string encoded;
    for (const char32_t point : *points) {
      sluice::append_utf8(encoded, static_cast<std::uint32_t>(point));
    }
    SLUICE_CHECK(encoded == input);
  }
  return 0;
}
