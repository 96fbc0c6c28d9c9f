#include "stream/sequence_number.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/uint128.h"

#include <algorithm>
#include <charconv>

namespace sluice::stream {

namespace {

// Bit positions of the fields, from the least significant bit.
constexpr unsigned shard_shift = 4;
constexpr unsigned time_shift = 36;
constexpr unsigned index_shift = 80;
constexpr unsigned shard_digit_shift = 144;
constexpr unsigned created_shift = 148;
constexpr unsigned lead_shift = 184;

constexpr std::uint64_t version = 2;
constexpr std::uint64_t seconds_max = (std::uint64_t{1} << 36) - 1;
constexpr std::uint64_t ten_to_19 = 10'000'000'000'000'000'000ULL;

// Ors `value` into `number` at bit `shift`; the value may straddle two words.
void put_field(SequenceNumber& number, std::uint64_t value, unsigned shift) {
  const unsigned word = shift / 64;
  const unsigned bit = shift % 64;
  number.words[2 - word] |= value << bit;
  if (bit != 0 && word < 2) {
    number.words[1 - word] |= value >> (64 - bit);
  }
}

std::uint64_t get_field(const SequenceNumber& number, unsigned shift, unsigned bits) {
  const unsigned word = shift / 64;
  const unsigned bit = shift % 64;
  std::uint64_t value = number.words[2 - word] >> bit;
  if (bit != 0 && word < 2) {
    value |= number.words[1 - word] << (64 - bit);
  }
  return bits == 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

// Divides by 10^19 in place and returns the remainder.
std::uint64_t divide_by_ten_to_19(SequenceNumber& number) {
  std::uint64_t rest = 0;
  for (std::uint64_t& word : number.words) {
    const UInt128 dividend = (UInt128{rest} << 64) | word;
    word = static_cast<std::uint64_t>(dividend / ten_to_19);
    rest = static_cast<std::uint64_t>(dividend % ten_to_19);
  }
  return rest;
}

void put_digits(std::uint64_t value, char* to, std::size_t digits) {
  for (std::size_t i = digits; i > 0; --i) {
    to[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  SLUICE_CHECK(value == 0);
}

std::uint64_t seconds_of(UnixMillis time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(to_count(time), 0)) / 1000;
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

SequenceNumber encode_sequence(const SequenceParts& parts) {
  SLUICE_CHECK(parts.ordinal <= ending_ordinal);
  SLUICE_CHECK(parts.shard.value < 0x8000'0000U);
  SequenceNumber number;
  put_field(number, version, 0);
  put_field(number, parts.shard.value, shard_shift);
  put_field(number, std::min(parts.time_s, seconds_max), time_shift);
  put_field(number, parts.ordinal.value, index_shift);
  put_field(number, parts.shard.value & 0xf, shard_digit_shift);
  put_field(number, std::min(parts.shard_created_s, seconds_max), created_shift);
  put_field(number, version, lead_shift);
  return number;
}

std::optional<SequenceParts> decode_sequence(const SequenceNumber& number) {
  const SequenceParts parts{
      .shard_created_s = get_field(number, created_shift, 36),
      .ordinal = Ordinal(get_field(number, index_shift, 64)),
      .time_s = get_field(number, time_shift, 36),
      .shard = ShardIndex(static_cast<std::uint32_t>(get_field(number, shard_shift, 32)))};
  // Encoding again checks every constant digit and both shard fields at once.
  if (parts.ordinal > ending_ordinal || parts.shard.value >= 0x8000'0000U ||
      encode_sequence(parts) != number) {
    return std::nullopt;
  }
  return parts;
}

void format_sequence(const SequenceNumber& number, char* to) {
  // 10^56 > 3 * 2^184, which no number with the leading digit 2 reaches.
  SequenceNumber rest = number;
  put_digits(divide_by_ten_to_19(rest), to + 37, 19);
  put_digits(divide_by_ten_to_19(rest), to + 18, 19);
  SLUICE_CHECK(rest.words[0] == 0);
  SLUICE_CHECK(rest.words[1] == 0);
  put_digits(rest.words[2], to, 18);
}

std::string to_string(const SequenceNumber& number) {
  std::string text(sequence_number_digits, '0');
  format_sequence(number, text.data());
  return text;
}

std::string sequence_text(const SequenceParts& parts) {
  return to_string(encode_sequence(parts));
}

SequenceTexts::SequenceTexts(const SequenceParts& first) : digits_() {
  format_sequence(encode_sequence(first), digits_.data());
}

// The next ordinal is one more at index_shift: 2^80, or 1'20892581'96146291'74706176, is added
// eight digits at a time, a digit a byte.
void SequenceTexts::advance() {
  static_assert(index_shift == 80);
  static_assert(sequence_number_digits % 8 == 0);
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::array<std::uint64_t, 4> step = {
      0x0704070006010706, 0x0906010406020901, 0x0200080902050801, 1};
  std::uint64_t carry = 0;
  for (std::size_t word = 0; word < step.size() || carry != 0; ++word) {
    SLUICE_DCHECK(word < sequence_number_digits / 8);
    char* const at = digits_.data() + sequence_number_digits - 8 * (word + 1);
    const std::uint64_t digits = __builtin_bswap64(load_le<std::uint64_t>(at)) - '0' * ones;
    const std::uint64_t added = carry + (word < step.size() ? step[word] : 0);
    // With 0xf6 in each byte a sum of ten or more carries into the next digit; in a byte that does
    // not carry, 0xf6 stays and is taken away again.
    const std::uint64_t sum = digits + 0xf6 * ones;
    const std::uint64_t total = sum + added;
    carry = total < sum ? 1 : 0;
    const std::uint64_t without_carry = (total >> 4) & ones;
    const std::uint64_t fixed = (total & 0x0f * ones) - 6 * without_carry;
    store_le(at, __builtin_bswap64(fixed + '0' * ones));
  }
}

bool is_sequence_text(std::string_view text) {
  constexpr std::size_t digits_max = 129;
  if (text.empty() || text.size() > digits_max || !all_digits(text)) {
    return false;
  }
  return text == "0" || text.front() != '0';
}

std::optional<SequenceNumber> parse_sequence(std::string_view text) {
  constexpr std::size_t digits_of_192_bits = 58;
  if (!is_sequence_text(text) || text.size() > digits_of_192_bits) {
    return std::nullopt;
  }
  SequenceNumber number;
  while (!text.empty()) {
    const std::size_t digits = std::min<std::size_t>(text.size(), 19);
    std::uint64_t chunk = 0;
    std::from_chars(text.data(), text.data() + digits, chunk);
    std::uint64_t factor = 1;
    for (std::size_t i = 0; i < digits; ++i) {
      factor *= 10;
    }
    UInt128 carry = chunk;
    for (std::size_t word = 3; word > 0; --word) {
      const UInt128 product = UInt128{number.words[word - 1]} * factor + carry;
      number.words[word - 1] = static_cast<std::uint64_t>(product);
      carry = product >> 64;
    }
    if (carry != 0) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
  }
  return number;
}

std::optional<SequenceParts> parse_sequence_parts(std::string_view text) {
  const auto number = parse_sequence(text);
  return number ? decode_sequence(*number) : std::nullopt;
}

SequenceParts starting_sequence(ShardIndex shard, UnixMillis shard_created) {
  return record_sequence(shard, shard_created, Ordinal(0), shard_created);
}

SequenceParts ending_sequence(ShardIndex shard, UnixMillis shard_created, UnixMillis closed) {
  return record_sequence(shard, shard_created, ending_ordinal, closed);
}

SequenceParts record_sequence(ShardIndex shard,
                              UnixMillis shard_created,
                              Ordinal ordinal,
                              UnixMillis arrival) {
  return {.shard_created_s = seconds_of(shard_created),
          .ordinal = ordinal,
          .time_s = seconds_of(arrival),
          .shard = shard};
}

}  // namespace sluice::stream
