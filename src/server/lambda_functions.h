// Lambda functions behind HTTP endpoints that speak Lambda's Invoke API: a runtime emulator, a
// container of one function, or a service of one's own.  Which ARN stands for which endpoint only
// the configuration file says.
#pragma once

#include "delivery/lambda.h"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::server {

// [[lambda]] of the configuration file.
struct LambdaSetting {
  std::string arn;
  std::string endpoint;               // "http://127.0.0.1:9001", without a slash behind it
  std::chrono::seconds timeout{300};  // of one invocation
};

// An ARN with a version or an alias is the function's without, unless it has an endpoint of its
// own.  Fault::invalid, naming the setting that is missing, for any other.
delivery::LambdaFunctions make_lambda_functions(std::vector<LambdaSetting> settings);

}  // namespace sluice::server
