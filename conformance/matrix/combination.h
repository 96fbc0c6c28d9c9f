// One line of work: the columns, the rows and how to write them.
//
//   NAME ROWS SEED COLUMNS OPTION=VALUE ...      fields apart by tabs
//
// COLUMNS as the catalog spells them ("row bigint, c array<int>"); the options are listed in
// combination.cc.
#pragma once

#include "base/result.h"
#include "columnar/type.h"
#include "matrix/cells.h"
#include "parquet/file_writer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::matrix {

// The order that the writer is asked for.
enum class Sort : std::uint8_t {
  none,
  key,             // by "key", nulls last
  row_descending,  // by "row"
  noted            // none, but an order that is there is to be noted
};

struct Combination {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t seed = 0;
  columnar::Schema schema;
  Style style;
  parquet::WriterOptions writer;
  Sort sort = Sort::none;
  bool is_json = false;  // JSON for a converter instead of a Parquet file
  std::size_t batch_rows = 100;
  std::size_t parked_rows =
      0;  // after so many the file is parked, and another writer goes on; 0: never
};

Result<Combination> parse_combination(std::string_view line);

}  // namespace sluice::matrix
