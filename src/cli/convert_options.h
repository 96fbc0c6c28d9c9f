// What the command line of `sluice convert` says, and what it means.
#pragma once

#include "base/result.h"
#include "cli/conversion.h"
#include "parquet/file_writer.h"
#include "serde/infer.h"

#include <cstddef>
#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the library's own name.
namespace CLI {
class App;
}

namespace sluice::cli {

// As written; empty or 0: not given.
struct ConvertOptions {
  std::vector<std::string> inputs;  // the output too, before split_words()
  std::string output;
  std::string output_directory;
  std::string schema = "infer";
  std::string data_directory = "./data";
  std::string profile = "compatible";
  std::string codec;
  std::string row_group_size;
  std::string file_size;
  std::vector<std::string> sort_by;  // "column" or "column:desc"
  std::string timestamps;
  std::vector<std::string> blooms;
  std::size_t threads = 0;
  std::string rejects;
  std::string serde = "openx";
  bool is_case_sensitive = false;
  bool dots_to_underscores = false;
  std::vector<std::string> keys;               // "column=key"
  std::vector<std::string> timestamp_formats;  // of the Hive SerDe
  bool is_strict = false;
  bool is_json = false;
};

// Whether keys that differ in case only are one.
serde::KeyCase key_case_of(const ConvertOptions& options);

void add_convert_options(CLI::App& app, ConvertOptions& options);

// The last word is the output unless a folder is to take it.  Fault::invalid when a word is
// missing.
Result<void> split_words(ConvertOptions& options);

// Fault::invalid, naming the option, and as schema_of_option(); without columns when they are to be
// inferred.
Result<ConversionSettings> conversion_of(const ConvertOptions& options);

// Fault::invalid, naming the option.
Result<parquet::WriterOptions> writing_of(const ConvertOptions& options);

}  // namespace sluice::cli
