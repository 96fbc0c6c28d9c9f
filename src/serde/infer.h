// A schema from sample records: what a person would have written after looking at them.
//
// For each spot in the records the kinds of values seen there are gathered, and the type is
// decided at the end, so that the order of the records decides nothing but the order of the
// columns:
//
//   only true and false                              boolean
//   only whole numbers of 64 bits                    bigint
//   whole numbers up to 2^53, and fractions          double
//   only texts that are timestamps                   timestamp
//   only objects                                     struct, member by member
//   only arrays                                      array of what their elements need
//   nothing but null, or any mix                     string, which takes whatever comes
//
// Numbers that a double would change stay text.  A map is never guessed: objects with very many
// different keys become string columns, as do objects without members and what nests too deep.
// Names are in lower case unless keys are told apart by case; a key that is empty is left out.
//
// The samples need not be valid: a record that cannot be read is passed over, as it would be
// refused in the conversion.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/type.h"

#include <cstddef>
#include <span>

namespace sluice::serde {

inline constexpr std::size_t inferred_columns_max = 10'000;  // of the table
inline constexpr std::size_t inferred_members_max = 1000;    // of a struct; more: string
inline constexpr std::size_t inferred_spots_max = 100'000;   // in all
inline constexpr int inferred_nesting_max = 32;              // deeper: string

// Whether keys that differ in case only are one column.
enum class KeyCase : bool { ignored, kept };

// Fault::invalid when no record is a JSON object with a key, or keys that are told apart differ in
// case only; Fault::too_large for more columns or spots than the bounds.
Result<columnar::Schema> infer_schema(std::span<const ByteView> records,
                                      KeyCase key_case = KeyCase::ignored);

}  // namespace sluice::serde
