// Calls of the operations that are Sluice's own (server/own/own.h), signed as calls to Firehose
// are.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "cli/environment.h"
#include "heartrate/kinesis_call.h"
#include "json/writer.h"
#include "net/http_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

// Writes members of a call.
using WriteMembers = std::function<void(json::Writer&)>;

// The refusal's code says that the same is under way already.
inline constexpr std::string_view in_use = "ResourceInUseException";

// "2025-07-13T21:25:19Z" as seconds since 1970; nothing for an empty text.  Fault::invalid names
// the option.
Result<std::optional<double>> time_of(const std::string& option, const std::string& text);

// A refusal as an error: Fault::missing for what does not exist, else Fault::invalid.
std::unexpected<Error> refused(const heartrate::KinesisRefusal& refusal);

// Not thread-safe.
class OwnCaller {
 public:
  // Fault::invalid for an endpoint that cannot be.
  static Result<std::unique_ptr<OwnCaller>> create(const ServiceOptions& options);

  // One call for a delivery stream, with more members.  Fault::unavailable: no server answers.
  Result<heartrate::KinesisAnswer> attempt(std::string_view operation,
                                           std::string_view delivery_stream,
                                           const WriteMembers& write);

  // The same where a refusal is an error.
  Result<Bytes> call(std::string_view operation,
                     std::string_view delivery_stream,
                     const WriteMembers& write);

 private:
  OwnCaller() = default;

  SystemClock clock_;
  SystemRandom random_;
  net::HttpClient client_;
  std::optional<heartrate::KinesisCaller> caller_;
};

}  // namespace sluice::cli
