// Browser uploads: a form that is posted to a bucket becomes an object.
//
// Source: "POST Object" of S3's API reference.
#pragma once

#include "aws/sigv4.h"
#include "base/clock.h"
#include "net/http_handler.h"
#include "s3/form_data.h"
#include "s3/local_store.h"
#include "s3/post_policy.h"
#include "server/s3/target.h"
#include "server/s3/upload_sink.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

// Whether the request is such a form.  Its signature is in the body, so that its head cannot be
// checked.
bool is_form_upload(const net::RequestHead& head, const S3Target& target);

// Looks at how a policy is signed.  S3Code::access_denied, signature_does_not_match.
using CheckPolicy =
    std::function<s3::S3Result<void>(const aws::PolicySignature& given, std::string_view policy)>;

// The body of such a request on its way to the disk.  As net::BodySink demands, one thread at a
// time.
class FormUpload final : public net::BodySink, private s3::FormFile {
 public:
  // `boundary` as s3::form_boundary() gives it.  Without `check` forms need no policy; one that is
  // there holds all the same.  Borrows buckets and clock.
  FormUpload(s3::LocalStore& buckets,
             const Clock& clock,
             std::string bucket,
             std::string_view boundary,
             CheckPolicy check);

  Result<void> write(ByteView piece) override;

  // Makes the object and the answer that the form asks for, or says why a write had failed.  Call
  // once, after the last piece.
  s3::S3Result<net::HttpResponse> finish(const net::RequestHead& head);

 private:
  s3::S3Result<void> begin(const s3::FormFields& fields, const std::string& filename) override;
  s3::S3Result<void> take(ByteView data) override;
  s3::S3Result<void> check_policy();
  s3::S3Result<net::HttpResponse> answer(const net::RequestHead& head,
                                         const std::string& etag) const;

  std::string_view field(std::string_view name) const;

  s3::LocalStore& buckets_;
  const Clock& clock_;
  const std::string bucket_;
  const CheckPolicy check_;
  s3::FormData form_;
  s3::FormFields fields_;
  net::RequestHead as_put_;  // what a PutObject of the same would say
  std::optional<s3::PostPolicy> policy_;
  std::unique_ptr<UploadSink> upload_;
  std::uint64_t bytes_ = 0;
  std::optional<s3::S3Error> failure_;
};

}  // namespace sluice::server
