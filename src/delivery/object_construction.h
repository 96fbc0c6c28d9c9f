// What a jq 1.6 object construction is made of, found without running it.
//
//   construction = "{" member { "," member } [ "," ] "}"
//   member       = key ":" expression | key            alone: `year` is `year: .year`
//   key          = name | keyword (not alone) | string without \(...)
//
// Keys that only a run can tell, `(.a): .b` and `"\(.a)": .b`, and variables, `$x`, are refused.
// Expressions are looked into only as far as it takes to find their ends: jq says what is wrong in
// them.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::size_t query_keys_max = 50;
inline constexpr std::size_t query_bytes_max = 20'480;  // a parameter's 5,120 characters

struct ConstructedMember {
  std::string key;         // escapes undone
  std::string_view value;  // of the query, without blanks around; empty where the key stands alone
};

// The members of a query, in order: at least one, at most query_keys_max, no key twice.
// Fault::invalid with the position and the rule.
Result<std::vector<ConstructedMember>> read_object_construction(std::string_view query);

}  // namespace sluice::delivery
