// PLAIN booleans and byte arrays.
#include "parquet/plain.h"

namespace sluice::parquet {

void encode_plain_booleans(std::span<const std::uint8_t> values, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + (values.size() + 7) / 8);
  for (std::size_t i = 0; i < values.size(); ++i) {
    char& byte = out[start + i / 8];
    byte = static_cast<char>(byte | ((values[i] & 1) << (i % 8)));
  }
}

bool decode_plain_booleans(ByteView bytes, std::span<std::uint8_t> values) {
  if (bytes.size() < (values.size() + 7) / 8) {
    return false;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] =
        static_cast<std::uint8_t>((static_cast<unsigned char>(bytes[i / 8]) >> (i % 8)) & 1);
  }
  return true;
}

std::optional<ByteView> take_plain_bytes(ByteReader& in) {
  const std::optional<std::uint32_t> length = in.le<std::uint32_t>();
  return length ? in.take(*length) : std::nullopt;
}

}  // namespace sluice::parquet
