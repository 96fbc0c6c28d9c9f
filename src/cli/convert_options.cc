// What the command line of `sluice convert` says, and what it means.
#include "cli/convert_options.h"

#include "cli/conversion_schema.h"
#include "cli/exit_code.h"
#include "cli/quantity.h"
#include "parquet/profile.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// Sizes of row groups are numbers of 32 bits to some readers.
constexpr std::uint64_t row_group_bytes_max = 2048 * mib;

constexpr const char* footer =
    "Lines are read by the rules of the OpenX JSON SerDe, as Amazon Data Firehose\n"
    "does.  gzip and zstd are known by their first bytes.  Files appear when all are\n"
    "complete, or none does.  A line that cannot be converted is left out and\n"
    "reported; the exit code is 1 when no line could be converted, or with --strict\n"
    "when one could not.\n"
    "\n"
    "COLUMNS are columns with their Hive types, @FILE that holds them, or\n"
    "table:DATABASE.TABLE of the catalog in --data-dir.\n"
    "\n"
    "Examples:\n"
    "  sluice convert in.json out.parquet --schema 'timestamp string, heart_rate int'\n"
    "  sluice convert 'raw/**/*.json.gz' all.parquet --schema @columns.txt\n"
    "  sluice convert raw/*.json --output-dir lake --schema table:hr_data.heart_rate\n"
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
                                     std::uint64_t most) {
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < mib || *bytes > most) {
    return fail(Fault::invalid,
                fmt::format("{}: '{}' is no size from 1MiB to {}; write it as 64MiB",
                            option,
                            printable(text),
                            human_bytes(most)));
  }
  return *bytes;
}

}  // namespace

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
  app.add_option("--schema", options.schema, "columns with their Hive types; see below")
      ->type_name("COLUMNS")
      ->required();
  app.add_option("--data-dir", options.data_directory, "of the server, for table: (./data)")
      ->type_name("DIR");
  app.add_flag("--case-sensitive", options.is_case_sensitive, "match keys letter for letter");
  app.add_option("--profile", options.profile, "aws, compatible (default), compact or smallest")
      ->type_name("NAME");
  app.add_option("--codec", options.codec, "snappy, gzip, zstd, lz4_raw or none (the profile's)")
      ->type_name("NAME");
  app.add_option("--row-group-size", options.row_group_size, "before compression (128MiB)")
      ->type_name("SIZE");
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
  SLUICE_TRY(schema, schema_of_option(options.schema, options.data_directory));
  settings.schema = std::move(schema);
  settings.serde = serde::OpenXOptions{.case_insensitive = !options.is_case_sensitive};
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  settings.threads =
      std::min(options.threads == 0 ? cores : options.threads, conversion_threads_max);
  return settings;
}

Result<parquet::WriterOptions> writing_of(const ConvertOptions& options) {
  SLUICE_TRY(profile, parquet::parse_profile(options.profile));
  parquet::WriterOptions writing = parquet::options_of(profile);
  if (!options.codec.empty()) {
    SLUICE_TRY(codec, codec_named(options.codec));
    writing.codec = codec;
  }
  if (!options.row_group_size.empty()) {
    SLUICE_TRY(bytes,
               size_of_option("--row-group-size", options.row_group_size, row_group_bytes_max));
    writing.row_group_bytes_max = bytes;
  }
  return writing;
}

}  // namespace sluice::cli
