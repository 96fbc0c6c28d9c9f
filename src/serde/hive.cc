// JSON records to rows by the rules of the Hive JSON SerDe.
#include "serde/hive.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::serde {

Result<std::vector<JodaPattern>> timestamp_patterns(const HiveOptions& options) {
  std::vector<JodaPattern> patterns;
  for (const std::string& format : options.timestamp_formats) {
    auto pattern = JodaPattern::parse(format);
    if (!pattern) {
      return std::unexpected(
          std::move(pattern).error().within(fmt::format("TimestampFormats \"{:.100}\"", format)));
    }
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

Result<HiveReader> HiveReader::create(const columnar::Schema& schema, const HiveOptions& options) {
  SLUICE_TRY(patterns, timestamp_patterns(options));
  SLUICE_TRY(shredder,
             Shredder::create(schema,
                              {.dialect = Dialect::hive,
                               .keys = {.positional_names = true},
                               .timestamps = std::move(patterns)}));
  return HiveReader(std::move(shredder));
}

std::expected<std::uint32_t, Rejection> HiveReader::read(ByteView record, columnar::RowBatch& out) {
  return shredder_.read(record, out);
}

ShapedRun HiveReader::read_alike(std::span<const ByteView>, columnar::RowBatch&) {
  return {};
}

ShapedRun HiveReader::read_alike_lines(ByteView, std::size_t, columnar::RowBatch&) {
  return {};
}

}  // namespace sluice::serde
