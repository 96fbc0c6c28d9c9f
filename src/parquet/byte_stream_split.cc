// BYTE_STREAM_SPLIT: a transposition.
#include "parquet/byte_stream_split.h"

#include "base/check.h"

namespace sluice::parquet {

namespace {

// A constant width lets the compiler turn the inner loop into wide moves.
template <std::size_t width>
void split(const char* from, std::size_t values, char* to) {
  for (std::size_t byte = 0; byte < width; ++byte) {
    char* const stream = to + byte * values;
    for (std::size_t i = 0; i < values; ++i) {
      stream[i] = from[i * width + byte];
    }
  }
}

}  // namespace

void encode_byte_stream_split(ByteView plain, std::size_t width, Bytes& out) {
  SLUICE_CHECK(width > 0);
  SLUICE_CHECK(plain.size() % width == 0);
  const std::size_t start = out.size();
  const std::size_t values = plain.size() / width;
  out.resize_and_overwrite(start + plain.size(), [&](char* data, std::size_t) {
    char* const to = data + start;
    if (width == sizeof(std::uint32_t)) {
      split<sizeof(std::uint32_t)>(plain.data(), values, to);
    } else if (width == sizeof(std::uint64_t)) {
      split<sizeof(std::uint64_t)>(plain.data(), values, to);
    } else {
      for (std::size_t i = 0; i < plain.size(); ++i) {
        to[i % width * values + i / width] = plain[i];
      }
    }
    return start + plain.size();
  });
}

void decode_byte_stream_split(ByteView split, std::size_t width, Bytes& out) {
  SLUICE_CHECK(width > 0);
  SLUICE_CHECK(split.size() % width == 0);
  const std::size_t values = split.size() / width;
  const std::size_t start = out.size();
  out.resize(start + split.size());
  char* const to = out.data() + start;
  for (std::size_t byte = 0; byte < width; ++byte) {
    const char* const stream = split.data() + byte * values;
    for (std::size_t i = 0; i < values; ++i) {
      to[i * width + byte] = stream[i];
    }
  }
}

}  // namespace sluice::parquet
