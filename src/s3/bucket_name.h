// Which names a bucket may have: the rules of S3 for general purpose buckets.
#pragma once

#include "s3/error.h"

#include <cstddef>
#include <string_view>

namespace sluice::s3 {

inline constexpr std::size_t bucket_name_bytes_min = 3;
inline constexpr std::size_t bucket_name_bytes_max = 63;

// S3Code::invalid_bucket_name, saying which rule is broken.  A name that passes is a safe name of a
// folder: no slash, no leading dot, ASCII.
S3Result<void> check_bucket_name(std::string_view name);

}  // namespace sluice::s3
