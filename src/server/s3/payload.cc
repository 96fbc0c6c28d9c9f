#include "server/s3/payload.h"

#include "base/base64.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace sluice::server {

namespace {

using s3::S3Code;

std::optional<Sha256Digest> sha256_of_hex(std::string_view text) {
  Sha256Digest digest{};
  if (text.size() != 2 * digest.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    int value = 0;
    if (c >= '0' && c <= '9') {
      value = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      value = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      value = c - 'A' + 10;
    } else {
      return std::nullopt;
    }
    digest[i / 2] = static_cast<std::uint8_t>(digest[i / 2] << 4 | value);
  }
  return digest;
}

// Of the data of a chunked body.
s3::S3Result<std::uint64_t> decoded_length_of(const net::RequestHead& head) {
  const auto given = head.headers.find("x-amz-decoded-content-length");
  if (!given) {
    return s3::fail_s3(S3Code::missing_content_length,
                       "You must provide the x-amz-decoded-content-length HTTP header.");
  }
  const std::string text(*given);
  std::uint64_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return s3::fail_s3(S3Code::invalid_argument,
                       fmt::format("x-amz-decoded-content-length is no number: {}", text));
  }
  return length;
}

}  // namespace

std::optional<s3::ChunkedForm> chunked_form_of(const net::RequestHead& head) {
  return s3::chunked_form_named(head.headers.value_or("x-amz-content-sha256", ""));
}

s3::S3Result<s3::BodyExpectations> body_expectations(const net::RequestHead& head) {
  s3::BodyExpectations expected;
  if (const auto md5_text = head.headers.find("Content-MD5")) {
    const auto bytes = base64_decode(*md5_text);
    Md5Digest digest{};
    if (!bytes || bytes->size() != digest.size()) {
      return s3::fail_s3(S3Code::invalid_digest, "The Content-MD5 you specified was invalid.");
    }
    std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(digest.data()));
    expected.md5 = digest;
  }
  expected.bytes = head.content_length;
  if (chunked_form_of(head)) {
    SLUICE_S3_TRY(length, decoded_length_of(head));
    expected.bytes = length;
  }
  expected.sha256 = sha256_of_hex(head.headers.value_or("x-amz-content-sha256", ""));
  return expected;
}

void add_checksum(net::HttpHeaders& headers, const std::optional<s3::Checksum>& checksum) {
  if (checksum) {
    headers.add(s3::header_of(checksum->algorithm), checksum->text);
    headers.add("x-amz-checksum-type", s3::name_of(s3::type_of(*checksum)));
  }
}

s3::S3Result<Payload> Payload::of(const net::RequestHead& head,
                                  std::optional<aws::ChunkSigner> signer) {
  Payload payload;
  if (const auto form = chunked_form_of(head)) {
    payload.chunks_.emplace(*form, std::move(signer));
  }
  SLUICE_S3_TRY_DO(payload.expect_header(head.headers));
  const auto trailer = head.headers.find("x-amz-trailer");
  if (trailer && payload.chunks_) {
    SLUICE_S3_TRY_DO(payload.expect_trailer(*trailer));
  }
  if (!payload.running_ && head.headers.contains("x-amz-sdk-checksum-algorithm")) {
    return s3::fail_s3(S3Code::invalid_request,
                       "x-amz-sdk-checksum-algorithm specified, but no corresponding "
                       "x-amz-checksum-* or x-amz-trailer headers were found.");
  }
  const std::string_view named = head.headers.value_or("x-amz-sdk-checksum-algorithm", "");
  if (payload.running_ && !named.empty() &&
      s3::checksum_algorithm_named(named) != payload.running_->algorithm()) {
    return s3::fail_s3(S3Code::invalid_request,
                       "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return payload;
}

s3::S3Result<void> Payload::expect_header(const net::HttpHeaders& headers) {
  for (const net::HttpHeader& header : headers) {
    const auto algorithm = s3::checksum_algorithm_of_header(header.name);
    if (!algorithm) {
      continue;
    }
    if (expected_) {
      return s3::fail_s3(S3Code::invalid_request,
                         "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                         "not allowed.");
    }
    SLUICE_S3_TRY(checksum, s3::checksum_of_text(*algorithm, header.value));
    expected_ = checksum;
    running_.emplace(*algorithm);
  }
  return {};
}

// Names of the headers that are to come behind the body, of which a checksum may be one.
s3::S3Result<void> Payload::expect_trailer(std::string_view names) {
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    name.remove_prefix(std::min(name.size(), name.find_first_not_of(' ')));
    const auto algorithm = s3::checksum_algorithm_of_header(name);
    if (algorithm && running_) {
      return s3::fail_s3(S3Code::invalid_request,
                         "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                         "not allowed.");
    }
    if (algorithm) {
      running_.emplace(*algorithm);
    }
  }
  return {};
}

s3::S3Result<void> Payload::write(ByteView bytes, const Take& take) {
  const Take take_summed = [&](ByteView data) {
    if (running_) {
      running_->update(data);
    }
    return take(data);
  };
  return chunks_ ? chunks_->write(bytes, take_summed) : take_summed(bytes);
}

// The checksum that was announced must have come.
s3::S3Result<void> Payload::read_trailer() {
  const std::string_view wanted = s3::header_of(running_->algorithm());
  for (const auto& [name, value] : chunks_->trailer()) {
    if (name == wanted) {
      SLUICE_S3_TRY(checksum, s3::checksum_of_text(running_->algorithm(), value));
      expected_ = checksum;
      return {};
    }
  }
  return s3::fail_s3(S3Code::invalid_request,
                     fmt::format("x-amz-trailer announces {}, which does not come", wanted));
}

// No checksum comes that was not announced, and none twice.
s3::S3Result<void> Payload::check_trailer() const {
  const std::string_view announced =
      running_ && !expected_ ? s3::header_of(running_->algorithm()) : std::string_view();
  std::size_t count = 0;
  for (const auto& [name, value] : chunks_->trailer()) {
    const bool is_checksum = s3::checksum_algorithm_of_header(name).has_value();
    count += is_checksum ? 1 : 0;
    if (is_checksum && (name != announced || count > 1)) {
      return s3::fail_s3(S3Code::invalid_request,
                         fmt::format("The trailer {} was not announced by x-amz-trailer, or comes "
                                     "twice.",
                                     name));
    }
  }
  return {};
}

s3::S3Result<std::optional<s3::Checksum>> Payload::finish() {
  if (chunks_) {
    SLUICE_S3_TRY_DO(chunks_->finish());
    SLUICE_S3_TRY_DO(check_trailer());
  }
  if (!running_) {
    return std::nullopt;
  }
  if (!expected_) {
    SLUICE_S3_TRY_DO(read_trailer());
  }
  s3::Checksum found = running_->finish();
  if (found != *expected_) {
    return s3::fail_s3(S3Code::bad_digest,
                       fmt::format("The {} you specified did not match the calculated checksum.",
                                   s3::name_of(found.algorithm)));
  }
  return found;
}

}  // namespace sluice::server
