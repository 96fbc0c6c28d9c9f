// The table of S3's error codes.
#include "s3/error.h"

#include "base/check.h"

#include <array>

namespace sluice::s3 {
namespace {

constexpr std::array<S3CodeInfo, s3_code_count> codes = {{
    {S3Code::access_denied, "AccessDenied", 403, Fault::invalid},
    {S3Code::bad_digest, "BadDigest", 400, Fault::invalid},
    {S3Code::bucket_already_owned_by_you, "BucketAlreadyOwnedByYou", 409, Fault::conflict},
    {S3Code::bucket_not_empty, "BucketNotEmpty", 409, Fault::conflict},
    {S3Code::entity_too_large, "EntityTooLarge", 400, Fault::too_large},
    {S3Code::entity_too_small, "EntityTooSmall", 400, Fault::invalid},
    {S3Code::incomplete_body, "IncompleteBody", 400, Fault::invalid},
    {S3Code::incorrect_number_of_files_in_post_request,
     "IncorrectNumberOfFilesInPostRequest",
     400,
     Fault::invalid},
    {S3Code::internal_error, "InternalError", 500, Fault::io},
    {S3Code::invalid_argument, "InvalidArgument", 400, Fault::invalid},
    {S3Code::invalid_bucket_name, "InvalidBucketName", 400, Fault::invalid},
    {S3Code::invalid_digest, "InvalidDigest", 400, Fault::invalid},
    {S3Code::invalid_location_constraint, "InvalidLocationConstraint", 400, Fault::invalid},
    {S3Code::invalid_part, "InvalidPart", 400, Fault::invalid},
    {S3Code::invalid_part_number, "InvalidPartNumber", 416, Fault::invalid},
    {S3Code::invalid_part_order, "InvalidPartOrder", 400, Fault::invalid},
    {S3Code::invalid_policy_document, "InvalidPolicyDocument", 400, Fault::invalid},
    {S3Code::invalid_range, "InvalidRange", 416, Fault::invalid},
    {S3Code::invalid_request, "InvalidRequest", 400, Fault::invalid},
    {S3Code::invalid_tag, "InvalidTag", 400, Fault::invalid},
    {S3Code::invalid_uri, "InvalidURI", 400, Fault::invalid},
    {S3Code::key_too_long, "KeyTooLongError", 400, Fault::too_large},
    {S3Code::malformed_post_request, "MalformedPOSTRequest", 400, Fault::invalid},
    {S3Code::malformed_xml, "MalformedXML", 400, Fault::invalid},
    {S3Code::max_post_pre_data_length_exceeded,
     "MaxPostPreDataLengthExceeded",
     400,
     Fault::too_large},
    {S3Code::metadata_too_large, "MetadataTooLarge", 400, Fault::too_large},
    {S3Code::method_not_allowed, "MethodNotAllowed", 405, Fault::unsupported},
    {S3Code::missing_content_length, "MissingContentLength", 411, Fault::invalid},
    {S3Code::no_such_bucket, "NoSuchBucket", 404, Fault::missing},
    {S3Code::no_such_key, "NoSuchKey", 404, Fault::missing},
    {S3Code::no_such_lifecycle_configuration, "NoSuchLifecycleConfiguration", 404, Fault::missing},
    {S3Code::no_such_upload, "NoSuchUpload", 404, Fault::missing},
    {S3Code::not_implemented, "NotImplemented", 501, Fault::unsupported},
    {S3Code::not_modified, "NotModified", 304, Fault::conflict},
    {S3Code::operation_aborted, "OperationAborted", 409, Fault::conflict},
    {S3Code::precondition_failed, "PreconditionFailed", 412, Fault::conflict},
    {S3Code::request_timeout, "RequestTimeout", 400, Fault::invalid},
    {S3Code::service_unavailable, "ServiceUnavailable", 503, Fault::unavailable},
    {S3Code::signature_does_not_match, "SignatureDoesNotMatch", 403, Fault::invalid},
    {S3Code::slow_down, "SlowDown", 503, Fault::throttled},
    {S3Code::content_sha256_mismatch, "XAmzContentSHA256Mismatch", 400, Fault::invalid},
}};

constexpr bool is_in_order() {
  for (std::size_t index = 0; index < codes.size(); ++index) {
    if (static_cast<std::size_t>(codes[index].code) != index) {
      return false;
    }
  }
  return true;
}

static_assert(is_in_order(), "info_of() indexes the table by the code");

}  // namespace

const S3CodeInfo& info_of(S3Code code) {
  const auto index = static_cast<std::size_t>(code);
  SLUICE_CHECK(index < codes.size());
  return codes[index];
}

S3Code code_for(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return S3Code::invalid_argument;
    case Fault::missing:
      return S3Code::no_such_key;
    case Fault::conflict:
      return S3Code::precondition_failed;
    case Fault::throttled:
      return S3Code::slow_down;
    case Fault::too_large:
      return S3Code::entity_too_large;
    case Fault::corrupt:
    case Fault::io:
      return S3Code::internal_error;
    case Fault::unavailable:
    case Fault::cancelled:
      return S3Code::service_unavailable;
    case Fault::unsupported:
      return S3Code::not_implemented;
  }
  check_failed("fault is one of the enumerators", __FILE__, __LINE__);
}

}  // namespace sluice::s3
