// The body of an S3 request as it comes: out of its aws-chunked form, with its checksum taken and
// compared with what the client said, before the body or behind it.
#pragma once

#include "aws/sigv4.h"
#include "net/http.h"
#include "s3/body_expectations.h"
#include "s3/checksum.h"
#include "s3/chunked_payload.h"
#include "s3/error.h"
#include "s3/upload_checksum.h"

#include <cstdint>
#include <optional>

namespace sluice::server {

// The form that a request declares for its body; std::nullopt for a plain one.
std::optional<s3::ChunkedForm> chunked_form_of(const net::RequestHead& head);

// What a request says about its body.  S3Code::invalid_digest for a Content-MD5 that is none,
// missing_content_length or invalid_argument where the length of a chunked body's data is missing
// or no number.
s3::S3Result<s3::BodyExpectations> body_expectations(const net::RequestHead& head);

// Says what an object's bytes come to, where that is known.
void add_checksum(net::HttpHeaders& headers, const std::optional<s3::Checksum>& checksum);

// Not thread-safe.
class Payload {
 public:
  using Take = s3::ChunkedPayload::Take;

  // `signer`: of a signed chunked body.  S3Code::invalid_request for checksums that contradict each
  // other or are no such.
  static s3::S3Result<Payload> of(const net::RequestHead& head,
                                  std::optional<aws::ChunkSigner> signer = std::nullopt);

  // Hands the data in the next bytes of the body to `take`.
  s3::S3Result<void> write(ByteView bytes, const Take& take);

  // The checksum that the client gave, which the data has; none if it gave none.
  // S3Code::incomplete_body, bad_digest, invalid_request.  Once, last.
  s3::S3Result<std::optional<s3::Checksum>> finish();

 private:
  Payload() = default;
  s3::S3Result<void> expect_header(const net::HttpHeaders& headers);
  s3::S3Result<void> expect_trailer(std::string_view names);
  s3::S3Result<void> check_trailer() const;
  s3::S3Result<void> read_trailer();

  std::optional<s3::ChunkedPayload> chunks_;
  std::optional<s3::RunningChecksum> running_;
  std::optional<s3::Checksum> expected_;  // behind the body, of what comes there
};

}  // namespace sluice::server
