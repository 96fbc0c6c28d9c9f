#include "delivery/parquet_options.h"

#include "base/check.h"
#include "delivery/size_rule.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::delivery {

namespace {

parquet::Codec codec_of(ParquetCompression compression) {
  switch (compression) {
    case ParquetCompression::snappy:
      return parquet::Codec::snappy;
    case ParquetCompression::gzip:
      return parquet::Codec::gzip;
    case ParquetCompression::uncompressed:
      return parquet::Codec::uncompressed;
  }
  SLUICE_CHECK(false && "every compression has a codec");
  return {};
}

void apply(const ParquetOptions& given, parquet::WriterOptions& options) {
  if (given.compression) {
    options.codec = codec_of(*given.compression);
  }
  // Pages of parquet-java's second version come with its encodings.
  if (given.writer_version == "V2") {
    options.pages.version = parquet::PageVersion::v2;
    options.encodings.set = parquet::EncodingSet::all;
  }
  if (given.dictionary) {
    options.dictionary = *given.dictionary;
  }
  if (given.page_size_bytes) {
    options.page_bytes_max = static_cast<std::size_t>(*given.page_size_bytes);
  }
  if (given.block_size_bytes) {
    options.row_group_bytes_max = static_cast<std::size_t>(*given.block_size_bytes);
  }
}

// Where the size is that of the object, all open pages together hold little of it: what they will
// take is not known.
std::size_t page_bytes_within(const SizeRule& size, std::size_t columns) {
  constexpr std::uint64_t open_part = 32;
  constexpr std::uint64_t page_bytes_min = std::uint64_t{16} << 10;
  return std::max(page_bytes_min, size.bytes / open_part / std::max<std::size_t>(columns, 1));
}

}  // namespace

Result<parquet::Profile> parquet_profile_of(const std::vector<Tag>& tags) {
  for (const Tag& tag : tags) {
    if (tag.key == parquet_profile_tag) {
      auto profile = parquet::parse_profile(tag.value);
      if (!profile) {
        return fail(Fault::invalid,
                    fmt::format("the tag {}: {}.", parquet_profile_tag, profile.error().message()));
      }
      return profile;
    }
  }
  return parquet::Profile::compatible;
}

parquet::WriterOptions parquet_options_of(const DeliveryStream& stream,
                                          const columnar::Schema& schema) {
  parquet::WriterOptions options =
      parquet::options_of(parquet_profile_of(stream.tags).value_or(parquet::Profile::compatible));
  if (stream.s3.conversion && stream.s3.conversion->parquet) {
    apply(*stream.s3.conversion->parquet, options);
  }
  const auto size = size_rule_of(stream);
  if (size && size->is_of_object) {
    const std::size_t columns = columnar::leaves_of(schema).size();
    options.page_bytes_max = std::min(options.page_bytes_max, page_bytes_within(*size, columns));
  }
  return options;
}

}  // namespace sluice::delivery
