// What may be the value of a partition key, whoever found it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::delivery {

// Of all values of a record: more fits in no object key.
inline constexpr std::size_t partition_values_bytes_max = 1024;

// Why a record has no partition; the first in the service's own words.
inline constexpr std::string_view value_is_null_or_empty =
    "partitionKeys values must not be null or empty";
inline constexpr std::string_view value_is_no_scalar =
    "partitionKeys values must be strings, numbers or booleans";
inline constexpr std::string_view values_are_too_long =
    "partitionKeys values must not be longer than 1024 bytes together";

static_assert(partition_values_bytes_max == 1024, "values_are_too_long says so");

}  // namespace sluice::delivery
