// The files ~/.aws/config and ~/.aws/credentials: profiles and what they set.
//
// Source: "Shared config and credentials files" of the AWS SDKs and Tools Reference Guide.  Nothing
// here opens a file or looks at the environment.
//
//   [profile work]                      [services mine]
//   region = eu-west-1                  kinesis =
//   services = mine                       endpoint_url = http://127.0.0.1:4566
#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sluice::aws {

// What a section sets.  Names are in lower case; one nested below another is
// "kinesis.endpoint_url".
using SharedSection = std::map<std::string, std::string, std::less<>>;

// Value type.
struct SharedConfig {
  std::map<std::string, SharedSection, std::less<>> profiles;
  std::map<std::string, SharedSection, std::less<>> services;
  std::map<std::string, SharedSection, std::less<>> sso_sessions;

  // Empty where the profile or its property is not there.
  std::string_view property(std::string_view profile, std::string_view name) const;
};

// In the credentials file every section is a profile; in the other one [default], [profile NAME],
// [services NAME] and [sso-session NAME] count, and other sections are passed over.
enum class SharedFile : std::uint8_t { config, credentials };

// Adds what `text` says to `into`; what it says again replaces what stood there.  Fault::invalid,
// naming the line and never its content (it may be a secret), for what is no section, property or
// comment.
Result<void> read_shared_file(std::string_view text, SharedFile file, SharedConfig& into);

}  // namespace sluice::aws
