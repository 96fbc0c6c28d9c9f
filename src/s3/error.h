// Failures in S3's own words.
//
// A Fault says how a caller of ours should react; an S3 client also wants to know which of the many
// codes of S3 it was (NoSuchBucket or NoSuchKey).  Functions that answer S3 requests therefore
// return S3Result.  An Error from below becomes an S3Error by itself, with the code of its Fault,
// so that SLUICE_TRY works across.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::s3 {

// In the order of the table in error.cc.
enum class S3Code : std::uint8_t {
  access_denied,
  bad_digest,
  bucket_already_owned_by_you,
  bucket_not_empty,
  entity_too_large,
  entity_too_small,
  incomplete_body,
  incorrect_number_of_files_in_post_request,
  internal_error,
  invalid_argument,
  invalid_bucket_name,
  invalid_digest,
  invalid_location_constraint,
  invalid_part,
  invalid_part_number,
  invalid_part_order,
  invalid_policy_document,
  invalid_range,
  invalid_request,
  invalid_tag,
  invalid_uri,
  key_too_long,
  malformed_post_request,
  malformed_xml,
  max_post_pre_data_length_exceeded,
  metadata_too_large,
  method_not_allowed,
  missing_content_length,
  no_such_bucket,
  no_such_key,
  no_such_lifecycle_configuration,
  no_such_upload,
  not_implemented,
  not_modified,
  operation_aborted,
  precondition_failed,
  request_timeout,
  service_unavailable,
  signature_does_not_match,
  slow_down,
  content_sha256_mismatch,
};

inline constexpr std::size_t s3_code_count = 41;

// How a code appears on the wire.
struct S3CodeInfo {
  S3Code code;
  std::string_view name;  // "NoSuchKey"
  int http_status;        // 404
  Fault fault;            // what it means to a caller that knows no S3
};

const S3CodeInfo& info_of(S3Code code);

// The code for a failure of which only the Fault is known: slow_down for throttled (a full disk
// among them), internal_error for io and corrupt, and so on.
S3Code code_for(Fault fault);

// A failure with its code.  Value type.
class S3Error {
 public:
  S3Error(S3Code code, std::string message)
      : error_(info_of(code).fault, std::move(message)), code_(code) {}

  // NOLINTNEXTLINE(google-explicit-constructor): lets SLUICE_TRY hand on an Error.
  S3Error(Error error) : error_(std::move(error)), code_(code_for(error_.fault())) {}

  S3Code code() const { return code_; }

  int http_status() const { return info_of(code_).http_status; }

  std::string_view name() const { return info_of(code_).name; }

  const std::string& message() const { return error_.message(); }

  Fault fault() const { return error_.fault(); }

  // For callers that know no S3.
  Error to_error() && { return std::move(error_); }

 private:
  Error error_;
  S3Code code_;
};

template <class T>
using S3Result = std::expected<T, S3Error>;

inline std::unexpected<S3Error> fail_s3(S3Code code, std::string message) {
  return std::unexpected<S3Error>(S3Error(code, std::move(message)));
}

}  // namespace sluice::s3

// SLUICE_S3_TRY(page, store.list(...));  as SLUICE_TRY, for an S3Result.
#define SLUICE_S3_TRY(variable, expression) \
  SLUICE_S3_TRY_INNER(SLUICE_CONCAT(sluice_try_, __LINE__), variable, expression)
#define SLUICE_S3_TRY_INNER(result, variable, expression)                     \
  auto result = (expression);                                                 \
  if (!result)                                                                \
    return std::unexpected<::sluice::s3::S3Error>(std::move(result).error()); \
  auto variable = std::move(result).value()

// SLUICE_S3_TRY_DO(check_key(key));  as SLUICE_TRY_DO.
#define SLUICE_S3_TRY_DO(expression)                                                       \
  do {                                                                                     \
    auto sluice_try_result = (expression);                                                 \
    if (!sluice_try_result)                                                                \
      return std::unexpected<::sluice::s3::S3Error>(std::move(sluice_try_result).error()); \
  } while (false)
