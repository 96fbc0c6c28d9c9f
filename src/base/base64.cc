// Base64 by table: six bytes to eight characters through a table of 12-bit pairs, four characters
// to three bytes through one table per place, or 32 to 24 in one step where the machine has AVX2.
#include "base/base64.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

#if defined(__x86_64__)

// What a character is tells the row of its high four bits.  Each row has a bit; a character is
// wrong if the bit of its row is among those that are wrong for its low four bits.  Within a row
// the value is the character plus one number, but for '/', which takes the number of row 1, where
// no character of the alphabet is.  Twice the same sixteen: the two halves of a vector are looked
// up apart.
struct RowTables {
  std::array<std::uint8_t, 32> row_bits{};
  std::array<std::uint8_t, 32> wrong_rows{};
  std::array<std::uint8_t, 32> to_value{};
};

constexpr RowTables make_rows() {
  RowTables tables;
  for (unsigned half = 0; half < 32; half += 16) {
    for (unsigned low = 0; low < 16; ++low) {
      unsigned wrong = 0;
      for (unsigned row = 0; row < 8; ++row) {
        const auto character = static_cast<char>(row << 4 | low);
        wrong |= alphabet.find(character) == alphabet.npos ? 1U << row : 0U;
      }
      tables.wrong_rows[half + low] = static_cast<std::uint8_t>(wrong);
      // Beyond ASCII everything is wrong; some row always is.
      tables.row_bits[half + low] = static_cast<std::uint8_t>(low < 8 ? 1U << low : 0xffU);
    }
    for (unsigned value = 0; value < alphabet.size(); ++value) {
      const auto character = static_cast<unsigned char>(alphabet[value]);
      const unsigned row = character == '/' ? 1 : character >> 4;
      tables.to_value[half + row] = static_cast<std::uint8_t>(value - character);
    }
  }
  return tables;
}

constexpr RowTables row_tables = make_rows();

__attribute__((target("avx2"))) __m256i load_table(const std::array<std::uint8_t, 32>& table) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(table.data()));
}

// Takes 32 characters a step as long as another ten groups follow, for it writes 28 bytes of which
// 24 count.  Moves both places on; false if a character was wrong.
__attribute__((target("avx2"))) bool decode_wide(const char*& from, const char* last, char*& to) {
  constexpr std::ptrdiff_t characters_min = 40;
  const __m256i row_bits = load_table(row_tables.row_bits);
  const __m256i wrong_rows = load_table(row_tables.wrong_rows);
  const __m256i to_value = load_table(row_tables.to_value);
  const __m256i low_bits = _mm256_set1_epi8(0x0f);
  const __m256i gather = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  __m256i wrong = _mm256_setzero_si256();
  for (; last - from >= characters_min; from += 32, to += 24) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i row = _mm256_and_si256(_mm256_srli_epi32(text, 4), low_bits);
    const __m256i low = _mm256_and_si256(text, low_bits);
    wrong = _mm256_or_si256(
        wrong,
        _mm256_and_si256(_mm256_shuffle_epi8(row_bits, row), _mm256_shuffle_epi8(wrong_rows, low)));
    const __m256i is_slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));  // -1 where it is
    const __m256i number = _mm256_shuffle_epi8(to_value, _mm256_add_epi8(row, is_slash));
    const __m256i values = _mm256_add_epi8(text, number);
    // Two values become twelve bits, two of those 24, and their bytes change places.
    const __m256i twelve_bits = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i groups = _mm256_madd_epi16(twelve_bits, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_shuffle_epi8(groups, gather);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(bytes));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 12), _mm256_extracti128_si256(bytes, 1));
  }
  return _mm256_testz_si256(wrong, wrong) != 0;
}

bool has_wide() {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  return has_avx2;
}

#endif

// Decodes a whole number of groups, at least one; nullptr if any is malformed.
char* decode(std::string_view text, char* to) {
  const char* from = text.data();
  const char* last = from + text.size() - 4;
  std::uint32_t seen = 0;
#if defined(__x86_64__)
  if (has_wide() && !decode_wide(from, last, to)) {
    return nullptr;
  }
#endif
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
