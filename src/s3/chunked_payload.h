// Bodies in aws-chunked form: data in chunks, each behind its length, perhaps signed, perhaps with
// headers behind the last.
//
//   10000;chunk-signature=<64 hex digits>\r\n <65536 bytes> \r\n
//   0;chunk-signature=<64 hex digits>\r\n
//   x-amz-checksum-crc32c:sOO8/Q==\r\n
//   x-amz-trailer-signature:<64 hex digits>\r\n
//   \r\n
//
// Source: AWS, "Signature Calculations for the Authorization Header: Transferring Payload in
// Multiple Chunks", and the same "with Trailing Headers".  A line behind the last chunk may also
// end in \n alone, as in the examples there.
#pragma once

#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "s3/error.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

// What x-amz-content-sha256 says of such a body.
struct ChunkedForm {
  bool is_signed = false;
  bool has_trailer = false;

  friend bool operator==(const ChunkedForm&, const ChunkedForm&) = default;
};

// "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ...; std::nullopt for
// anything else.
std::optional<ChunkedForm> chunked_form_named(std::string_view content_sha256);

// Reads such a body piece by piece.  Not thread-safe.  After a failure it is of no more use.
class ChunkedPayload {
 public:
  using Take = std::function<S3Result<void>(ByteView data)>;

  // With `signer`, a signed body's signatures are checked: S3Code::signature_does_not_match.
  ChunkedPayload(ChunkedForm form, std::optional<aws::ChunkSigner> signer);

  // Hands the data of the next bytes of the body to `take`; of a chunk also before its signature is
  // known to be right.  S3Code::invalid_request for what has not this form, and what `take` says.
  S3Result<void> write(ByteView bytes, const Take& take);

  // S3Code::incomplete_body unless the whole body was written.
  S3Result<void> finish() const;

  // The headers behind the last chunk but their signature: names in lower case, values trimmed.
  const std::vector<std::pair<std::string, std::string>>& trailer() const { return trailer_; }

 private:
  enum class Stage : std::uint8_t { head, data, data_end, trailer, end };

  S3Result<bool> gather_line(ByteView& bytes);
  S3Result<void> read_head();
  S3Result<void> take_data(ByteView& bytes, const Take& take);
  S3Result<void> end_chunk();
  S3Result<void> read_trailer_line();
  S3Result<void> check(std::string_view signature, const std::string& expected) const;

  ChunkedForm form_;
  std::optional<aws::ChunkSigner> signer_;
  Stage stage_ = Stage::head;
  std::string line_;
  std::string signature_;   // of the chunk
  std::uint64_t left_ = 0;  // of the chunk's data
  bool is_last_ = false;
  RunningSha256 sha256_;  // of the chunk's data, where signatures are checked
  std::vector<std::pair<std::string, std::string>> trailer_;
  std::string signed_trailer_;  // as it is signed
  bool is_trailer_checked_ = false;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace sluice::s3
