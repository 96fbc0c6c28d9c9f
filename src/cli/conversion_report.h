// What a conversion came to, for a person and for a program.
#pragma once

#include "cli/conversion.h"
#include "cli/terminal.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::cli {

struct ConversionReport {
  std::string output;         // the file or folder, as it was named
  bool is_written = false;    // false: too much was rejected
  std::string rejects = {};   // the file that keeps them; empty: none
  std::string inferred = {};  // the schema, where it was not given
  std::size_t inputs = 1;
  std::size_t files = 1;  // written
  std::size_t threads = 1;
  std::uint64_t bytes_read = 0;  // of the inputs; less than counts.bytes_in when compressed
  std::uint64_t bytes_out = 0;
  ConversionCounts counts = {};
  std::chrono::nanoseconds elapsed{0};
};

//   beats.parquet
//     columns   timestamp timestamp, heart_rate bigint
//     rows      4,283,113
//     rejected  12 lines; the reasons are in bad.json
//     read      256.0 MiB from 3 files of 23.1 MiB
//     written   25.1 MiB, 9.8 % of it
//     time      612 ms, 418.3 MiB/s on 2 threads
std::string report_text(const ConversionReport& report, const Paint& paint);

// An object, with a newline.
std::string report_json(const ConversionReport& report);

}  // namespace sluice::cli
