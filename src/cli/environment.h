// What AWS's tools take from the environment and from ~/.aws, and waiting as a command does it.
#pragma once

#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::cli {

// What a command line says about the service to call.
struct ServiceOptions {
  std::string endpoint{};  // empty: not given
  std::string region{};    // likewise
  bool is_aws = false;     // AWS itself, whatever endpoint is configured
};

// Whom to call, and how to sign.
struct ServiceAddress {
  std::string endpoint;
  std::string region;
  aws::Credentials credentials;
};

// The options where they say something, else what aws/credentials.h finds, else the address that
// `sluice serve` listens on by default and us-east-1.  A made-up key, which a server without
// credentials accepts, takes the place of one that is not there; for AWS that is Fault::invalid, as
// is a region that is not there, and both an endpoint and `is_aws`.
Result<ServiceAddress> resolve_service(const ServiceOptions& options,
                                       const aws::ClientSettings& found,
                                       std::string_view service);

// aws::load_client_settings() of this process and its files.
Result<aws::ClientSettings> client_settings_of_process(std::string_view service);

// Sleeps.  False after an interruption (cli/interruption.h), which also ends the sleep.
bool pause_unless_interrupted(std::chrono::milliseconds time);

}  // namespace sluice::cli
