#include "server/s3/form_upload.h"

#include "aws/uri.h"
#include "s3/tags.h"
#include "s3/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::server {
namespace {

using s3::S3Code;

constexpr std::string_view filename_mark = "${filename}";

// Fields that are headers of a PutObject by the same name, beside x-amz-meta-*.
bool is_header(std::string_view field) {
  constexpr std::array<std::string_view, 12> names = {"content-type",
                                                      "content-encoding",
                                                      "content-disposition",
                                                      "content-language",
                                                      "content-md5",
                                                      "cache-control",
                                                      "expires",
                                                      "x-amz-checksum-crc32",
                                                      "x-amz-checksum-crc32c",
                                                      "x-amz-checksum-crc64nvme",
                                                      "x-amz-checksum-sha1",
                                                      "x-amz-checksum-sha256"};
  return std::ranges::find(names, field) != names.end() || field.starts_with("x-amz-meta-");
}

bool is_plain_text(std::string_view value) {
  return std::ranges::all_of(
      value, [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; });
}

// The name of a file as its user saw it: without the folders that some browsers send.
std::string_view base_name(std::string_view filename) {
  return filename.substr(filename.find_last_of("/\\") + 1);
}

std::string with_filename(std::string key, std::string_view filename) {
  for (std::size_t at = key.find(filename_mark); at != std::string::npos;
       at = key.find(filename_mark, at + filename.size())) {
    key.replace(at, filename_mark.size(), filename);
  }
  return key;
}

}  // namespace

bool is_form_upload(const net::RequestHead& head, const S3Target& target) {
  return head.method == "POST" && !target.bucket.empty() && target.key.empty() &&
         target.query.empty() && s3::form_boundary(head.headers.value_or("Content-Type", ""));
}

FormUpload::FormUpload(s3::LocalStore& buckets,
                       const Clock& clock,
                       std::string bucket,
                       std::string_view boundary,
                       CheckPolicy check)
    : buckets_(buckets),
      clock_(clock),
      bucket_(std::move(bucket)),
      check_(std::move(check)),
      form_(boundary, *this) {}

std::string_view FormUpload::field(std::string_view name) const {
  const std::string* found = s3::find_field(fields_, name);
  return found == nullptr ? std::string_view() : std::string_view(*found);
}

Result<void> FormUpload::write(ByteView piece) {
  auto written = form_.write(piece);
  if (!written) {
    failure_ = written.error();
    return std::unexpected(std::move(written).error().to_error());
  }
  return {};
}

s3::S3Result<void> FormUpload::begin(const s3::FormFields& fields, const std::string& filename) {
  fields_ = fields;
  const auto key =
      std::ranges::find_if(fields_, [](const auto& one) { return one.first == "key"; });
  if (key == fields_.end() || key->second.empty()) {
    return s3::fail_s3(S3Code::invalid_argument,
                       "Bucket POST must contain a field named 'key'.  If it is specified, please "
                       "check the order of the fields.");
  }
  key->second = with_filename(key->second, base_name(filename));
  SLUICE_S3_TRY_DO(check_policy());
  for (const auto& [name, value] : fields_) {
    if (!is_header(name)) {
      continue;
    }
    if (!is_plain_text(value)) {
      return s3::fail_s3(S3Code::invalid_argument,
                         fmt::format("The field {} has a control character.", name));
    }
    as_put_.headers.add(name, value);
  }
  SLUICE_S3_TRY(payload, Payload::of(as_put_));
  upload_ = std::make_unique<UploadSink>(buckets_, bucket_, key->second, std::move(payload), false);
  return {};
}

s3::S3Result<void> FormUpload::check_policy() {
  const std::string_view policy = field("policy");
  if (check_) {
    SLUICE_S3_TRY_DO(check_({.algorithm = field("x-amz-algorithm"),
                             .credential = field("x-amz-credential"),
                             .date = field("x-amz-date"),
                             .signature = field("x-amz-signature")},
                            policy));
  }
  if (policy.empty() && !check_) {
    return {};
  }
  SLUICE_S3_TRY(parsed, s3::PostPolicy::parse(policy));
  policy_ = std::move(parsed);
  return policy_->check(fields_, bucket_, clock_.now());
}

s3::S3Result<void> FormUpload::take(ByteView data) {
  bytes_ += data.size();
  if (policy_) {
    SLUICE_S3_TRY_DO(policy_->check_bytes_so_far(bytes_));
  }
  return upload_->add(data);
}

s3::S3Result<net::HttpResponse> FormUpload::finish(const net::RequestHead& head) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  SLUICE_S3_TRY_DO(form_.finish());
  if (policy_) {
    SLUICE_S3_TRY_DO(policy_->check_bytes(bytes_));
  }
  SLUICE_S3_TRY(options, put_options(as_put_));
  options.how = s3::Creation::post;
  if (const std::string_view tagging = field("tagging"); !tagging.empty()) {
    SLUICE_S3_TRY(tags, s3::parse_tagging(tagging));
    options.headers.tags = s3::tags_text(tags);
  }
  SLUICE_S3_TRY(made, upload_->finish(std::move(options)));
  return answer(head, made.result.etag);
}

s3::S3Result<net::HttpResponse> FormUpload::answer(const net::RequestHead& head,
                                                   const std::string& etag) const {
  const std::string_view key = field("key");
  net::HttpResponse answer;
  answer.headers.add("ETag", s3::quoted(etag));
  const std::string_view redirect = !field("success_action_redirect").empty()
                                        ? field("success_action_redirect")
                                        : field("redirect");
  const bool is_address = (redirect.starts_with("http://") || redirect.starts_with("https://")) &&
                          redirect.find_first_of(" \r\n\t") == std::string_view::npos;
  if (is_address && is_plain_text(redirect)) {
    answer.status = 303;
    answer.headers.add("Location",
                       fmt::format("{}{}bucket={}&key={}&etag={}",
                                   redirect,
                                   redirect.find('?') == std::string_view::npos ? '?' : '&',
                                   bucket_,
                                   aws::percent_encode(key, aws::Slash::encode),
                                   aws::percent_encode(s3::quoted(etag), aws::Slash::encode)));
    return answer;
  }
  const std::string location = fmt::format("{}://{}/{}/{}",
                                           head.is_tls ? "https" : "http",
                                           head.headers.value_or("Host", "localhost"),
                                           bucket_,
                                           aws::percent_encode(key, aws::Slash::keep));
  answer.headers.add("Location", location);
  const std::string_view status = field("success_action_status");
  answer.status = status == "200" ? 200 : status == "201" ? 201 : 204;
  if (answer.status == 201) {
    answer.body = s3::post_response_xml(location, bucket_, key, etag);
    answer.headers.add("Content-Type", s3::xml_content_type);
  }
  return answer;
}

}  // namespace sluice::server
