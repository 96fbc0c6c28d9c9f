// Compares and scans of many bytes at a time: one set for any machine, one for AVX2, one for
// AVX-512.
//
// All have the same functions and the same answers; which one runs is chosen when the program
// starts, and templates over the set (`Wide`) are compiled once for each.  They may look at up to
// wide_reach bytes from the place they are given, whatever they need of them: the caller makes sure
// that those can be read.
#pragma once

#include "json/scan.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(__x86_64__) && defined(__clang__)
#define SLUICE_HAS_AVX 1
#include <immintrin.h>
#else
#define SLUICE_HAS_AVX 0
#endif

namespace sluice::json {

enum class InstructionSet : std::uint8_t { portable, avx2, avx512 };

// Those that this machine has, from the least to the best.
inline std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets = {InstructionSet::portable};
#if SLUICE_HAS_AVX
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2")) {
    sets.push_back(InstructionSet::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl")) {
      sets.push_back(InstructionSet::avx512);
    }
  }
#endif
  return sets;
}

inline InstructionSet best_instruction_set() {
  return instruction_sets().back();
}

inline constexpr std::size_t wide_reach = 96;

// Bytes of expected text are compared in whole steps of so many, so that many must be readable.
inline constexpr std::size_t wide_step = 32;

// Text under a mask is compared in whole steps of so many, so that many must be readable.
inline constexpr std::size_t masked_step = 64;

// The bytes of `word` that are no digits, '0' to '9' being 0 to 9: the high bit of each.  Carries
// may mark bytes above a true hit, never below: the lowest counts.
inline std::uint64_t no_digits(std::uint64_t word) {
  return ((word + each_byte(0x76)) | word) & each_byte(0x80);
}

// The number whose digits, 0 to 9, are the bytes of a word, the first in the lowest byte.
inline std::uint64_t eight_digits(std::uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  constexpr std::uint64_t pairs = 0x000000ff'000000ff;
  return ((digits & pairs) * 0x000f4240'00000064 +
          ((digits >> 16) & pairs) * 0x00002710'00000001) >>
         32;
}

// How many digits stand at `at`, at most eight, and the number they make.
inline unsigned read_digits(const char* at, std::uint64_t& value) {
  const std::uint64_t word = load_le<std::uint64_t>(at) ^ each_byte('0');
  const std::uint64_t hits = no_digits(word);
  const unsigned bits = hits == 0 ? 64U : static_cast<unsigned>(std::countr_zero(hits)) & ~7U;
  value = bits == 0 ? 0 : eight_digits(word << (64U - bits));
  return bits / 8;
}

// "HH:mm:ss.ffffff"
inline constexpr std::size_t full_clock_bytes = 15;

// `count` bytes, one to eight, behind zeros, with digits being 0 to 9.
inline std::uint64_t all_digits(const char* at, unsigned count) {
  return (load_le<std::uint64_t>(at) ^ each_byte('0')) << (64U - 8U * count);
}

struct Portable {
  // Whether `bytes` bytes are as expected.
  static bool is_same(const char* text, const char* expected, std::size_t bytes) {
    while (bytes > 8) {
      if (load_le<std::uint64_t>(text) != load_le<std::uint64_t>(expected)) {
        return false;
      }
      text += 8;
      expected += 8;
      bytes -= 8;
    }
    const std::uint64_t differences =
        load_le<std::uint64_t>(text) ^ load_le<std::uint64_t>(expected);
    return bytes == 0 || differences << (64 - 8 * bytes) == 0;
  }

  // Whether `bytes` bytes are as expected where `mask` has bits.
  static bool is_same_under(const char* mask,
                            const char* text,
                            const char* expected,
                            std::size_t bytes) {
    std::uint64_t differences = 0;
    for (std::size_t at = 0; at < bytes; at += 8) {
      differences |= (load_le<std::uint64_t>(text + at) ^ load_le<std::uint64_t>(expected + at)) &
                     load_le<std::uint64_t>(mask + at);
    }
    return differences == 0;
  }

  // How many bytes stand before the first line end, wide_step when it is not among as many.
  static std::size_t line_end(const char* at) {
    for (std::size_t bytes = 0; bytes < wide_step; bytes += 8) {
      const std::uint64_t word = load_le<std::uint64_t>(at + bytes) ^ each_byte('\n');
      const std::uint64_t hits = (word - each_byte(1)) & ~word & each_byte(0x80);
      if (hits != 0) {
        return bytes + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
      }
    }
    return wide_step;
  }

  // skip_plain(); needs no more than [at, end).
  static const char* skip_plain(const char* at, const char* end) {
    return json::skip_plain(at, end);
  }

  // Whether `count` digits, one to eight, begin at `at`, whatever follows them; the number they
  // make.
  static bool read_all_digits(const char* at, unsigned count, std::uint64_t& value) {
    const std::uint64_t word = all_digits(at, count);
    value = eight_digits(word);
    return no_digits(word) == 0;
  }

  // "HH:mm:ss" with or without a fraction of one to six digits: its length, and the microseconds
  // since midnight; 0 for anything else.
  static unsigned read_clock(const char* at, std::int64_t& micros) {
    if (!read_seconds(at, micros)) {
      return 0;
    }
    if (at[8] != '.') {
      return 8;
    }
    const std::uint64_t word = load_le<std::uint64_t>(at + 9) ^ each_byte('0');
    const std::uint64_t hits = no_digits(word);
    const unsigned digits = hits == 0 ? 8U : static_cast<unsigned>(std::countr_zero(hits)) / 8;
    if (digits == 0 || digits > 6) {
      return 0;
    }
    add_fraction(word & ((std::uint64_t{1} << (8 * digits)) - 1), micros);
    return 9 + digits;
  }

  // Whether the next full_clock_bytes are a clock, whatever follows them.
  static bool read_full_clock(const char* at, std::int64_t& micros) {
    constexpr std::uint64_t six_bytes = 0xffff'ffff'ffff;
    const std::uint64_t word = (load_le<std::uint64_t>(at + 9) ^ each_byte('0')) & six_bytes;
    if (!read_seconds(at, micros) || at[8] != '.' || no_digits(word) != 0) {
      return false;
    }
    add_fraction(word, micros);
    return true;
  }

 private:
  static bool read_seconds(const char* at, std::int64_t& micros) {
    // 0 to 9 for each digit, 0 for each mark if all is well; the bounds carry any digit above 9
    // into its high bit, and any mark above 0.
    const std::uint64_t clock = load_le<std::uint64_t>(at) ^ 0x3030'3a30'303a'3030;
    if ((((clock + 0x7676'7f76'767f'7676) | clock) & each_byte(0x80)) != 0) {
      return false;
    }
    const auto pair = [clock](unsigned index) {
      return static_cast<std::int64_t>(((clock >> (8 * index)) & 0xff) * 10 +
                                       ((clock >> (8 * index + 8)) & 0xff));
    };
    micros = ((pair(0) * 60 + pair(3)) * 60 + pair(6)) * 1'000'000;
    return pair(0) <= 23 && pair(3) <= 59 && pair(6) <= 59;
  }

  // The digits of a fraction, 0 to 9, from the lowest byte on; zeros stand for those it lacks.
  static void add_fraction(std::uint64_t digits, std::int64_t& micros) {
    micros += static_cast<std::int64_t>(eight_digits(digits << 16));
  }
};

#if SLUICE_HAS_AVX

#define SLUICE_AVX2 __attribute__((target("avx2,bmi,bmi2"))) inline

struct Avx2 {
  SLUICE_AVX2 static bool is_same(const char* text, const char* expected, std::size_t bytes) {
    for (;;) {
      const std::uint32_t same = equal_bytes(text, expected);
      if (bytes <= wide_step) {
        return _bzhi_u32(~same, static_cast<unsigned>(bytes)) == 0;
      }
      if (same != ~std::uint32_t{0}) {
        return false;
      }
      text += wide_step;
      expected += wide_step;
      bytes -= wide_step;
    }
  }

  SLUICE_AVX2 static bool is_same_under(const char* mask,
                                        const char* text,
                                        const char* expected,
                                        std::size_t bytes) {
    __m256i differences = _mm256_setzero_si256();
#pragma clang loop unroll(disable)
    for (std::size_t at = 0; at < bytes; at += wide_step) {
      const __m256i different = _mm256_xor_si256(load(text + at), load(expected + at));
      differences = _mm256_or_si256(differences, _mm256_and_si256(different, load(mask + at)));
    }
    return _mm256_testz_si256(differences, differences) != 0;
  }

  SLUICE_AVX2 static std::size_t line_end(const char* at) {
    const __m256i hits = _mm256_cmpeq_epi8(load(at), _mm256_set1_epi8('\n'));
    return _tzcnt_u32(static_cast<std::uint32_t>(_mm256_movemask_epi8(hits)));
  }

  SLUICE_AVX2 static const char* skip_plain(const char* at, const char* end) {
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i backslash = _mm256_set1_epi8('\\');
    const __m256i blank = _mm256_set1_epi8(0x20);
    while (end - at >= 32) {
      const __m256i bytes = load(at);
      // As signed numbers, control characters and all beyond ASCII are below the blank.
      const __m256i hits = _mm256_or_si256(
          _mm256_or_si256(_mm256_cmpeq_epi8(bytes, quote), _mm256_cmpeq_epi8(bytes, backslash)),
          _mm256_cmpgt_epi8(blank, bytes));
      const auto mask = static_cast<std::uint32_t>(_mm256_movemask_epi8(hits));
      if (mask != 0) {
        return at + std::countr_zero(mask);
      }
      at += 32;
    }
    return json::skip_plain(at, end);
  }

  SLUICE_AVX2 static bool read_all_digits(const char* at, unsigned count, std::uint64_t& value) {
    const __m128i digits = _mm_cvtsi64_si128(static_cast<std::int64_t>(all_digits(at, count)));
    const __m128i above = _mm_subs_epu8(digits, _mm_set1_epi8(9));
    const __m128i pairs = _mm_maddubs_epi16(
        digits, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m128i fours = _mm_madd_epi16(pairs, _mm_setr_epi16(100, 1, 100, 1, 0, 0, 0, 0));
    const __m128i words = _mm_packus_epi32(fours, fours);
    const __m128i whole = _mm_madd_epi16(words, _mm_setr_epi16(10'000, 1, 0, 0, 0, 0, 0, 0));
    value = static_cast<std::uint64_t>(_mm_cvtsi128_si64(whole));
    return _mm_testz_si128(above, above) != 0;
  }

  SLUICE_AVX2 static unsigned read_clock(const char* at, std::int64_t& micros) {
    unsigned good = 0;
    const __m128i lanes = clock_lanes(at, good);
    const bool has_fraction = (good & 0x100) != 0;
    // Good lanes behind the point; the bit above them ends the run.
    const unsigned run = static_cast<unsigned>(std::countr_zero(~(good >> 9)));
    const unsigned digits = has_fraction ? run : 0;
    if ((good & 0xff) != 0xff || digits > 6 || (has_fraction && digits == 0) ||
        !add_clock(lanes, digits, micros)) {
      return 0;
    }
    return has_fraction ? 9 + digits : 8;
  }

  SLUICE_AVX2 static bool read_full_clock(const char* at, std::int64_t& micros) {
    unsigned good = 0;
    const __m128i lanes = clock_lanes(at, good);
    return (good & 0x7fff) == 0x7fff && add_clock(lanes, 6, micros);
  }

 private:
  struct alignas(16) Places {
    std::int8_t lanes[16];
  };

  // Where hours, minutes, seconds and the pairs of a fraction of that many digits come from; a
  // negative place gives a zero.
  static constexpr Places clock_places[7] = {
      {{0, 1, 3, 4, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, -1, -1, -1, -1, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, 10, -1, -1, -1, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, 10, 11, -1, -1, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, 10, 11, 12, -1, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, 10, 11, 12, 13, -1, -1, -1}},
      {{0, 1, 3, 4, 6, 7, -1, -1, 9, 10, 11, 12, 13, 14, -1, -1}}};

  // "HH:mm:ss.fffffff" without what makes digits letters: 0 to 9 for a digit, 0 for a mark if all
  // is well; a bit in `good` for each lane of which that is true.
  SLUICE_AVX2 static __m128i clock_lanes(const char* at, unsigned& good) {
    const __m128i marks = _mm_setr_epi8(
        '0', '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', '0');
    const __m128i bounds = _mm_setr_epi8(9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 9, 9, 9, 9, 9);
    const __m128i lanes =
        _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), marks);
    good = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(lanes, bounds), lanes)));
    return lanes;
  }

  // The microseconds that such lanes with a fraction of so many digits stand for.
  SLUICE_AVX2 static bool add_clock(__m128i lanes, unsigned digits, std::int64_t& micros) {
    const __m128i places =
        _mm_load_si128(reinterpret_cast<const __m128i*>(clock_places[digits].lanes));
    const __m128i pairs =
        _mm_maddubs_epi16(_mm_shuffle_epi8(lanes, places),
                          _mm_setr_epi8(10, 1, 10, 1, 10, 1, 0, 0, 10, 1, 10, 1, 10, 1, 0, 0));
    const __m128i above = _mm_cmpgt_epi16(pairs, _mm_setr_epi16(23, 59, 59, 0, 99, 99, 99, 0));
    const __m128i sums = _mm_madd_epi16(pairs, _mm_setr_epi16(3600, 60, 1, 0, 10'000, 100, 1, 0));
    // Seconds and fraction, each the sum of two halves.
    constexpr int swapped_halves = _MM_SHUFFLE(2, 3, 0, 1);
    const __m128i wholes = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, swapped_halves));
    const __m128i parts = _mm_mul_epu32(wholes, _mm_setr_epi32(1'000'000, 0, 1, 0));
    micros = _mm_cvtsi128_si64(_mm_add_epi64(parts, _mm_unpackhi_epi64(parts, parts)));
    return _mm_testz_si128(above, above) != 0;
  }

  SLUICE_AVX2 static __m256i load(const char* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }

  SLUICE_AVX2 static std::uint32_t equal_bytes(const char* left, const char* right) {
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(left), load(right))));
  }
};

#undef SLUICE_AVX2

#define SLUICE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi,bmi2"))) inline

// Most of what is looked at is shorter than a wider step, and AVX2's steps are then faster.
struct Avx512 : Avx2 {
  SLUICE_AVX512 static bool is_same_under(const char* mask,
                                          const char* text,
                                          const char* expected,
                                          std::size_t bytes) {
    __mmask64 differences = 0;
#pragma clang loop unroll(disable)
    for (std::size_t at = 0; at < bytes; at += masked_step) {
      const __m512i different = _mm512_xor_si512(load(text + at), load(expected + at));
      differences |= _mm512_test_epi8_mask(different, load(mask + at));
    }
    return differences == 0;
  }

 private:
  SLUICE_AVX512 static __m512i load(const char* at) { return _mm512_loadu_si512(at); }
};

#undef SLUICE_AVX512

#endif

}  // namespace sluice::json
