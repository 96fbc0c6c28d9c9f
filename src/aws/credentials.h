// Where a client of an AWS service finds its key, its region and its endpoint.
//
// Source: "Credential providers" and "Service-specific endpoints" of the AWS SDKs and Tools
// Reference Guide.  In this order, the first that says something:
//
//   key       AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; the profile's
//   region    AWS_REGION; AWS_DEFAULT_REGION; the profile's region
//   endpoint  AWS_ENDPOINT_URL_<SERVICE>; AWS_ENDPOINT_URL; endpoint_url of the service in the
//             [services …] section that the profile names; the profile's endpoint_url; none of
//             these with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or ignore_configured_endpoint_urls
//   profile   AWS_PROFILE, or "default", in AWS_CONFIG_FILE (~/.aws/config) and
//             AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials), which wins
//
// Keys that somebody else must be asked for (single sign-on, roles to assume, web identities,
// containers, instance metadata) are aws/credential_chain.h's.  A profile that has one of the first
// three, or a credential_process, says so in `refused`; `aws configure export-credentials --format
// env` turns any of them into variables.
#pragma once

#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::aws {

// The world that is asked.
struct ClientSources {
  // Of the environment; empty when not set.
  std::function<std::string(const char* name)> variable;

  // A whole file; std::nullopt when there is none.
  std::function<Result<std::optional<Bytes>>(const std::string& path)> read;
};

// Value type.
struct ClientSettings {
  std::string profile;                     // the one that counts
  std::optional<Credentials> credentials;  // std::nullopt: none found
  std::string refused;                     // why the profile's key cannot be had; else empty
  std::string region;                      // empty: none said
  std::string endpoint;                    // empty: none said
};

// `service` as in AWS's endpoint variables, in lower case: "kinesis".  Fault::invalid for half a
// key or a file that cannot be parsed, Fault::missing for an AWS_PROFILE that neither file has, and
// what reading a file says.
Result<ClientSettings> load_client_settings(const ClientSources& sources, std::string_view service);

// What both shared files say, from where the environment says they lie; nothing where they are not.
Result<SharedConfig> load_shared_config(const ClientSources& sources);

// The key of the environment; std::nullopt when it has none.  Fault::invalid for half a key.
Result<std::optional<Credentials>> key_of_environment(const ClientSources& sources);

// The key that stands in the profile itself; likewise.
Result<std::optional<Credentials>> key_of_profile(const SharedConfig& config,
                                                  const std::string& profile);

// The service's endpoint, as listed above; empty when none is configured.
std::string configured_endpoint(const ClientSources& sources,
                                const SharedConfig& config,
                                const std::string& profile,
                                std::string_view service);

// The region, as listed above; empty when none is configured.
std::string configured_region(const ClientSources& sources,
                              const SharedConfig& config,
                              const std::string& profile);

// "https://kinesis.eu-west-1.amazonaws.com"; China's regions have a domain of their own.
// Fault::invalid for what cannot be a region's name.
Result<std::string> public_endpoint(std::string_view service, std::string_view region);

}  // namespace sluice::aws
