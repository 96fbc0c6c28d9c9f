// Names of the format's numbers, and the codecs behind them.
#include "parquet/metadata.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <span>

namespace sluice::parquet {

namespace {

template <class Enum>
std::string name_of(Enum value, std::span<const std::string_view> names, std::string_view kind) {
  const auto number = static_cast<std::int32_t>(value);
  if (number >= 0 && static_cast<std::size_t>(number) < names.size() &&
      !names[static_cast<std::size_t>(number)].empty()) {
    return std::string(names[static_cast<std::size_t>(number)]);
  }
  return fmt::format("{} {}", kind, number);
}

}  // namespace

std::string to_string(PhysicalType type) {
  static constexpr std::array<std::string_view, 8> names = {"BOOLEAN",
                                                            "INT32",
                                                            "INT64",
                                                            "INT96",
                                                            "FLOAT",
                                                            "DOUBLE",
                                                            "BYTE_ARRAY",
                                                            "FIXED_LEN_BYTE_ARRAY"};
  return name_of(type, names, "type");
}

std::string to_string(Repetition repetition) {
  static constexpr std::array<std::string_view, 3> names = {"REQUIRED", "OPTIONAL", "REPEATED"};
  return name_of(repetition, names, "repetition");
}

std::string to_string(Encoding encoding) {
  static constexpr std::array<std::string_view, 11> names = {"PLAIN",
                                                             "",
                                                             "PLAIN_DICTIONARY",
                                                             "RLE",
                                                             "BIT_PACKED",
                                                             "DELTA_BINARY_PACKED",
                                                             "DELTA_LENGTH_BYTE_ARRAY",
                                                             "DELTA_BYTE_ARRAY",
                                                             "RLE_DICTIONARY",
                                                             "BYTE_STREAM_SPLIT",
                                                             "ALP"};
  return name_of(encoding, names, "encoding");
}

std::string to_string(CodecId codec) {
  static constexpr std::array<std::string_view, 8> names = {
      "UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"};
  return name_of(codec, names, "codec");
}

std::string to_string(PageType type) {
  static constexpr std::array<std::string_view, 4> names = {
      "DATA_PAGE", "INDEX_PAGE", "DICTIONARY_PAGE", "DATA_PAGE_V2"};
  return name_of(type, names, "page type");
}

std::string to_string(BoundaryOrder order) {
  static constexpr std::array<std::string_view, 3> names = {"UNORDERED", "ASCENDING", "DESCENDING"};
  return name_of(order, names, "order");
}

Result<Codec> codec_of(CodecId id) {
  switch (id) {
    case CodecId::uncompressed:
      return Codec::uncompressed;
    case CodecId::snappy:
      return Codec::snappy;
    case CodecId::gzip:
      return Codec::gzip;
    case CodecId::zstd:
      return Codec::zstd;
    case CodecId::lz4_raw:
      return Codec::lz4_raw;
    case CodecId::lzo:
    case CodecId::brotli:
    case CodecId::lz4_hadoop:
      break;
  }
  return fail(
      Fault::unsupported,
      fmt::format("the codec {} cannot be read; UNCOMPRESSED, SNAPPY, GZIP, ZSTD and LZ4_RAW "
                  "can",
                  to_string(id)));
}

CodecId id_of(Codec codec) {
  switch (codec) {
    case Codec::uncompressed:
      return CodecId::uncompressed;
    case Codec::snappy:
      return CodecId::snappy;
    case Codec::gzip:
      return CodecId::gzip;
    case Codec::zstd:
      return CodecId::zstd;
    case Codec::lz4_raw:
      return CodecId::lz4_raw;
  }
  SLUICE_CHECK(false && "every codec has a number");
  return CodecId::uncompressed;
}

}  // namespace sluice::parquet
