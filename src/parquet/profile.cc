// The profiles and what each asks of the writer.
#include "parquet/profile.h"

#include "base/check.h"

#include <fmt/format.h>

#include <limits>

namespace sluice::parquet {

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::aws:
      return "aws";
    case Profile::compatible:
      return "compatible";
    case Profile::compact:
      return "compact";
    case Profile::smallest:
      return "smallest";
  }
  SLUICE_CHECK(false && "every profile has a name");
  return {};
}

Result<Profile> parse_profile(std::string_view name) {
  for (const Profile profile : all_profiles) {
    if (to_string(profile) == name) {
      return profile;
    }
  }
  return fail(
      Fault::invalid,
      fmt::format("there is no profile '{}'; take aws, compatible, compact or smallest", name));
}

namespace {

// Hive's serialiser with parquet-java's writer of version 1 under it.  Block and dictionaries are
// as Firehose has them by default; parquet-java counts no rows of a block.
WriterOptions aws_options() {
  WriterOptions options;
  options.codec = Codec::snappy;
  options.dictionary = false;
  options.pages = {
      .version = PageVersion::v1, .marks = Marks::parquet_java, .compresses_everything = true};
  options.row_group_bytes_max = std::size_t{256} << 20;
  options.row_group_rows_max = std::numeric_limits<std::int32_t>::max();
  options.physical = hive_physical();
  return options;
}

WriterOptions compatible_options() {
  WriterOptions options;
  options.note_order = true;
  return options;
}

WriterOptions compact_options() {
  WriterOptions options;
  options.note_order = true;
  options.codec = Codec::zstd;
  options.encodings = {.set = EncodingSet::all, .weighs_compressed = true, .weighs_time = true};
  return options;
}

// More of the level makes less of the file and much more of the time.
constexpr int zstd_level_small = 19;

WriterOptions smallest_options() {
  WriterOptions options;
  options.note_order = true;
  options.codec = Codec::zstd;
  options.zstd_level = zstd_level_small;
  options.codec_gain_percent = 1;
  options.encodings = {.set = EncodingSet::all, .weighs_compressed = true, .weighs_time = false};
  return options;
}

}  // namespace

WriterOptions options_of(Profile profile) {
  switch (profile) {
    case Profile::aws:
      return aws_options();
    case Profile::compatible:
      return compatible_options();
    case Profile::compact:
      return compact_options();
    case Profile::smallest:
      return smallest_options();
  }
  SLUICE_CHECK(false && "every profile has options");
  return {};
}

}  // namespace sluice::parquet
