// Schemas of several files as the one schema of their table.
//
// Columns are the same when their names are, without regard to letter case.  Types that hold all
// values of two types take the place of both:
//
//   tinyint < smallint < int < bigint; integers with decimals: the decimal that holds both, up to
//   38 digits; float < double, and integers with either: double; char, varchar, string: string;
//   date < timestamp; arrays, maps and structs by their parts, a struct having the fields of both.
//
// All other pairs are in conflict: no reader could make one column of them.
#pragma once

#include "columnar/type.h"

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::query {

// std::nullopt for a conflict.
std::optional<columnar::Type> wider_type(const columnar::Type& left, const columnar::Type& right);

// Nulls may stand for columns that only one has; those of `right` come behind those of `left`.
struct MergedSchema {
  columnar::Schema schema;
  std::size_t shared = 0;  // columns that both have
  std::string conflict;    // "heart_rate is int and string"; empty: none
};

MergedSchema merge_schemas(const columnar::Schema& left, const columnar::Schema& right);

// Whether so many columns are shared that both are probably of one table: at least 7 of 10 of the
// narrower one's, so that a column may be added to a narrow table.
bool are_similar(const columnar::Schema& left, const columnar::Schema& right, std::size_t shared);

}  // namespace sluice::query
