#include "base/crc64nvme.h"

#include "base/crc_slices.h"

namespace sluice {

namespace {

constexpr std::uint64_t polynomial_reflected = 0x9a6c9329ac4bc9b5;

constexpr CrcSlicesOf<std::uint64_t> slices = make_crc_slices(polynomial_reflected);

}  // namespace

std::uint64_t crc64nvme(ByteView bytes, std::uint64_t seed) {
  return ~take_crc_bytes(slices, ~seed, bytes);
}

}  // namespace sluice
