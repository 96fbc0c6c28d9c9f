// The Lambda processor of a delivery stream: what is asked of it, and the function that it invokes.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/processing.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::delivery {

// Of an event and of an answer, as in Lambda's Invoke API.
inline constexpr std::size_t lambda_payload_bytes_max = 6'291'556;

// Of the codes in the error output that are about the function.
inline constexpr std::string_view lambda_code_start = "Lambda.";

struct LambdaSettings {
  std::string arn;
  std::uint32_t retries = 3;                           // NumberOfRetries
  std::size_t batch_bytes_max = std::size_t{1} << 20;  // BufferSizeInMBs: of one invocation

  friend bool operator==(const LambdaSettings&, const LambdaSettings&) = default;
};

// What is in force; std::nullopt: none.  The configuration must be valid.
std::optional<LambdaSettings> lambda_of(const Processing& processing);

// Fault::invalid for parameters that are no numbers or out of range; the rest of a Lambda processor
// is validate_processing()'s.
Result<void> validate_lambda_numbers(const Processor& processor);

// "arn:aws:lambda:us-east-1:111111111111:function:beats:live" is {"beats", "live"}.
struct LambdaName {
  std::string function;
  std::string qualifier;  // a version or an alias; empty: none

  friend bool operator==(const LambdaName&, const LambdaName&) = default;
};

// Fault::invalid for what is no ARN of a function.
Result<LambdaName> lambda_name_of(std::string_view arn);

// What came of an invocation that was carried out.
struct LambdaAnswer {
  bool is_function_error = false;  // the function itself failed
  Bytes payload;
};

// Why an invocation was not.
struct LambdaFailure {
  enum class Kind : std::uint8_t {
    interrupted,
    timed_out,
    unreachable,
    too_large,  // the answer
    not_found,
    denied,
    throttled,
    failed,  // any other status
  };
  Kind kind = Kind::failed;
  std::string message;
};

// Not thread-safe but for interrupt().
class LambdaFunction {
 public:
  LambdaFunction() = default;
  LambdaFunction(const LambdaFunction&) = delete;
  LambdaFunction& operator=(const LambdaFunction&) = delete;
  virtual ~LambdaFunction() = default;

  // Once, and waits for the answer.
  virtual std::expected<LambdaAnswer, LambdaFailure> invoke(ByteView event) = 0;

  // Waits before another try; false once interrupted.
  virtual bool wait(std::chrono::milliseconds time) = 0;

  // From any thread: the invocation under way, and every later one, ends soon as interrupted.
  virtual void interrupt() = 0;
};

// Finds the function of an ARN.  Fault::invalid, saying what to do, if nobody knows where it is.
using LambdaFunctions =
    std::function<Result<std::unique_ptr<LambdaFunction>>(std::string_view arn)>;

}  // namespace sluice::delivery
