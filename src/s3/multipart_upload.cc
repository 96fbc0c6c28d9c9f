// Threads take the next part until there is none, or one has failed.
#include "s3/multipart_upload.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/digest.h"
#include "s3/client.h"
#include "s3/remote_xml.h"
#include "s3/xml.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::s3 {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;  // of a part, while it is digested
constexpr std::size_t leftovers_max = 100;                 // aborted before an upload begins

// Piece by piece.
template <class Take>
Result<void> read_through(const net::FileRegion& region, const Take& take) {
  Bytes piece;
  for (std::uint64_t done = 0; done < region.length; done += piece.size()) {
    piece.clear();
    SLUICE_TRY_DO(region.file->read_at(
        region.offset + done,
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, region.length - done)),
        piece));
    if (piece.empty()) {
      return fail(Fault::corrupt, "the file became shorter while it was sent");
    }
    take(ByteView(piece));
  }
  return {};
}

class MultipartUpload {
 public:
  MultipartUpload(const RemoteCaller& caller,
                  const ObjectUpload& upload,
                  const PartOptions& options)
      : caller_(caller),
        upload_(upload),
        options_(options),
        part_bytes_(part_bytes_for(upload.bytes, options.part_bytes)),
        parts_((upload.bytes + part_bytes_ - 1) / part_bytes_) {}

  Result<void> run(const net::HttpHeaders& headers) {
    abort_leftovers();
    SLUICE_TRY_DO(create(headers));
    auto done = put_parts();
    if (done) {
      done = complete();
    }
    if (!done) {
      abort(id_);
    }
    return done;
  }

 private:
  // Best effort: a key without the right to list has what a lifecycle rule is for.
  void abort_leftovers() const {
    const auto answer = caller_.ask({.method = "GET",
                                     .bucket = upload_.bucket,
                                     .query = {{"uploads", ""}, {"prefix", upload_.key}}});
    if (!answer) {
      return;
    }
    std::vector<std::string> ids = parse_uploads_of(answer->body, upload_.key);
    ids.resize(std::min(ids.size(), leftovers_max));
    for (const std::string& id : ids) {
      abort(id);
    }
  }

  // Best effort too: what fails here is a leftover of the next try.
  void abort(const std::string& id) const {
    static_cast<void>(caller_.ask({.method = "DELETE",
                                   .bucket = upload_.bucket,
                                   .key = upload_.key,
                                   .query = {{"uploadId", id}}}));
  }

  Result<void> create(net::HttpHeaders headers) {
    if (options_.has_crc32c) {
      headers.add("x-amz-checksum-algorithm", "CRC32C");
    }
    SLUICE_TRY(answer,
               caller_.ask({.method = "POST",
                            .bucket = upload_.bucket,
                            .key = upload_.key,
                            .query = {{"uploads", ""}},
                            .headers = std::move(headers)}));
    id_ = parse_upload_id(answer.body);
    return id_.empty() ? fail(Fault::unavailable, in_words("the store gave no upload id"))
                       : Result<void>();
  }

  Result<void> put_parts() {
    const std::size_t threads =
        std::min(std::max<std::size_t>(options_.parts_at_once, 1), parts_.size());
    {
      std::vector<std::jthread> others;
      for (std::size_t thread = 1; thread < threads; ++thread) {
        others.emplace_back([this] { take_parts(); });
        pthread_setname_np(others.back().native_handle(), "s3-part");
      }
      take_parts();
    }
    return failure_ ? std::unexpected(std::move(*failure_)) : Result<void>();
  }

  void take_parts() {
    while (!has_failed_) {
      const std::size_t index = next_part_++;
      if (index >= parts_.size()) {
        return;
      }
      auto part = put_part(index);
      const std::lock_guard lock(mutex_);
      if (part) {
        parts_[index] = *std::move(part);
      } else if (!has_failed_) {
        // Those that break off because of it come later, and say less.
        failure_ = std::move(part).error();
        has_failed_ = true;
      }
    }
  }

  struct Part {
    std::string etag;
    std::string crc32c;  // base64; empty: not asked for
  };

  Result<Part> put_part(std::size_t index) const {
    const std::uint64_t offset = index * part_bytes_;
    const net::FileRegion region{
        upload_.file, offset, std::min(part_bytes_, upload_.bytes - offset)};
    SLUICE_TRY(digests, digests_of(region));
    RemoteCall call{.method = "PUT",
                    .bucket = upload_.bucket,
                    .key = upload_.key,
                    .query = {{"partNumber", std::to_string(index + 1)}, {"uploadId", id_}}};
    call.headers.add("Content-MD5", base64_encode(Bytes(digests.md5.begin(), digests.md5.end())));
    Part part;
    if (options_.has_crc32c) {
      SLUICE_TRY(crc, crc32c_of(region));
      part.crc32c = std::move(crc);
      call.headers.add("x-amz-checksum-crc32c", part.crc32c);
    }
    call.file = region;
    call.payload_sha256 = to_hex(digests.sha256);
    call.is_stopped = [this] { return has_failed_.load(); };
    SLUICE_TRY(answer, caller_.ask(call));
    part.etag = answer.headers.value_or("ETag", "");
    if (part.etag.empty()) {
      return fail(Fault::unavailable, in_words("the store gave no ETag for a part"));
    }
    return part;
  }

  static Result<RunningDigest::Digests> digests_of(const net::FileRegion& region) {
    RunningDigest digest;
    SLUICE_TRY_DO(read_through(region, [&digest](ByteView piece) { digest.update(piece); }));
    return digest.finish();
  }

  Result<void> complete() const {
    RemoteCall call{.method = "POST",
                    .bucket = upload_.bucket,
                    .key = upload_.key,
                    .query = {{"uploadId", id_}}};
    call.headers.add("Content-Type", xml_content_type);
    if (options_.if_none_match) {
      call.headers.add("If-None-Match", "*");
    }
    call.body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      const Part& part = parts_[index];
      call.body += fmt::format(
          "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", index + 1, xml_escape(part.etag));
      if (!part.crc32c.empty()) {
        call.body += fmt::format("<ChecksumCRC32C>{}</ChecksumCRC32C>", part.crc32c);
      }
      call.body += "</Part>";
    }
    call.body += "</CompleteMultipartUpload>";
    SLUICE_TRY_DO(caller_.ask(call));
    return {};
  }

  std::string in_words(std::string_view what) const {
    return fmt::format("upload of s3://{}/{} in parts: {}", upload_.bucket, upload_.key, what);
  }

  const RemoteCaller& caller_;
  const ObjectUpload& upload_;
  const PartOptions& options_;
  const std::uint64_t part_bytes_;
  std::string id_;
  std::atomic<std::size_t> next_part_ = 0;
  std::atomic<bool> has_failed_ = false;
  std::mutex mutex_;  // guards those below while threads are at work
  std::vector<Part> parts_;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::string> crc32c_of(const net::FileRegion& region) {
  std::uint32_t crc = 0;
  SLUICE_TRY_DO(read_through(region, [&crc](ByteView piece) { crc = crc32c(piece, crc); }));
  Bytes bytes;
  put_le(bytes, std::byteswap(crc));
  return base64_encode(bytes);
}

std::uint64_t part_bytes_for(std::uint64_t object_bytes, std::uint64_t part_bytes) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  const std::uint64_t least = (object_bytes + parts_max - 1) / parts_max;
  return std::max(part_bytes, (least + mebibyte - 1) / mebibyte * mebibyte);
}

Result<void> put_in_parts(const RemoteCaller& caller,
                          const ObjectUpload& upload,
                          const net::HttpHeaders& headers,
                          const PartOptions& options) {
  SLUICE_CHECK(upload.bytes > 0);
  SLUICE_CHECK(options.part_bytes > 0);
  // Parts are digested as they are: only the whole file tells whether they are what was planned.
  SLUICE_TRY(digest, sha256_of(*upload.file));
  if (digest != upload.sha256) {
    return fail(Fault::corrupt,
                fmt::format("the file for s3://{}/{} is not what was planned: it changed on the "
                            "disk",
                            upload.bucket,
                            upload.key));
  }
  return MultipartUpload(caller, upload, options).run(headers);
}

}  // namespace sluice::s3
