// What the command line of `sluice convert` says, and what it means.
#include "cli/convert_options.h"

#include "cli/conversion_schema.h"
#include "cli/exit_code.h"
#include "cli/quantity.h"
#include "parquet/profile.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// Sizes of row groups are numbers of 32 bits to some readers.
constexpr std::uint64_t row_group_bytes_max = 2048 * mib;

// Below this a file is footer more than anything else.
constexpr std::uint64_t row_group_bytes_min = mib / 16;

constexpr std::uint64_t file_bytes_max = std::uint64_t{1} << 40;

// Of rows that cannot be compressed a group is held in memory at its full size: with the blocks
// that are at hand this stays below 96 MiB.
constexpr std::size_t usual_row_group_bytes = 48 * mib;

constexpr const char* footer =
    "Lines are read by the rules of the OpenX or the Hive JSON SerDe, as Amazon Data\n"
    "Firehose does.  gzip and zstd are known by their first bytes.  Files appear when\n"
    "all are complete, or none does.  A line that cannot be converted is left out and\n"
    "reported; the exit code is 1 when no line could be converted, or with --strict\n"
    "when one could not.\n"
    "\n"
    "COLUMNS are columns with their Hive types, @FILE that holds them,\n"
    "table:DATABASE.TABLE of the catalog in --data-dir, or infer: what the first\n"
    "4 MiB suggest.\n"
    "\n"
    "Examples:\n"
    "  sluice convert in.json out.parquet\n"
    "  sluice convert in.json out.parquet --schema 'timestamp string, heart_rate int'\n"
    "  sluice convert 'raw/**/*.json.gz' all.parquet --schema @columns.txt\n"
    "  sluice convert raw/*.json --output-dir lake --schema table:hr_data.heart_rate\n"
    "  sluice convert raw/*.json --output-dir parts --file-size 256MiB --sort-by id\n"
    "  curl -s URL | sluice convert - out.parquet --schema 'a int' --rejects bad.json\n"
    "\n";

Result<parquet::Codec> codec_named(const std::string& name) {
  using parquet::Codec;
  for (const Codec codec :
       {Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw, Codec::uncompressed}) {
    if (parquet::to_string(codec) == name) {
      return codec;
    }
  }
  return fail(Fault::invalid,
              fmt::format("there is no codec '{}'; take snappy, gzip, zstd, lz4_raw or none",
                          printable(name)));
}

Result<std::uint64_t> size_of_option(const char* option,
                                     const std::string& text,
                                     std::uint64_t least,
                                     std::uint64_t most) {
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < least || *bytes > most) {
    return fail(Fault::invalid,
                fmt::format("{}: '{}' is no size from {} to {}; write it as 64MiB",
                            option,
                            printable(text),
                            human_bytes(least),
                            human_bytes(most)));
  }
  return *bytes;
}

Result<parquet::TimestampUnit> unit_named(const std::string& name) {
  using parquet::TimestampUnit;
  constexpr std::array<std::pair<std::string_view, TimestampUnit>, 4> units = {
      {{"micros", TimestampUnit::micros},
       {"millis", TimestampUnit::millis},
       {"nanos", TimestampUnit::nanos},
       {"int96", TimestampUnit::int96}}};
  const auto* const found =
      std::ranges::find(units, name, [](const auto& unit) { return unit.first; });
  if (found == units.end()) {
    return fail(
        Fault::invalid,
        fmt::format("--timestamps: there is no unit '{}'; take micros, millis, nanos or int96",
                    printable(name)));
  }
  return found->second;
}

parquet::SortColumn sort_column_of(std::string_view text) {
  constexpr std::string_view down = ":desc";
  constexpr std::string_view up = ":asc";
  const bool is_down = text.ends_with(down);
  const std::size_t ending = is_down ? down.size() : text.ends_with(up) ? up.size() : 0;
  return {.column = std::string(text.substr(0, text.size() - ending)), .descending = is_down};
}

Result<serde::OpenXOptions> openx_of(const ConvertOptions& options) {
  if (!options.timestamp_formats.empty()) {
    return fail(Fault::invalid, "--timestamp-format is for --serde hive");
  }
  serde::OpenXOptions openx;
  openx.case_insensitive = !options.is_case_sensitive;
  openx.dots_to_underscores = options.dots_to_underscores;
  for (const std::string& mapping : options.keys) {
    const std::size_t equals = mapping.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(
          Fault::invalid,
          fmt::format("--key: '{}' maps nothing; write it as column=key", printable(mapping)));
    }
    openx.column_to_key.insert_or_assign(mapping.substr(0, equals), mapping.substr(equals + 1));
  }
  return openx;
}

Result<serde::SerdeOptions> serde_of(const ConvertOptions& options) {
  if (options.serde == "openx") {
    SLUICE_TRY(openx, openx_of(options));
    return openx;
  }
  if (options.serde != "hive") {
    return fail(
        Fault::invalid,
        fmt::format("there is no SerDe '{}'; take openx or hive", printable(options.serde)));
  }
  if (options.is_case_sensitive || options.dots_to_underscores || !options.keys.empty()) {
    return fail(Fault::invalid,
                "--case-sensitive, --dots-to-underscores and --key are for --serde openx");
  }
  return serde::HiveOptions{options.timestamp_formats};
}

}  // namespace

serde::KeyCase key_case_of(const ConvertOptions& options) {
  return options.is_case_sensitive ? serde::KeyCase::kept : serde::KeyCase::ignored;
}

void add_convert_options(CLI::App& app, ConvertOptions& options) {
  app.add_option(
         "IN",
         options.inputs,
         "files with a JSON record on each line, plain, gzip or zstd; patterns in quotes; - "
         "for standard input")
      ->required();
  // Never filled by the library, which gives all words to IN; stands in the help.
  app.add_option("OUT",
                 options.output,
                 "Parquet file for all rows; - for standard output; left out with --output-dir");
  app.add_option("--output-dir", options.output_directory, "a Parquet file in it for each input")
      ->type_name("DIR");
  app.add_option("--schema", options.schema, "columns with their Hive types (infer); see below")
      ->type_name("COLUMNS");
  app.add_option("--data-dir", options.data_directory, "of the server, for table: (./data)")
      ->type_name("DIR");
  app.add_option("--serde", options.serde, "the rules to read by: openx (default) or hive")
      ->type_name("NAME");
  app.add_flag("--case-sensitive", options.is_case_sensitive, "match keys letter for letter");
  app.add_flag("--dots-to-underscores", options.dots_to_underscores, "key a.b is column a_b");
  app.add_option("--key", options.keys, "the key that a column is read from")
      ->type_name("COLUMN=KEY");
  app.add_option("--timestamp-format",
                 options.timestamp_formats,
                 "of --serde hive: a Joda pattern, or millis; several are tried in order")
      ->type_name("FORMAT");
  app.add_option("--profile", options.profile, "aws, compatible (default), compact or smallest")
      ->type_name("NAME");
  app.add_option("--codec", options.codec, "snappy, gzip, zstd, lz4_raw or none (the profile's)")
      ->type_name("NAME");
  app.add_option(
         "--row-group-size", options.row_group_size, "before compression (48MiB; aws: 256MiB)")
      ->type_name("SIZE");
  app.add_option("--file-size", options.file_size, "with --output-dir: parts of about this size")
      ->type_name("SIZE");
  app.add_option("--sort-by",
                 options.sort_by,
                 "sort rows, at least 128 MiB together; COLUMN:desc: downwards")
      ->type_name("COLUMN,...")
      ->delimiter(',');
  app.add_option(
         "--timestamps", options.timestamps, "micros, millis, nanos or int96 (the profile's)")
      ->type_name("UNIT");
  app.add_option("--bloom", options.blooms, "columns that get a bloom filter")
      ->type_name("COLUMN,...")
      ->delimiter(',');
  app.add_option("--threads", options.threads, "at work (one for each core, at most 8)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{256}));
  app.add_option("--rejects", options.rejects, "keep lines that cannot be converted, as JSON")
      ->type_name("FILE");
  app.add_flag("--strict", options.is_strict, "write nothing unless every line converts");
  app.add_flag("--json", options.is_json, "print the summary as JSON");
  app.footer(footer + std::string(exit_codes_help));
}

Result<void> split_words(ConvertOptions& options) {
  if (!options.output_directory.empty()) {
    return {};
  }
  if (options.inputs.size() < 2) {
    return fail(Fault::invalid,
                "the file to write is missing: sluice convert IN... OUT, or name a folder with "
                "--output-dir");
  }
  options.output = std::move(options.inputs.back());
  options.inputs.pop_back();
  return {};
}

Result<ConversionSettings> conversion_of(const ConvertOptions& options) {
  ConversionSettings settings;
  if (options.schema != infer_word) {
    SLUICE_TRY(schema, schema_of_option(options.schema, options.data_directory));
    settings.schema = std::move(schema);
  }
  SLUICE_TRY(serde, serde_of(options));
  settings.serde = std::move(serde);
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  settings.threads =
      std::min(options.threads == 0 ? cores : options.threads, conversion_threads_max);
  return settings;
}

Result<parquet::WriterOptions> writing_of(const ConvertOptions& options) {
  SLUICE_TRY(profile, parquet::parse_profile(options.profile));
  parquet::WriterOptions writing = parquet::options_of(profile);
  // What Firehose writes has Firehose's groups.
  if (profile != parquet::Profile::aws) {
    writing.row_group_bytes_max = usual_row_group_bytes;
  }
  if (!options.codec.empty()) {
    SLUICE_TRY(codec, codec_named(options.codec));
    writing.codec = codec;
  }
  if (!options.row_group_size.empty()) {
    SLUICE_TRY(
        bytes,
        size_of_option(
            "--row-group-size", options.row_group_size, row_group_bytes_min, row_group_bytes_max));
    writing.row_group_bytes_max = bytes;
  }
  if (!options.file_size.empty()) {
    if (options.output_directory.empty()) {
      return fail(Fault::invalid,
                  "--file-size makes several files; name a folder with --output-dir");
    }
    SLUICE_TRY(bytes, size_of_option("--file-size", options.file_size, mib, file_bytes_max));
    writing.file_bytes_max = bytes;
    if (options.row_group_size.empty()) {
      writing.row_group_bytes_max = std::min<std::uint64_t>(writing.row_group_bytes_max, bytes);
    }
  }
  for (const std::string& column : options.sort_by) {
    writing.sort_by.push_back(sort_column_of(column));
  }
  // Rows sorted together are one row group, or several smaller ones.  Parts are to end near their
  // size, and a part ends with such rows.
  writing.sort_bytes_max = options.file_size.empty()
                               ? std::max(writing.sort_bytes_max, writing.row_group_bytes_max)
                               : writing.row_group_bytes_max;
  if (!options.timestamps.empty()) {
    SLUICE_TRY(unit, unit_named(options.timestamps));
    writing.physical.timestamp = unit;
  }
  for (const std::string& column : options.blooms) {
    writing.bloom_filter_columns.push_back({.column = column});
  }
  return writing;
}

}  // namespace sluice::cli
