#include "s3_put.h"

#include "base/digest.h"
#include "base/file_system.h"
#include "net/http_client_pool.h"
#include "s3/client.h"

#include <chrono>
#include <limits>
#include <memory>
#include <utility>

namespace sluice::bench {
namespace {

constexpr std::size_t connections_max = 8;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

Result<s3::ObjectUpload> upload_of(FileSystem& files, const std::string& path) {
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  SLUICE_TRY(size, file->size());
  RunningDigest digest;
  Bytes piece;
  for (std::uint64_t done = 0; done < size; done += piece.size()) {
    piece.clear();
    SLUICE_TRY_DO(file->read_at(done, piece_bytes, piece));
    digest.update(piece);
  }
  const RunningDigest::Digests digests = digest.finish();
  return s3::ObjectUpload{.bucket = "bucket",
                          .key = "key",
                          .file = std::move(file),
                          .bytes = size,
                          .sha256 = digests.sha256,
                          .md5 = digests.md5,
                          .content_type = "application/octet-stream"};
}

}  // namespace

Result<double> time_s3_puts(const S3PutOptions& options) {
  const auto files = make_posix_file_system();
  SLUICE_TRY(upload, upload_of(*files, options.path));
  const SystemClock clock;
  net::HttpClientPool pool(connections_max);
  s3::S3ClientSettings settings;
  settings.store = {options.endpoint, "us-east-1", s3::Addressing::path};
  settings.multipart_threshold_bytes =
      options.in_parts ? 1 : std::numeric_limits<std::uint64_t>::max();
  const s3::S3Client client(
      settings,
      [&pool](const net::HttpClientRequest& request) { return pool.perform(request); },
      []() -> Result<aws::Credentials> { return aws::Credentials{"AKID", "secret", {}}; },
      clock);
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < options.times; ++i) {
    SLUICE_TRY_DO(client.put(upload));
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace sluice::bench
