// How this room asks the network: through a function that somebody else gives it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::aws {

struct FetchRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  Bytes body;
  std::chrono::milliseconds timeout{10'000};  // for the whole exchange
};

struct FetchAnswer {
  int status = 0;
  Bytes body;
};

// Every status is a success; Fault::unavailable when nobody answers in time.  Blocks; follows no
// redirects; may be called on any thread.
using HttpFetch = std::function<Result<FetchAnswer>(const FetchRequest& request)>;

}  // namespace sluice::aws
