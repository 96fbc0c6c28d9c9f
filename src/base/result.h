// How failures travel: as values.
//
// Everything the outside can cause (a disk, a peer, a client, a record) is returned as Result<T>;
// a broken invariant of our own is a failed SLUICE_CHECK (base/check.h).  Callers branch on the
// Fault only; the message is for a person and names the thing, the cause and the remedy.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

enum class Fault : std::uint8_t {
  invalid,      // the request, record or configuration breaks a rule
  missing,      // what was named does not exist
  conflict,     // it exists already, or its state forbids this
  throttled,    // try again later: a limit or a full disk
  too_large,    // over a stated bound
  corrupt,      // stored bytes do not match their checksum or format
  io,           // the operating system refused
  unavailable,  // a peer did not answer or refused for now
  cancelled,    // shutting down
  unsupported,  // known, and not offered here
};

// The word for a fault, as logs print it: "invalid", "missing", ...
std::string_view fault_name(Fault fault);

// A failure.  Value type; cheap to move.
class Error {
 public:
  Error(Fault fault, std::string message) : message_(std::move(message)), fault_(fault) {}

  Fault fault() const { return fault_; }

  const std::string& message() const { return message_; }

  // The same failure, seen from further out: "context: message".
  Error within(std::string_view context) &&;

 private:
  std::string message_;
  Fault fault_;
};

template <class T>
using Result = std::expected<T, Error>;

// return fail(Fault::invalid, "rate above sensor range");
inline std::unexpected<Error> fail(Fault fault, std::string message) {
  return std::unexpected<Error>(Error(fault, std::move(message)));
}

// fail() with the operating system's word for `error_number`; ENOSPC and EDQUOT become
// Fault::throttled, ENOENT Fault::missing, EEXIST Fault::conflict, the rest Fault::io.
std::unexpected<Error> fail_errno(int error_number, std::string_view what);

}  // namespace sluice

#define SLUICE_CONCAT_INNER(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_INNER(a, b)

// SLUICE_TRY(beat, read_beat(line));  declares `beat`, or returns the error.
#define SLUICE_TRY(variable, expression) \
  SLUICE_TRY_INNER(SLUICE_CONCAT(sluice_try_, __LINE__), variable, expression)
#define SLUICE_TRY_INNER(result, variable, expression)                  \
  auto result = (expression);                                           \
  if (!result)                                                          \
    return std::unexpected<::sluice::Error>(std::move(result).error()); \
  auto variable = std::move(result).value()

// SLUICE_TRY_DO(file->sync());  for Result<void>, or where the value is not wanted.
#define SLUICE_TRY_DO(expression)                                                    \
  do {                                                                               \
    auto sluice_try_result = (expression);                                           \
    if (!sluice_try_result)                                                          \
      return std::unexpected<::sluice::Error>(std::move(sluice_try_result).error()); \
  } while (false)
