// Randomness: the generators and what is drawn from them.
#include "base/random.h"

#include "base/check.h"
#include "base/uint128.h"

#include <sys/random.h>

#include <cerrno>
#include <string_view>

namespace sluice {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view alphanumerics =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back(hex_digits[(value >> shift) & 0xf]);
  }
}

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
  SLUICE_CHECK(bound > 0);
  // The high half of a 128-bit product is uniform once the low halves that are over-represented
  // (fewer than 2^64 mod bound) are drawn again.
  const std::uint64_t uneven = (std::uint64_t{0} - bound) % bound;
  while (true) {
    const UInt128 product = UInt128{next()} * bound;
    if (static_cast<std::uint64_t>(product) >= uneven) {
      return static_cast<std::uint64_t>(product >> 64);
    }
  }
}

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = getrandom(&value, sizeof value, 0);
  } while (got < 0 && errno == EINTR);
  // The kernel never cuts requests of up to 256 bytes short, and fails on bad arguments only.
  SLUICE_CHECK(got == sizeof value);
  return value;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::string uuid_v4(Random& random) {
  constexpr std::uint64_t version_mask = 0xf000;
  constexpr std::uint64_t version_4 = 0x4000;
  constexpr std::uint64_t variant_mask = std::uint64_t{3} << 62;
  constexpr std::uint64_t variant_rfc4122 = std::uint64_t{2} << 62;
  const std::uint64_t high = (random.next() & ~version_mask) | version_4;
  const std::uint64_t low = (random.next() & ~variant_mask) | variant_rfc4122;

  std::string out;
  out.reserve(36);
  append_hex(out, high >> 32, 8);
  out.push_back('-');
  append_hex(out, high >> 16, 4);
  out.push_back('-');
  append_hex(out, high, 4);
  out.push_back('-');
  append_hex(out, low >> 48, 4);
  out.push_back('-');
  append_hex(out, low, 12);
  SLUICE_CHECK(out.size() == 36);
  return out;
}

std::string random_alphanumeric(Random& random, std::size_t length) {
  constexpr int bits_per_character = 6;
  constexpr int characters_per_draw = 64 / bits_per_character;
  std::string out;
  out.reserve(length);
  while (out.size() < length) {
    std::uint64_t drawn = random.next();
    for (int i = 0; i < characters_per_draw && out.size() < length; ++i) {
      const std::uint64_t index = drawn & 0x3f;
      drawn >>= bits_per_character;
      if (index < alphanumerics.size()) {  // the two values beyond are drawn again
        out.push_back(alphanumerics[index]);
      }
    }
  }
  return out;
}

}  // namespace sluice
