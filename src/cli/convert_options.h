// What the command line of `sluice convert` says, and what it means.
#pragma once

#include "base/result.h"
#include "cli/conversion.h"
#include "parquet/file_writer.h"

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
  std::string schema;
  std::string data_directory = "./data";
  std::string profile = "compatible";
  std::string codec;
  std::string row_group_size;
  std::size_t threads = 0;
  std::string rejects;
  bool is_case_sensitive = false;
  bool is_strict = false;
  bool is_json = false;
};

void add_convert_options(CLI::App& app, ConvertOptions& options);

// The last word is the output unless a folder is to take it.  Fault::invalid when a word is
// missing.
Result<void> split_words(ConvertOptions& options);

// These two: Fault::invalid, naming the option; the first also as schema_of_option().
Result<ConversionSettings> conversion_of(const ConvertOptions& options);
Result<parquet::WriterOptions> writing_of(const ConvertOptions& options);

}  // namespace sluice::cli
