// AWS Signature Version 4, signing and checking in one place.
//
// Source: "Signature Version 4 signing process" and "Authenticating Requests (AWS Signature Version
// 4)" of the AWS documentation.  Checking happens in two steps: check_head() before a body is read
// (key, scope, date, which headers are signed, and the signature itself where the request declares
// its payload's hash), check_body() when the body's hash is known.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
};

inline constexpr std::chrono::minutes clock_skew_max{15};
inline constexpr std::chrono::seconds presigned_max{7 * 24 * 3600};

using Header = std::pair<std::string_view, std::string_view>;  // name in any case, value trimmed

// The parts of a request that are signed.  Borrows everything.
struct RequestParts {
  std::string_view method;
  std::string_view path;   // as sent, still percent-encoded
  std::string_view query;  // as sent, without the question mark
  std::span<const Header> headers;
};

enum class AuthFault : std::uint8_t {
  both_forms,     // signature in header and in query
  missing_token,  // neither
  incomplete,     // malformed, or a part lacking
  unknown_key,
  mismatch,         // the signature, or the payload's hash
  expired,          // too old, or a presigned request past its time
  not_yet_current,  // dated in the future
  wrong_scope,      // region or service of another place
  unsigned_header,  // host or an x-amz-* header that is not signed
};

struct AuthError {
  AuthFault fault;
  std::string message;
};

// How a request says it is signed.
struct Authorization {
  std::string access_key_id;
  std::string date;  // yyyyMMdd of the scope
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // lower case, in order
  std::string signature;
  std::string timestamp;            // yyyyMMddTHHmmssZ
  std::chrono::seconds expires{0};  // presigned requests
  bool is_presigned = false;
};

// Which paths are normalised and encoded twice: all services' but S3's.
enum class PathStyle : bool { plain, s3 };

// What check_head() found, for check_body().
struct HeadCheck {
  Authorization authorization;
  Credentials credentials;
  std::string payload_hash;  // as declared: hex, UNSIGNED-PAYLOAD, STREAMING-…; empty: not declared
  bool is_signature_checked = false;
};

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

// The signatures of a body that is sent in chunks: each chunk's is made with the one before it, the
// first chunk's with that of the head.
// Source: AWS, "Signature Calculations for the Authorization Header: Transferring Payload in
// Multiple Chunks", and the same "with Trailing Headers".
class ChunkSigner {
 public:
  ChunkSigner(Authorization authorization, const Credentials& credentials);

  // Of the next chunk, in lower-case hex; by the SHA-256 of its data.
  std::string chunk(const Sha256Digest& data);

  // Of the headers behind the last chunk: "name:value\n" each, names in lower case.
  std::string trailer(std::string_view headers);

 private:
  Authorization authorization_;
  Bytes key_;
  std::string last_;
};

// How the policy of a form that is posted to a bucket says it is signed: its fields.
struct PolicySignature {
  std::string_view algorithm;   // x-amz-algorithm
  std::string_view credential;  // x-amz-credential
  std::string_view date;        // x-amz-date
  std::string_view signature;   // x-amz-signature
};

class Verifier {
 public:
  // The secret of an access key id, or std::nullopt.
  using Lookup = std::function<std::optional<Credentials>(std::string_view access_key_id)>;

  // `region` empty: any region is accepted.
  Verifier(Lookup lookup, std::string region)
      : lookup_(std::move(lookup)), region_(std::move(region)) {}

  std::expected<HeadCheck, AuthError> check_head(const RequestParts& request,
                                                 std::string_view service,
                                                 UnixMillis now) const;

  // `body_sha256` in lower-case hex.
  std::expected<void, AuthError> check_body(const HeadCheck& head,
                                            const RequestParts& request,
                                            std::string_view body_sha256) const;

  // Of a policy as the form has it, in base64.  How old the signature is does not matter: the
  // policy says itself when it ends.
  // Source: AWS, "Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature
  // Version 4)".
  std::expected<void, AuthError> check_policy(const PolicySignature& given,
                                              std::string_view policy) const;

  // What the chunks of its body are signed with, of a request whose head was found right.
  ChunkSigner chunk_signer(const RequestParts& request) const;

 private:
  Lookup lookup_;
  std::string region_;
};

// Reads the Authorization header or the X-Amz-* query parameters.
std::expected<Authorization, AuthError> parse_authorization(const RequestParts& request);

// The canonical request of the specification, for the named headers.
std::string canonical_request(const RequestParts& request,
                              std::span<const std::string> signed_headers,
                              std::string_view payload_hash,
                              PathStyle style);

// The signature over a canonical request, in lower-case hex.
std::string signature_of(const Authorization& authorization,
                         const Credentials& credentials,
                         std::string_view canonical);

// Headers to add to a request so that it is signed: Authorization, X-Amz-Date and, with a session
// token, X-Amz-Security-Token.  `request.headers` must hold Host and whatever else is to be signed.
std::vector<std::pair<std::string, std::string>> sign(const RequestParts& request,
                                                      const Credentials& credentials,
                                                      std::string_view region,
                                                      std::string_view service,
                                                      std::string_view payload_hash,
                                                      UnixMillis now);

// yyyyMMddTHHmmssZ.
std::string amz_date(UnixMillis time);
std::optional<UnixMillis> parse_amz_date(std::string_view text);

}  // namespace sluice::aws
