// Reads a file whole and compares what its metadata claims with what its pages hold.
//
// Compared are: page headers with sizes, offsets, encodings and counts in the footer; checksums;
// statistics, size statistics, page indexes and bloom filters with the values; sorting columns with
// the order of rows; row counts with each other.  Of bounds it is checked that no value lies
// outside, and, where they are said to be exact, that one lies on each.
#pragma once

#include "parquet/file_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::parquet {

struct Verification {
  std::uint64_t chunks = 0;  // read whole, as are the next three
  std::uint64_t pages = 0;
  std::uint64_t pages_with_checksum = 0;
  std::uint64_t values = 0;  // nulls included
  std::uint64_t claims = 0;  // compared
  std::vector<std::string>
      contradictions;               // "row group 0, column a: null_count 3, but there are 2"
  std::vector<std::string> unread;  // chunks that cannot be read here, and why
};

// Chunk after chunk: memory is that of the largest, and of the columns that a group claims to be
// sorted by.
Verification verify(const FileReader& file);

}  // namespace sluice::parquet
