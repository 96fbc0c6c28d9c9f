// What pages look like where the format leaves a choice.
#pragma once

#include <cstdint>

namespace sluice::parquet {

enum class PageVersion : std::uint8_t {
  v1,  // levels with their lengths, compressed together with the values
  v2   // bare levels, never compressed; each page says whether its values are
};

// How dictionary-coded pages, and levels that are not there, are marked.
enum class Marks : std::uint8_t {
  standard,     // RLE_DICTIONARY with a dictionary in PLAIN; RLE
  parquet_java  // as its writer of version 1: PLAIN_DICTIONARY for both; BIT_PACKED
};

struct PageFormat {
  PageVersion version = PageVersion::v1;
  Marks marks = Marks::standard;       // of pages of version 1
  bool compresses_everything = false;  // also chunks that gain nothing by it
};

}  // namespace sluice::parquet
