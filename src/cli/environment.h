// What AWS's tools take from the environment, and waiting as a command does it.
#pragma once

#include "aws/sigv4.h"

#include <chrono>
#include <string>

namespace sluice::cli {

// AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, or the address `sluice serve` listens on by default.
std::string endpoint_of_environment();

// AWS_REGION, AWS_DEFAULT_REGION or us-east-1.
std::string region_of_environment();

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; without the first two a made-up
// key, which a server without credentials accepts.
aws::Credentials credentials_of_environment();

// Sleeps.  False after an interruption (cli/interruption.h), which also ends the sleep.
bool pause_unless_interrupted(std::chrono::milliseconds time);

}  // namespace sluice::cli
