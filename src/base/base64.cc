// Base64 by table: six bytes to eight characters through a table of 12-bit pairs, four characters
// to three bytes through one table per place.
#include "base/base64.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace sluice {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(alphabet.size() == 64);

constexpr std::uint32_t bad_character = 0x80000000;

// Both characters of each 12-bit value.
using Pair = std::array<char, 2>;

constexpr std::array<Pair, 4096> make_pairs() {
  std::array<Pair, 4096> pairs{};
  for (std::size_t value = 0; value < pairs.size(); ++value) {
    pairs[value] = {alphabet[value >> 6], alphabet[value & 63]};
  }
  return pairs;
}

constexpr std::array<Pair, 4096> pairs = make_pairs();

// What a character contributes to the three bytes of its group, by its place; the bytes lie in
// memory order of a little-endian word.
using PlaceTable = std::array<std::uint32_t, 256>;

constexpr std::uint32_t contribution(std::uint32_t value, int place) {
  switch (place) {
    case 0:
      return value << 2;
    case 1:
      return (value >> 4) | ((value & 0xf) << 12);
    case 2:
      return ((value >> 2) << 8) | ((value & 0x3) << 22);
    default:
      return value << 16;
  }
}

constexpr std::array<PlaceTable, 4> make_places() {
  std::array<PlaceTable, 4> places{};
  for (int place = 0; place < 4; ++place) {
    PlaceTable& table = places[static_cast<std::size_t>(place)];
    table.fill(bad_character);
    for (std::uint32_t value = 0; value < 64; ++value) {
      table[static_cast<unsigned char>(alphabet[value])] = contribution(value, place);
    }
  }
  return places;
}

constexpr std::array<PlaceTable, 4> places = make_places();

std::uint32_t look_up(char character, std::size_t place) {
  return places[place][static_cast<unsigned char>(character)];
}

std::uint32_t group_at(const char* from) {
  return look_up(from[0], 0) | look_up(from[1], 1) | look_up(from[2], 2) | look_up(from[3], 3);
}

char* put_pair(char* to, std::uint64_t value) {
  const Pair& pair = pairs[value & 0xfff];
  std::copy(pair.begin(), pair.end(), to);
  return to + 2;
}

// Writes the encoding of `bytes` and returns its end.
char* encode(ByteView bytes, char* to) {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 6, from += 6) {  // loads eight, uses six
    const std::uint64_t word = __builtin_bswap64(load_le<std::uint64_t>(from));
    to = put_pair(to, word >> 52);
    to = put_pair(to, word >> 40);
    to = put_pair(to, word >> 28);
    to = put_pair(to, word >> 16);
  }
  for (; left > 0; left -= std::min<std::size_t>(left, 3), from += 3) {
    const auto byte = [&](std::size_t i) -> std::uint64_t {
      return i < left ? static_cast<unsigned char>(from[i]) : 0;
    };
    const std::uint64_t value = (byte(0) << 16) | (byte(1) << 8) | byte(2);
    to = put_pair(to, value >> 12);
    to = put_pair(to, value);
    if (left < 3) {
      to[-1] = '=';
    }
    if (left < 2) {
      to[-2] = '=';
    }
  }
  return to;
}

// Writes what the last group, the only one with padding, stands for; nullptr if it is malformed.
char* decode_last(const char* from, char* to) {
  const std::size_t padding = from[3] != '=' ? 0 : from[2] != '=' ? 1 : 2;
  std::uint32_t value = look_up(from[0], 0) | look_up(from[1], 1);
  value |= padding < 2 ? look_up(from[2], 2) : 0;
  value |= padding < 1 ? look_up(from[3], 3) : 0;
  const std::size_t bytes = 3 - padding;
  const bool has_bits_behind = padding > 0 && (value >> (8 * bytes)) != 0;
  if ((value & bad_character) != 0 || has_bits_behind) {
    return nullptr;
  }
  std::memcpy(to, &value, bytes);
  return to + bytes;
}

// Decodes a whole number of groups, at least one; nullptr if any is malformed.
char* decode(std::string_view text, char* to) {
  const char* from = text.data();
  const char* last = from + text.size() - 4;
  std::uint32_t seen = 0;
  for (; from < last; from += 4, to += 3) {
    const std::uint32_t value = group_at(from);
    seen |= value;
    store_le(to, value);  // one byte too many, which the next group overwrites
  }
  return (seen & bad_character) != 0 ? nullptr : decode_last(last, to);
}

}  // namespace

void base64_append(std::string& out, ByteView bytes) {
  SLUICE_CHECK(bytes.size() <= std::numeric_limits<std::size_t>::max() / 4 * 3 - 3);
  const std::size_t before = out.size();
  const std::size_t after = before + (bytes.size() + 2) / 3 * 4;
  // libstdc++ 12 hands in the new capacity instead of the size asked for: not used.
  out.resize_and_overwrite(after, [&](char* buffer, std::size_t) {
    const char* end = encode(bytes, buffer + before);
    SLUICE_CHECK(end == buffer + after);
    return after;
  });
}

std::string base64_encode(ByteView bytes) {
  std::string out;
  base64_append(out, bytes);
  return out;
}

bool base64_decode_append(std::string_view text, Bytes& out) {
  if (text.empty()) {
    return true;
  }
  if (text.size() % 4 != 0) {
    return false;
  }
  const std::size_t before = out.size();
  bool is_valid = false;
  const std::size_t after_max = before + text.size() / 4 * 3;
  out.resize_and_overwrite(after_max, [&](char* buffer, std::size_t) {
    const char* end = decode(text, buffer + before);
    is_valid = end != nullptr;
    SLUICE_CHECK(!is_valid || end <= buffer + after_max);
    return is_valid ? static_cast<std::size_t>(end - buffer) : before;
  });
  return is_valid;
}

std::optional<Bytes> base64_decode(std::string_view text) {
  Bytes out;
  if (!base64_decode_append(text, out)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace sluice
