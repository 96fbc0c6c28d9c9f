// Tables of the CRCs of this folder, for where the processor has no instruction for them.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

// Of a CRC whose register is a std::uint32_t or a std::uint64_t.
template <class Register>
using CrcTableOf = std::array<Register, 256>;
template <class Register>
using CrcSlicesOf = std::array<CrcTableOf<Register>, 8>;

using CrcTable = CrcTableOf<std::uint32_t>;
using CrcSlices = CrcSlicesOf<std::uint32_t>;

// slices[k][b]: what byte b does to the register of the CRC with this polynomial (reflected),
// followed by k zero bytes.
template <class Register>
constexpr CrcSlicesOf<Register> make_crc_slices(Register polynomial) {
  CrcSlicesOf<Register> slices{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    auto value = static_cast<Register>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    }
    slices[0][byte] = value;
  }
  for (std::size_t slice = 1; slice < slices.size(); ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const Register before = slices[slice - 1][byte];
      slices[slice][byte] = (before >> 8) ^ slices[0][before & 0xff];
    }
  }
  return slices;
}

// The register after `bytes`, eight of them a step.
template <class Register>
Register take_crc_bytes(const CrcSlicesOf<Register>& slices, Register state, ByteView bytes) {
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
