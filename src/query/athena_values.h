// Values and types as Athena's GetQueryResults and its CSV files show them.
//
//   DuckDB's text                    Athena's
//   2025-07-13 21:25:19.5            2025-07-13 21:25:19.500
//   2025-07-13 21:25:19+00           2025-07-13 21:25:19.000 UTC
//   1e+20, 12345678.0                1.0E20, 1.2345678E7     (Java's way with doubles)
//   {'a': 1, 'b': 'x, y'}            {a=1, b=x, y}
//   [1, NULL]                        [1, null]
//   \x00ab                           00 61 62
#pragma once

#include "query/engine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// What ColumnInfo says of a column.
struct AthenaColumn {
  std::string name;
  std::string type;  // "integer", "varchar", "timestamp with time zone", "array", ...
  std::int64_t precision = 0;
  std::int64_t scale = 0;
  bool is_case_sensitive = false;
};

// A type of the engine, taken apart once for all values of a column.
class AthenaType {
 public:
  // Any text: what is not known is shown as varchar.
  static AthenaType parse(std::string_view engine_type);

  AthenaColumn column(std::string name) const;

  // Appends the value that the engine wrote as `text`.
  void append(std::string& out, std::string_view text) const;

 private:
  enum class Kind : std::uint8_t {
    plain,
    float_number,
    double_number,
    timestamp,
    time,
    binary,
    interval,
    array,
    map,
    row,
  };

  bool append_nested(std::string& out, std::string_view& rest) const;
  bool append_row(std::string& out, std::string_view& rest) const;
  void append_leaf(std::string& out, std::string_view text) const;

  Kind kind_ = Kind::plain;
  AthenaColumn column_;
  std::vector<AthenaType> parts_;        // element; key and value; fields
  std::vector<std::string> part_names_;  // of fields
  bool has_names_ = false;
};

}  // namespace sluice::query
