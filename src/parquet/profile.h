// Named sets of writer options: for whom the files are.
//
//   aws         what Firehose writes, literally
//   compatible  what every reader takes; the default
//   compact     small and fast, for readers that know the delta encodings
//   smallest    as compact, with time spent on size
#pragma once

#include "base/result.h"
#include "parquet/file_writer.h"

#include <cstdint>
#include <string_view>

namespace sluice::parquet {

enum class Profile : std::uint8_t { aws, compatible, compact, smallest };

inline constexpr Profile all_profiles[] = {
    Profile::aws, Profile::compatible, Profile::compact, Profile::smallest};

// "aws", "compatible", ...
std::string_view to_string(Profile profile);

// The profile of that name; Fault::invalid lists those there are.
Result<Profile> parse_profile(std::string_view name);

WriterOptions options_of(Profile profile);

}  // namespace sluice::parquet
