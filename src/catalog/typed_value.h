// Values of partition keys as what their key's type makes of them, so that they can be compared.
//
// Partition values and the literals of an expression are texts; "07" and "7" are one tinyint and
// two strings.  Each kind of type has a canonical form whose order is the order of its values.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::catalog {

// What Glue compares partition keys as.
enum class KeyKind : std::uint8_t {
  text,       // string, char(n), varchar(n): by bytes
  number,     // tinyint, smallint, int, integer, bigint, long, decimal(p,s): exactly
  date,       // yyyy-MM-dd
  timestamp,  // yyyy-MM-dd[ HH:mm[:ss[.fraction]]], a T for the blank too
};

// std::nullopt for types that Glue has no comparison for.
std::optional<KeyKind> key_kind(std::string_view hive_type);

class TypedValue {
 public:
  // std::nullopt when `text` is no value of that kind.
  static std::optional<TypedValue> read(KeyKind kind, std::string_view text);

  // Both must be of one kind.
  friend std::strong_ordering operator<=>(const TypedValue& left, const TypedValue& right);
  friend bool operator==(const TypedValue& left, const TypedValue& right) = default;

 private:
  bool is_number_ = false;
  bool is_negative_ = false;
  std::string whole_;     // numbers: digits without leading zeros; others: the canonical text
  std::string fraction_;  // numbers: digits without trailing zeros
};

// SQL's LIKE: '%' any characters, '_' one character, all others themselves.  Takes at most the
// product of the two lengths.
bool is_like(std::string_view text, std::string_view pattern);

}  // namespace sluice::catalog
