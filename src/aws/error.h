// How a failure looks on the wire of the AWS JSON services, and which of their names a Fault gets.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace sluice::aws {

// An error answer: {"__type": type, "message": message} with an HTTP status.
struct ApiError {
  std::string type;
  std::string message;  // empty: the member is left out
  int status = 400;
  bool is_capital =
      false;  // the member is spelt "Message" (SerializationException of Kinesis, Glue)
  std::string_view code_member = {};  // a member of the service's own, "AthenaErrorCode"
  std::string_view code = {};         // its value; both outlive the error
};

// What a service calls the common faults.
struct FaultNames {
  std::string_view invalid;
  std::string_view missing;
  std::string_view conflict;
  std::string_view throttled;
};

inline constexpr FaultNames kinesis_faults = {"InvalidArgumentException",
                                              "ResourceNotFoundException",
                                              "ResourceInUseException",
                                              "ProvisionedThroughputExceededException"};
inline constexpr FaultNames firehose_faults = {"InvalidArgumentException",
                                               "ResourceNotFoundException",
                                               "ResourceInUseException",
                                               "ServiceUnavailableException"};
inline constexpr FaultNames glue_faults = {"InvalidInputException",
                                           "EntityNotFoundException",
                                           "AlreadyExistsException",
                                           "ResourceNotReadyException"};

// The error answer for `error`.  Faults of ours (io, corrupt, cancelled) become InternalFailure
// with status 500, which clients retry; Fault::throttled keeps 400 but for Firehose's
// ServiceUnavailableException, which is 503.
ApiError api_error(const Error& error, const FaultNames& names);

// The answer's body.
std::string error_body(const ApiError& error);

}  // namespace sluice::aws
