// A table of S3's codes, and what to do about each.
#include "s3/remote_failure.h"

#include "s3/remote_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::s3 {
namespace {

enum class Remedy : std::uint8_t {
  none,
  wait,
  key,
  secret,
  token,
  rights,
  bucket,
  region,
  clock,
  quota,
  bytes,
  size,
  settings,
  kms,
};

struct Meaning {
  std::string_view code;
  Fault fault;
  Remedy remedy;
};

constexpr std::array meanings = {
    Meaning{"SlowDown", Fault::throttled, Remedy::wait},
    Meaning{"ServiceUnavailable", Fault::throttled, Remedy::wait},
    Meaning{"Busy", Fault::throttled, Remedy::wait},
    Meaning{"TooManyRequests", Fault::throttled, Remedy::wait},
    Meaning{"RequestLimitExceeded", Fault::throttled, Remedy::wait},
    Meaning{"BandwidthLimitExceeded", Fault::throttled, Remedy::wait},
    Meaning{"Throttling", Fault::throttled, Remedy::wait},
    Meaning{"ThrottlingException", Fault::throttled, Remedy::wait},
    Meaning{"InternalError", Fault::unavailable, Remedy::none},
    Meaning{"RequestTimeout", Fault::unavailable, Remedy::none},
    Meaning{"IncompleteBody", Fault::unavailable, Remedy::none},
    Meaning{"OperationAborted", Fault::unavailable, Remedy::none},
    Meaning{"ConditionalRequestConflict", Fault::unavailable, Remedy::none},
    Meaning{"InvalidAccessKeyId", Fault::invalid, Remedy::key},
    Meaning{"SignatureDoesNotMatch", Fault::invalid, Remedy::secret},
    Meaning{"ExpiredToken", Fault::invalid, Remedy::token},
    Meaning{"InvalidToken", Fault::invalid, Remedy::token},
    Meaning{"TokenRefreshRequired", Fault::invalid, Remedy::token},
    Meaning{"AccessDenied", Fault::invalid, Remedy::rights},
    Meaning{"AllAccessDisabled", Fault::invalid, Remedy::rights},
    Meaning{"AccountProblem", Fault::invalid, Remedy::rights},
    Meaning{"NoSuchBucket", Fault::missing, Remedy::bucket},
    Meaning{"NoSuchKey", Fault::missing, Remedy::none},
    Meaning{"NoSuchUpload", Fault::missing, Remedy::none},
    Meaning{"PermanentRedirect", Fault::invalid, Remedy::region},
    Meaning{"TemporaryRedirect", Fault::invalid, Remedy::region},
    Meaning{"Redirect", Fault::invalid, Remedy::region},
    Meaning{"AuthorizationHeaderMalformed", Fault::invalid, Remedy::region},
    Meaning{"AuthorizationQueryParametersError", Fault::invalid, Remedy::region},
    Meaning{"IllegalLocationConstraintException", Fault::invalid, Remedy::region},
    Meaning{"RequestTimeTooSkewed", Fault::invalid, Remedy::clock},
    Meaning{"RequestExpired", Fault::invalid, Remedy::clock},
    Meaning{"QuotaExceeded", Fault::too_large, Remedy::quota},
    Meaning{"XMinioStorageFull", Fault::too_large, Remedy::quota},
    Meaning{"InsufficientCapacity", Fault::too_large, Remedy::quota},
    Meaning{"EntityTooLarge", Fault::too_large, Remedy::size},
    Meaning{"BadDigest", Fault::corrupt, Remedy::bytes},
    Meaning{"InvalidDigest", Fault::corrupt, Remedy::bytes},
    Meaning{"XAmzContentSHA256Mismatch", Fault::corrupt, Remedy::bytes},
    Meaning{"XAmzContentChecksumMismatch", Fault::corrupt, Remedy::bytes},
    Meaning{"PreconditionFailed", Fault::conflict, Remedy::none},
    Meaning{"NotImplemented", Fault::unsupported, Remedy::settings},
    Meaning{"InvalidStorageClass", Fault::invalid, Remedy::settings},
    Meaning{"InvalidTag", Fault::invalid, Remedy::settings},
    Meaning{"InvalidEncryptionAlgorithmError", Fault::invalid, Remedy::settings},
};

// Where a store gives no code, or one that is not in the table.
Meaning meaning_of(int status, std::string_view code) {
  const auto known = std::ranges::find(meanings, code, &Meaning::code);
  if (known != meanings.end()) {
    return *known;
  }
  if (code.starts_with("KMS.")) {
    return {code, Fault::invalid, Remedy::kms};
  }
  switch (status) {
    case 301:
    case 307:
      return {code, Fault::invalid, Remedy::region};
    case 403:
      return {code, Fault::invalid, Remedy::rights};
    case 404:
      return {code, Fault::missing, Remedy::none};
    case 409:
      return {code, Fault::unavailable, Remedy::none};
    case 412:
      return {code, Fault::conflict, Remedy::none};
    case 429:
    case 503:
      return {code, Fault::throttled, Remedy::wait};
    case 501:
      return {code, Fault::unsupported, Remedy::settings};
    case 507:
      return {code, Fault::too_large, Remedy::quota};
    default:
      return {
          code, status >= 400 && status < 500 ? Fault::invalid : Fault::unavailable, Remedy::none};
  }
}

std::string region_remedy(const RemoteErrorText& text,
                          const net::HttpResponse& answer,
                          const RemoteAsked& asked) {
  constexpr std::size_t region_characters_max = 64;
  std::string region =
      shown(answer.headers.value_or("x-amz-bucket-region", ""), region_characters_max);
  if (region.empty()) {
    region = text.region;
  }
  std::string remedy =
      region.empty()
          ? fmt::format("{} may not be the bucket's region: set region of its [[s3]]", asked.region)
          : fmt::format("the bucket lies in {0}: set region = \"{0}\" of its [[s3]]", region);
  if (!text.endpoint.empty()) {
    remedy += fmt::format(" (it names the endpoint {})", text.endpoint);
  }
  return remedy;
}

std::string remedy_text(Remedy remedy,
                        const RemoteErrorText& text,
                        const net::HttpResponse& answer,
                        const RemoteAsked& asked) {
  switch (remedy) {
    case Remedy::none:
      return {};
    case Remedy::wait:
      return "the store is overloaded; requests become fewer until it answers";
    case Remedy::key:
      return "the store does not know the access key: check the credentials of its [[s3]]";
    case Remedy::secret:
      return "check the secret key of its [[s3]], or that a proxy leaves requests as they are";
    case Remedy::token:
      return "the session's credentials are over: get new ones";
    case Remedy::rights:
      return "the key may not do this: allow it s3:PutObject and s3:GetObject on the bucket, and "
             "s3:AbortMultipartUpload and s3:ListBucketMultipartUploads for large objects";
    case Remedy::bucket:
      return fmt::format("bucket {} does not exist: create it and delivery goes on", asked.bucket);
    case Remedy::region:
      return region_remedy(text, answer, asked);
    case Remedy::clock: {
      constexpr std::size_t date_characters_max = 40;
      return fmt::format("the clocks differ, the store's says {}: set this machine's",
                         shown(answer.headers.value_or("Date", "nothing"), date_characters_max));
    }
    case Remedy::quota:
      return "the store is full or its quota reached: raise it or delete something, and delivery "
             "goes on";
    case Remedy::bytes:
      return "the bytes that arrived are not those of the plan: they changed on the disk or on the "
             "way";
    case Remedy::size:
      return "lower multipart_threshold_mb of its [[s3]]";
    case Remedy::settings:
      return "the store does not know something that its [[s3]] asks for: look at storage_class, "
             "server_side_encryption, tags and if_none_match";
    case Remedy::kms:
      return "look at kms_key_id of its [[s3]] and at the key's policy";
  }
  return {};
}

}  // namespace

bool is_remote_failure(const net::HttpResponse& answer) {
  if (answer.status < 200 || answer.status > 299) {
    return true;
  }
  return answer.body.contains("<Error") && parse_remote_error(answer.body).has_value();
}

Error explain_remote_failure(const net::HttpResponse& answer, const RemoteAsked& asked) {
  constexpr std::size_t id_characters_max = 128;
  RemoteErrorText text = parse_remote_error(answer.body).value_or(RemoteErrorText{});
  if (text.request_id.empty()) {
    text.request_id = shown(answer.headers.value_or("x-amz-request-id", ""), id_characters_max);
  }
  const Meaning meaning = meaning_of(answer.status, text.code);
  std::string line = fmt::format("{} at {}: {}", asked.what, asked.endpoint, answer.status);
  if (!text.code.empty()) {
    line += " " + text.code;
  }
  if (!text.message.empty()) {
    line += ": " + text.message;
  }
  if (!text.request_id.empty()) {
    line += fmt::format(" (request {})", text.request_id);
  }
  const std::string remedy = remedy_text(meaning.remedy, text, answer, asked);
  return {meaning.fault, remedy.empty() ? line : line + "; " + remedy};
}

}  // namespace sluice::s3
