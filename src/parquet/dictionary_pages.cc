// Pages of indices.
#include "parquet/dictionary_pages.h"

#include "parquet/hybrid.h"

#include <bit>

namespace sluice::parquet {

namespace {

// At least one bit: width 0 is legal, but some readers stumble over it.
unsigned bits_of(std::size_t dictionary_size, IndexWidth width) {
  const unsigned fewest =
      dictionary_size <= 2 ? 1U : static_cast<unsigned>(std::bit_width(dictionary_size - 1));
  return width == IndexWidth::fewest ? fewest : (fewest + 7) / 8 * 8;
}

}  // namespace

void encode_indices(std::span<const std::uint32_t> indices,
                    std::size_t dictionary_size,
                    IndexWidth width,
                    Bytes& out) {
  const unsigned bits = bits_of(dictionary_size, width);
  out.push_back(static_cast<char>(bits));
  encode_hybrid(indices, bits, out);
}

}  // namespace sluice::parquet
