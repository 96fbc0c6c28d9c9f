// Tables of the CRCs of 32 bits: what both of this folder read where the processor has no
// instruction for them.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

using CrcTable = std::array<std::uint32_t, 256>;
using CrcSlices = std::array<CrcTable, 8>;

// slices[k][b]: what byte b does to the register of the CRC with this polynomial (reflected),
// followed by k zero bytes.
constexpr CrcSlices make_crc_slices(std::uint32_t polynomial) {
  CrcSlices slices{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    }
    slices[0][byte] = value;
  }
  for (std::size_t slice = 1; slice < slices.size(); ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = slices[slice - 1][byte];
      slices[slice][byte] = (before >> 8) ^ slices[0][before & 0xff];
    }
  }
  return slices;
}

// The register after `bytes`, eight of them a step.
inline std::uint32_t take_crc_bytes(const CrcSlices& slices, std::uint32_t state, ByteView bytes) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const char* const at = bytes.data();
    const std::uint64_t word = load_le<std::uint64_t>(at) ^ state;
    state = 0;
    for (std::size_t place = 0; place < 8; ++place) {
      state ^= slices[7 - place][(word >> (8 * place)) & 0xff];
    }
  }
  for (const char byte : bytes) {
    state = (state >> 8) ^ slices[0][(state ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return state;
}

}  // namespace sluice
