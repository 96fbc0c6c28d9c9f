// CRC-32C.
//
// The processor's instruction takes eight bytes and gives its result three cycles later, so three
// lanes of equal length run beside each other.  Their registers join by linearity: the register
// behind the first lane, moved on over as many zero bytes as the second lane has, xor the register
// of the second lane started from zero.  Moving over a fixed number of zeros is a linear map of 32
// bits, kept as four tables of 256.
#include "base/crc32c.h"

#include "base/crc_slices.h"

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace sluice {

namespace {

constexpr std::uint32_t polynomial_reflected = 0x82f63b78;

constexpr CrcSlices slices = make_crc_slices(polynomial_reflected);

#if defined(__x86_64__)

// Where each bit of the register goes.
using Map = std::array<std::uint32_t, 32>;

constexpr std::uint32_t apply(const Map& map, std::uint32_t state) {
  std::uint32_t moved = 0;
  for (std::size_t bit = 0; state != 0; ++bit, state >>= 1) {
    moved ^= (state & 1) != 0 ? map[bit] : 0;
  }
  return moved;
}

// Moves a register over `zero_bytes` (a power of two) by squaring the map for one.
constexpr std::array<CrcTable, 4> make_shift(std::size_t zero_bytes) {
  Map map{};
  for (std::size_t bit = 0; bit < map.size(); ++bit) {
    const std::uint32_t state = std::uint32_t{1} << bit;
    map[bit] = (state >> 8) ^ slices[0][state & 0xff];
  }
  for (; zero_bytes > 1; zero_bytes /= 2) {
    Map squared{};
    for (std::size_t bit = 0; bit < map.size(); ++bit) {
      squared[bit] = apply(map, map[bit]);
    }
    map = squared;
  }
  std::array<CrcTable, 4> shift{};
  for (std::size_t place = 0; place < shift.size(); ++place) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      shift[place][byte] = apply(map, byte << (8 * place));
    }
  }
  return shift;
}

template <std::size_t lane_bytes>
std::uint32_t move_over_lane(std::uint32_t state) {
  static constexpr std::array<CrcTable, 4> shift = make_shift(lane_bytes);
  return shift[0][state & 0xff] ^ shift[1][(state >> 8) & 0xff] ^ shift[2][(state >> 16) & 0xff] ^
         shift[3][state >> 24];
}

// Takes as many rounds of three lanes as there are, and leaves the rest in `bytes`.
template <std::size_t lane_bytes>
__attribute__((target("sse4.2"))) std::uint32_t take_lanes(std::uint32_t state, ByteView& bytes) {
  static_assert(lane_bytes % 8 == 0 && (lane_bytes & (lane_bytes - 1)) == 0);
  while (bytes.size() >= 3 * lane_bytes) {
    const char* from = bytes.data();
    std::uint64_t first = state;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const char* end = from + lane_bytes; from < end; from += 8) {
      first = _mm_crc32_u64(first, load_le<std::uint64_t>(from));
      second = _mm_crc32_u64(second, load_le<std::uint64_t>(from + lane_bytes));
      third = _mm_crc32_u64(third, load_le<std::uint64_t>(from + 2 * lane_bytes));
    }
    state = move_over_lane<lane_bytes>(static_cast<std::uint32_t>(first)) ^
            static_cast<std::uint32_t>(second);
    state = move_over_lane<lane_bytes>(state) ^ static_cast<std::uint32_t>(third);
    bytes.remove_prefix(3 * lane_bytes);
  }
  return state;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t seed) {
  constexpr std::size_t long_lane_bytes = 2048;
  constexpr std::size_t short_lane_bytes = 128;
  std::uint32_t state = ~seed;
  state = take_lanes<long_lane_bytes>(state, bytes);
  state = take_lanes<short_lane_bytes>(state, bytes);
  std::uint64_t wide = state;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const char* const at = bytes.data();
    wide = _mm_crc32_u64(wide, load_le<std::uint64_t>(at));
  }
  state = static_cast<std::uint32_t>(wide);
  for (const char byte : bytes) {
    state = _mm_crc32_u8(state, static_cast<unsigned char>(byte));
  }
  return ~state;
}

#endif

}  // namespace

std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t seed) {
  return ~take_crc_bytes(slices, ~seed, bytes);
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) {
    return crc32c_sse42(bytes, seed);
  }
#endif
  return crc32c_portable(bytes, seed);
}

}  // namespace sluice
