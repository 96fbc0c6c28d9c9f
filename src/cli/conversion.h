// Lines of JSON to a Parquet file: the server's converter without the server.
//
// Every line is one record.  A line that cannot be converted is counted, reported and left out;
// blank lines are skipped.
#pragma once

#include "base/result.h"
#include "cli/line_reader.h"
#include "columnar/type.h"
#include "parquet/byte_sink.h"
#include "parquet/codec.h"
#include "serde/openx.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::cli {

struct ConversionSettings {
  columnar::Schema schema;
  parquet::Codec codec = parquet::Codec::snappy;
  bool is_case_sensitive = false;  // of the keys
};

struct ConversionCounts {
  std::uint64_t lines = 0;     // without blank ones
  std::uint64_t rows = 0;      // a line may hold several objects
  std::uint64_t rejected = 0;  // lines
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

// Told of each line that is left out; an error it returns ends the conversion.
using OnReject = std::function<Result<void>(const Line& line, const serde::Rejection& why)>;

// Told now and then how many bytes are done.
using OnProgress = std::function<void(std::uint64_t bytes_in)>;

// Reads `lines` to their end and writes a whole Parquet file to `out`.  Fault::unsupported when the
// schema has a type that cannot be converted; otherwise only reading and writing can fail.
Result<ConversionCounts> convert_lines(LineReader& lines,
                                       const ConversionSettings& settings,
                                       parquet::ByteSink& out,
                                       const OnReject& on_reject,
                                       const OnProgress& on_progress);

// One line of a rejects file, with its newline:
//   {"line":3,"code":"DataFormatConversion.ParseError","column":"","reason":"…","text":"…"}
// A line that is not UTF-8 stands in "base64" instead of "text".
std::string reject_record(const Line& line, const serde::Rejection& why);

}  // namespace sluice::cli
