// The network for aws/credential_chain.h: by net/http_client.h.
#pragma once

#include "aws/http_fetch.h"

namespace sluice::server {

// A connection for each call: keys are asked for some times an hour.
aws::HttpFetch fetch_by_http();

}  // namespace sluice::server
