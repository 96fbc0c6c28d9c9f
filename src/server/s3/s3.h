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

#include <memory>
#include <optional>
#include <string>

namespace sluice::server {

// Thread-safe.  Borrows store, uploads and lifecycles.
class S3Service {
 public:
  S3Service(s3::LocalStore& buckets,
            s3::MultipartUploads& uploads,
            s3::Lifecycles& lifecycles,
            std::string region)
      : buckets_(buckets), uploads_(uploads), lifecycles_(lifecycles), region_(std::move(region)) {}

  // std::nullopt if the head alone gives no reason to refuse.
  std::optional<s3::S3Error> check_head(const net::RequestHead& head) const;

  // Bytes that the body of this request may have.
  static std::uint64_t body_bytes_max(const net::RequestHead& head);

  // Where the body of a PutObject or UploadPart goes; nullptr for other requests.  `signer`: of a
  // signed chunked body, where signatures are checked.
  std::unique_ptr<net::BodySink> body_sink(const net::RequestHead& head,
                                           std::optional<aws::ChunkSigner> signer) const;

  // Blocks on the disk.
  net::HttpResponse handle(net::HttpRequest request, const std::string& request_id) const;

 private:
  s3::LocalStore& buckets_;
  s3::MultipartUploads& uploads_;
  s3::Lifecycles& lifecycles_;
  std::string region_;
};

// An error as S3 answers it.
net::HttpResponse s3_error_response(const s3::S3Error& error,
                                    std::string_view resource,
                                    const std::string& request_id);

}  // namespace sluice::server
