// The S3 calls on the local bucket, path style: /bucket and /bucket/key.
//
// Requests are judged by method, path and query; what is not offered yet (sub-resources) is refused
// with 501 before a body is read.
#pragma once

#include "aws/sigv4.h"
#include "net/http_handler.h"
#include "s3/lifecycles.h"
#include "s3/local_store.h"
#include "s3/multipart.h"
#include "server/s3/form_upload.h"

#include <memory>
#include <optional>
#include <string>

namespace sluice::server {

// How the bodies of requests are signed.
struct BodySignatures {
  std::optional<aws::ChunkSigner> chunks;  // of a signed chunked body, where they are checked
  CheckPolicy policy;                      // of a form; empty: nobody is asked for a signature
};

// Thread-safe.  Borrows store, uploads, lifecycles and clock.
class S3Service {
 public:
  S3Service(s3::LocalStore& buckets,
            s3::MultipartUploads& uploads,
            s3::Lifecycles& lifecycles,
            const Clock& clock,
            std::string region)
      : buckets_(buckets),
        uploads_(uploads),
        lifecycles_(lifecycles),
        clock_(clock),
        region_(std::move(region)) {}

  // Whether it is the body that says how the request is signed.
  static bool is_signed_in_body(const net::RequestHead& head);

  // std::nullopt if the head alone gives no reason to refuse.
  std::optional<s3::S3Error> check_head(const net::RequestHead& head) const;

  // Bytes that the body of this request may have.
  static std::uint64_t body_bytes_max(const net::RequestHead& head);

  // Where the body of a PutObject, an UploadPart or a form goes; nullptr for other requests.
  std::unique_ptr<net::BodySink> body_sink(const net::RequestHead& head,
                                           BodySignatures signatures) const;

  // Blocks on the disk.
  net::HttpResponse handle(net::HttpRequest request, const std::string& request_id) const;

 private:
  s3::LocalStore& buckets_;
  s3::MultipartUploads& uploads_;
  s3::Lifecycles& lifecycles_;
  const Clock& clock_;
  std::string region_;
};

// An error as S3 answers it.
net::HttpResponse s3_error_response(const s3::S3Error& error,
                                    std::string_view resource,
                                    const std::string& request_id);

}  // namespace sluice::server
