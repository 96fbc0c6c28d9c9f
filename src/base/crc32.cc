// CRC-32.
//
// A checksum is a remainder of polynomials over one bit.  With carry-less products 128 bits that
// stand n bits before the end are replaced by fewer with the same remainder: their halves times
// x^n and x^(n+64), both taken modulo the polynomial beforehand.  Four registers side by side fold
// 64 bytes a round; at the end they fold into one, that into 64 bits, and Barrett's reduction takes
// the remainder.
// Source: V. Gopal and others, Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction, Intel, 2009; its constants for this polynomial.
#include "base/crc32.h"

#include "base/crc_slices.h"

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice {

namespace {

constexpr std::uint32_t polynomial_reflected = 0xedb88320;

constexpr CrcSlices slices = make_crc_slices(polynomial_reflected);

#if defined(__x86_64__)

#define SLUICE_FOLDS __attribute__((target("pclmul,sse4.1")))

constexpr std::size_t lane_bytes = 16;
constexpr std::size_t round_bytes = 4 * lane_bytes;

SLUICE_FOLDS __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

// `state` moved on by as many bits as `powers` are for, and `next` added.
SLUICE_FOLDS __m128i fold(__m128i state, __m128i powers, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(state, powers, 0x00);
  const __m128i high = _mm_clmulepi64_si128(state, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// The register's 128 bits to the 32 of the checksum.
SLUICE_FOLDS std::uint32_t reduce(__m128i state, __m128i powers) {
  const __m128i low_words = _mm_setr_epi32(-1, 0, -1, 0);
  state = _mm_xor_si128(_mm_srli_si128(state, 8), _mm_clmulepi64_si128(state, powers, 0x10));
  const __m128i power_64 = _mm_set_epi64x(0, 0x0163cd6124);
  state = _mm_xor_si128(_mm_srli_si128(state, 4),
                        _mm_clmulepi64_si128(_mm_and_si128(state, low_words), power_64, 0x00));
  const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(state, low_words), barrett, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_words), barrett, 0x00);
  return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(state, quotient), 1));
}

// Takes whole lanes, at least a round of them, and leaves the rest in `bytes`.
SLUICE_FOLDS std::uint32_t take_lanes(std::uint32_t state, ByteView& bytes) {
  const __m128i round = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i lane = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  __m128i first = _mm_xor_si128(load(at), _mm_cvtsi32_si128(static_cast<int>(state)));
  __m128i second = load(at + lane_bytes);
  __m128i third = load(at + 2 * lane_bytes);
  __m128i fourth = load(at + 3 * lane_bytes);
  for (at += round_bytes; static_cast<std::size_t>(end - at) >= round_bytes; at += round_bytes) {
    first = fold(first, round, load(at));
    second = fold(second, round, load(at + lane_bytes));
    third = fold(third, round, load(at + 2 * lane_bytes));
    fourth = fold(fourth, round, load(at + 3 * lane_bytes));
  }
  first = fold(fold(fold(first, lane, second), lane, third), lane, fourth);
  for (; static_cast<std::size_t>(end - at) >= lane_bytes; at += lane_bytes) {
    first = fold(first, lane, load(at));
  }
  bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()));
  return reduce(first, lane);
}

#undef SLUICE_FOLDS

#endif

}  // namespace

std::uint32_t crc32_portable(ByteView bytes, std::uint32_t seed) {
  return ~take_crc_bytes(slices, ~seed, bytes);
}

std::uint32_t crc32(ByteView bytes, std::uint32_t seed) {
  std::uint32_t state = ~seed;
#if defined(__x86_64__)
  if (bytes.size() >= round_bytes && __builtin_cpu_supports("pclmul") != 0 &&
      __builtin_cpu_supports("sse4.1") != 0) {
    state = take_lanes(state, bytes);
  }
#endif
  return ~take_crc_bytes(slices, state, bytes);
}

}  // namespace sluice
