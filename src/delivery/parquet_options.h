// How the Parquet objects of a delivery stream are laid out.
//
//   sluice:parquet-profile   compatible (the default), aws, compact, smallest: parquet/profile.h
//
// Members of ParquetSerDe take the place of what the profile says.
#pragma once

#include "base/result.h"
#include "columnar/type.h"
#include "delivery/definition.h"
#include "parquet/profile.h"

#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view parquet_profile_tag = "sluice:parquet-profile";

// What the tags ask for; others are passed over.  Fault::invalid for a profile that there is not.
Result<parquet::Profile> parquet_profile_of(const std::vector<Tag>& tags);

// Of a valid definition, for a table of that schema.
parquet::WriterOptions parquet_options_of(const DeliveryStream& stream,
                                          const columnar::Schema& schema);

}  // namespace sluice::delivery
