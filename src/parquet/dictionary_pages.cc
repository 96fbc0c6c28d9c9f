// Pages of indices.
#include "parquet/dictionary_pages.h"

#include "parquet/hybrid.h"

#include <bit>

namespace sluice::parquet {

namespace {

// At least one bit: width 0 is legal, but some readers stumble over it.
unsigned index_width(std::size_t dictionary_size) {
  return dictionary_size <= 2 ? 1U : static_cast<unsigned>(std::bit_width(dictionary_size - 1));
}

}  // namespace

void encode_indices(std::span<const std::uint32_t> indices,
                    std::size_t dictionary_size,
                    Bytes& out) {
  const unsigned width = index_width(dictionary_size);
  out.push_back(static_cast<char>(width));
  encode_hybrid(indices, width, out);
}

}  // namespace sluice::parquet
