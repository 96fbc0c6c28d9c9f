// The profiles and what each asks of the writer.
#include "parquet/profile.h"

#include "base/check.h"

#include <fmt/format.h>

namespace sluice::parquet {

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::aws:
      return "aws";
    case Profile::compatible:
      return "compatible";
    case Profile::compact:
      return "compact";
    case Profile::smallest:
      return "smallest";
  }
  SLUICE_CHECK(false && "every profile has a name");
  return {};
}

Result<Profile> parse_profile(std::string_view name) {
  for (const Profile profile : all_profiles) {
    if (to_string(profile) == name) {
      return profile;
    }
  }
  return fail(
      Fault::invalid,
      fmt::format("there is no profile '{}'; take aws, compatible, compact or smallest", name));
}

WriterOptions options_of(Profile profile) {
  switch (profile) {
    case Profile::aws:
    case Profile::compatible:
    case Profile::compact:
    case Profile::smallest:
      return {};
  }
  SLUICE_CHECK(false && "every profile has options");
  return {};
}

}  // namespace sluice::parquet
