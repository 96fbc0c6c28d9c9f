#include "s3/chunked_payload.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::s3 {

namespace {

// A length of 16 digits with a signature has 98 bytes; extensions may come.
constexpr std::size_t head_bytes_max = 1024;
constexpr std::size_t trailer_bytes_max = 8192;

constexpr std::string_view signature_extension = "chunk-signature=";
constexpr std::string_view trailer_signature_name = "x-amz-trailer-signature";

std::unexpected<S3Error> malformed(std::string_view what) {
  return fail_s3(S3Code::invalid_request,
                 fmt::format("The body is not in aws-chunked form: {}.", what));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  const std::size_t last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, last - first + 1);
}

}  // namespace

std::optional<ChunkedForm> chunked_form_named(std::string_view content_sha256) {
  if (content_sha256 == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") {
    return ChunkedForm{.is_signed = true, .has_trailer = false};
  }
  if (content_sha256 == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    return ChunkedForm{.is_signed = true, .has_trailer = true};
  }
  if (content_sha256 == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    return ChunkedForm{.is_signed = false, .has_trailer = true};
  }
  return std::nullopt;
}

ChunkedPayload::ChunkedPayload(ChunkedForm form, std::optional<aws::ChunkSigner> signer)
    : form_(form), signer_(form.is_signed ? std::move(signer) : std::nullopt) {}

S3Result<void> ChunkedPayload::write(ByteView bytes, const Take& take) {
  while (!bytes.empty()) {
    if (stage_ == Stage::data) {
      SLUICE_S3_TRY_DO(take_data(bytes, take));
      continue;
    }
    if (stage_ == Stage::end) {
      return malformed("bytes come behind its end");
    }
    SLUICE_S3_TRY(is_whole, gather_line(bytes));
    if (!is_whole) {
      break;
    }
    switch (stage_) {
      case Stage::head:
        SLUICE_S3_TRY_DO(read_head());
        break;
      case Stage::data_end:
        if (!line_.empty()) {
          return malformed("a chunk is longer than it said");
        }
        stage_ = Stage::head;
        break;
      default:
        SLUICE_S3_TRY_DO(read_trailer_line());
        break;
    }
    line_.clear();
  }
  return {};
}

// Whether line_ is a whole one now, without its end.
S3Result<bool> ChunkedPayload::gather_line(ByteView& bytes) {
  const std::size_t end = bytes.find('\n');
  const ByteView piece = bytes.substr(0, end);
  bytes.remove_prefix(end == ByteView::npos ? bytes.size() : end + 1);
  const std::size_t most = stage_ == Stage::trailer ? trailer_bytes_max : head_bytes_max;
  if (line_.size() + piece.size() > most) {
    return malformed(fmt::format("a line has more than {} bytes", most));
  }
  line_ += piece;
  if (end == ByteView::npos) {
    return false;
  }
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (stage_ != Stage::trailer) {
    return malformed("a chunk's line does not end in CR LF");
  }
  return true;
}

S3Result<void> ChunkedPayload::read_head() {
  const char* const end = line_.data() + line_.size();
  const auto length = std::from_chars(line_.data(), end, left_, 16);
  if (length.ec != std::errc() || (length.ptr != end && *length.ptr != ';')) {
    return malformed("a chunk does not begin with its length in hexadecimal");
  }
  signature_.clear();
  std::string_view extensions(length.ptr, static_cast<std::size_t>(end - length.ptr));
  while (!extensions.empty()) {
    extensions.remove_prefix(1);
    const std::string_view extension = extensions.substr(0, extensions.find(';'));
    extensions.remove_prefix(extension.size());
    if (extension.starts_with(signature_extension)) {
      signature_ = extension.substr(signature_extension.size());
    }
  }
  if (form_.is_signed && signature_.empty()) {
    return malformed("a chunk has no signature");
  }
  is_last_ = left_ == 0;
  stage_ = Stage::data;
  return is_last_ ? end_chunk() : S3Result<void>();
}

S3Result<void> ChunkedPayload::take_data(ByteView& bytes, const Take& take) {
  const ByteView data = bytes.substr(0, left_);
  bytes.remove_prefix(data.size());
  left_ -= data.size();
  if (signer_) {
    sha256_.update(data);
  }
  SLUICE_S3_TRY_DO(take(data));
  return left_ == 0 ? end_chunk() : S3Result<void>();
}

S3Result<void> ChunkedPayload::end_chunk() {
  if (signer_) {
    SLUICE_S3_TRY_DO(check(signature_, signer_->chunk(sha256_.finish())));
    sha256_ = RunningSha256();
  }
  stage_ = is_last_ ? Stage::trailer : Stage::data_end;
  return {};
}

// An empty line is the end of the body.
S3Result<void> ChunkedPayload::read_trailer_line() {
  if (line_.empty()) {
    if (form_.is_signed && form_.has_trailer && !is_trailer_checked_) {
      return malformed("its trailer has no signature");
    }
    stage_ = Stage::end;
    return {};
  }
  trailer_bytes_ += line_.size();
  const std::size_t colon = line_.find(':');
  if (!form_.has_trailer || colon == std::string::npos || trailer_bytes_ > trailer_bytes_max) {
    return malformed("what comes behind the last chunk is no header, or there are too many");
  }
  std::string name = lower(trimmed(std::string_view(line_).substr(0, colon)));
  const std::string_view value = trimmed(std::string_view(line_).substr(colon + 1));
  if (name == trailer_signature_name) {
    if (signer_) {
      SLUICE_S3_TRY_DO(check(value, signer_->trailer(signed_trailer_)));
    }
    is_trailer_checked_ = true;
    return {};
  }
  if (is_trailer_checked_) {
    return malformed("a header comes behind the signature of the trailer");
  }
  signed_trailer_ += fmt::format("{}:{}\n", name, value);
  trailer_.emplace_back(std::move(name), value);
  return {};
}

S3Result<void> ChunkedPayload::check(std::string_view signature,
                                     const std::string& expected) const {
  if (!equal_constant_time(signature, expected)) {
    return fail_s3(S3Code::signature_does_not_match,
                   "The signature of a chunk of the body, or of its trailer, does not match what "
                   "was computed.");
  }
  return {};
}

S3Result<void> ChunkedPayload::finish() const {
  if (stage_ != Stage::end) {
    return fail_s3(S3Code::incomplete_body, "The request body terminated unexpectedly");
  }
  return {};
}

}  // namespace sluice::s3
