// Hive types, as the Glue catalog spells them, and schemas made of them.
//
// Grammar (blanks tolerated around < > , : and parentheses; names may stand in back-ticks):
//   boolean tinyint smallint int|integer bigint float|real double|"double precision" string
//   char(n) varchar(n) binary date timestamp decimal[(p[,s])]
//   array<T>  map<K,V>  struct<name:T,...>
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::columnar {

// How deep arrays, maps and structs may lie within each other.  Bounds recursion, and with it
// definition levels: two a list, so at most 2 * 64 + 1 < 256.
inline constexpr int nesting_max = 64;

enum class Kind : std::uint8_t {
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  float32,
  float64,
  string,
  fixed_char,  // char(n): n is in precision
  varchar,     // varchar(n): likewise
  binary,
  date,
  timestamp,
  decimal,  // precision(), scale()
  array,    // one child, named "element"
  map,      // two children, "key" and "value"
  structure
};

struct Field;

// Value type.
struct Type {
  Kind kind = Kind::string;
  std::int32_t precision = 0;  // decimal: 1..38; char and varchar: the length
  std::int32_t scale = 0;      // decimal: 0..precision
  std::vector<Field> children;

  bool is_nested() const {
    return kind == Kind::array || kind == Kind::map || kind == Kind::structure;
  }

  friend bool operator==(const Type&, const Type&);
};

struct Field {
  std::string name;
  Type type;

  friend bool operator==(const Field&, const Field&) = default;
};

// The columns of a table, in order.  Every column may hold nulls.
struct Schema {
  std::vector<Field> columns;

  friend bool operator==(const Schema&, const Schema&) = default;
};

inline bool operator==(const Type& left, const Type& right) {
  return left.kind == right.kind && left.precision == right.precision &&
         left.scale == right.scale && left.children == right.children;
}

// "array<struct<a:int>>" -> Type.  Fault::invalid names the position and what was expected there.
Result<Type> parse_type(std::string_view text);

// "timestamp string, heart_rate int" -> Schema; names are kept as written and must be unique
// without regard to case.
Result<Schema> parse_columns(std::string_view text);

// The canonical spelling, lower case, without blanks: "decimal(10,2)", "array<int>".
std::string to_string(const Type& type);

}  // namespace sluice::columnar
